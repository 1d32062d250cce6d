"""Reports as one self-contained HTML page and as Markdown. What papers, people and models wrote is escaped in both."""

from __future__ import annotations

import re

from assistant.export import escaped
from assistant.page import reports
from assistant.page.markup import Html, tag
from assistant.page.reports import Block, Cell, Plot, Report, Table

_FIGURES = re.compile(r"[\d .,+%/()-]*")
"""Nothing in them is markup within a cell."""


def to_markdown(report: Report) -> str:
    """The report as Markdown."""
    blocks = [f"# {escaped(report.title)}", escaped(report.about)]
    blocks.append("\n".join(f"- {escaped(f'{name}: {figure} ({rest})')}" for name, figure, rest in report.tiles))
    for section in report.sections:
        blocks += [f"## {escaped(section.title)}", *map(_md_block, section.blocks)]
    return "\n\n".join(blocks) + "\n"


def _md_block(block: Block) -> str:
    if isinstance(block, str):
        return escaped(block)
    if isinstance(block, Plot):
        return f"{escaped(block.caption)}\n\n{_md_block(block.table)}"
    if isinstance(block, Table):
        rows = [block.header, *block.rows]
        lines = ["| " + " | ".join(map(_md_cell, row)) + " |" for row in rows]
        return "\n".join([lines[0], "|---" * len(block.header) + "|", *lines[1:]])
    lines = [f"### {escaped(block.name)}: {escaped(block.mark)}"]
    for name, parts in block.parts:
        lines += [f"**{escaped(name)}**", "\n".join(f"- {escaped(part)}" for part in parts)]
    return "\n\n".join(lines)


def _md_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell if _FIGURES.fullmatch(cell) else escaped(cell)
    return f"{cell.mean:.3f} ({cell.low:.3f} to {cell.high:.3f})"


def to_html(report: Report) -> str:
    """The report as an HTML page that needs no other file, and no script."""
    parts = [(f"part-{number}", section) for number, section in enumerate(report.sections)]
    links = [tag("a", section.title, href=f"#{anchor}") for anchor, section in parts]
    sections = [
        tag("section", tag("h2", section.title), *map(reports.block, section.blocks), id=anchor) for anchor, section in parts
    ]
    head = tag("head", _META, tag("title", report.title), tag("style", Html(_STYLE)))
    about = [tag("h1", report.title), tag("p", report.about, class_="about"), reports.tiles(report)]
    body = tag("body", tag("main", *about, tag("nav", *links), *sections))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


_META = Html(
    '<meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
)
_STYLE = """
:root { --back: #fbfbfa; --card: #fff; --ink: #1c1e21; --soft: #5d636b; --line: #dfe1e4; --blue: #1f5fbf; --range: #a9c6f0;
  --good: #1a7f45; --bad: #b3261e; --warn: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --back: #15171a; --card: #1e2125; --ink: #e8e9eb; --soft: #a2a8b0; --line: #353a40;
  --blue: #7db0ff; --range: #35588c; --good: #62c98b; --bad: #ff8a80; --warn: #e6b450 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1040px; margin: 0 auto; padding: 24px 20px 60px }
h1 { font-size: 26px; margin: 8px 0 4px } h2 { font-size: 19px; margin: 34px 0 8px }
p { margin: 8px 0; max-width: 80ch } .about, small, figcaption { color: var(--soft) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 10px; margin: 16px 0 }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px }
.tiles span, .tiles small { display: block } .tiles strong { font-size: 24px; font-weight: 650 }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px } a { color: var(--blue) }
.wide { overflow-x: auto; margin: 10px 0 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 600; font-size: 13px; vertical-align: bottom }
td.mean, td:first-child { white-space: nowrap }
.many .interval { display: block } .many td, .many th { padding-right: 8px } .many td.mean { padding-top: 9px }
.many td:first-child { white-space: normal }
.interval { width: 108px; height: 10px; margin-right: 10px }
.axis { stroke: var(--line); stroke-width: 1; fill: none } .range { stroke: var(--range); stroke-width: 5; fill: none }
.point { fill: var(--blue) } .curve { stroke: var(--blue); stroke-width: 2; fill: none }
.ideal { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 4; fill: none } svg text { fill: var(--soft); font-size: 12px }
figure { margin: 12px 24px 12px 0; display: inline-block; vertical-align: top; width: 440px; max-width: 100% }
figure svg { width: 100%; height: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px }
summary { cursor: pointer } .case { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 8px 0;
  padding: 8px 14px }
.outcome { border: 1px solid currentcolor; border-radius: 9px; padding: 0 8px; font-size: 12px; color: var(--soft) }
.failed, .wrong { color: var(--bad) } .refused { color: var(--warn) } .right { color: var(--good) }
dt { color: var(--soft); font-size: 13px; margin-top: 8px } dd { margin: 2px 0 2px 14px; overflow-wrap: anywhere }
@media (max-width: 600px) { figure { margin-right: 0 } .tiles { grid-template-columns: 1fr 1fr } .interval { display: none }
  td { white-space: nowrap } td:first-child { white-space: normal; min-width: 9ch } td.mean small { display: block } }
@media print { details > * { display: block } nav { display: none } }
"""
