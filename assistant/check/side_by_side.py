"""A report as HTML, the draft at the left, the library at the right. All text is escaped; there is no script and no link."""

from __future__ import annotations

import html

from assistant import text
from assistant.check import formats
from assistant.check.values import Report, Sentence

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1c1c1c;background:#fff}
.check-sentence{display:grid;grid-template-columns:3.5rem 1fr 1fr;gap:1rem;padding:.6rem .5rem;border-top:1px solid #ddd}
.check-line{color:#666;font-variant-numeric:tabular-nums}
.check-draft{white-space:pre-wrap;overflow-wrap:anywhere}
.check-state{font-weight:600}
.check-problem{background:#fdeeee}
.check-problem .check-state{color:#a40000}
.check-proved .check-state{color:#146c2e}
.check-library blockquote{margin:.3rem 0 0;padding-left:.7rem;border-left:3px solid #bbb}
.check-library cite{color:#666;font-size:.9em}
@media(max-width:45rem){.check-sentence{grid-template-columns:1fr}}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}.check-sentence{border-color:#444}
.check-problem{background:#3a1c1c}.check-problem .check-state{color:#ff9a9a}.check-proved .check-state{color:#7fd99a}
.check-line,.check-library cite{color:#aaa}}
"""


def document(report: Report) -> str:
    """A document of its own, which loads nothing."""
    title = _escaped(report.name or "draft")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{fragment(report)}</body>\n</html>\n"
    )


def fragment(report: Report) -> str:
    """The element to be put into a page: `section.check`, with a `div.check-sentence` for each sentence.

    Each `div` has a class for its state, `check-proved`, `check-differs` and so on, and `check-problem` where the draft is wrong.

    Returns:
        The markup.
    """
    notes = "".join(f"<p>{_escaped(warning)}</p>\n" for warning in report.warnings)
    rows = "".join(_row(report, one) for one in report.sentences)
    return f'<section class="check">\n<p>{_escaped(formats.summary(report))}</p>\n{notes}{rows}</section>\n'


def _row(report: Report, one: Sentence) -> str:
    quoted = "".join(
        f"<blockquote>{_escaped(words)}<br><cite>{_escaped(place)}</cite></blockquote>"
        for place, words in formats.quotes(report, one)
    )
    classes = f"check-sentence check-{one.state.replace(' ', '-')}{' check-problem' if one.problem else ''}"
    return (
        f'<div class="{classes}">'
        f'<span class="check-line">{one.line}</span>'
        f'<span class="check-draft">{_escaped(one.text)}</span>'
        f'<div class="check-library"><span class="check-state">{formats.LABELS[one.state]}</span>: '
        f"{_escaped(formats.told(report, one))}{quoted}</div></div>\n"
    )


def _escaped(content: str) -> str:
    return html.escape(text.shown(content))
