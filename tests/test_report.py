"""The report of a run: what it says, that nothing foreign is markup in it, and the command."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from answers import Judge, System, answer, case, paper
from typer.testing import CliRunner

from assistant.errors import ConfigError, SourceError
from assistant.page import plots, reports
from assistant.page.reports import Card, Mean, Plot, Report, Section, Table
from assistant.types import Answer
from eval.__main__ import app
from eval.runs import gate, html_page, jsonl, report, run
from eval.runs.ledger import Look
from eval.runs.run import About, Line

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> | [a](javascript:1) \u202e\x1b[31m"
A = paper("A", "Alpha holds. It reaches 42 points.")
B = paper(f"B {EVIL}", f"Beta fails {EVIL}.")
KNOWN = gate.Judge("local", 0.674, (("scifact", 339, 0.73),))


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def says(question: str) -> Answer:
    if "fails" in question:
        raise ValueError(f"odd {EVIL}")
    if "none" in question:
        return answer(question, confidence=0.1)
    if "evil" in question:
        return answer(question, [(f"Beta wins {EVIL}.", (1,))], [B], confidence=0.7)
    return answer(question, [("It reaches 42 points.", (1,))], [A])


ASKED = [
    case("good"),
    case("evil", gold=(B.title, "A"), facts=(f"43 {EVIL}",)),
    case("none"),
    case("none-2", gold=(), kind="unanswerable"),
    case("lacking", gold=(), kind="unanswerable"),
    case("fails"),
]
ABOUT = About(
    set="own", judge="local", cells={"good": ("one paper", "shared wording"), "evil": ("several", "other words")}, settings=("a=b",)
)


@pytest.fixture
def lines() -> list[Line]:
    return run.run(System(says, [A]), ASKED, Judge(), [A])


def made(lines: list[Line], **rest: Any) -> tuple[str, str]:
    content = report.report(lines, ABOUT, KNOWN, [Look(date="2026-01-01", command="run", set="own", questions=7)], **rest)
    return html_page.to_html(content), html_page.to_markdown(content)


def test_both_forms_say_the_same(lines: list[Line]) -> None:
    before = [line.row() for line in run.run(System(lambda question: says("good")), ASKED, Judge(), [A])]
    html, markdown = made(lines, against=gate.gate(lines, before, KNOWN, rounds=200))
    shown = Reader(html).text
    plain = re.sub(r"\\(?=\W)", "", markdown)
    for told in (
        "Eval report: own",
        "6 questions, 0 planted pairs, 1 failed; settings: a=b",
        "local, balanced accuracy 0.674",
        "one paper, shared wording",
        "several, other words",
        "Expected calibration error",
        "run incomplete",
        "fails: ValueError: odd",
        "2026-01-01",
        "looks at this set so far: 1",
        "43 <script>alert(1)</script>",
        "not right, or hold claims",
        "Beta wins",
    ):
        assert told in shown, told
        assert told in plain, told
    # 1 of 3 refused that has an answer, 1 of 2 answered that has none
    assert "there is an answer21" in shown and "there is none11" in shown
    assert "| there is an answer | 2 | 1 |" in plain and "| there is none | 1 | 1 |" in plain


def test_worst_first(lines: list[Line]) -> None:
    _, markdown = made(lines)
    assert re.findall(r"^### ([\w-]+)", markdown.replace("\\", ""), re.MULTILINE) == ["fails", "evil", "lacking", "none"]


def test_nothing_foreign_is_markup(lines: list[Line]) -> None:
    html, markdown = made(lines)
    read = Reader(html)
    assert not {"script", "img", "link", "iframe"} & {*read.tags}
    assert not [name for name, _ in read.attributes if name.startswith("on") or name == "src"]
    assert [value for name, value in read.attributes if name == "href" and not (value or "").startswith("#part-")] == []
    assert "http" not in re.sub(r"http-equiv", "", html)
    assert EVIL.split(" ")[0] in read.text  # it is there, as text
    for text in (html, markdown):
        assert "\u202e" not in text and "\x1b" not in text
    assert "<script" not in markdown.replace("\\<script", "") and "](" not in markdown.replace("\\](", "").replace("]\\(", "")
    assert {line.count("|") - line.count("\\|") for line in markdown.splitlines() if line.startswith("| good")} <= {5, 8}


def test_a_perfect_run_has_no_worst_cases() -> None:
    html, _ = made(run.run(System(says, [A]), [case("good")], Judge(), [A]))
    text = Reader(html).text
    assert "Every question is answered right" in text
    assert "too few answers to say how good the confidence is" in text
    assert "No question failed." in text


def test_plots_put_points_where_they_belong() -> None:
    dots = [plots.Dot(0.0, 0.0, 0.5, "low"), plots.Dot(1.0, 1.0, 0.5, "high")]
    drawn = plots.drawn("across", "up", 1.0, [], [], dots)
    places = re.findall(r'<circle class="point" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    (x0, y0), (x1, y1) = [(float(x), float(y)) for x, y in places]
    assert x1 - x0 == 350 and y0 - y1 == 240  # right is right, up is up
    curve = plots.drawn("across", "up", 0.2, [(0.5, 0.0), (1.0, 0.2)], [], [])
    (path,) = re.findall(r'class="curve" d="M([\d. ]+)L([\d. ]+)"', curve)
    assert path == ("227.0 256.0", "402.0 16.0")  # no risk at the foot; all of the scale, which ends at 0.2, at the top
    assert ">0.2</text>" in curve and ">1</text>" not in curve


def test_blocks_in_both_forms() -> None:
    blocks = [
        "a | b",
        Table(("x", "y"), [("1|2", Mean(0.5, 0.25, 0.75))]),
        Plot("across", "up", 1.0, [(0.0, 1.0)], [], [], "drawn", Table(("p",), [("3",)])),
        Card("c", "wrong", [("q", ["1"])], open=True),
    ]
    content = Report("t", "about", [("right", "0.5", "of 8")], [Section("s", blocks)])
    markdown, html = html_page.to_markdown(content), html_page.to_html(content)
    assert "| 1\\|2 | 0.500 (0.250 to 0.750) |" in markdown and "### c: wrong" in markdown and "<svg" not in markdown
    assert 'd="M25.0 5H75.0"' in html and 'cx="50.0"' in html and '<details class="case" open>' in html
    assert ">1|2</td>" in html


def test_the_command_reports_the_latest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[Line]) -> None:
    monkeypatch.setattr(run, "RUNS", tmp_path)
    with pytest.raises(ConfigError, match="python -m eval run"):
        run.latest()
    assert CliRunner().invoke(app, ["report"]).exit_code == 2
    for name, own in (("new", lines), ("old", lines[:2])):
        folder = tmp_path / name
        folder.mkdir()
        jsonl.write(folder / "lines.jsonl", own)
        (folder / "about.json").write_text(ABOUT.model_dump_json(), "utf-8")
    old = tmp_path / "old" / "lines.jsonl"
    os.utime(old, ns=(0, 0))
    done = CliRunner().invoke(app, ["report", "--against", str(tmp_path / "old")])
    assert done.exit_code == 0, done.output
    html = (tmp_path / "new" / "report.html").read_text("utf-8")
    assert "Against the baseline" in html and "6 questions" in html
    assert "Eval report: own" in (tmp_path / "new" / "report.md").read_text("utf-8")
    found = reports.latest(tmp_path)
    assert found and "6 questions" in found.report.about
    kept = CliRunner().invoke(app, ["report", str(tmp_path / "old"), "--out", str(tmp_path / "page.html")])
    assert kept.exit_code == 0 and "2 questions" in (tmp_path / "page.html").read_text("utf-8"), kept.output
    assert "Against the baseline" not in (tmp_path / "page.html").read_text("utf-8")


def test_the_page_shows_the_latest_run(tmp_path: Path, lines: list[Line]) -> None:
    assert reports.latest(tmp_path / "nowhere") is None
    assert "python -m eval run" in Reader(reports.shown(None)).text
    content = report.report(lines, ABOUT, KNOWN, [])
    for place, name in enumerate(("old", "new", "bare")):
        (tmp_path / name).mkdir()
        jsonl.write(tmp_path / name / "lines.jsonl", lines)
        os.utime(tmp_path / name / "lines.jsonl", (1000 * place, 1000 * place))
    reports.keep(content, tmp_path / "new")
    reports.keep(Report("another", "", [], []), tmp_path / "old")  # written later, of an earlier run
    found = reports.latest(tmp_path)
    assert found and found.asked.timestamp() == 1000
    assert reports.shown(found) == reports.shown(reports.Run(content, found.asked))  # nothing is lost on the way
    shown = Reader(reports.shown(found))
    for told in ("Eval report: own", "1970-01-01 00:16 UTC", "Worst cases", "43 <script>alert(1)</script>", "to 1.000"):
        assert told in shown.text, told
    assert shown.tags.count("svg") > 2 and not {"script", "img", "a", "style"} & {*shown.tags}
    assert not [name for name, _ in shown.attributes if name.startswith("on") or name in ("src", "href", "style")]
    for damaged in ("", "{}", '{"title": 1}'):
        (tmp_path / "new" / reports.FILE).write_text(damaged, "utf-8")
        with pytest.raises(SourceError, match="python -m eval report"):
            reports.latest(tmp_path)
