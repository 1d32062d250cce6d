"""The map of the papers as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from assistant.page.catalogue import Point
from assistant.page.markup import Html, joined, tag

_WIDTH, _HEIGHT, _EDGE = 1000, 540, 30
_LABEL, _ROUNDS = 13, 100
"""The radius of a label; labels are moved apart in so many rounds at most."""
_MOST = 2000
"""The map draws at most this many points; of more papers it draws an even share."""


def drawn(points: Sequence[Point], topics: Sequence[str]) -> Html:
    """Papers near those that they are like, topics by colour and name; the list of topics does the same by keyboard."""
    step = -(-len(points) // _MOST) or 1
    dots = [_dot(point, topics) for point in points[::step]]
    sizes = [sum(point.topic == topic for point in points) for topic in range(len(topics))]
    buttons = [
        tag(
            "li",
            tag(
                "button",
                tag("span", str(topic + 1), class_=f"swatch topic{topic}", aria_hidden="true"),
                f"{name} ",
                tag("span", str(sizes[topic]), class_="score"),
                type="button",
                class_="act",
                data_act="topic",
                data_topic=name,
                aria_label=f"Keep the chat to {name}, {sizes[topic]} papers",
            ),
        )
        for topic, name in enumerate(topics)
    ]
    some = f", of which {len(dots):,} are drawn" if step > 1 else ""
    note = f"{len(points):,} papers{some}: near each other where their abstracts are alike. A topic keeps the chat to its papers."
    drawing = tag(
        "svg",
        *dots,
        *(
            _label(topic, name, *place)
            for (topic, name), place in zip(enumerate(topics), _labels(points, len(topics)), strict=True)
        ),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label="Map of the papers; the list of topics above holds the same",
    )
    return tag(
        "div",
        tag("p", note, class_="note"),
        tag("ul", joined(buttons), class_="topics", aria_label="Topics"),
        tag("p", "Point at a dot to read its title, and click to open it; at a number for its topic.", id="pointed", class_="note"),
        tag(
            "div",
            *(
                _zoom(sign, by, label)
                for sign, by, label in (("+", "2", "Nearer"), ("\N{MINUS SIGN}", "0.5", "Farther"), ("All", "0", "The whole map"))
            ),
            class_="zoom",
            role="group",
            aria_label="Size of the map",
        ),
        tag("div", drawing, class_="wide", tabindex="0", role="region", aria_label="Map"),
        class_="map",
    )


def _at(point: Point) -> tuple[float, float]:
    return _EDGE + point.x * (_WIDTH - 2 * _EDGE), _EDGE + point.y * (_HEIGHT - 2 * _EDGE)


def _dot(point: Point, topics: Sequence[str]) -> Html:
    x, y = _at(point)
    title = f"{point.paper.shown[:300]} ({topics[point.topic]})"
    return tag(
        "circle",
        tag("title", title),
        cx=f"{x:.1f}",
        cy=f"{y:.1f}",
        r=6,
        class_=f"dot topic{point.topic}",
        data_act="paper",
        data_paper=point.paper.id,
    )


def _zoom(sign: str, by: str, label: str) -> Html:
    return tag("button", sign, type="button", class_="act", data_zoom=by, aria_label=label, title=label)


def _labels(points: Sequence[Point], topics: int) -> list[tuple[float, float]]:
    """A place for the label of each topic: the middle of its papers, moved away from labels that it would cover."""
    middles = [np.median([_at(point) for point in points if point.topic == topic], axis=0) for topic in range(topics)]
    places = np.array(middles, dtype=float).reshape(-1, 2)
    apart = 2 * _LABEL + 6
    for _ in range(_ROUNDS):
        moved = False
        for one, other in combinations(range(topics), 2):
            way = places[other] - places[one]
            far = float(np.hypot(*way))
            if far < apart:
                step = (way / far if far else np.array((1.0, 0.0))) * (apart - far + 1) / 2
                places[one] -= step
                places[other] += step
                moved = True
        places = np.clip(places, _EDGE, (_WIDTH - _EDGE, _HEIGHT - _EDGE))
        if not moved:
            break
    return [(float(x), float(y)) for x, y in places]


def _label(topic: int, name: str, x: float, y: float) -> Html:
    """The topic's number."""
    at = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    return tag(
        "g",
        tag("title", name),
        tag("circle", cx=at["x"], cy=at["y"], r=_LABEL, class_=f"disc topic{topic}"),
        tag("text", str(topic + 1), **at, dy="0.35em"),
        class_="label",
        aria_hidden="true",
        data_act="topic",
        data_topic=name,
    )
