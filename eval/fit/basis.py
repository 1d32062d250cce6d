"""Fits what is known of MiniLM over the shipped sample: `token_basis.npy`, and the levels in `background.json`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from assistant.assistant import SAMPLE
from assistant.models import onnx_graph, scales
from assistant.models.embedders import MiniLM
from eval.runs import cases


def basis() -> float:
    """Write the basis; returns the share of the tokens' squared length that it keeps."""
    papers = cases.papers(str(SAMPLE))
    with tempfile.TemporaryDirectory() as cache:
        model = MiniLM(Path(cache), "fp32")
        tokens = np.concatenate([model.tokens(f"{paper.title}. {paper.abstract}") for paper in papers])
    _, _, directions = np.linalg.svd(tokens, full_matrices=False)
    chosen = directions[: onnx_graph.TOKEN_WIDTH].T
    np.save(onnx_graph.BASIS, chosen.astype(np.float16))
    return float(np.square(tokens @ chosen).sum() / np.square(tokens).sum())


def levels() -> dict[str, list[float]]:
    """The levels of MiniLM's cosines at int8; see `assistant.models.scales`."""
    with tempfile.TemporaryDirectory() as cache:
        return {name: [round(level, 4) for level in each] for name, each in scales.levels(MiniLM(Path(cache))).items()}
