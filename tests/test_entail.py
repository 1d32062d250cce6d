"""A local classifier as verifier; its tests make a tiny model, and are skipped where transformers is not installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from assistant import text
from assistant.errors import ModelError
from assistant.verify.entailment import EntailmentVerifier

pytestmark = pytest.mark.slow

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "tea", "is", "hot", "wax", "melts", "bees", "sleep", "not", "it", "."]
TEA = "Tea is hot. Wax melts. Bees sleep. It is not hot."


def test_without_transformers_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match="pip install transformers torch"):
        EntailmentVerifier("any")


@pytest.fixture
def extra() -> Any:
    pytest.importorskip("torch", reason="torch is not installed")
    return pytest.importorskip("transformers", reason="transformers is not installed")


def tiny(folder: Path, labels: list[str] | int, bias: list[float] | None = None, scale: float = 1.0) -> str:
    """A BERT with random weights and these classes, or as many unnamed ones; its last layer's weights times `scale`."""
    import torch
    import transformers

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS), "utf-8")
    transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    named: dict[str, Any] = {"num_labels": labels} if isinstance(labels, int) else {"id2label": dict(enumerate(labels))}
    config = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, initializer_range=1.0, **named, **sizes)
    model = transformers.BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.mul_(scale)
        if bias:
            model.classifier.bias.copy_(torch.tensor(bias))
    model.save_pretrained(folder)
    return str(folder)


def always(folder: Path, labels: list[str] | int, *bias: float) -> EntailmentVerifier:
    """A verifier whose classes have the same scores whatever it reads."""
    return EntailmentVerifier(tiny(folder, labels, list(bias), scale=0.0))


NLI = ["CONTRADICTION", "ENTAILMENT", "NEUTRAL"]


@pytest.mark.parametrize(
    ("labels", "bias", "verdict", "score"),
    [
        pytest.param(NLI, (0, 5, 0), "supported", 0.987, id="three classes, support"),
        pytest.param(NLI, (5, 0, 0), "contradicted", 0.007, id="three classes, contradiction"),
        pytest.param(NLI, (0, 0, 5), "not supported", 0.007, id="three classes, neither"),
        pytest.param(NLI, (0, 1, 1), "partly", 0.422, id="three classes, partly"),
        pytest.param(["entailment", "not_entailment"], (5, 0), "supported", 0.993, id="two classes"),
        pytest.param(["not_entailment", "entailment"], (5, 0), "not supported", 0.007, id="two classes, the other way"),
        pytest.param(["unsupported", "supported"], (0, 5), "supported", 0.993, id="two classes by other names"),
        pytest.param(2, (0, 5), "supported", 0.993, id="two unnamed classes: the second is support"),
        pytest.param(2, (5, 0), "not supported", 0.007, id="two unnamed classes, against"),
        pytest.param(1, (3,), "supported", 0.953, id="one score"),
        pytest.param(1, (-0.5,), "partly", 0.378, id="one score, partly"),
        pytest.param(1, (-3,), "not supported", 0.047, id="one score, against"),
    ],
)
def test_a_head_of_any_form_gives_a_verdict(
    extra: object, tmp_path: Path, labels: list[str] | int, bias: tuple[float, ...], verdict: str, score: float
) -> None:
    verifier = always(tmp_path / "model", labels, *bias)
    found = verifier.verify("Tea is hot.", ["", TEA])
    assert found.verdict == verdict
    assert found.score == pytest.approx(score, abs=0.001)
    assert found.text == 1
    assert TEA[found.start : found.end] == found.quote
    assert bool(found.reasons) == (verdict != "supported")
    assert str(tmp_path / "model") in verifier.name


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1", "LABEL_2"], ["positive", "negative"], ["neutral", "contradiction"]])
def test_a_head_without_support_is_one_clear_line(extra: object, tmp_path: Path, labels: list[str]) -> None:
    with pytest.raises(
        ModelError, match=r"no class of .* is entailment or support, but .*; set answer\.entailment_model"
    ) as caught:
        EntailmentVerifier(tiny(tmp_path / "model", labels))
    assert str(caught.value).isprintable()


def scores(folder: str, pairs: list[tuple[str, str]]) -> list[list[float]]:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        return [torch.softmax(model(**tokenizer(*pair, return_tensors="pt")).logits[0], 0).tolist() for pair in pairs]


def test_the_best_sentence_or_three_in_a_row_decide(extra: object, tmp_path: Path) -> None:
    folder = tiny(tmp_path / "model", NLI)
    spans = text.sentences(TEA)
    windows = [*spans, (spans[0][0], spans[2][1]), (spans[1][0], spans[3][1])]
    support = [row[1] for row in scores(folder, [(TEA[start:end], "Tea is hot.") for start, end in windows])]
    assert max(support) - min(support) > 0.01  # else any would do
    verifier = EntailmentVerifier(folder)
    found = verifier.verify("Tea is hot.", [TEA])
    assert found.score == pytest.approx(max(support), abs=1e-3)
    if found.verdict != "contradicted":
        best = windows[support.index(max(support))]
        assert (found.start, found.end) == best


@pytest.mark.parametrize("evidence", [[], [""], [" \n"]])
def test_without_evidence_there_is_no_source(extra: object, tmp_path: Path, evidence: list[str]) -> None:
    assert always(tmp_path / "model", NLI, 0, 5, 0).verify("Tea.", evidence).verdict == "no source"


@pytest.mark.parametrize("claim", ["tea " * 1000, "", "茶"], ids=["long", "empty", "unknown word"])
@pytest.mark.parametrize("evidence", ["Tea is hot.", "tea " * 1000], ids=["short", "long"])
def test_texts_of_any_length_are_read(extra: object, tmp_path: Path, claim: str, evidence: str) -> None:
    found = always(tmp_path / "model", NLI, 0, 5, 0).verify(claim, [evidence])
    assert found.verdict == "supported"
    assert evidence[found.start : found.end] == found.quote


def test_what_cannot_be_scored_is_not_judged(extra: object, tmp_path: Path) -> None:
    found = always(tmp_path / "model", NLI, 0, float("nan"), 0).verify("Tea.", [TEA])
    assert (found.verdict, found.score) == ("not judged", None)


@pytest.mark.parametrize("damage", ["missing", "no model", "cut weights", "no name"])
def test_a_model_that_cannot_be_loaded_is_one_clear_line(extra: object, tmp_path: Path, damage: str) -> None:
    name = str(tmp_path / "model")
    if damage == "no model":
        (tmp_path / "model").mkdir()
    elif damage == "cut weights":
        weights = Path(tiny(tmp_path / "model", NLI)) / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "no name":
        name = ""
    with pytest.raises(ModelError, match=r"cannot be loaded; check answer\.entailment_model") as caught:
        EntailmentVerifier(name)
    assert str(caught.value).isprintable()
