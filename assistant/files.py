"""Files replaced whole: a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.errors import StorageError, brief, storage_errors


def replace_file(path: Path, content: str) -> None:
    """Write `content` to `path`, durably, in place of the file that is there.

    Raises:
        StorageError: the file cannot be written.
    """
    if not path.name or "\0" in path.name:
        raise StorageError(f"{brief(str(path))} is no name of a file")
    part = path.with_name(f"{path.name}.part")
    with storage_errors(path):
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
