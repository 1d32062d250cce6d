"""Gradio without its unneeded work at import and at each event. The modules of the page import gradio from here."""

from __future__ import annotations

import copy
import inspect
import logging
import os
import traceback
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

from assistant.errors import AssistantError, Stopped, brief
from assistant.page.visitors import VISITOR, Unnamed, Uploads

_log = logging.getLogger(__name__)
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


@contextmanager
def _no_proxies() -> Generator[None]:
    """Hide the proxies of the environment: gradio makes a client at import, unused by the page, and not every proxy suits it."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.lower() in ("all_proxy", "http_proxy", "https_proxy")}
    try:
        yield
    finally:
        os.environ.update(held)


with _no_stubs(), _no_proxies():
    import gradio
    from gradio import EventData as EventData
    from gradio.state_holder import SessionState

gr: Any = gradio  # its own types are half known
gr.utils.MatplotlibBackendMananger = nullcontext  # it looks for matplotlib twice an event; the page draws without


_UNREAD = ("api_info", "api_info_as_input", "api_info_as_output", "example_inputs")
"""Parts of the configuration of a component that no client reads there: clients ask for the API by itself."""


def _rooted(config: dict[str, Any], root: str) -> dict[str, Any]:
    """The configuration as it is sent, with the address of the page.

    Returns:
        The configuration. Gradio would look through all of it for files, of which it holds none.
    """
    components: list[dict[str, Any]] = config.get("components", [])
    light = [{name: value for name, value in each.items() if name not in _UNREAD} for each in components]
    return {**config, "root": root, "components": light}


gr.route_utils.update_root_in_config = _rooted

_AT_FIRST = """<style>
html { background: #f6f7f9; color: #1c2430; }
gradio-app:not(:has(*))::before { content: "The page opens ..."; padding: 24px; font: 16px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { html { background: #12161e; color: #e4e8ef; } }
</style></head>"""
"""What is seen until gradio's script has drawn the page, which takes most of a second."""


def _seen_at_once() -> None:
    """Let the documents of gradio say something before any script runs, in the colours of the page."""
    loader = gr.routes.templates.env.loader
    find = loader.get_source

    def found(environment: Any, name: str) -> tuple[str, Any, Any]:
        document, *rest = find(environment, name)
        return (document.replace("</head>", _AT_FIRST, 1), *rest)

    loader.get_source = found


_seen_at_once()


gone: ContextVar[Callable[[], Awaitable[bool]]] = ContextVar("gone")
"""Tells, during an event, whether the caller has gone."""
visitor: ContextVar[str] = ContextVar("visitor", default="")
"""The mark of the event's sender; see `visitors.visitor`."""
_THREADS = 32


class Blocks(gradio.Blocks):
    """Components, and what may be sent to them.

    A file is taken by the fields for files alone, and only one that the sender's own browser uploaded: gradio takes any path of
    the server, for any field, where it did not launch the page itself. Components that an event leaves alone stay; gradio would
    make each of them anew, which takes longer than a search. Values are read and written in the thread of the event: gradio
    starts a thread for each field, and under load each of them waits for the interpreter.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType]
        self.uploads = Uploads()
        self.has_launched = True  # else gradio's own check of paths, which is coarser, is off
        self.max_threads = _THREADS  # of its own, so that what events wait for keeps no request for the page waiting
        self.create_limiter()

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> dict[str, Any]:
        """Work on an event, whichever way it came."""
        plain: Any = super().process_api  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        session = options.get("session_hash")
        asked = options.get("request")
        before = gone.set(self._gone(options.get("event_id"), asked))
        sender = visitor.set(getattr(getattr(asked, "request", asked), "scope", {}).get(VISITOR, ""))
        try:
            if options.get("iterator") is None:
                if len(inputs) < len(event.inputs):
                    raise gr.Error(f"the event takes {len(event.inputs)} values, and {len(inputs)} were sent")
                inputs = [self._taken(field, value, session) for field, value in zip(event.inputs, inputs, strict=False)]
            return await plain(block_fn, inputs, *args, **options)
        except gr.Error as exc:
            exc.print_exception = False
            _refused(exc.__cause__ or exc)
            raise
        except AssistantError as exc:
            _refused(exc)
            raise gr.Error(str(exc), print_exception=False) from exc
        except Exception as exc:  # any value may be sent, so a line of the log is enough
            where = traceback.extract_tb(exc.__traceback__)[-1]
            said = brief(f"{type(exc).__name__}: {exc}")
            _log.error("an event failed: %s at %s:%s", said, Path(where.filename).name, where.lineno)
            _log.debug("where it failed", exc_info=exc)
            raise gr.Error("the event failed; the log of the server says why", print_exception=False) from exc
        finally:
            gone.reset(before)
            visitor.reset(sender)

    def _taken(self, field: Any, value: Any, session: str | None) -> Any:
        """What a field is sent, fit to be handed to gradio: a null stands for nothing typed, or for what is chosen at first."""
        if isinstance(field, gradio.File | gradio.UploadButton):
            if value is None:
                return None
            if isinstance(value, list):
                return [self._file(each, session) for each in cast("list[Any]", value)]
            return self._file(value, session)
        if value is None and isinstance(field, gradio.Textbox):
            return ""
        if value is None and isinstance(field, gradio.Number | gradio.Slider | gradio.Radio | gradio.Dropdown):
            return copy.copy(cast("Any", field).value)
        if _names_file(value):
            raise gr.Error("a file is taken by the fields for files alone", print_exception=False)
        return value

    def _file(self, value: Any, session: str | None) -> dict[str, Any]:
        path: Any = cast("dict[str, Any]", value).get("path") if isinstance(value, dict) else None
        if not (isinstance(path, str) and self.uploads.holds(session, path)):
            raise gr.Error("only a file is taken that this browser uploaded; choose it again", print_exception=False)
        return {"path": path, "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}}

    def knows(self, session: str) -> bool:
        """There are, or were, events of this session in the queue."""
        queue: Any = self._queue
        return session in queue.pending_messages_per_session

    def session_of(self, id: str) -> str | None:
        """The session of an event; None where there is no such event any more."""
        queue: Any = self._queue
        if event := queue.event_ids_to_events.get(id):
            return event.session_hash
        return next((session for session, ids in queue.pending_event_ids_session.items() if id in ids), None)

    def offers(self, name: str | None, number: object) -> bool:
        """There is an event of this API name, or of this number where one is given."""
        if number is not None:
            return isinstance(number, int) and number in self.fns
        return name is not None and any(event.api_name == name for event in self.fns.values())

    def values(self, name: str, given: dict[str, Any]) -> list[Any]:
        """Put the named values of an event in the event's order.

        Returns:
            The values of the event of this API name, with defaults for those not given.

        Raises:
            Unnamed: a value is unknown, or one without a default is missing.
        """
        wanted: Any = self.get_api_info()["named_endpoints"][f"/{name}"]["parameters"]
        names = [each["parameter_name"] for each in wanted]
        if unknown := sorted(given.keys() - set(names)):
            raise Unnamed(f"There is no value {brief(unknown[0])}; the event takes {', '.join(names)}.")
        for each in wanted:
            if each["parameter_name"] not in given and not each["parameter_has_default"]:
                raise Unnamed(f"The value {each['parameter_name']!r} is missing.")
        return [given.get(each["parameter_name"], each.get("parameter_default")) for each in wanted]

    def _gone(self, id: str | None, request: Any) -> Callable[[], Awaitable[bool]]:
        """Whether nobody waits any more for the event with this id, or else for the reply to this request."""
        queue: Any = self._queue
        event = queue.event_ids_to_events.get(id) if id else None
        asked = getattr(request, "request", request)

        async def left() -> bool:
            if id:
                return event is not None and not event.alive
            return await asked.is_disconnected() if hasattr(asked, "is_disconnected") else False

        return left

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False) -> list[Any]:
        """The values of an event's fields, as the event takes them."""
        plain: Any = super().preprocess_data  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if not block_fn.preprocess or not all(field.stateful or _plain(field) for field in block_fn.inputs):
            return await plain(block_fn, inputs, state, explicit_call)
        state = state or SessionState(self)
        event = copy.copy(block_fn)
        event.preprocess = False
        values = await plain(event, inputs, state, explicit_call)
        return [
            value if field.stateful else state[field._id].preprocess(value)
            for field, value in zip(block_fn.inputs, values, strict=True)
        ]

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """What an event gave, as the browser takes it."""
        plain: Any = super().postprocess_data  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if not isinstance(predictions, list) or len(block_fn.outputs) == 1:
            return await plain(block_fn, predictions, state)
        state = state or SessionState(self)
        given, fields = cast("list[Any]", predictions), block_fn.outputs
        told = [each if _only_enables(each) else gr.skip() for each in given]
        changed = [place for place, each in enumerate(given) if not isinstance(each, dict) or each != told[place]]
        plainly = [place for place in changed if block_fn.postprocess and isinstance(given[place], str) and _plain(fields[place])]
        for places, inline in ((plainly, True), ([place for place in changed if place not in plainly], False)):
            if not places:
                continue
            event = copy.copy(block_fn)
            event.outputs = [fields[place] for place in places]
            event.postprocess = block_fn.postprocess and not inline
            parts = [_held(state, fields[place]).postprocess(given[place]) if inline else given[place] for place in places]
            for place, each in zip(places, await plain(event, parts if len(parts) > 1 else parts[0], state), strict=True):
                told[place] = each
        return told


def _refused(why: BaseException) -> None:
    """Log an event that its sender has to change; of who has gone there is nothing to say."""
    if not isinstance(why, Stopped):
        said = why.message if isinstance(why, gradio.Error) else why
        _log.warning("an event was refused: %s", brief(str(said)))


def _plain(field: Any) -> bool:
    """Whether the values of a field are handed on as they are: gradio checks those of others, such as files, by a model."""
    return field.stateful is False and getattr(field, "data_model", None) is None


def _only_enables(given: Any) -> bool:
    """Whether a change lets a person use a field or not, which the browser alone looks at."""
    return isinstance(given, dict) and cast("dict[str, Any]", given).keys() == {"__type__", "interactive"}


def _held(state: Any, field: Any) -> Any:
    """A field as the session changed it."""
    return state[field._id] if field._id in state else field


def _names_file(value: Any) -> bool:
    """There is something in it, however deep, that gradio takes for a file."""
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            held = cast("dict[str, Any]", each)
            if "path" in held or "meta" in held:
                return True
            rest += held.values()
        elif isinstance(each, list | tuple):
            rest += cast("list[Any]", each)
    return False
