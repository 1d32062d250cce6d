"""Gradio without what it does needlessly when it is imported and at each event. The page's modules take it from here."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

# after each event gradio works out statistics that nobody looks at
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"


@contextmanager
def _no_stubs() -> Generator[None]:
    """Keep gradio from writing type stubs of its components, a third of its import: it writes none of a class without a file."""
    find = inspect.getfile

    def found(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError
        return find(thing)

    inspect.getfile = found
    try:
        yield
    finally:
        inspect.getfile = find


with _no_stubs():
    import gradio
    from gradio import EventData as EventData

gr: Any = gradio  # its own types are half known


class Blocks(gradio.Blocks):
    """Components; those that an event leaves alone stay. Gradio would make each of them anew, which takes longer than a search."""

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """What an event gave, as the browser takes it."""
        plain: Any = super().postprocess_data  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        skip = gr.skip()
        given = list[Any](predictions if isinstance(predictions, list) else ())  # pyright: ignore[reportUnknownArgumentType]
        places = [place for place, each in enumerate(given) if not isinstance(each, dict) or each != skip]
        if len(places) == len(given):
            return await plain(block_fn, predictions, state)
        told = [gr.skip() for _ in given]
        if places:
            event = copy.copy(block_fn)
            event.outputs = [block_fn.outputs[place] for place in places]
            changed = [given[place] for place in places]
            for place, each in zip(places, await plain(event, changed if len(places) > 1 else changed[0], state), strict=True):
                told[place] = each
        return told
