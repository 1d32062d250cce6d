"""Local classifiers as verifiers: tiny exports that the tests make, of each form that a head has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hub
import numpy as np
import pytest
import tiny_classifiers as tiny
from onnx import TensorProto

from assistant import Assistant, text
from assistant.errors import ModelError
from assistant.models import classifiers
from assistant.models.classifiers import Pairs
from assistant.types import Verdict
from assistant.verify.entailment import EntailmentVerifier

SOURCE = "Provers search for proofs. A kernel measures how similar samples are. Entropy of alloys grows. Short words of a paper."
CLAIM = "The similarity of samples comes from kernels."
"""Neither in the source word for word nor contradicted by it, so that the classifier decides."""
TEXTS = [SOURCE, "Provers search.", "A kernel measures samples, and the entropy of alloys grows with the number of elements.", "x"]


def pairs(folder: Path, labels: Sequence[str] = ()) -> Pairs:
    return Pairs(classifiers.find(str(folder), labels))


def judged(folder: Path, claim: str = CLAIM, evidence: Sequence[str] = (SOURCE,), labels: Sequence[str] = ()) -> Verdict:
    return EntailmentVerifier(pairs(folder, labels)).verify(claim, evidence)


def always(folder: Path, labels: Sequence[str], *bias: float) -> Path:
    """A classifier whose classes have the same logits whatever it reads."""
    return tiny.export(folder, labels, bias=bias, scale=0.0)


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "modernbert"])
def test_logits_are_those_of_the_graph_one_by_one_and_in_batches(tmp_path: Path, kind: str) -> None:
    model = pairs(tiny.export(tmp_path / "tiny", kind=kind, longest=140))
    found = model.logits(TEXTS, "provers check proofs")
    assert found == pytest.approx(np.vstack([tiny.logits(kind, each, "provers check proofs", 3) for each in TEXTS]), abs=1e-4)
    assert found == pytest.approx(np.vstack([model.logits([each], "provers check proofs") for each in TEXTS]), abs=1e-4)
    assert len({round(float(row[0]), 4) for row in found}) == len(found)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"tokens": 64}, id="a fixed number of tokens"),
        pytest.param({"tokens": 64, "texts": 1}, id="one text at a time"),
        pytest.param({"whole": TensorProto.INT32}, id="smaller whole numbers"),
        pytest.param({"file": "model.onnx"}, id="a graph beside the settings"),
        pytest.param({"file": "onnx/model_quint8_avx2.onnx"}, id="a quantised graph alone"),
    ],
)
def test_the_form_of_the_graph_does_not_matter(tmp_path: Path, options: dict[str, Any]) -> None:
    plain, other = pairs(tiny.export(tmp_path / "plain")), pairs(tiny.export(tmp_path / "tiny", **options))
    assert other.logits(TEXTS, "provers check") == pytest.approx(plain.logits(TEXTS, "provers check"), abs=1e-5)


def test_a_graph_that_is_quantised_is_run(tmp_path: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic

    folder = tiny.export(tmp_path / "tiny", file="onnx/model_fp32.onnx")
    quantize_dynamic(folder / "onnx" / "model_fp32.onnx", folder / "onnx" / "model_quantized.onnx")
    small, exact = pairs(folder), Pairs(classifiers.find(str(folder / "onnx" / "model_fp32.onnx")))
    assert small.name != exact.name
    assert small.logits(TEXTS, "provers") == pytest.approx(exact.logits(TEXTS, "provers"), abs=0.3)


def test_the_claim_is_never_cut(tmp_path: Path) -> None:
    model = pairs(tiny.export(tmp_path / "tiny"))
    long = "entropy of alloys grows " * 100
    assert model.fits("provers search") and not model.fits(long)
    one, other = model.logits([long], "provers search for proofs"), model.logits([long], "a kernel measures samples")
    assert np.abs(one - other).max() > 0.01
    whole = tiny.logits("bert", "entropy of alloys grows", "provers search for proofs", 3)
    assert model.logits(["entropy of alloys grows"], "provers search for proofs")[0] == pytest.approx(whole, abs=1e-4)
    found = judged(tmp_path / "tiny", f"Provers {long}")
    assert (found.verdict, found.score) == ("not judged", None) and "longer than the model reads" in found.reasons[0]


@pytest.mark.parametrize(
    ("labels", "bias", "verdict", "score"),
    [
        pytest.param(tiny.NLI, (0, 5, 0), "supported", 0.987, id="three classes, support"),
        pytest.param(tiny.NLI, (5, 0, 0), "contradicted", 0.007, id="three classes, contradiction"),
        pytest.param(tiny.NLI, (0, 0, 5), "not supported", 0.007, id="three classes, neither"),
        pytest.param(tiny.NLI, (0, 1, 1), "partly", 0.422, id="three classes, partly"),
        pytest.param(["entailment", "Neutral", "contradiction"], (5, 0, 0), "supported", 0.987, id="another order"),
        pytest.param(["entailment", "not_entailment"], (5, 0), "supported", 0.993, id="two classes"),
        pytest.param(["not_entailment", "entailment"], (5, 0), "not supported", 0.007, id="two classes, the other way"),
        pytest.param(["unsupported", "SUPPORTED"], (0, 5), "supported", 0.993, id="two classes by other names"),
        pytest.param(["SUPPORTS", "REFUTES", "NOT ENOUGH INFO"], (0, 5, 0), "contradicted", 0.007, id="the names of FEVER"),
        pytest.param(["supported"], (3,), "supported", 0.953, id="one score"),
        pytest.param(["supported"], (-0.5,), "partly", 0.378, id="one score, partly"),
        pytest.param(["supported"], (-3,), "not supported", 0.047, id="one score, against"),
    ],
)
def test_a_head_of_any_form_gives_a_verdict(
    tmp_path: Path, labels: list[str], bias: tuple[float, ...], verdict: str, score: float
) -> None:
    found = judged(always(tmp_path / "tiny", labels, *bias), evidence=["", SOURCE])
    assert found.verdict == verdict
    assert found.score == pytest.approx(score, abs=0.001)
    assert found.text == 1
    assert SOURCE[found.start : found.end] == found.quote
    assert bool(found.reasons) == (verdict != "supported")


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1", "LABEL_2"], ["LABEL_0", "LABEL_1"], ["LABEL_0"], None])
def test_classes_without_names_are_named_by_a_setting(tmp_path: Path, labels: list[str] | None) -> None:
    count = len(labels or (0, 0))
    folder = tiny.export(tmp_path / "tiny", labels, bias=[5.0, *[0.0] * (count - 1)], scale=0.0)
    with pytest.raises(ModelError, match=r"its classes have no names.*answer\.entailment_labels=\[entailment") as caught:
        pairs(folder)
    assert str(caught.value).isprintable()
    names = ["Supported", "contradicted", "neither"][:count]
    assert judged(folder, labels=names).verdict == "supported"
    with pytest.raises(ModelError, match=f"gives {count} classes, and {count + 1} are named"):
        pairs(folder, [*names, "more"])


@pytest.mark.parametrize("labels", [["positive", "negative"], ["neutral", "contradiction"]])
def test_a_head_without_support_is_one_clear_line(tmp_path: Path, labels: list[str]) -> None:
    with pytest.raises(ModelError, match=r"no class of .* is entailment or support, but .*entailment_labels") as caught:
        judged(tiny.export(tmp_path / "tiny", labels))
    assert str(caught.value).isprintable()


_FLAT = 0.2


def test_the_best_sentence_or_three_in_a_row_decide(tmp_path: Path) -> None:
    spans = text.sentences(SOURCE)
    windows = [*spans, (spans[0][0], spans[2][1]), (spans[1][0], spans[3][1])]
    # flattened, as probabilities near 1 are alike; the tokenizer is trained, so they differ from run to run
    rows = [_FLAT * tiny.logits("bert", SOURCE[start:end], CLAIM, 3) for start, end in windows]
    support = [float(np.exp(row[1]) / np.exp(row).sum()) for row in rows]
    assert max(support) - min(support) > 0.005  # else any would do
    found = judged(tiny.export(tmp_path / "tiny", longest=140, scale=_FLAT))
    assert found.score == pytest.approx(max(support), abs=1e-4)
    if found.verdict != "contradicted":
        assert (found.start, found.end) == windows[support.index(max(support))]


@pytest.mark.parametrize(
    ("claim", "bias", "verdict"),
    [
        pytest.param("A kernel measures how similar samples are.", (5, 0, 0), "supported", id="word for word"),
        pytest.param("A kernel never measures how similar samples are.", (0, 5, 0), "contradicted", id="denied"),
    ],
)
def test_what_the_local_verifier_knows_is_not_outvoted(tmp_path: Path, claim: str, bias: tuple[float, ...], verdict: str) -> None:
    assert judged(always(tmp_path / "tiny", tiny.NLI, *bias), claim).verdict == verdict


@pytest.mark.parametrize("evidence", [[], [""], [" \n"]])
def test_without_evidence_there_is_no_source(tmp_path: Path, evidence: list[str]) -> None:
    assert judged(always(tmp_path / "tiny", tiny.NLI, 0, 5, 0), evidence=evidence).verdict == "no source"


def test_what_cannot_be_scored_is_not_judged(tmp_path: Path) -> None:
    found = judged(always(tmp_path / "tiny", tiny.NLI, 0, float("nan"), 0))
    assert (found.verdict, found.score) == ("not judged", None)


def edited(folder: Path, name: str, content: object) -> None:
    held = json.loads((folder / name).read_text("utf-8"))
    (folder / name).write_text(json.dumps(held | content if isinstance(content, dict) else content), "utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(lambda folder: shutil.rmtree(folder), "there is no such folder", id="no folder"),
        pytest.param(lambda folder: (folder / "config.json").unlink(), "holds no config.json", id="no config"),
        pytest.param(lambda folder: (folder / "config.json").write_text("{"), "cannot be read as JSON", id="no JSON"),
        pytest.param(lambda folder: edited(folder, "config.json", 3), "holds no object", id="no object"),
        pytest.param(lambda folder: edited(folder, "config.json", {"id2label": 3}), "no usable id2label", id="no labels"),
        pytest.param(lambda folder: edited(folder, "config.json", {"id2label": {"1": "entailment"}}), "id2label", id="a gap"),
        pytest.param(
            lambda folder: edited(folder, "config.json", {"architectures": ["BertModel"]}),
            "no classifier of sequences",
            id="encoder",
        ),
        pytest.param(lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer.json", id="slow tokenizer"),
        pytest.param(lambda folder: (folder / "tokenizer.json").write_text("{}"), "cannot be read", id="no tokenizer"),
        pytest.param(lambda folder: (folder / "onnx" / "model.onnx").unlink(), "holds no onnx/model.onnx", id="no graph"),
        pytest.param(lambda folder: (folder / "onnx" / "model.onnx").write_bytes(b"none"), "cannot be read", id="damaged graph"),
    ],
)
def test_what_is_not_understood_is_one_line(tmp_path: Path, damage: Any, said: str) -> None:
    folder = tiny.export(tmp_path / "tiny")
    damage(folder)
    with pytest.raises(ModelError, match=said) as caught:
        pairs(folder)
    assert str(caught.value).isprintable() and "'tiny'" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"classes": 2}, "gives 2 classes, and 3 are named", id="other classes"),
        pytest.param({"texts": 4}, "takes 4 texts at a time", id="four texts"),
        pytest.param({"longest": 3}, "reads 3 tokens", id="no room"),
    ],
)
def test_a_graph_of_another_form_is_one_line(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        pairs(tiny.export(tmp_path / "tiny", **options))


def test_the_hub_is_asked_once_and_for_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    folder = tiny.export(tmp_path / "cache" / "tiny")
    shutil.copy(folder / "onnx" / "model.onnx", folder / "onnx" / "model_quint8_avx2.onnx")
    asked = hub.stand_in(monkeypatch, folder)
    found = classifiers.find("hf:owner/tiny")
    assert found.title == "owner/tiny" and found.graph.name == "model.onnx" and len(asked) == 2
    found = classifiers.find("hf:owner/tiny:onnx/model_quint8_avx2.onnx")
    assert found.graph.name == "model_quint8_avx2.onnx" and asked[-1] == ["onnx/model_quint8_avx2.onnx*"]
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: str(folder / "config.json"))
    asked.clear()
    classifiers.find("hf:owner/tiny")
    assert asked == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("hf:owner/nothing", "owner/nothing cannot be downloaded from the hub; check answer.entailment_model"),
        ("hf:nothing", "write hf:OWNER/REPO"),
        ("owner/nothing", "takes hf:OWNER/REPO or a folder"),
        ("", "cannot be used"),
    ],
)
def test_a_setting_that_finds_nothing_is_one_line(setting: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        classifiers.find(setting)
    assert str(caught.value).isprintable()


@pytest.mark.slow
def test_answers_are_judged_by_the_classifier_of_the_settings(tmp_path: Path) -> None:
    folder = tiny.export(tmp_path / "tiny", ["LABEL_0", "LABEL_1"], bias=[0.0, 5.0], scale=0.0)
    flags = [
        "answer.verifier=entailment",
        f"answer.entailment_model={folder}",
        "answer.entailment_labels=[refuted, supported]",
    ]
    with Assistant.open(tmp_path / "home", set=flags) as assistant:
        assistant.ingest_sample()
        assert assistant.toolbox.verifier().verify(CLAIM, [SOURCE]).verdict == "supported"
        assert not assistant.ask("What does LeanDojo offer?").abstained
