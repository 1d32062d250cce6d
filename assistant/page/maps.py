"""The map of the papers as a drawing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.page.catalogue import Point
from assistant.page.markup import Html, joined, tag

_WIDTH, _HEIGHT, _EDGE = 1000, 540, 30
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
        *(_label(points, topic, name) for topic, name in enumerate(topics)),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label="Map of the papers; the list of topics above holds the same",
    )
    return tag(
        "div",
        tag("p", note, class_="note"),
        tag("ul", joined(buttons), class_="topics", aria_label="Topics"),
        tag("p", "Point at a dot to read its title, and click to open it; at a number for its topic.", id="pointed", class_="note"),
        tag("div", drawing, class_="wide", tabindex="0", role="region", aria_label="Map"),
        class_="map",
    )


def _place(x: float, y: float) -> tuple[str, str]:
    return f"{_EDGE + x * (_WIDTH - 2 * _EDGE):.1f}", f"{_EDGE + y * (_HEIGHT - 2 * _EDGE):.1f}"


def _dot(point: Point, topics: Sequence[str]) -> Html:
    x, y = _place(point.x, point.y)
    title = f"{point.paper.shown[:300]} ({topics[point.topic]})"
    return tag(
        "circle",
        tag("title", title),
        cx=x,
        cy=y,
        r=6,
        class_=f"dot topic{point.topic}",
        data_act="paper",
        data_paper=point.paper.id,
    )


def _label(points: Sequence[Point], topic: int, name: str) -> Html:
    """The topic's number in the middle of its papers."""
    own = np.array([(point.x, point.y) for point in points if point.topic == topic])
    x, y = _place(*np.median(own, axis=0).tolist())
    return tag(
        "g",
        tag("title", name),
        tag("circle", cx=x, cy=y, r=13, class_=f"disc topic{topic}"),
        tag("text", str(topic + 1), x=x, y=y, dy="0.35em"),
        class_="label",
        aria_hidden="true",
        data_act="topic",
        data_topic=name,
    )
