#!/usr/bin/env python3
"""Writes docs/benchmarks.md and its plots from what the benchmarks left with --json.

What is told around the figures is in the page itself and stays; only the parts between the marks are replaced.
"""

import argparse
import re
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "bench"))

# pylint: disable=wrong-import-position
import plots
import results

BEGIN, END = "<!-- figures of {} -->", "<!-- end of figures -->"


def section(report, plot):
    parts = [f"![{report.bench}]({plot})", where(report.setup)]
    parts += [f"**{table.title}**\n\n{plots.markdown(table)}" for table in report.tables]
    return "\n\n".join(parts)


def where(setup):
    peers = ", ".join(f"{name} {version}" for name, version in setup["peers"].items())
    return (f"{setup['date']}, commit {setup['commit']}; {setup['cores']} cores of {setup['processor']}, Linux "
            f"{setup['kernel']}; {peers}.")


def replace(page, bench, text):
    """The page with the figures of one benchmark in their place. Ends the program where there is none."""
    begin = BEGIN.format(bench)
    pattern = re.escape(begin) + ".*?" + re.escape(END)
    if not re.search(pattern, page, flags=re.S):
        sys.exit(f"docs/benchmarks.md has no place for '{bench}': add the lines '{begin}' and '{END}'")
    return re.sub(pattern, lambda _: f"{begin}\n{text}\n{END}", page, flags=re.S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path, nargs="+", help="files that --json wrote")
    parser.add_argument("--docs", type=Path, default=SOURCE / "docs", help="where the page is (%(default)s)")
    options = parser.parse_args()
    path = options.docs / "benchmarks.md"
    page = path.read_text()
    for report in map(results.load, options.reports):
        plot = f"benchmarks-{report.bench}.svg"
        (options.docs / plot).write_text(plots.plot(report.tables))
        page = replace(page, report.bench, section(report, plot))
    path.write_text(page)


if __name__ == "__main__":
    main()
