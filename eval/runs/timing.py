"""Times of many runs as two figures."""

from __future__ import annotations

import statistics
import time
from typing import Any


def timed(work: Any, inputs: list[str]) -> dict[str, float]:
    """Median and 95th percentile of the milliseconds that `work` takes on each input."""
    times: list[float] = []
    for value in inputs:
        began = time.perf_counter()
        work(value)
        times.append(time.perf_counter() - began)
    return quantiles(times)


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    p50, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    return {"p50_ms": round(p50 * 1000, 2), "p95_ms": round(p95 * 1000, 2)}
