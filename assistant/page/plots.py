"""Plots as SVG that takes its colours from the page around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.page.markup import Html, joined, tag

_LEFT, _TOP, _SIDE_X, _SIDE_Y = 52, 16, 350, 240
_TICKS = 5

Points = Sequence[tuple[float, float]]


class Dot(NamedTuple):
    """A point that stands for some cases."""

    x: float
    y: float
    weight: float
    """Share of the total, shown as the area of the dot."""
    told: str


def drawn(across: str, up: str, top: float, curve: Points, ideal: Points, dots: Sequence[Dot]) -> Html:
    """Draw a curve over a dashed line for comparison.

    Args:
        across: the label of the horizontal axis, from 0 to 1.
        up: the label of the vertical axis, from 0 to `top`.
        top: the end of the vertical axis.
        curve: the points of the curve.
        ideal: the points of the dashed line.
        dots: marked points of the curve.

    Returns:
        The drawing as SVG.
    """
    ticks = [at / _TICKS for at in range(_TICKS + 1)]
    grid = [tag("path", class_="axis", d=f"M{_LEFT} {_y(at)}H{_LEFT + _SIDE_X}") for at in ticks]
    below = [tag("text", f"{at:.1f}", x=_x(at), y=_TOP + _SIDE_Y + 18, text_anchor="middle") for at in ticks]
    beside = [tag("text", f"{at * top:.2g}", x=_LEFT - 6, y=f"{float(_y(at)) + 4:.1f}", text_anchor="end") for at in ticks]
    middle = f"{_TOP + _SIDE_Y / 2:g}"
    return tag(
        "svg",
        *grid,
        *below,
        *beside,
        tag("text", across, x=f"{_LEFT + _SIDE_X / 2:g}", y=_TOP + _SIDE_Y + 38, text_anchor="middle"),
        tag("text", up, x=14, y=middle, text_anchor="middle", transform=f"rotate(-90 14 {middle})"),
        tag("path", class_="ideal", d=_path(ideal, top)),
        tag("path", class_="curve", d=_path(curve, top)),
        joined(_dot(dot, top) for dot in dots),
        viewBox=f"0 0 {_LEFT + _SIDE_X + 22} {_TOP + _SIDE_Y + 46}",
        role="img",
        aria_label=f"{up} by {across}",
    )


def bar(mean: float, low: float, high: float) -> Html:
    """A mean between 0 and 1 within its interval."""
    start, middle, end = (f"{100 * min(1.0, max(0.0, value)):.1f}" for value in (low, mean, high))
    inside = tag(
        "g",
        tag("path", class_="axis", d="M0 5H100"),
        tag("path", class_="range", d=f"M{start} 5H{end}"),
        tag("circle", class_="point", cx=middle, cy=5, r=3),
        transform="translate(4 0)",
    )
    return tag("svg", inside, class_="interval", viewBox="0 0 108 10", aria_hidden="true")


def _dot(dot: Dot, top: float) -> Html:
    radius = f"{3 + 9 * max(0.0, dot.weight) ** 0.5:.1f}"
    return tag("circle", tag("title", dot.told), class_="point", cx=_x(dot.x), cy=_y(dot.y / top), r=radius, fill_opacity="0.75")


def _path(points: Points, top: float) -> str:
    return "".join(f"{'L' if at else 'M'}{_x(x)} {_y(y / top)}" for at, (x, y) in enumerate(points))


def _x(value: float) -> str:
    return f"{_LEFT + _SIDE_X * value:.1f}"


def _y(value: float) -> str:
    return f"{_TOP + _SIDE_Y * (1 - value):.1f}"
