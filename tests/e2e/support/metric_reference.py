"""docs/reference/metrics.md: every metric with its type, labels, their values and help, as a scrape tells them."""

import re
from dataclasses import dataclass, field

from .tools import SOURCE

PAGE = SOURCE / "docs/reference/metrics.md"

HEAD = """# Metrics

Every metric of `/metrics` at `admin.listen`, in the text format of Prometheus. Those of a role or feature that is off are not
there. A label that can only have certain values has them behind it; others hold what runs: names and addresses. This page is
written from a scrape of a Signpost with all of them on (`SIGNPOST_WRITE=1` with `tests/e2e/test_metrics.py`). More about those of
VIPs: [metrics-of-vips.md](../metrics-of-vips.md); alert rules and a dashboard: [install](../install.md#prometheus-and-grafana).
"""

# Labels whose values hang on what runs. Of every other label a scrape tells all values there are, at 0 those that never occurred.
OPEN_LABELS = {"backend", "pool", "source", "upstream", "vip"}
# Metrics that tell only what occurred, and the one that tells all values of their cause.
VALUES_OF = {name: "signpost_vipd_sessions_ended_total" for name in (
    "signpost_vipd_backend_sessions_ended_total", "signpost_vipd_pool_sessions_ended_total",
    "signpost_vipd_vip_sessions_ended_total")}

SECTIONS = {
    "process_": "The process",
    "signpost_config_": "The configuration",
    "signpost_watcher_": "Sources, tasks and our own checks",
    "signpost_state_": "The state on disk",
    "signpost_dnsd_": "DNS",
    "signpost_vipd_": "Virtual IPs",
    "signpost_rollout_": "Rollouts",
    "signpost_": "Others",
}


@dataclass
class Family:
    """One metric as a scrape tells it."""
    help: str = ""
    type: str = ""
    labels: dict = field(default_factory=dict)  # With their values, in the order told.

    def note(self, label, value):
        values = self.labels.setdefault(label, [])
        if value not in values:
            values.append(value)


def families(scrape):
    """By name."""
    found = {}
    for line in scrape.splitlines():
        if told := re.match(r"# (HELP|TYPE) (\S+) (.*)", line):
            setattr(found.setdefault(told[2], Family()), told[1].lower(), told[3])
        elif sample := re.match(r"(\w+)(?:\{(.*)\})? ", line):
            name = re.sub(r"_(bucket|sum|count)$", "", sample[1])
            family = found[name if name in found else sample[1]]
            for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', sample[2] or ""):
                if label != "le":
                    family.note(label, value)
    return found


def section_of(name):
    return next(prefix for prefix in SECTIONS if name.startswith(prefix))


def cell(name, label, values):
    """A label, with its values if they are known beforehand."""
    if label in OPEN_LABELS:
        return f"`{label}`"
    told = f"as `{VALUES_OF[name]}`" if name in VALUES_OF else ", ".join(values)
    return f"`{label}` ({told})"


def row(name, family):
    labels = ", ".join(cell(name, label, family.labels[label]) for label in sorted(family.labels))
    return f"| `{name}` | {family.type} | {labels} | {family.help} |"


def page(found):
    """The reference as Markdown."""
    text = HEAD
    for prefix, title in SECTIONS.items():
        rows = [row(name, found[name]) for name in sorted(found) if section_of(name) == prefix]
        if rows:
            text += f"\n## {title}\n\n| metric | type | labels | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    return text


def documented():
    """Names and rows of the page as it is."""
    return {re.match(r"\| `(\w+)`", line)[1]: line for line in PAGE.read_text().splitlines() if line.startswith("| `")}


def named_in_the_code():
    """Every whole name of a metric that the sources write."""
    names = set()
    for source in SOURCE.glob("[a-z]*/**/*.cc"):
        if source.parts[len(SOURCE.parts)] not in ("tests", "bench", "build"):
            names |= set(re.findall(r'"((?:signpost|process)_[a-z]+_[a-z0-9_]*[a-z0-9])"', source.read_text()))
    return names
