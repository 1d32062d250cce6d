"""Teaches MiniLM what mpnet finds alike, by low-rank changes of its products (LoRA, Hu et al. 2022, arXiv 2106.09685).

Texts are read by both encoders. MiniLM's vectors are to lie where mpnet's do, by way of a matrix of 384 by 768 (Hinton et al. 2015,
arXiv 1503.02531), and each short text is to find the passages and sentences of its batch as alike as mpnet finds them (Lin et al.
2021, doi 10.18653/v1/2021.repl4nlp-1.17). The papers of a batch are neighbours, so that they are hard to tell apart.

The texts are passages, sentences and titles of the records that no held-out question of `blind` or `details` is about, and tuning
questions. It needs PyTorch, which the project does not depend on.
"""

# PyTorch is typed by itself alone, and it is not installed where types are checked.
# pyright: reportAny=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import importlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.config import default
from assistant.library.chunking import split
from assistant.models import encoders, onnx_graph
from assistant.models.embedders import Encoded, MiniLM, padded, tokenizer_of
from assistant.text import sentences
from assistant.types import Chunk, Scale, Vectors
from eval.runs import cases

_QUESTIONS = ("seeds", "blind", "details", "wordings", "sample")
_LEAST_WORDS = 5
"""Shorter sentences are left out."""
_PASSAGES = 8
"""The passages of a batch."""
_SHORT = 6
"""The short texts of a batch for each of its passages."""
_NEAR = 60
"""Neighbours are chosen from so many."""
_TEMPERATURE = 0.05
_PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""The products of a layer."""
_RATE = 1.5e-3
_WARM = 30
"""Steps in which the rate rises."""


class Texts(NamedTuple):
    """What both encoders read."""

    titles: list[str]
    """The title of the paper of each passage."""
    passages: list[Chunk]
    short: list[str]


class Taught(NamedTuple):
    """How the teacher sees the texts."""

    passages: Vectors
    sentences: list[Vectors]
    """Of each passage, pooled out of the same pass."""
    short: Vectors
    scale: Scale


def texts(count: Callable[[str], int], without: Collection[str]) -> Texts:
    """Gather the texts, each once.

    Args:
        count: counts the tokens of a text.
        without: titles of papers that are left out.

    Returns:
        The texts.
    """
    papers = [paper for paper in cases.papers(str(cases.RECORDS)) if paper.title not in without]
    passages = [(paper.title, chunk) for paper in papers for chunk in split(paper, default("chunk.tokens"), count)]
    short = [paper.title for paper in papers]
    for paper in papers:
        own = [paper.abstract[start:end] for start, end in sentences(paper.abstract)]
        short += [sentence for sentence in own if len(sentence.split()) >= _LEAST_WORDS]
    short += [case.question for name in _QUESTIONS for case in cases.load(name, ["tune"])]
    return Texts([title for title, _ in passages], [chunk for _, chunk in passages], list(dict.fromkeys(short)))


def taught(read: Texts, moved: Callable[[int, int], None]) -> Taught:
    """The vectors of mpnet at fp32, which take about eight minutes on two cores.

    Args:
        read: the texts.
        moved: told how many texts are read, and of how many.

    Returns:
        The vectors.

    Raises:
        ModelError: mpnet is not downloaded.
    """
    export, total = encoders.find(encoders.MPNET), len(read.short) + len(read.passages)
    with tempfile.TemporaryDirectory() as cache:
        encoder = encoders.Encoder(Path(cache), export, "fp32")
        short: list[Vectors] = []
        for text in read.short:
            short.append(encoder.query(text)[0].vector)
            moved(len(short), total)
        held = encoder.chunks(read.titles, read.passages)
    moved(total, total)
    return Taught(np.array([each.vector for each in held]), [each.sentences for each in held], np.array(short), encoder.scale)


def held_out() -> set[str]:
    """The titles of the records that held-out questions are about."""
    return {title for name in ("blind", "details") for case in cases.load(name, ["held-out"]) for title in case.gold}


def teach(steps: int, rank: int, share: float, without: Collection[str], target: Path, moved: Callable[[int, int], None]) -> int:
    """Teach MiniLM, and write it as a folder that `embedder.model` can name.

    Args:
        steps: the batches.
        rank: of the change of each product.
        share: of the change that is added to the weights; 1 for all of it.
        without: titles of papers that are left out.
        target: the folder, which is made.
        moved: told what is done, and of how much, first of the reading by mpnet, then of the steps.

    Returns:
        The texts that were read.

    Raises:
        ModelError: mpnet is not downloaded.
        ImportError: PyTorch is not installed.
    """
    importlib.import_module("torch")  # before minutes of work that would be for nothing
    weights, tokenizer = onnx_graph.find_weights()
    with tempfile.TemporaryDirectory() as cache:
        student = MiniLM(Path(cache), "fp32")
        read = texts(student.count, without)
        first = np.array([student.query(text)[0].vector for text in read.short])
        passages = [student.encode(title, chunk) for title, chunk in zip(read.titles, read.passages, strict=True)]
    of_teacher = taught(read, moved)
    cutter = tokenizer_of(tokenizer)
    short = [_within(cutter.encode(text).ids) for text in read.short]
    changed = _Student(weights, rank)
    changed.learn(passages, short, of_teacher, first, steps, lambda done: moved(done, steps))
    write(changed.merged(share), tokenizer, target)
    return len(passages) + len(short)


def _within(ids: list[int]) -> list[int]:
    return ids if len(ids) <= onnx_graph.WINDOW else ids[: onnx_graph.WINDOW - 1] + ids[-1:]


def neighbours(of_teacher: Taught, steps: int) -> Iterator[tuple[list[int], list[int]]]:
    """The passages and the short texts of each batch, those not read for longest first.

    Args:
        of_teacher: the vectors by which they are near.
        steps: the batches.

    Yields:
        The numbers of the passages, and of the short texts.
    """
    chance = np.random.default_rng(0)
    seen, heard = np.zeros(len(of_teacher.passages)), np.zeros(len(of_teacher.short))
    for _ in range(steps):
        passages: list[int] = []
        while len(passages) < _PASSAGES:  # in two groups, so that some of the others are far
            left = [at for at in np.flatnonzero(seen == seen.min()).tolist() if at not in passages]
            start = int(chance.choice(left or [at for at in range(len(seen)) if at not in passages]))
            near = np.argsort(-(of_teacher.passages @ of_teacher.passages[start]), kind="stable")[:_NEAR].tolist()
            group = [at for at in near if at not in passages and seen[at] == seen.min()]
            passages += [start, *(at for at in group if at != start)][: min(_PASSAGES // 2, _PASSAGES - len(passages))]
        seen[passages] += 1
        alike = of_teacher.short @ of_teacher.passages[passages].T - 0.3 * heard[:, None]
        short: list[int] = []
        for column in range(len(passages)):
            best = np.argsort(-alike[:, column], kind="stable").tolist()
            short += [at for at in best[: _NEAR + len(short)] if at not in short][:_SHORT]
        heard[short] += 1
        yield passages, short


def _pace(steps: int, at: int) -> float:
    """The share of the full rate at a step."""
    return min(1, (at + 1) / _WARM) * max(0.02, 1 - at / steps)


class _Student:
    """MiniLM in PyTorch, with a low-rank change beside each product of its layers."""

    def __init__(self, weights: Path, rank: int) -> None:
        from safetensors.numpy import load_file

        self._torch: Any = importlib.import_module("torch")
        self._torch.manual_seed(0)
        self._held = {name: self._torch.from_numpy(value) for name, value in load_file(weights).items()}
        self._down: dict[str, Any] = {}
        self._up: dict[str, Any] = {}
        for layer in range(onnx_graph.MINILM.layers):
            for part in _PRODUCTS:
                name = f"encoder.layer.{layer}.{part}"
                high, wide = self._held[f"{name}.weight"].shape
                self._down[name] = self._torch.nn.Parameter(self._torch.randn(rank, wide) / math.sqrt(wide))
                self._up[name] = self._torch.nn.Parameter(self._torch.zeros(high, rank))

    def merged(self, share: float) -> dict[str, NDArray[np.float32]]:
        """The weights with this share of the change."""
        made = {name: value.numpy() for name, value in self._held.items()}
        for name, up in self._up.items():
            made[f"{name}.weight"] = made[f"{name}.weight"] + np.float32(share) * (up @ self._down[name]).detach().numpy()
        return made

    def learn(
        self,
        passages: Sequence[Encoded],
        short: Sequence[list[int]],
        of_teacher: Taught,
        first: Vectors,
        steps: int,
        moved: Callable[[int], None],
    ) -> None:
        """Take so many steps of AdamW; `first` are the vectors of the short texts before."""
        torch = self._torch
        between = torch.nn.Parameter(torch.linalg.lstsq(torch.from_numpy(first), torch.from_numpy(of_teacher.short)).solution)
        changes = [*self._down.values(), *self._up.values()]
        groups = [{"params": changes, "lr": _RATE, "weight_decay": 0.01}, {"params": [between], "lr": 1e-3, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups)
        pace = torch.optim.lr_scheduler.LambdaLR(optimizer, partial(_pace, steps))
        for done, (of_passages, of_short) in enumerate(neighbours(of_teacher, steps), 1):
            read = [passages[at] for at in of_passages]
            states = self._states([each.ids for each in read])
            sentences = [states[row, low:high].mean(0) for row, each in enumerate(read) for low, high in each.ranges[1:]]
            whole = [states[row, : len(each.ids)].mean(0) for row, each in enumerate(read)]
            asked = [short[at] for at in of_short]
            states = self._states(asked)
            alone = [states[row, : len(ids)].mean(0) for row, ids in enumerate(asked)]
            target = [
                of_teacher.passages[of_passages],
                np.concatenate([of_teacher.sentences[at] for at in of_passages]),
                of_teacher.short[of_short],
            ]
            loss = self._loss([torch.stack(each) for each in (whole, sentences, alone)], target, of_teacher.scale, between)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(changes, 1.0)
            optimizer.step()
            pace.step()
            moved(done)

    def _loss(self, made: list[Any], target: list[Vectors], scale: Scale, between: Any) -> Any:
        """How far passages, sentences and short texts lie from where the teacher has them, and from being as alike."""
        torch = self._torch
        functional = torch.nn.functional
        made = [functional.normalize(each, dim=-1) for each in made]
        everything, wanted = torch.cat(made), torch.from_numpy(np.concatenate(target))
        alike = [scale.apply("dense", target[2] @ target[0].T), scale.apply("sentence", target[2] @ target[1].T)]
        goal, found = torch.from_numpy(np.concatenate(alike, axis=1)), made[2] @ torch.cat(made[:2]).T
        all_alike = torch.from_numpy(scale.apply("dense", wanted.numpy() @ wanted.numpy().T))
        place = (1 - functional.cosine_similarity(everything @ between, wanted)).mean()
        squares = ((found - goal) ** 2).mean() + ((everything @ everything.T - all_alike) ** 2).mean()
        order = functional.kl_div(
            functional.log_softmax(found / _TEMPERATURE, 1), functional.softmax(goal / _TEMPERATURE, 1), reduction="batchmean"
        )
        return place + 5 * squares + 0.3 * order

    def _states(self, rows: list[list[int]]) -> Any:
        """The states [rows, tokens, 384] of the last layer."""
        torch = self._torch
        shape, functional = onnx_graph.MINILM, self._torch.nn.functional
        ids, mask = (torch.from_numpy(each).long() for each in padded(rows))
        places = self._held["embeddings.position_embeddings.weight"] + self._held["embeddings.token_type_embeddings.weight"][0]
        state = self._norm(self._held["embeddings.word_embeddings.weight"][ids] + places[: ids.shape[1]], "embeddings.LayerNorm")
        inside = mask[:, None, None].bool()
        for layer in range(shape.layers):
            name = f"encoder.layer.{layer}"
            query, key, value = (
                self._product(state, f"{name}.attention.self.{part}").unflatten(-1, (shape.heads, -1)).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=inside).transpose(1, 2).flatten(2)
            out = self._product(attended, f"{name}.attention.output.dense")
            state = self._norm(out + state, f"{name}.attention.output.LayerNorm")
            inner = functional.gelu(self._product(state, f"{name}.intermediate.dense"))
            state = self._norm(self._product(inner, f"{name}.output.dense") + state, f"{name}.output.LayerNorm")
        return state

    def _product(self, state: Any, name: str) -> Any:
        linear = self._torch.nn.functional.linear
        changed = linear(linear(state, self._down[name]), self._up[name])
        return linear(state, self._held[f"{name}.weight"], self._held[f"{name}.bias"]) + changed

    def _norm(self, state: Any, name: str) -> Any:
        weight, bias = (self._held[f"{name}.{part}"] for part in ("weight", "bias"))
        return self._torch.nn.functional.layer_norm(state, state.shape[-1:], weight, bias, onnx_graph.MINILM.epsilon)


def write(made: dict[str, NDArray[np.float32]], tokenizer: Path, target: Path) -> None:
    """An export of sentence-transformers, with the settings of MiniLM."""
    from safetensors.numpy import save_file

    target.mkdir(parents=True, exist_ok=True)
    save_file(made, target / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(tokenizer, target / "tokenizer.json")
    shape = onnx_graph.MINILM
    listed = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    files: dict[str, Any] = {
        "config.json": {
            "model_type": shape.kind,
            "hidden_size": shape.width,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "layer_norm_eps": shape.epsilon,
            "max_position_embeddings": len(made["embeddings.position_embeddings.weight"]),
            "pad_token_id": shape.padding,
        },
        "modules.json": [
            {"idx": at, "path": path, "type": f"sentence_transformers.models.{name}"} for at, (path, name) in enumerate(listed)
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.width, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": onnx_graph.WINDOW, "do_lower_case": False},
    }
    for name, content in files.items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    (target / "README.md").write_text("---\nlicense: apache-2.0\n---\nall-MiniLM-L6-v2, taught by all-mpnet-base-v2\n", "utf-8")
