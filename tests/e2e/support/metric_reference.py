"""docs/reference/metrics.md: every metric with its type, labels and help, as a scrape tells them."""

import re
from dataclasses import dataclass, field

from .tools import SOURCE

PAGE = SOURCE / "docs/reference/metrics.md"

HEAD = """# Metrics

Every metric of `/metrics` at `admin.listen`, in the text format of Prometheus. Those of a role or feature that is off are not
there. This page is written from a scrape of a Signpost with all of them on (`SIGNPOST_WRITE=1` with
`tests/e2e/test_metrics.py`). More about those of VIPs: [metrics-of-vips.md](../metrics-of-vips.md); alert rules and a dashboard:
[install](../install.md#prometheus-and-grafana).
"""

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
    labels: set = field(default_factory=set)


def families(scrape):
    """By name."""
    found = {}
    for line in scrape.splitlines():
        if told := re.match(r"# (HELP|TYPE) (\S+) (.*)", line):
            setattr(found.setdefault(told[2], Family()), told[1].lower(), told[3])
        elif sample := re.match(r"(\w+)(?:\{(.*)\})? ", line):
            name = re.sub(r"_(bucket|sum|count)$", "", sample[1])
            family = found[name if name in found else sample[1]]
            family.labels |= set(re.findall(r'(\w+)="', re.sub(r'="(?:[^"\\]|\\.)*"', '="', sample[2] or ""))) - {"le"}
    return found


def section_of(name):
    return next(prefix for prefix in SECTIONS if name.startswith(prefix))


def row(name, family):
    labels = ", ".join(f"`{label}`" for label in sorted(family.labels))
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
