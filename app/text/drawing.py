"""The paper of our charts: whole tenths of a pixel, axes that begin at zero, text that never leaves the picture. Knows no numbers' meaning.

Only presentation attributes and classes: the portal's sheet gives dark mode its colours, a PDF uses the attributes, no policy is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from markupsafe import Markup, escape

#: a width that a phone and a column of a desktop page can both show
WIDTH = 560
GRID, AXIS, INK, MUTED = "#dbe1e6", "#b9c3cc", "#17202a", "#566573"
SERIES = ("#0072b2", "#b85c00", "#00795c", "#8c4a86", "#4d4d4d")
DASHES = ("", "6 4", "2 3", "8 3 2 3", "1 3")
ROLE_FILLS = {
    "ok": "#0b6b3a",
    "active": "#0a5cad",
    "attention": "#8a5200",
    "fault": "#b3211b",
    "planned": "#6a3fa0",
    "off": "#b9c3cc",
    "accent": "#0f5f6b",
}


def at(value: Decimal | int, top: Decimal | int, length: int) -> str:
    """Where a value lies on an axis of so many pixels, to a tenth."""
    tenths = int(Decimal(value) * length * 10 / Decimal(top)) if top else 0
    return f"{tenths / Decimal(10):f}"


def ticks(highest: Decimal | int, wanted: int = 4) -> list[Decimal]:
    """Round values from zero to at least the highest, about as many steps as wanted; always more than one."""
    top = max(Decimal(highest), Decimal(0))
    if not top:
        return [Decimal(0), Decimal(1)]
    raw = top / wanted
    power = Decimal(10) ** (raw.adjusted())
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    count = -int(-top // step) if top % step == 0 else int(top // step) + 1
    return [step * n for n in range(count + 1)]


@dataclass
class Picture:
    """An SVG being drawn, with what it says in words and its numbers as a table."""

    title: str
    height: int
    desc: str = ""
    parts: list[Markup] = field(default_factory=list)
    head: Sequence[str] = ()
    rows: list[Sequence[str]] = field(default_factory=list)
    width: int = WIDTH

    def line(self, x1: object, y1: object, x2: object, y2: object, *, css: str = "c-grid", colour: str = GRID) -> None:
        """A thin line."""
        self.parts.append(
            Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="1" class="{}"/>').format(x1, y1, x2, y2, colour, css)
        )

    def text(self, x: object, y: object, words: str, *, anchor: str = "start", strong: bool = False, size: int = 12) -> None:
        """Words; they keep their size in the picture's own scale."""
        css, colour = ("c-strong", INK) if strong else ("c-text", MUTED)
        self.parts.append(
            Markup('<text x="{}" y="{}" text-anchor="{}" font-size="{}" fill="{}" class="{}">{}</text>').format(
                x, y, anchor, size, colour, css, words
            )
        )

    def path(self, points: Sequence[tuple[str, str]], number: int, *, area_to: object = None, dashed: bool = False) -> None:
        """A line through points in the colour and dash of a series; with ``area_to`` the area down to that height is tinted."""
        if len(points) < 2:
            return
        way = " ".join(f"{'M' if n == 0 else 'L'}{x} {y}" for n, (x, y) in enumerate(points))
        colour = SERIES[number % 5]
        if area_to is not None:
            shape = f"{way} L{points[-1][0]} {area_to} L{points[0][0]} {area_to}z"
            self.parts.append(Markup('<path d="{}" fill="{}" fill-opacity="0.12" class="f{}"/>').format(shape, colour, number % 5 + 1))
        dash = DASHES[1] if dashed else DASHES[number % 5]
        self.parts.append(
            Markup('<path d="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"{} class="s{}"/>').format(
                way, colour, Markup(' stroke-dasharray="{}"').format(dash) if dash else "", number % 5 + 1
            )
        )

    def box(self, x: object, y: object, width: object, height: object, *, css: str, colour: str, said: str = "") -> None:
        """A filled box; what it says is shown on hover."""
        inside = Markup("<title>{}</title>").format(said) if said else ""
        self.parts.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="1" fill="{}" class="{}">{}</rect>').format(
                x, y, width, height, colour, css, inside
            )
        )

    def html(self, identity: str, *, as_table: str) -> Markup:
        """The figure: caption, picture with its words, and the same numbers as a folded table."""
        svg = self.svg(identity)
        table = self._table(as_table)
        return Markup(
            '<figure class="chart" id="{}"><figcaption>{}</figcaption>'
            '<div class="chart-hold" role="region" tabindex="0" aria-label="{}">{}</div>{}</figure>'
        ).format(identity, self.title, self.title, svg, table)

    def svg(self, identity: str) -> Markup:
        """The picture alone, for a PDF."""
        return Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d" font-family="sans-serif">'
            '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>'
        ).format(self.width, self.height, identity, identity, identity, self.title, identity, self.desc, Markup("").join(self.parts))

    def _table(self, as_table: str) -> Markup:
        if not self.rows:
            return Markup("")
        head = Markup("").join(Markup('<th scope="col"{}>{}</th>').format(_num(n), escape(word)) for n, word in enumerate(self.head))
        body = Markup("").join(
            Markup("<tr>{}</tr>").format(
                Markup("").join(
                    Markup('<th scope="row">{}</th>').format(cell) if n == 0 else Markup("<td{}>{}</td>").format(_num(n), cell)
                    for n, cell in enumerate(row)
                )
            )
            for row in self.rows
        )
        return Markup(
            '<details><summary>{}</summary><div class="table-hold"><table class="list"><caption class="sr-only">{}</caption>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></details>"
        ).format(as_table, self.title, head, body)


def _num(column: int) -> Markup:
    return Markup(' class="num"') if column else Markup("")
