"""Measurements in a process of their own, so that no measurement warms caches or raises the peak memory of another one."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_RUNS = 5


def child(module: str, *arguments: str) -> dict[str, Any]:
    """Run `python -m MODULE ARGUMENTS` and return the JSON object of the last line of its standard output.

    Raises:
        RuntimeError: the process ended with another exit code than 0. Its standard error is on the terminal.
    """
    done = subprocess.run([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, check=False, cwd=_ROOT)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed")
    return json.loads(done.stdout.splitlines()[-1])


def command(home: Path, *arguments: str) -> dict[str, Any]:
    """Run `assistant ARGUMENTS` on the library in `home` five times; median and maximum of the seconds from start to exit.

    Raises:
        RuntimeError: the command failed. The message is its standard error.
    """
    seconds: list[float] = []
    environment = os.environ | {"ASSISTANT_HOME": str(home)}
    for _ in range(_RUNS):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "assistant", *arguments], env=environment, capture_output=True, check=False)
        seconds.append(time.perf_counter() - began)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
    return {"seconds": round(statistics.median(seconds), 2), "slowest": round(max(seconds), 2)}


def peak_mb() -> float:
    """The peak resident memory of this process so far, in megabytes (10^6 bytes)."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, other systems kilobytes
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 0)
