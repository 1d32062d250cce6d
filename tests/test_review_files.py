"""The file of a review that is written after each topic, where it holds no part of a review."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Answer, Assistant, load_review


def test_a_file_that_holds_no_part_of_a_review_is_named_in_one_line(
    sample: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "review.json"
    made = sample.review("theorem provers on miniF2F", save=file)
    sample.review("theorem provers on miniF2F", save=file)
    assert not caplog.messages, "nothing is lost"
    whole = file.read_bytes()
    answer = Answer(question="Q", text="A", confidence=1.0, usage=made.usage, fingerprint="f")
    answer.save(other := tmp_path / "answer.json")
    for content in (whole[: len(whole) // 2], b"", b"\xff", b"[]", other.read_bytes()):
        file.write_bytes(content)
        caplog.clear()
        sample.review("theorem provers on miniF2F", save=file)
        (line,) = caplog.messages
        assert line.startswith(repr(str(file))) and line.endswith("; the review begins anew, in its place") and "\n" not in line
        assert load_review(file).finished
