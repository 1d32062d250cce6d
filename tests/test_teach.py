"""MiniLM taught by mpnet: what is read, what stands in a batch, and the folder that is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.models import encoders, onnx_graph
from assistant.models.embedders import MiniLM
from assistant.types import Scale, Vectors
from eval.fit import teach
from eval.runs import cases


def unit(rows: int) -> Vectors:
    made = np.random.default_rng(rows).standard_normal((rows, 8)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_batches_are_of_different_texts_and_read_each_passage_before_any_again() -> None:
    of_teacher = teach.Taught(unit(40), [], unit(300), Scale())
    made = list(teach.neighbours(of_teacher, 5))
    assert sorted(at for passages, _ in made for at in passages) == list(range(40))
    for passages, short in made:
        assert len(set(passages)) == 8 and len(set(short)) == len(short) == 48
        assert passages[1] in np.argsort(-(of_teacher.passages @ of_teacher.passages[passages[0]]))[:35]


@pytest.mark.skipif(not cases.RECORDS.is_file(), reason="the records stand beside the project where it is developed")
def test_no_record_of_a_held_out_question_is_read() -> None:
    held = teach.held_out()
    with cases.tuning():
        read = teach.texts(lambda text: len(text.split()), held)
    questions = {case.question for name in ("seeds", "blind", "details") for case in cases.load(name, ["held-out"])}
    assert len(held) == 136 and not held & {*read.titles, *read.short} and not questions & set(read.short)
    assert len(read.short) == len(set(read.short)) > 5000


@pytest.mark.slow
def test_what_is_written_is_read_as_an_encoder_with_the_vectors_of_its_weights(tmp_path: Path, models: Path) -> None:
    from safetensors.numpy import load_file

    weights, tokenizer = onnx_graph.find_weights()
    teach.write(load_file(weights), tokenizer, tmp_path / "taught")
    written = encoders.Encoder(tmp_path / "models", encoders.find(str(tmp_path / "taught")), "fp32")
    question = "How can software verify a mathematical argument?"
    assert np.allclose(written.query(question)[0].vector, MiniLM(models, "fp32").query(question)[0].vector, atol=1e-4)
