"""The layout of the page and its events; the only user of gradio."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import shutil
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse

from assistant import export
from assistant.assistant import Assistant
from assistant.errors import AssistantError, ConfigError, brief, one_line
from assistant.library.scratch import Scratch
from assistant.page import drawer, maps, render
from assistant.page.auth import Door, Forwarded, Gate
from assistant.page.catalogue import Order
from assistant.page.chat import MOST_FIELDS, MOST_PAPERS, SUREST, chosen_before, left_off
from assistant.page.drafts import Drafts
from assistant.page.events import CLICKS, At_once, Plain, Private, Unlooked, said
from assistant.page.framework import Blocks, EventData, gr, visitor
from assistant.page.markup import Html, joined
from assistant.page.newest import Newest
from assistant.page.peers import HandOn
from assistant.page.programs import Programs
from assistant.page.reviews import Reviews
from assistant.page.routes import KATEX, LARGEST_HEAD, LARGEST_UPLOAD
from assistant.page.service import LONGEST, ROWS, Service, filters, scratch
from assistant.page.store import Conversation, NotOwned, Owner, new_id, new_key, parsed
from assistant.page.tables import Tables
from assistant.page.underway import Asked, UnderWay
from assistant.page.views import LONGEST_NOTE, Controls, Draft, Note
from assistant.page.visitors import Visitors
from assistant.types import IngestReport, Paper

_HERE = Path(__file__).parent
SOURCES: dict[str, tuple[str, Callable[[Iterable[Paper]], str]]] = {
    "BibTeX": ("bib", export.entries),
    "RIS": ("ris", export.ris),
    "CSV": ("csv", export.spreadsheet),
}
"""Forms of a list of papers: the ending of the file, and what writes the file."""
_QUEUE = 64
"""At most this many questions wait; a further one gets an error."""
_LOOK = 5.0
"""The page checks every so many seconds whether another process changed the library."""
_LAST = 3.5
"""The process ends at most this many seconds after a signal."""
_LONGEST_LOG = 200
"""Characters of a line that a library logs by the root logger."""
_PATIENCE = 5.0
"""A question that is stopped is given up after so many seconds, where its model does not end."""
_PATH = re.compile(r"/*+([\w.~-]+(/[\w.~-]+)*)?/*")
_ID = re.compile("[0-9a-f]{16}")
_UNASKED = 10_000
"""So many ids of conversations without a question are remembered."""
_FILTERS = 5
"""So many of the choices of how to answer are filters, the first ones."""
_LONG = 6
"""The number of a version has fewer figures than this."""
_KEPT = 3600
"""Uploaded files and downloads are deleted after this many seconds."""
_SCRIPTS = ("script.js", "drawer.js", "notes.js", "map.js", "formulas.js")
_ORDERS: tuple[Order, ...] = ("as they came in", "title", "page", "newest")
_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_COLOURS = {
    "body_background_fill": "var(--ground)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--quiet)",
    "background_fill_primary": "var(--paper)",
    "background_fill_secondary": "var(--ground)",
    "border_color_primary": "var(--line)",
    "block_background_fill": "transparent",
    "block_label_text_color": "var(--quiet)",
    "block_label_background_fill": "transparent",
    "block_title_text_color": "var(--quiet)",
    "block_info_text_color": "var(--quiet)",
    "input_background_fill": "var(--paper)",
    "input_background_fill_focus": "var(--paper)",
    "input_border_color": "var(--line)",
    "input_border_color_focus": "var(--accent)",
    "input_placeholder_color": "var(--quiet)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent)",
    "button_primary_text_color": "var(--paper)",
    "button_secondary_background_fill": "var(--paper)",
    "button_secondary_background_fill_hover": "var(--line)",
    "button_secondary_text_color": "var(--ink)",
    "button_secondary_border_color": "var(--line)",
}
"""Colours of the theme, by the variables of style.css, which have a light and a dark value."""


def theme() -> Any:
    """Quiet, and with fonts of the system: none is fetched."""
    both = {**_COLOURS, **{f"{name}_dark": colour for name, colour in _COLOURS.items()}}
    plain = gr.themes.Base(primary_hue="indigo", neutral_hue="slate", radius_size="md", font=list(_FONT), font_mono=list(_MONO))
    sizes = {"block_border_width": "0px", "block_shadow": "none", "block_padding": "2px", "block_title_text_size": "13px"}
    return plain.set(**both, **sizes, input_border_width="1px", button_border_width="1px", button_border_width_dark="1px")


class Adding(NamedTuple):
    """The components by which papers are added."""

    names: Any
    """Where ids and addresses are typed."""
    add: Any
    files: Any
    report: Any


class Page:
    """The components, and what happens when they are used."""

    def __init__(self, service: Service, at_once: int) -> None:
        self.service = service
        self._under_way = UnderWay(at_once)
        self._unasked: Newest[tuple[Owner, str], bool] = Newest(_UNASKED)
        """Ids that browsers were given for a conversation without a question."""
        self._naming = threading.Lock()
        self.blocks: Any = Blocks(title="Assistant", analytics_enabled=False, fill_width=True, delete_cache=(_KEPT, _KEPT))
        with self.blocks:
            self._lay_out()
            self._connect()
            Programs(service, at_once, _QUEUE).offer()

    def _lay_out(self) -> None:
        # kept by the browser and sent with each event, so that a restart of the server forgets nothing
        self.key = gr.Textbox(visible="hidden", elem_id="key")
        self.chosen = gr.Textbox(visible="hidden", elem_id="chosen")
        self.editing = gr.Textbox(visible="hidden", elem_id="editing")
        self.typed = gr.Textbox(visible="hidden", elem_id="typed")
        self.left = gr.Textbox(visible="hidden", elem_id="left-off")
        self.asking = gr.Textbox(visible="hidden", elem_id="asking")
        self.going = gr.Textbox(visible="hidden", elem_id="going")
        self.generation = gr.Number(0, visible="hidden", elem_id="generation")
        self.due = gr.Number(0, visible="hidden", elem_id="due")
        self.process = gr.Textbox(self.service.mark, visible="hidden", elem_id="process")
        self.handed = gr.JSON(visible="hidden", elem_id="handed")
        self.told = gr.Textbox(visible="hidden", elem_id="told")
        self.place = gr.Textbox(visible="hidden", elem_id="place")
        self.come = gr.Button(visible="hidden", elem_id="come")
        self.turn_to = gr.Button(visible="hidden", elem_id="turn-to")
        self.refresh = gr.Button(visible="hidden", elem_id="refresh")
        self.header = gr.HTML(apply_default_css=False, elem_id="header")
        with gr.Tabs(elem_id="tabs") as self.tabs:
            with gr.Tab("Chat", id="chat"):
                self._lay_out_chat()
            with gr.Tab("Library", id="library"):
                self._lay_out_library()
            with gr.Tab("Table", id="table"):
                self.tables = Tables(self.service)
                self.tables.lay_out()
            with gr.Tab("Review", id="review"):
                self.reviews = Reviews(self.service)
                self.reviews.lay_out()
            with gr.Tab("Check", id="check"):
                self.drafts = Drafts(self.service)
                self.drafts.lay_out()
            with gr.Tab("Map", id="map") as self.map_tab:
                self.map = gr.HTML(apply_default_css=False, elem_id="map", js_on_load=CLICKS)
            with gr.Tab("Eval", id="eval") as self.eval_tab:
                self.scores = gr.HTML(apply_default_css=False, elem_id="eval")
        self.timer = gr.Timer(_LOOK)

    def _lay_out_chat(self) -> None:
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=6, min_width=320, elem_id="left"):
                self.thread = gr.HTML(apply_default_css=False, elem_id="thread", js_on_load=CLICKS)
                self.live = gr.HTML(apply_default_css=False, elem_id="live", js_on_load=CLICKS)
                self.next = gr.HTML(apply_default_css=False, elem_id="next", js_on_load=CLICKS)
                with gr.Column(elem_id="adding", min_width=0):
                    self.adding = self._lay_out_adding("start")
                with gr.Column(elem_id="composer", min_width=0):
                    self.edited = gr.HTML(render.editing(), apply_default_css=False, elem_id="edited", js_on_load=CLICKS)
                    self.kept = gr.HTML(apply_default_css=False, elem_id="kept", js_on_load=CLICKS)
                    self.box = gr.Textbox(
                        label="Your question",
                        show_label=False,
                        placeholder="Ask the papers",
                        lines=1,
                        max_lines=8,
                        max_length=self.service.settings.answer.max_question,
                        elem_id="question",
                        submit_btn=False,
                        autofocus=True,
                    )
                    with gr.Row(elem_id="buttons"):
                        self.fresh = gr.Button("New", size="sm", elem_id="fresh")
                        self.stop = gr.Button("Stop", size="sm", elem_id="stop", interactive=False)
                        self.ask = gr.Button("Ask", size="sm", variant="primary", elem_id="ask")
                self._lay_out_controls()
                self._lay_out_conversations()
            with gr.Column(scale=5, min_width=320, elem_id="right"):
                self.found = gr.HTML(apply_default_css=False, elem_id="found")
                self.evidence = gr.HTML(apply_default_css=False, elem_id="evidence", js_on_load=CLICKS)

    def _lay_out_controls(self) -> None:
        default = self.service.controls
        with gr.Accordion("How to answer", open=False, elem_id="controls"):
            with gr.Row():
                self.pages = gr.Dropdown([], multiselect=True, label="Only these pages", elem_id="pages")
                self.dates = gr.Dropdown([], multiselect=True, label="Only these dates", elem_id="dates")
                self.topic = gr.Dropdown([], value=None, label="Only this topic of the map", elem_id="topic")
            self.only = gr.Dropdown([], multiselect=True, label="Only these papers", elem_id="only")
            self.fields = gr.Textbox(
                label="Only papers with",
                info="author, date, venue, doi or title, apart by semicolons",
                placeholder="author=Duarte; date>=2030-06",
                max_length=MOST_FIELDS,
                elem_id="fields",
            )
            with gr.Row():
                self.mode = gr.Radio(
                    [("mark it", "mark"), ("take it out", "strict")],
                    value=default.mode,
                    label="A sentence that its source does not support",
                    elem_id="mode",
                )
                self.flow = gr.Dropdown(
                    self.service.flows, value=default.flow, label="Flow", info="How an answer is made", elem_id="flow"
                )
            with gr.Row():
                self.papers = gr.Slider(
                    1, MOST_PAPERS, value=default.papers, step=1, label="Papers it may rest on, at most", elem_id="papers"
                )
                self.threshold = gr.Slider(
                    0,
                    SUREST,
                    value=default.threshold,
                    step=0.05,
                    label="Answer more, or be surer",
                    info="Refuse where the chance that the library holds an answer is estimated below this",
                    elem_id="threshold",
                )
            self.writer = gr.Radio(
                [("exact quotes, no model", "quotes"), *(_writers(self.service.model) if self.service.model else [])],
                value=default.writer,
                label="Who writes",
                info=None
                if self.service.model
                else "No language model is set: answers are exact quotes. To have one write, start "
                "with --set model.name=NAME and, where it is not OpenAI's, --set model.base_url=URL, or with --set model.gguf=FILE",
                elem_id="writer",
            )

    def _lay_out_conversations(self) -> None:
        with gr.Column(elem_id="conversations", min_width=0):
            self.earlier = gr.HTML(apply_default_css=False, elem_id="earlier", js_on_load=CLICKS)
            with gr.Row():
                self.download = gr.Button("Download", size="sm", elem_id="download")
                self.upload = gr.UploadButton("Open a file", size="sm", file_types=[".json"], elem_id="reopen")
                self.forget = gr.Button("Delete this one", size="sm", elem_id="forget")

            with gr.Row(elem_id="sources"):
                gr.HTML(render.sources_as(), apply_default_css=False)
                self.lists = {name: gr.Button(name, size="sm", elem_id=f"as-{name.lower()}") for name in SOURCES}

    def _lay_out_adding(self, name: str) -> Adding:
        with gr.Row(elem_classes="adding"):
            names = gr.Textbox(
                label="Add papers by arXiv id, DOI or address",
                placeholder="2310.12345 or 10.1000/xyz",
                lines=1,
                max_lines=6,
                max_length=LONGEST,
                elem_id=f"{name}-names",
            )
            add = gr.Button("Add", size="sm", elem_id=f"{name}-add")
        files = gr.File(label="Add papers by files", file_count="multiple", elem_id=name, height=56)
        report = gr.HTML(apply_default_css=False, elem_id=f"{name}-report", js_on_load=CLICKS)
        return Adding(names, add, files, report)

    def _lay_out_library(self) -> None:
        with gr.Row(elem_id="shelf"):
            with gr.Column(scale=6, min_width=320):
                self.shelved = self._lay_out_adding("files")
                with gr.Row():
                    self.words = gr.Textbox(label="Words in title or abstract", elem_id="words", lines=1, max_length=500)
                    self.order = gr.Dropdown(list(_ORDERS), value=_ORDERS[0], label="Order", elem_id="order")
                    self.page = gr.Dropdown([("all pages", "")], value="", label="Page", elem_id="page")
                self.year = gr.Textbox(visible="hidden", elem_id="year")
                self.years = gr.HTML(apply_default_css=False, elem_id="years", js_on_load=CLICKS)
                self.first = gr.Number(0, visible="hidden", elem_id="first")
                self.table = gr.HTML(apply_default_css=False, elem_id="table", js_on_load=CLICKS)
                with gr.Row():
                    self.back = gr.Button("Earlier rows", size="sm", elem_id="back")
                    self.on = gr.Button("More rows", size="sm", elem_id="on")
            with gr.Column(scale=5, min_width=320, elem_id="reading"):
                self.paper = gr.HTML(render.unopened(), apply_default_css=False, elem_id="opened", js_on_load=CLICKS)

    def _connect(self) -> None:
        chat = [self.thread, self.evidence, self.live, self.found]
        who = [self.key, self.chosen]
        limits = [self.pages, self.dates, self.topic, self.only]
        kept = [*limits, self.fields]
        how = [*kept, self.mode, self.papers, self.flow, self.writer, self.threshold]
        done = [*chat, self.box, self.chosen, self.editing, self.asking, self.earlier, self.ask, self.stop]
        browsing = [self.words, self.page, self.order, self.year]
        seen = [self.generation, *browsing, *limits]
        look = [self.header, self.generation, *limits, self.page, self.years, self.year, self.table, self.first]

        opened = self.blocks.load(
            self.opened,
            [*who, self.left],
            [*who, *chat, self.box, self.editing, self.earlier, self.header, self.going, self.shelved.report],
            js="() => [assistantKey(), assistantChosen(), assistantLeft()]",
            **Private,
        )
        settled = opened.then(self.looked, seen, look, **At_once, **Plain).then(
            self.settled,
            [self.told, self.place],
            [*how, self.paper],
            js="() => [assistantTold(), assistantPlace()]",
            **At_once,
        )
        settled.then(None, how, None, js="assistantSettled")
        gr.on([each.change for each in how], None, how, None, js="assistantChose")
        # clicked by the script of the page where an address leads to a paper or a topic, or to a conversation
        last: dict[str, Any] = {**At_once, "trigger_mode": "always_last"}  # whoever goes back twice means the second
        self.come.click(self.came, self.place, [self.topic, self.paper], js="() => assistantPlace()", **last).then(
            None, None, None, js="assistantShowPaper"
        )
        self.turn_to.click(
            self.switched, [self.key, self.place], done, js="(key) => [key, assistantPlace().split('/')[1] || '']", **last
        ).then(None, [self.chosen], None, js="assistantTurned")
        opened.then(None, who, None, js="assistantOwn")
        # each browser asks this all the time, so it sends little, and gradio looks at nothing of it
        self.timer.tick(self.noticed, [self.generation, self.process], [self.due, self.process], **Unlooked)
        self.due.change(self.looked, seen, look, **At_once, **Plain)
        self.process.change(None, None, None, js="() => location.reload()")

        answering = {**Private, **Plain, "concurrency_id": "answers"}  # together they keep to the limit
        asks = [
            gr.on([self.ask.click, self.box.submit], self.asked, [self.box, *who, self.editing, *how], done, **answering),
            gr.on(
                [self.thread.submit, self.live.submit, self.next.submit, self.paper.submit],
                self.asked_by_click,
                [*who, *how],
                done,
                js="(...given) => { assistantChat(); return given; }",
                **answering,
            ),
            gr.on([self.thread.retry, self.evidence.retry], self.again, [*who, *how], done, **answering),
        ]
        # no place of an answer is needed: the question has its own
        asks.append(self.going.change(self.followed, [self.going, *who], done, **Private, **Plain))
        for each in asks:
            each.then(None, [self.chosen], None, js="assistantTell")
        self.chosen.change(None, [self.chosen], None, js="assistantHeld")
        self.stop.click(self.stopped, [self.asking, *who], done, **At_once)

        self.thread.apply(
            self.acted, [*who, self.box, self.editing], [self.box, self.editing, self.typed, self.handed], **Private
        ).then(None, [self.handed], None, js="assistantHand")
        self.evidence.apply(self.noted, who, [self.thread, self.evidence, self.chosen], **Private).then(
            None, [self.chosen], None, js="assistantTell"
        )
        self.editing.change(None, [self.editing], None, js="assistantEditing")
        self.edited.apply(self.unedited, self.typed, [self.box, self.editing], **At_once)
        opens = [each.expand for each in (self.thread, self.paper, self.tables.view, self.reviews.view, self.drafts.view)]
        gr.on(opens, self.looked_up, None, [self.paper, self.tabs], **At_once).then(None, None, None, js="assistantShowPaper")
        self.thread.select(self.versioned, who, done, **Private).then(None, [self.chosen], None, js="assistantTell")
        self.live.undo(self.restored, who, done, **At_once).then(None, [self.chosen], None, js="assistantKeep")
        # clicked by the script of the page where another tab changed the conversation
        self.refresh.click(self.switched, who, done, **At_once).then(None, [self.chosen], None, js="assistantKeep")
        self.fresh.click(self.begun, self.key, [*done, *kept], **At_once).then(None, [self.chosen], None, js="assistantKeep")
        self.earlier.apply(self.chosen_earlier, self.key, done, **Private).then(None, [self.chosen], None, js="assistantKeep")
        self.forget.click(self.forgotten, who, done, **At_once).then(None, who, None, js="assistantForgotten")
        self.download.click(self.downloaded, who, self.handed, **At_once).then(None, [self.handed], None, js="assistantHand")
        for name, button in self.lists.items():
            button.click(partial(self.listed_as, name), who, self.handed, **At_once).then(
                None, [self.handed], None, js="assistantHand"
            )
        self.upload.upload(self.reopened, [self.key, self.chosen, self.upload], done, **At_once).then(
            None, [self.chosen], None, js="assistantKeep"
        )

        for limit in kept:
            limit.change(self.kept_to, kept, self.kept, trigger_mode="always_last", **At_once)
        self.kept.apply(self.unlimited, None, kept, **At_once)

        rows = [self.table, self.first]
        self.thread.change(self.suggested, who, self.next, trigger_mode="always_last", **Private)
        self.years.apply(self.dated, None, [self.years, self.year], **At_once)
        for change in (self.words.change, self.page.input, self.order.input, self.year.change):
            change(self.listed, browsing, rows, trigger_mode="always_last", **At_once)
        self.back.click(self.turned, [*browsing, self.first], rows, js="(...g) => [...g.slice(0, 4), g[4] - 25]", **At_once)
        self.on.click(self.turned, [*browsing, self.first], rows, js="(...g) => [...g.slice(0, 4), g[4] + 25]", **At_once)
        self.table.apply(self.shown, None, [self.paper], **At_once).then(None, None, None, js="assistantShowPaper")
        self.table.select(self.removed, None, [self.shelved.report], **Private).then(
            None, None, None, js="assistantShowReport"
        ).then(self.looked, seen, look, **At_once)
        self.table.retry(self.ticked_sources, None, [self.only, self.topic, self.tabs], **At_once)
        self.table.submit(self.ticked, None, [self.tables.named, self.tabs], **At_once)
        for tool in (self.tables, self.reviews, self.drafts):
            tool.join(self.handed)
        for told, undone in ((self.shelved.report, self.undone_of_several), (self.paper, self.undone)):
            told.undo(undone, None, [told], **Private).then(self.looked, seen, look, **At_once)
        self.map_tab.select(self.mapped, None, self.map, **At_once)
        self.eval_tab.select(self.service.scores, None, self.scores, **At_once)
        self.map.apply(self.picked, None, [self.topic, self.only, self.paper, self.tabs], **At_once).then(
            None, None, None, js="assistantShowPaper"
        )
        self.paper.apply(self.used, None, [self.only, self.topic, self.tabs, self.paper], **Private).then(
            self.looked, seen, look, **At_once
        )
        for each in (self.adding, self.shelved):
            added = gr.on([each.add.click, each.names.submit], self.added, each.names, [each.report, each.names], **Private)
            for change in (added, each.files.upload(self.taken_in, each.files, [each.report, each.files], **Private)):
                change.then(self.looked, seen, look, **At_once).then(self.greeted, who, self.thread, **At_once)

    # Chat

    def _done(self, conversation: Conversation, owner: Owner, draft: Draft | None = None, box: Any = None) -> list[Any]:
        """What the chat shows where nothing is under way."""
        turns = conversation.turns
        if not (turns or self._under_way.of(owner, conversation.id)):
            with self._naming:
                self._unasked.keep((owner, conversation.id), True)
        return [
            _thread(conversation) if turns or draft else self.service.welcome(),
            render.evidence(turns, conversation.notes),
            render.draft(len(turns) + 1, draft),
            Html(),
            gr.skip() if box is None else box,
            conversation.id,
            draft.instead if draft and box else "",  # what is edited stays so where the new question failed
            "",
            drawer.conversations(self.service.store.questions(owner), conversation.id),
            *_idle(),
        ]

    def opened(self, key: str, chosen: str, left: str) -> list[Any]:
        """The page as its browser left it; with a key of its own where the key belongs to another visitor.

        Args:
            key: the browser's key.
            chosen: the id of the conversation that was shown.
            left: what was under way, as the script of the page tells it: `Left` in JSON, or nothing.

        Returns:
            Key, conversation, and what the chat shows of the conversation.
        """
        owner = _owner(key)
        under_way = self._under_way.of(owner, chosen)  # before the conversation is read, which holds what has come
        try:
            conversation = self._conversation(owner, chosen)
        except NotOwned:  # a browser that lost its cookie, and not its key, goes on
            owner, conversation = _owner(new_key()), Conversation(id=new_id())
        rest = left_off(left, conversation)
        draft = Draft(rest.going, "interrupted", instead=rest.instead) if rest.going else None
        going = ""
        if under_way:
            asked, going = under_way[-1], under_way[-1].draft.question
            shown = self._done(asked.before.model_copy(update={"id": chosen}), owner, asked.draft)
        else:
            shown = self._done(conversation, owner, draft)
        box = rest.box or gr.skip()  # somebody may be typing already
        return [owner.key, shown[5], *shown[:4], box, rest.editing, shown[-3], self._header(), going, self._undoable()]

    def _header(self) -> Html:
        """The head of the page, which does not wait for the topics of the library."""
        try:
            return render.header(self.service.assistant.library.current(), self.service.model)
        except AssistantError as exc:
            return render.header(None, self.service.model, str(exc))

    def _conversation(self, owner: Owner, chosen: str) -> Conversation:
        try:
            return self.service.store.open(owner, chosen)
        except NotOwned:
            raise
        except AssistantError:
            gr.Warning("The conversation is damaged; this is a new one.")
            return Conversation(id=new_id())

    def _of_question(self, owner: Owner, chosen: str) -> Conversation:
        """The conversation that a question is of; a first one has the id that its browser has, by which a reload finds it."""
        conversation = self._conversation(owner, chosen)
        with self._naming:
            first = self._unasked.pop((owner, chosen), False)
        return conversation.model_copy(update={"id": chosen}) if first and not conversation.turns else conversation

    def asked(self, question: str, key: str, chosen: str, editing: str, *how: Any) -> Iterator[list[Any]]:
        """Answer what stands in the box; where a question is edited, in place of that and what followed it."""
        owner = _owner(key)
        yield from self._answer(question, owner, self._of_question(owner, chosen), how, box="", instead=editing)

    def asked_by_click(self, event: EventData, key: str, chosen: str, *how: Any) -> Iterator[list[Any]]:
        """Answer the question of a button."""
        owner = _owner(key)
        conversation = self._of_question(owner, chosen)
        if said(event, "every"):
            how = ([], [], "", [], "", *how[_FILTERS:])
        yield from self._answer(said(event, "question"), owner, conversation, how, instead=said(event, "instead"))

    def again(self, event: EventData, key: str, chosen: str, *how: Any) -> Iterator[list[Any]]:
        """Answer a question of the conversation again, as the controls stand now."""
        owner = _owner(key)
        conversation = self._conversation(owner, chosen)
        turn = conversation.turn(said(event, "turn"))
        if turn:
            held = {paper.id: paper for paper in turn.papers}
            without = [held[id] for id in said(event, "without").split() if id in held]
            yield from self._answer(turn.answer.question, owner, conversation, how, instead=turn.id, without=without)
        else:
            yield self._done(conversation, owner)

    def _answer(
        self,
        question: str,
        owner: Owner,
        conversation: Conversation,
        how: Sequence[Any],
        box: str | None = None,
        instead: str = "",
        without: Sequence[Paper] = (),
    ) -> Iterator[Any]:
        """Answer a question at the end of a conversation, or in the place of a turn of it, which becomes an earlier version."""
        instead = instead if conversation.turn(instead) else ""
        again = None if box is None else question  # what comes into the box where it fails
        pages, dates, topic, only, fields, mode, papers, flow, writer, threshold = how
        try:
            where = self.service.where(pages or (), dates or (), topic, only or (), fields)
        except AssistantError as exc:
            yield self._done(conversation, owner, Draft(question, "failed", error=str(exc), instead=instead), again)
            return
        controls = Controls(mode, int(papers), flow, writer, float(threshold))
        start, same = conversation.before(instead), gr.skip()
        asked = Asked(
            start,
            Draft(question, instead=instead),
            lambda stop: self.service.answers(owner, conversation, question, controls, where, stop, instead, without),
            self.service.ending,
        )
        self._under_way.add(owner, conversation.id, asked)
        # the box is emptied once: a next question may be typed into it meanwhile
        emptied = same if box is None else box
        before = [_thread(start), render.evidence(start.turns, start.notes)] if instead or not start.turns else [same, same]
        yield from self._watched(asked, owner, conversation, [*before, emptied], again)

    def _watched(
        self, asked: Asked, owner: Owner, conversation: Conversation, before: Sequence[Any], again: str | None = None
    ) -> Iterator[list[Any]]:
        """The states of an answer under way.

        Args:
            asked: the question that is being answered.
            owner: whose it is.
            conversation: the conversation as it is shown.
            before: thread, evidence and box, as they are to be until the answer comes.
            again: what comes into the box where there is no answer.

        Yields:
            What the chat shows.
        """
        last, same, first = None, gr.skip(), asked.draft

        def under_way(draft: Draft) -> list[Any]:
            turns = asked.before.turns
            after = turns[-1].id if turns else ""
            return [render.draft(len(turns) + 1, draft, after, conversation.id), render.found(draft)]

        *above, box = before
        with self._under_way.watched(asked):
            yield [*above, *under_way(first), box, conversation.id, "", first.question, same, *_busy()]
            for state in asked.going.states():
                if asked.stop.is_set() and time.monotonic() > (last := last or time.monotonic() + _PATIENCE):
                    asked.going.give_up()  # the model has stalled
                    state = conversation, first._replace(state="stopped", passages=(), text="")
                if state is None:
                    yield [same] * 11  # nothing new, but here a visitor who has left ends the event
                elif (draft := state[1]) is None or draft.state in ("failed", "stopped"):
                    if draft is None and state[0].turns[-1] in conversation.every:
                        gr.Info("The answer is in the version of the question in which it was asked.")
                    yield self._done(state[0], owner, draft, again if draft else None)
                    return
                else:
                    yield [same, same, *under_way(draft), *[same] * 7]

    def followed(self, going: str, key: str, chosen: str) -> Iterator[list[Any]]:
        """The answer that was under way when the page was opened, to its end."""
        owner, same = _owner(key), gr.skip()
        if not going:
            return
        asked = self._under_way.of(owner, chosen)
        conversation = self._conversation(owner, chosen)
        if asked:
            conversation = conversation.model_copy(update={"id": chosen})  # also where none of its questions is answered yet
            yield from self._watched(asked[-1], owner, conversation, [same, same, same])
        else:  # it came meanwhile, or failed
            came = conversation.turns and conversation.turns[-1].answer.question == going
            yield self._done(conversation, owner, None if came else Draft(going, "interrupted"))

    def kept_to(
        self, pages: Sequence[str], dates: Sequence[str], topic: str | None, only: Sequence[str], fields: str | None
    ) -> Html:
        """The filters in force, as shown above the question."""
        held = self.service.catalogue().by_id
        titles = [held[id].shown for id in only or () if id in held]
        return render.kept(pages or (), dates or (), topic, titles, filters(fields))

    def unlimited(self) -> list[Any]:
        """All papers for the chat again."""
        return [[], [], "", [], ""]

    def stopped(self, question: str, key: str, chosen: str) -> list[Any]:
        """Stop what is being answered, whose event shows what was written; where nothing is, show the conversation."""
        owner = _owner(key)
        conversation = self._conversation(owner, chosen)
        under_way = self._under_way.of(owner, chosen)
        for asked in under_way:
            asked.stop.set()
        return [gr.skip()] * 11 if under_way else self._done(conversation, owner, Draft(question, "stopped") if question else None)

    def acted(self, event: EventData, key: str, chosen: str, typed: str, edited: str) -> list[Any]:
        """A button of a turn: the question into the box, the record out, or what the person thinks of it."""
        turn = self._conversation(_owner(key), chosen).turn(said(event, "turn"))
        box, editing, before, handed = gr.skip(), gr.skip(), gr.skip(), None
        match turn and said(event, "act"), turn:
            case "edit", turn if turn:
                box, editing = turn.answer.question, turn.id
                before = gr.skip() if edited else typed  # it comes back when the person cancels
            case "record", turn if turn and not turn.from_file:
                handed = {"name": f"answer-{turn.id}.json", "content": self.service.record(turn)}
            case "good" | "bad" as judgement, turn if turn:
                self.service.store.judge(turn, judgement)
                gr.Info(self.service.noted)
            case "wrong", turn if turn:
                self.service.store.judge(turn, "wrong sentence", int(said(event, "claim") or -1))
                gr.Info(self.service.noted)
            case _:
                pass
        return [box, editing, before, handed]

    def noted(self, event: EventData, key: str, chosen: str) -> list[Any]:
        """A note on a quote is kept, changed or deleted."""
        owner, place, text = _owner(key), said(event, "place"), said(event, "text").strip()[:LONGEST_NOTE]
        conversation = self._conversation(owner, chosen)
        turn = conversation.turn(said(event, "turn"))
        number = int(place) if place.isdecimal() and len(place) < _LONG else -1
        if turn is None or not 0 <= number < len(turn.answer.sources):
            return [gr.skip()] * 3
        source, id = turn.answer.sources[number], said(event, "note")
        before = next((note for note in conversation.notes if note.id == id), None)
        if not (text or before):
            return [gr.skip()] * 3
        named = {"paper": source.paper.id, "title": source.paper.shown, "quote": source.shown}
        note = before or Note(id=id if _ID.fullmatch(id) else new_id(), start=source.start, end=source.end, text=text, **named)
        conversation = self.service.store.note(owner, chosen, note.model_copy(update={"text": text}))
        shown = render.evidence(conversation.turns, conversation.notes, turn.id, None if text else before)
        return [_thread(conversation), shown, conversation.id]

    def unedited(self, typed: str) -> list[str]:
        """The box as it was before a question was edited."""
        return [typed, ""]

    def versioned(self, event: EventData, key: str, chosen: str) -> list[Any]:
        """Another version of a question, with what followed it; what is being answered goes on."""
        owner, version, same = _owner(key), said(event, "version"), gr.skip()
        number = int(version) if version.isdecimal() and len(version) < _LONG else -1
        shown = self._done(self.service.store.switch(owner, chosen, said(event, "turn"), number), owner)
        if self._under_way.of(owner, chosen):  # the script hides the draft that belongs elsewhere
            thread, evidence, _, _, box, id, editing, _, earlier, *_ = shown
            return [thread, evidence, same, same, box, id, editing, same, earlier, same, same]
        return shown

    def begun(self, key: str) -> list[Any]:
        """A new conversation, over all papers."""
        return [*self._done(Conversation(id=new_id()), _owner(key), box=""), *self.unlimited()]

    def chosen_earlier(self, event: EventData, key: str) -> list[Any]:
        """A conversation of the drawer."""
        return self.switched(key, said(event, "conversation"))

    def switched(self, key: str, chosen: str) -> list[Any]:
        """An earlier conversation."""
        owner = _owner(key)
        return self._done(self._conversation(owner, chosen), owner)

    def forgotten(self, key: str, chosen: str) -> list[Any]:
        """A new conversation in place of one that is deleted."""
        owner = _owner(key)
        before = self._conversation(owner, chosen)
        self.service.store.remove(owner, chosen)
        shown = self._done(Conversation(id=new_id()), owner)
        if before.turns:
            shown[2] = render.deleted(before.title, before.id)
        return shown

    def restored(self, event: EventData, key: str, chosen: str) -> list[Any]:
        """A conversation that was deleted; the one that is open where it is too late."""
        owner, id = _owner(key), said(event, "conversation")
        self.service.store.restore(owner, id)
        if id not in self.service.store.questions(owner):
            gr.Warning("It is too late: the conversation was deleted for good.")
            id = chosen
        return self._done(self._conversation(owner, id), owner)

    def downloaded(self, key: str, chosen: str) -> dict[str, str] | None:
        """The conversation as a file."""
        conversation = self._conversation(_owner(key), chosen)
        return {"name": f"conversation-{conversation.id}.json", "content": conversation.model_dump_json(indent=1)}

    def listed_as(self, name: str, key: str, chosen: str) -> dict[str, str] | None:
        """The papers that the answers of a conversation rest on, as a file; none where there is none."""
        conversation = self._conversation(_owner(key), chosen)
        papers = {source.paper.id: source.paper for turn in conversation.turns for source in turn.answer.sources}
        if not papers:
            gr.Info("No answer of this conversation rests on a paper yet.")
            return None
        ending, write = SOURCES[name]
        return {"name": f"sources-{conversation.id}.{ending}", "content": write(papers.values())}

    def reopened(self, key: str, chosen: str, file: str | None) -> list[Any]:
        """A conversation out of a file, kept as a new one; the one before where the file holds none."""
        owner = _owner(key)
        if file is None:
            return self._done(self._conversation(owner, chosen), owner)
        try:
            conversation = parsed(Path(file)).foreign()
        except AssistantError as exc:
            return self._done(self._conversation(owner, chosen), owner, Draft("", "failed", error=str(exc)))
        self.service.store.keep(owner, conversation)
        return self._done(conversation, owner)

    # Library

    def noticed(self, generation: Any, process: Any) -> list[Any]:
        """Notice a change since the page was loaded.

        A page that outlived its server is loaded anew: gradio would show it no answer, and sees a lost server only where an
        event fails, which none need to while a server starts.

        Args:
            generation: the generation of the library that the page shows.
            process: the mark of the process that the page was loaded from.

        Returns:
            A changed value if the library's generation differs or cannot be read; the mark of this process if that differs.
        """
        own = gr.skip() if process == self.process.value else self.process.value
        with suppress(AssistantError):
            current = self.service.assistant.library.current()
            if current and current.generation == generation:
                return [gr.skip(), own]
        return [time.time(), own]

    def looked(
        self,
        generation: float,
        words: str,
        page: str,
        order: Order,
        year: str,
        pages: Sequence[str],
        dates: Sequence[str],
        topic: str | None,
        only: Sequence[str],
    ) -> list[Any]:
        """What tells of the library, where it changed since the last look; what was chosen of it stays while it is there."""
        try:
            current = self.service.assistant.library.current()
            if current and current.generation == int(generation):
                return [gr.skip()] * 11
            held = self.service.catalogue()
        except AssistantError:
            return [self._header(), *[gr.skip()] * 10]
        named = list(held.current.pages)
        labels = [(render.page_name(name, date), name) for name, date in held.current.pages.items()]
        page, topic = page if page in named else "", topic if topic in held.topics else ""
        return [
            render.header(held.current, self.service.model),
            held.current.generation,
            _choice(labels, pages),
            _choice(held.dates, dates),
            gr.Dropdown(
                choices=[("all", ""), *((name, name) for name in held.topics)], value=topic if topic in held.topics else ""
            ),
            _choice([(paper.shown[:120], paper.id) for paper in held.papers], only),
            gr.Dropdown(choices=[("all pages", ""), *labels], value=page),
            render.years(held.years, year := year if held.years.get(year) else ""),
            year,
            *self.listed(words, page, order, year),
        ]

    def listed(self, words: str, page: str, order: Order, year: str) -> list[Any]:
        """The first rows of the table."""
        return self.turned(words, page, order, year, 0)

    def dated(self, event: EventData) -> list[Any]:
        """The table kept to a year, or to none."""
        year = said(event, "year")
        return [render.years(self.service.catalogue().years, year), year]

    def turned(self, words: str, page: str, order: Order, year: str, first: float) -> list[Any]:
        """Rows of the table from the one given."""
        found = self.service.catalogue().found(words or "", page or None, order, year or None)
        start = max(0, min(int(first), (max(0, len(found) - 1) // ROWS) * ROWS))
        return [render.table(found[start : start + ROWS], len(found), start), start]

    def shown(self, event: EventData) -> Html:
        """A paper's own page."""
        return self._paper(said(event, "paper"))

    def came(self, place: str) -> list[Any]:
        """What an address names: a topic for the chat to keep to, or a paper to be opened."""
        kind, _, name = place.partition("/")
        held = self.service.catalogue()
        topic = name if kind == "topic" and name in held.topics else gr.skip()
        return [topic, self._paper(name) if kind == "library" and name else gr.skip()]

    def settled(self, told: str, place: str) -> list[Any]:
        """The choices of how to answer as they were before a reload, as far as they are still there, and what the address names."""
        before, held, known = chosen_before(told), self.service.catalogue(), self.service.controls
        topic, paper = self.came(place)
        if not told:  # nothing to bring back, and somebody may have chosen already
            same = gr.skip()
            return [same, same, topic, *[same] * 7, paper]
        writers = ("quotes", "pick", "model") if self.service.model else ("quotes",)
        return [
            [each for each in before.pages if each in held.current.pages],
            [each for each in before.dates if each in held.dates],
            topic if isinstance(topic, str) else before.topic if before.topic in held.topics else "",
            [each for each in before.only if each in held.by_id],
            before.fields or "",
            before.mode or known.mode,
            before.papers or known.papers,
            before.flow if before.flow in self.service.flows else known.flow,
            before.writer if before.writer in writers else known.writer,
            known.threshold if before.threshold is None else before.threshold,
            paper,
        ]

    def looked_up(self, event: EventData) -> list[Any]:
        """A paper of a list in the chat, in the library."""
        return [self._paper(said(event, "paper")), gr.Tabs(selected="library")]

    def _paper(self, id: str) -> Html:
        held = self.service.catalogue()
        paper = held.by_id.get(id)
        return render.paper(paper, self.service.questions(id), held.like(id)) if paper else Html()

    def mapped(self) -> Html:
        """The map of the papers."""
        held = self.service.catalogue()
        return maps.drawn(held.points, held.topics)

    def picked(self, event: EventData) -> list[Any]:
        """A topic of the map for the chat to keep to, or a paper of it to be opened."""
        if topic := said(event, "topic"):
            return [topic, [], gr.skip(), gr.Tabs(selected="chat")]  # instead of single papers
        return [gr.skip(), gr.skip(), self._paper(said(event, "paper")), gr.Tabs(selected="library")]

    def used(self, event: EventData) -> Iterator[list[Any]]:
        """A button of a paper's own page: the chat keeps to it, or it goes."""
        id, same = said(event, "paper"), gr.skip()
        held = self.service.catalogue().by_id.get(id)
        match held and said(event, "act"), held:
            case "only", held if held:
                yield [[id], None, gr.Tabs(selected="chat"), same]  # instead of a topic
            case "remove", held if held:
                for told in self._removing([id]):
                    yield [same, same, same, told]
            case _:
                yield [same, same, same, same]

    def ticked_sources(self, event: EventData) -> list[Any]:
        """The papers that were ticked, for the chat to keep to."""
        held = self.service.catalogue().by_id
        return [[id for id in said(event, "papers").split() if id in held], None, gr.Tabs(selected="chat")]  # instead of a topic

    def ticked(self, event: EventData) -> list[Any]:
        """The papers that were ticked, in the tab of tables."""
        return [said(event, "papers"), gr.Tabs(selected="table")]

    def removed(self, event: EventData) -> Iterator[Html]:
        """The papers that were ticked, taken out of the library."""
        before = self._undoable()
        for told in self._removing(said(event, "papers").split()):
            yield joined([told, before])

    def _removing(self, ids: Sequence[str]) -> Iterator[Html]:
        """The states of a removal."""
        held = self.service.catalogue().by_id
        titles = [held[id].shown for id in ids if id in held]
        yield render.removing(titles) if titles else Html()
        try:
            if ids:
                yield render.removed(*self.service.remove(*ids, visitor=visitor.get()))
        except AssistantError as exc:
            yield render.problem(str(exc))

    def undone(self, event: EventData) -> Html:
        """Papers that were removed, back in the library."""
        try:
            return render.brought_back(self.service.bring_back(said(event, "removal")))
        except AssistantError as exc:
            return render.problem(str(exc))

    def undone_of_several(self, event: EventData) -> Html:
        """The same, above what else can be undone."""
        return joined([self.undone(event), self._undoable()])

    def _undoable(self) -> Html:
        """What the sender removed and can have back."""
        return render.undoable(self.service.undoable(visitor.get()))

    def taken_in(self, files: Sequence[str] | None) -> Iterator[list[Any]]:
        """Take in what was dropped, and say what of it was not taken."""
        yield from self._told(self.service.ingest(files or ()), None)

    def added(self, names: str | None) -> Iterator[list[Any]]:
        """Take in papers by their ids or addresses, and say what did not come; where none came, the text stays."""
        yield from self._told(self.service.add(names or ""), "")

    def _told(self, news: Iterator[tuple[int, int] | IngestReport], emptied: Any) -> Iterator[list[Any]]:
        """The states of an ingest, and the value of the component that began the ingest."""
        sample = self.service.sample
        yield [render.progress(0, 0), gr.skip()]
        try:
            for each in news:
                if isinstance(each, IngestReport):
                    done = emptied if emptied is None or each.papers else gr.skip()
                    yield [render.report(each, replaced=sample and not self.service.sample), done]
                else:
                    yield [render.progress(*each), gr.skip()]
        except AssistantError as exc:
            yield [render.problem(str(exc)), None if emptied is None else gr.skip()]

    def suggested(self, key: str, chosen: str) -> Html:
        """What can be asked after the last answer."""
        return render.follow_ups(self.service.follow_ups(self._conversation(_owner(key), chosen)))

    def greeted(self, key: str, chosen: str) -> Any:
        """What stands where nothing was asked yet, with the papers that were just added."""
        return gr.skip() if self._conversation(_owner(key), chosen).turns else self.service.welcome()


def _thread(conversation: Conversation) -> Html:
    places = range(len(conversation.turns))
    return render.thread(conversation.turns, [conversation.versions(place) for place in places], conversation.notes)


def _owner(key: str) -> Owner:
    """Who sent the event that is worked on; the key is a value of the event, the visitor is none."""
    return Owner(key, visitor.get())


def _writers(model: str) -> list[tuple[str, str]]:
    """The choices of who writes that need the model."""
    return [(f"those quotes that {model} picks", "pick"), (model, "model")]


def _idle() -> list[Any]:
    """The buttons Ask and Stop while nothing is being answered."""
    return [gr.update(interactive=True), gr.update(interactive=False)]  # not gr.Button: gradio makes one anew of it anyway


def _busy() -> list[Any]:
    return [gr.update(interactive=False), gr.update(interactive=True)]


def _choice(choices: Sequence[Any], chosen: Sequence[str] | None) -> Any:
    """The choices of a filter, and those of them that were chosen."""
    known = {choice if isinstance(choice, str) else choice[1] for choice in choices}
    return gr.Dropdown(choices=list(choices), value=[each for each in chosen or () if each in known])


def serve(
    assistant: Assistant,
    door: Door,
    *,
    host: str,
    port: int,
    root_path: str,
    proxies: Sequence[str],
    max_concurrency: int,
    mcp: bool,
    told: Callable[[str], None],
) -> None:
    """Serve the page until it is stopped.

    Args:
        assistant: what answers.
        door: who may come in.
        host: where to listen.
        port: where to listen; 0 for any that is free.
        root_path: where a proxy serves the page.
        proxies: addresses or networks whose word for the address of a visitor, and of the page, is taken.
        max_concurrency: questions answered at once.
        mcp: offer MCP tools.
        told: called with the address of the page.

    Raises:
        ConfigError: the port is taken, or what MCP needs is not installed.
    """
    if mcp and find_spec("mcp") is None:
        raise ConfigError("--mcp needs the package mcp; install it with: pip install 'mcp<2'")
    root_path = prefix(root_path)
    folder = scratch()
    os.environ["GRADIO_TEMP_DIR"] = str(folder.path)
    # their lines hold names that callers choose, or paths of the installation; the page reports errors by itself
    warnings.filterwarnings("ignore", category=UserWarning, module=r"gradio\.")
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(shortened)
    service = Service(assistant)
    with closing(listening(host, port)) as listener:
        threading.Thread(target=_prepare, args=[service], daemon=True).start()
        app = built(service, door, root_path=root_path, proxies=proxies, max_concurrency=max_concurrency, mcp=mcp)
        if service.peers:
            service.peers.announce(host, listener.getsockname()[1])
        url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        behind = f"   a proxy serves this under {root_path}" if root_path else ""
        told(f"{url}{behind}{f'   MCP: {url}/gradio_api/mcp/' if mcp else ''}")
        Server(app, service.ending, folder).run(sockets=[listener])
        if service.peers:
            service.peers.leave()


def shortened(record: logging.LogRecord) -> bool:
    """Cut a record to the start of its first line: the library of MCP logs whole requests, by the root logger."""
    said = record.getMessage().partition("\n")[0]
    record.msg, record.args = one_line(said[:_LONGEST_LOG]), ()
    return True


def prefix(path: str) -> str:
    """Check the path under which a proxy serves the page.

    Returns:
        The path with a slash in front and none at its end.

    Raises:
        ConfigError: the text is no path.
    """
    if not _PATH.fullmatch(path):
        raise ConfigError(f"--root-path takes a path such as /assistant, not {brief(path)}")
    return f"/{path.strip('/')}".rstrip("/")


class Server(uvicorn.Server):
    """Ends soon after SIGTERM or Ctrl-C, whatever is under way; what an ingest stored is taken up by the next one."""

    def __init__(self, app: FastAPI, ending: threading.Event, folder: Scratch) -> None:
        """Serve `app`; set `ending` for what runs in it, and remove `folder` in the end."""
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                timeout_graceful_shutdown=1,
                http="h11",  # httptools bounds no header, and reads a long one in quadratic time
                h11_max_incomplete_event_size=LARGEST_HEAD,
                proxy_headers=False,  # `Forwarded` reads them
            )
        )
        self._ending = ending
        self._folder = folder

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; the process ends as it is where a thread does not come back, from a model that has stalled say."""
        if not self._ending.is_set():
            self._ending.set()
            logging.disable(logging.ERROR)  # what is cut off from now on is meant to be, which uvicorn does not know
            last = threading.Timer(_LAST, self._leave, [sig])
            last.daemon = True
            last.start()
        super().handle_exit(sig, frame)

    def _leave(self, sig: int) -> None:
        self._folder.close()
        # a removal may be under way in the main thread, and what still runs may have written since
        shutil.rmtree(self._folder.path, ignore_errors=True)
        os._exit(128 + sig)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in order."""
        await super().shutdown(sockets)
        self._folder.close()


def _prepare(service: Service) -> None:
    """Load what the first question needs, and keep it from the garbage collector, which would look through it again and again."""
    service.warm()
    gc.collect()
    gc.freeze()


def built(
    service: Service,
    door: Door,
    *,
    root_path: str = "",
    proxies: Sequence[str] = (),
    max_concurrency: int = 4,
    mcp: bool = False,
) -> FastAPI:
    """The page as an application."""
    page = Page(service, max_concurrency)
    page.blocks.queue(max_size=_QUEUE, default_concurrency_limit=max_concurrency)
    hosts = [Middleware(TrustedHostMiddleware, allowed_hosts=list(door.names), www_redirect=False)] if door.names else []
    visitors = Middleware(
        Visitors,
        uploads=page.blocks.uploads,
        knows=page.blocks.knows,
        session_of=page.blocks.session_of,
        offers=page.blocks.offers,
        values=page.blocks.values,
    )
    others = [Middleware(HandOn, mark=service.mark, peers=service.peers)] if service.peers else []
    before = [Middleware(Forwarded, proxies=proxies), *hosts, Middleware(Gate, door=door), *others, visitors]
    served = FastAPI(openapi_url=None, middleware=before)
    served.add_route(KATEX, _katex, include_in_schema=False)
    scripts = [(_HERE / name).read_text("utf-8") for name in _SCRIPTS]
    if service.peers:
        scripts.insert(0, (_HERE / "peers.js").read_text("utf-8").replace("MARK", service.mark))
    app = gr.mount_gradio_app(
        served,
        page.blocks,
        path="/",
        root_path=root_path or None,
        theme=theme(),
        css_paths=[_HERE / "style.css"],
        head="".join(f"<script>{each}</script>" for each in scripts),
        footer_links=[],
        run_history=False,  # it would keep each call, answers included, in the browser a second time
        ssr_mode=False,
        mcp_server=mcp,
        max_file_size=min(service.settings.ingest.max_file, LARGEST_UPLOAD),
        show_error=False,
    )
    if mcp:
        speak_json(page.blocks)
        refuse_prompts(page.blocks)
    return app


async def _katex(request: Request) -> FileResponse:
    """The library that draws formulas, for the script of the page."""
    return FileResponse(_HERE / "katex" / "katex.min.js", headers={"Cache-Control": "private, max-age=604800"})


def listening(host: str, port: int) -> socket.socket:
    """Open a socket that listens on an address.

    Returns:
        The socket.

    Raises:
        ConfigError: the port is taken, or there is no such host.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as exc:
        raise ConfigError(f"cannot listen on {host}:{port}: {exc.strerror or exc}; choose another with --host and --port") from exc


def speak_json(blocks: Any) -> None:
    """Have the MCP server reply JSON; gradio's own would reply the repr of Python."""
    server: Any = blocks.mcp_server_obj
    plain = server.postprocess_output_data

    def told(data: list[Any], url: str) -> Any:
        return plain([json.dumps(each, ensure_ascii=False) for each in data], url)

    server.postprocess_output_data = told


def refuse_prompts(blocks: Any) -> None:
    """Have the MCP server refuse any prompt, as it offers tools alone; gradio's own would call the last tool."""
    server: Any = blocks.mcp_server_obj

    async def refused(name: str, arguments: dict[str, Any] | None = None) -> Any:
        raise ValueError(f"no prompt is named {brief(name)}; there are no prompts, but tools: {', '.join(server.tool_to_endpoint)}")

    server.mcp_server.get_prompt()(refused)
