"""eval/RESULTS.md: a section for each measurement, which its command writes."""

from __future__ import annotations

import os
import platform
from pathlib import Path

FILE = Path(__file__).parents[1] / "RESULTS.md"


def record(title: str, body: str, file: Path | None = None) -> None:
    """Put the section `title` with `body`, and on what machine it was measured, into `file`, in place of one of that title.

    Without a file, into eval/RESULTS.md.
    """
    file = file or FILE
    head, *sections = file.read_text("utf-8").split("\n## ")
    new = f"{title}\n\n{body.strip()}\n\nMeasured on {machine()}.\n"
    titles = [section.partition("\n")[0] for section in sections]
    if title in titles:
        sections[titles.index(title)] = new
    else:
        sections.append(new)
    file.write_text("\n## ".join([head.rstrip() + "\n", *sections]), "utf-8")


def machine() -> str:
    """The processor, its cores and the Python, for people."""
    processor = platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in info.read_text("utf-8").splitlines() if line.startswith("model name")]
        processor = next(iter(names), processor)
    return f"{os.cpu_count()} cores of {processor}, {platform.system()}, Python {platform.python_version()}"
