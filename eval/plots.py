"""Plots as SVG that takes its colours from the page around it."""

from __future__ import annotations

from collections.abc import Sequence

from eval.scores import Bin

_LEFT, _TOP, _SIDE_X, _SIDE_Y = 52, 16, 350, 240


def reliability(bins: Sequence[Bin]) -> str:
    """Share right over confidence: a dot a bin, as large as its weight; the dashed line is where both agree."""
    dots = "".join(
        f'<circle class="dot" cx="{_x(bin.confidence)}" cy="{_y(bin.right)}" r="{3 + 9 * bin.weight**0.5:.1f}" fill-opacity="0.75">'
        f"<title>{bin.answers} questions: confidence {bin.confidence:.2f}, {bin.right:.2f} of them</title></circle>"
        for bin in bins
    )
    line = _path([(bin.confidence, bin.right) for bin in bins])
    ideal = f'<path class="ideal" d="{_path([(0, 0), (1, 1)])}"/>'
    return _frame(f'{ideal}<path class="curve" d="{line}"/>{dots}', "mean confidence", "answerable", 1.0)


def risk_coverage(points: Sequence[tuple[float, float]]) -> str:
    """Share wrong over share answered; the dashed line is the share wrong of all of them."""
    top = _above(max((risk for _, risk in points), default=0.0))
    curve = _path([(coverage, risk / top) for coverage, risk in points])
    last = points[-1][1] / top if points else 0.0
    ideal = f'<path class="ideal" d="{_path([(0, last), (1, last)])}"/>'
    return _frame(f'{ideal}<path class="curve" d="{curve}"/>', "share of the answers that are given", "share of them wrong", top)


def _above(value: float) -> float:
    return next(top for top in (0.05, 0.1, 0.2, 0.5, 1.0) if value <= top)


def _frame(inside: str, across: str, up: str, top: float) -> str:
    ticks = [at / 5 for at in range(6)]
    grid = "".join(f'<path class="axis" d="M{_LEFT} {_y(at)}H{_LEFT + _SIDE_X}"/>' for at in ticks)
    below = "".join(f'<text x="{_x(at)}" y="{_TOP + _SIDE_Y + 18}" text-anchor="middle">{at:.1f}</text>' for at in ticks)
    beside = "".join(f'<text x="{_LEFT - 6}" y="{float(_y(at)) + 4:.1f}" text-anchor="end">{at * top:.2g}</text>' for at in ticks)
    middle = _TOP + _SIDE_Y / 2
    names = (
        f'<text x="{_LEFT + _SIDE_X / 2}" y="{_TOP + _SIDE_Y + 38}" text-anchor="middle">{across}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{up}</text>'
    )
    size = f"0 0 {_LEFT + _SIDE_X + 22} {_TOP + _SIDE_Y + 46}"
    return f'<svg viewBox="{size}" role="img" aria-label="{up} by {across}">{grid}{below}{beside}{names}{inside}</svg>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if at else 'M'}{_x(x)} {_y(y)}" for at, (x, y) in enumerate(points))


def _x(value: float) -> str:
    return f"{_LEFT + _SIDE_X * value:.1f}"


def _y(value: float) -> str:
    return f"{_TOP + _SIDE_Y * (1 - value):.1f}"
