"""Classifiers of pairs of texts, such as models of natural-language inference, in ONNX: found by their setting, read, run."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError, brief
from assistant.models import exports, snapshots
from assistant.models.embedders import batches, padded, session, tokenizer_of
from assistant.models.exports import Told

Logits = NDArray[np.float64]

SETTING = "answer.entailment_model"
LABELS_SETTING = "answer.entailment_labels"
_FILE = re.compile(r"(?P<repository>hf:[\w.-]{1,96}/[\w.-]{1,96}):(?P<file>[\w./-]{1,200}\.onnx)")
_WEIGHTS = (["onnx/model.onnx*"], ["model.onnx*"], ["onnx/model_quantized.onnx*"])
"""The files of a repository in which a graph is looked for, one kind after the other."""
_UNNAMED = re.compile(r"label_\d+", re.IGNORECASE)
_LONGEST = 512
"""Pairs are cut here at the latest, as memory grows with the square of the length; a pair is a claim and a few sentences."""
_ROOM = 32
"""A pair keeps at least this many tokens for the passage, or a third of a window that has less than three times as many."""


class Classifier(NamedTuple):
    """A classifier, as its files describe it."""

    title: str
    licence: str
    """Empty where the files name none."""
    graph: Path
    tokenizer: Path
    labels: tuple[str, ...]
    """The names of its classes in small letters, in the order of its logits."""
    padding: int
    longest: int
    """The most tokens of a pair, those of the model between the texts included."""


def find(setting: str, labels: Sequence[str] = ()) -> Classifier:
    """Find the classifier that `answer.entailment_model` names, and download it where it is of the hub and not here yet.

    Args:
        setting: "hf:OWNER/REPO", "hf:OWNER/REPO:FILE.onnx", the path of a folder, or that of an ONNX file in one.
        labels: names of the classes, in the order of the logits; empty for those of its config.json.

    Returns:
        What its files say.

    Raises:
        ModelError: there is no such classifier, it cannot be downloaded, or it is not understood.
    """
    if named := _FILE.fullmatch(setting):
        return _of_hub(named["repository"], labels, named["file"])
    if snapshots.HUB.fullmatch(setting):
        return _of_hub(setting, labels)
    if setting.startswith("hf:"):
        raise ModelError(f"{SETTING} names nothing of the hub in {setting[:80]!r}; write hf:OWNER/REPO or hf:OWNER/REPO:FILE.onnx")
    path = Path(os.path.expanduser(setting))
    if setting.endswith(".onnx"):
        folder = path.parent.parent if path.parent.name == "onnx" else path.parent
        return _read(folder, folder.resolve().name, labels, path.name)
    return _read(path, path.resolve().name, labels)


def _of_hub(setting: str, labels: Sequence[str], file: str = "") -> Classifier:
    repository = setting.removeprefix("hf:")

    def read(folder: Path) -> Classifier:
        return _read(folder, repository, labels, Path(file).name)

    weights = ([f"{file}*"],) if file else _WEIGHTS
    return snapshots.cached(repository, "config.json", read) or snapshots.get(repository, exports.SETTINGS, weights, read, SETTING)


def _read(folder: Path, title: str, labels: Sequence[str], file: str = "") -> Classifier:
    told = Told(folder, title, "classifier", "transformers")
    if not folder.is_dir():
        raise told.wrong(f"there is no such folder; {SETTING} takes hf:OWNER/REPO or a folder")
    config = told.json(Path("config.json"))
    kinds: Any = config.get("architectures") or []
    if isinstance(kinds, list) and kinds and not any(str(kind).endswith("SequenceClassification") for kind in cast("Any", kinds)):
        raise told.wrong(f"it is a {brief(cast('Any', kinds)[0])} and no classifier of sequences")
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise told.wrong("it holds no tokenizer.json; save its tokenizer as a fast one")
    folders = [folder / "onnx", folder]
    graph = next((each / file for each in folders if (each / file).is_file()), None) if file else exports.graph(folders)
    if graph is None:
        raise told.wrong(f"it holds no {file or 'onnx/model.onnx'}; export it by the ONNX backend of transformers or optimum")
    padding = told.number(config, "pad_token_id", 0)
    tokens = told.json(Path("tokenizer_config.json"), needed=False)
    return Classifier(
        title=title,
        licence=exports.licence(folder),
        graph=graph,
        tokenizer=tokenizer,
        labels=tuple(name.lower() for name in labels) or _labels(told, config),
        padding=padding,
        longest=min(exports.longest(told, config, tokens, padding), _LONGEST),
    )


def _labels(told: Told, config: dict[str, Any]) -> tuple[str, ...]:
    """The names of the classes, by their numbers; LABEL_0 and LABEL_1 where config.json has none, as transformers takes it."""
    said = config.get("id2label", {"0": "LABEL_0", "1": "LABEL_1"})
    names: dict[Any, Any] = cast("dict[Any, Any]", said) if isinstance(said, dict) else {}
    found = [names.get(str(number)) for number in range(len(names))]
    if not found or not all(isinstance(name, str) for name in found):
        raise told.wrong("config.json gives no usable id2label")
    if any(_UNNAMED.fullmatch(name) for name in cast("list[str]", found)):
        named = "[entailment, neutral, contradiction]"
        raise told.wrong(
            f"its classes have no names, but {brief(', '.join(map(str, found)))}; name them by {LABELS_SETTING}={named}"
        )
    return tuple(str(name).lower() for name in found)


class Pairs:
    """A classifier on ONNX Runtime, which reads pairs of texts."""

    labels: tuple[str, ...]
    """See `Classifier.labels`."""
    name: str
    """The title, and the beginning of the hash of the graph."""

    def __init__(self, classifier: Classifier, threads: int = 0) -> None:
        """Load `classifier`; `threads` of 0 are one a core.

        Raises:
            ModelError: the graph or the tokenizer cannot be read, takes something else, or gives another number of classes.
        """
        self._of = classifier
        self.labels = classifier.labels
        try:
            self.name = f"{classifier.title} ({exports.sha256(classifier.graph)[:12]})"
            self._tokenizer = tokenizer_of(classifier.tokenizer)
            self._session = session(classifier.graph, threads)
        except Exception as exc:  # those of ONNX Runtime, of tokenizers and of the disk
            raise self._wrong(
                f"{classifier.graph.name} or its tokenizer cannot be read ({' '.join(str(exc).split())[:200]})"
            ) from exc
        inputs = {each.name: each for each in self._session.get_inputs()}
        if unknown := inputs.keys() - {"input_ids", "attention_mask", "token_type_ids"}:
            raise self._wrong(f"its graph also takes {', '.join(sorted(unknown))[:80]}")
        if "input_ids" not in inputs or any(len(each.shape) != 2 for each in inputs.values()):
            raise self._wrong("its graph takes no input_ids of texts and tokens")
        rows, tokens = inputs["input_ids"].shape
        if isinstance(rows, int) and rows > 1:
            raise self._wrong(f"its graph takes {rows} texts at a time; export it with a free number of texts, or one")
        self._alone = rows == 1
        self._width = tokens if isinstance(tokens, int) else None
        self._longest = min(classifier.longest, self._width or classifier.longest)
        self._whole = {name: np.int32 if each.type == "tensor(int32)" else np.int64 for name, each in inputs.items()}
        self._output = next((each.name for each in self._session.get_outputs() if len(each.shape) == 2), None)
        # a pair with a short claim fits into the window of each model
        self._between = self._tokenizer.num_special_tokens_to_add(True)
        if self._output is None or self._between >= self._longest:
            raise self._wrong("its graph gives no logits of texts" if self._output is None else f"it reads {self._longest} tokens")
        cast("Any", self._tokenizer).enable_truncation(self._longest, strategy="only_first")
        classes = self.logits(["a"], "b").shape[1]
        if classes != len(self.labels):
            raise self._wrong(
                f"its graph gives {classes} classes, and {len(self.labels)} are named: {brief(', '.join(self.labels))}"
            )

    def fits(self, claim: str) -> bool:
        """Whether the window holds the whole claim, and enough of a passage beside it."""
        room = self._longest - self._between
        return len(self._tokenizer.encode(claim, add_special_tokens=False).ids) <= room - min(_ROOM, room // 3)

    def logits(self, passages: Sequence[str], claim: str) -> Logits:
        """Run the classifier on each passage with a claim that `fits`; what is cut off is the end of a passage.

        Returns:
            The logits [passages, classes].

        Raises:
            ModelError: the graph fails.
        """
        encoded = [self._tokenizer.encode(passage, claim) for passage in passages]
        lengths = [len(each.ids) for each in encoded]
        found: dict[int, Any] = {}
        for batch in [[at] for at in range(len(encoded))] if self._alone else batches(lengths):
            ids, mask = padded([encoded[at].ids for at in batch], self._of.padding, self._width)
            kinds, _ = padded([encoded[at].type_ids for at in batch], 0, self._width)
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
            try:
                rows = self._session.run([self._output], {name: given[name].astype(kind) for name, kind in self._whole.items()})[0]
            except Exception as exc:  # those of ONNX Runtime have no common root but this
                raise self._wrong(f"its graph fails ({' '.join(str(exc).split())[:200]})") from exc
            found |= dict(zip(batch, rows, strict=True))
        return np.array([found[at] for at in range(len(encoded))], np.float64)

    def _wrong(self, why: str) -> ModelError:
        return ModelError(f"the classifier {brief(self._of.title)} cannot be used: {why}")
