"""Log-log panels as SVG, without any library: the same numbers give the same bytes."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 400
LEFT, RIGHT, TOP, BOTTOM = 66, 22, 44, 92
COLOURS = ["#0b5394", "#b45309", "#166534"]
MARKS = ["circle", "square", "circle"]


@dataclass
class Series:
    name: str
    points: list[tuple[float, float]]


@dataclass
class Panel:
    title: str
    unit: str
    series: list[Series]


def decades(values: list[float]) -> tuple[int, int]:
    """Whole powers of ten around the values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def said(value: float) -> str:
    """A power of ten, for reading."""
    return f"{value:,.0f}" if value >= 1 else f"{value:.10f}".rstrip("0")


def draw(panels: list[Panel], x_title: str, note: str) -> str:
    """Panels side by side. A dashed line in each has slope 1: twice the members, twice the figure."""
    width, height = WIDTH * len(panels), HEIGHT
    told = "; ".join(
        f"{panel.title}, {each.name}: " + ", ".join(f"{x:,.0f} {x_title} {y:.3g} {panel.unit}" for x, y in each.points)
        for panel in panels
        for each in panel.series
        if each.points
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="12" fill="#1f2933">',
        f'<title id="title">{escape(" and ".join(p.title.lower() for p in panels))} by {escape(x_title)}</title>',
        f'<desc id="desc">{escape(told)}</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for at, panel in enumerate(panels):
        out += one(panel, at * WIDTH, x_title)
    out.append(f'<text x="{LEFT}" y="{height - 8}" font-size="11" fill="#52606d">{escape(note)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def one(panel: Panel, offset: int, x_title: str) -> list[str]:
    drawn = [each for each in panel.series if each.points]
    if not drawn:
        return []
    x_low, x_high = decades([x for each in drawn for x, _ in each.points])
    y_low, y_high = decades([y for each in drawn for _, y in each.points])
    left, right, top, bottom = offset + LEFT, offset + WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    x_at = lambda x: left + (math.log10(x) - x_low) / (x_high - x_low) * (right - left)
    y_at = lambda y: bottom - (math.log10(y) - y_low) / (y_high - y_low) * (bottom - top)
    out = [f'<text x="{left}" y="{top - 18}" font-size="14" font-weight="600">{escape(panel.title)} ({panel.unit})</text>']
    for power in range(x_low, x_high + 1):
        x = x_at(10.0**power)
        out.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="#d9e2ec"/>')
        out.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{said(10.0**power)}</text>')
    for power in range(y_low, y_high + 1):
        y = y_at(10.0**power)
        out.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#d9e2ec"/>')
        out.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{said(10.0**power)}</text>')
    out.append(f'<text x="{(left + right) / 2:.1f}" y="{bottom + 36}" text-anchor="middle">{escape(x_title)}</text>')
    # Slope 1 from the first point of the first series, as far as the panel goes.
    x, y = drawn[0].points[0]
    far = min(10.0**x_high, x * 10.0**y_high / y)
    out.append(
        f'<line x1="{x_at(x):.1f}" y1="{y_at(y):.1f}" x2="{x_at(far):.1f}" y2="{y_at(y * far / x):.1f}" '
        'stroke="#829ab1" stroke-dasharray="5 4"/>'
    )
    for number, each in enumerate(panel.series):
        if not each.points:
            continue
        colour = COLOURS[number % len(COLOURS)]
        places = [(x_at(x), y_at(y), x, y) for x, y in each.points]
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py, _, _ in places)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for px, py, x, y in places:
            tip = f"<title>{x:,.0f} {escape(x_title)}: {y:.3g} {panel.unit}</title>"
            if MARKS[number % len(MARKS)] == "circle":
                out.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{colour}">{tip}</circle>')
            else:
                out.append(f'<rect x="{px - 4:.1f}" y="{py - 4:.1f}" width="8" height="8" fill="{colour}">{tip}</rect>')
        row = bottom + 54 + 15 * drawn.index(each)
        out.append(f'<rect x="{left}" y="{row - 8}" width="18" height="4" fill="{colour}"/>')
        out.append(f'<text x="{left + 26}" y="{row - 2}" font-size="11">{escape(each.name)}</text>')
    return out
