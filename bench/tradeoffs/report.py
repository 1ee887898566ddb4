"""The figures of the experiment as a Markdown table and as a plot (SVG, no library)."""

import re
from html import escape

BEGIN, END = "<!-- figures: ./dev bench tradeoffs --write -->", "<!-- end of figures -->"


def cell(seen):
    if not seen["failed"]:
        return "0"
    return f"{seen['failed']} of {seen['calls']}, for {seen['last_failure']:.1f} s"


def table(figures):
    """Failed requests, and when the last of them ended, by way of discovery and event."""
    events = list(figures)
    lines = ["| clients find it by | " + " | ".join(events) + " | busiest of three instances |",
             "|---" * (len(events) + 2) + "|"]
    for client in figures[events[0]] if events else []:
        seen = [figures[event][client] for event in events]
        most = max(one["most"] for one in seen)
        lines.append(f"| {client} | " + " | ".join(cell(one) for one in seen) + f" | {100 * most:.0f} % |")
    return "\n".join(lines)


ROW, LEFT, WIDTH, GAP = 18, 190, 460, 34


def plot(figures, seconds):
    """A strip for each event; in it a line for each client, with a tick for each failed request."""
    rows = sum(GAP + ROW * len(clients) for clients in figures.values())
    shapes, y = [], 8
    for event, clients in figures.items():
        y += 16
        shapes.append(f'<text x="8" y="{y}" class="event">{escape(event)}</text>')
        y += GAP - 16 - ROW // 2
        for client, seen in clients.items():
            y += ROW
            shapes.append(f'<text x="{LEFT - 8}" y="{y}" class="client">{escape(client)}</text>')
            shapes.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y - 4}" y2="{y - 4}" class="time"/>')
            for at in seen["failures"]:
                x = LEFT + WIDTH * min(1, at / seconds)
                shapes.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 10}" y2="{y + 2}" class="failure"/>')
        y += ROW // 2
    y += 16
    for tick in range(0, int(seconds) + 1, 5):
        x = LEFT + WIDTH * tick / seconds
        shapes.append(f'<text x="{x:.1f}" y="{y}" class="tick">{tick} s</text>')
    style = ("text{font:12px sans-serif;fill:#444}.event{font-weight:bold}.client{text-anchor:end}"
             ".tick{text-anchor:middle}.time{stroke:#bbb}.failure{stroke:#c22;stroke-opacity:.5}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 40}" height="{max(y, rows) + 12}">'
            f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>' + "".join(shapes) + "</svg>\n")


def write(docs, figures, seconds):
    (docs / "tradeoffs.svg").write_text(plot(figures, seconds))
    page = docs / "tradeoffs.md"
    text = page.read_text()
    block = f"{BEGIN}\n{table(figures)}\n{END}"
    page.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: block, text, flags=re.S))
