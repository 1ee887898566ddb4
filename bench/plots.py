"""Tables of figures as plots (SVG, no library) and as Markdown."""

from html import escape

BAR, GAP, LEFT, WIDTH = 16, 30, 170, 420
STYLE = ("text{font:12px sans-serif;fill:#444}.title{font-weight:bold}.who,.figure{dominant-baseline:middle}"
         ".who{text-anchor:end}.theirs{fill:#9ab}.limit{fill:#cdc}.ours{fill:#27a}.spread{stroke:#222}")


def plot(tables):
    """One strip for each table, a bar for each of its rows, with a line from the least to the most."""
    shapes, y = [], 6
    for table in tables:
        y += GAP
        better = "more is better" if table.more else "less is better"
        shapes.append(f'<text x="8" y="{y - 10}" class="title">{escape(table.title)}: {escape(table.unit)}, {better}</text>')
        most = max((max(values) for values in table.figures.values()), default=0) or 1
        for name, values in table.figures.items():
            shapes += bar(table, name, values, most, y)
            y += BAR + 3
    height = y + 10
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{height}"><style>{STYLE}</style>'
            f'<rect width="100%" height="100%" fill="#fff"/>' + "".join(shapes) + "</svg>\n")


def bar(table, name, values, most, y):
    scale = WIDTH / most
    middle = y + BAR / 2
    kind = "ours" if name == table.ours_beside(name) else "limit" if name in table.limits else "theirs"
    shown = next(row[1] for row in table.rows() if row[0] == name)
    return [f'<text x="{LEFT - 8}" y="{middle}" class="who">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{max(1, table.median(name) * scale):.1f}" height="{BAR}" class="{kind}"/>',
            f'<line x1="{LEFT + min(values) * scale:.1f}" x2="{LEFT + max(values) * scale:.1f}" y1="{middle}" y2="{middle}" '
            f'class="spread"/>',
            f'<text x="{LEFT + max(values) * scale + 8:.1f}" y="{middle}" class="figure">{shown}</text>']


def markdown(table):
    heads = ["", table.unit, "least .. most", f"{table.ours} to it", "gate", ""]
    rows = [list(row) for row in table.rows()]
    used = [i for i in range(len(heads)) if i < 2 or any(row[i] for row in rows)]
    lines = [[heads[i] for i in used], ["---" if i in (0, 5) else "--:" for i in used]]
    lines += [[row[i] for i in used] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
