"""What one of two checkouts does when its turn comes, by the Python of its own `.venv`; `eval.bench.beside` starts it.

It runs with the modules of that checkout, which may be of another commit. So it imports nothing of this one, and of `assistant`
only what each commit has: a work and its inputs come as a line of JSON, and seconds go back as one.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from assistant import Assistant


def _made(home: Path, passages: int) -> None:
    """Write a made library, by the module that this commit has for it."""
    for name in ("eval.bench.scale", "eval.scale"):
        with suppress(ModuleNotFoundError):
            return importlib.import_module(name).make(home, passages)
    raise SystemExit(f"{Path.cwd()} makes no library of many passages")


def _timed(work: Any, *inputs: Any) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    began, spent = time.perf_counter(), time.process_time()
    work(*inputs)
    return time.perf_counter() - began, time.process_time() - spent


def _turns(home: Path) -> None:
    assistant: Any = None
    for line in sys.stdin:
        work, inputs = json.loads(line)
        result: list[Any] = []
        if work == "make":
            _made(home, *inputs)
        elif work == "peak":
            result = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]
        else:
            if assistant is None:
                assistant = Assistant.open(home)
                assistant.embedder.query("warm")  # loads the encoder, building its graph where it is the first
            if work == "ingest":
                result = [_timed(assistant.ingest, *inputs)]
            else:
                result = [_timed(getattr(assistant, work), question) for question in inputs]
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    _turns(Path(sys.argv[1]))
