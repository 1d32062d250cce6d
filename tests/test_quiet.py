"""Nothing is told to anybody: no dependency writes an identifier, looks up a name or connects to another machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

STAYS = 8
"""Seconds that the process stays up: ONNX Runtime's first look-up comes about three seconds after its import."""
PROCESS = """
import os, sys, threading, time
looked_up = []
def hook(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in (None, "", "127.0.0.1", "localhost"):
        looked_up.append(arguments[0])
sys.addaudithook(hook)

from assistant import Assistant
with Assistant.open(sys.argv[1]) as assistant:
    began = time.monotonic()
    assistant.ingest_sample()
    assert assistant.ask("What does LeanDojo offer?").sources
    assert assistant.as_retriever(2).retrieve("LeanDojo")
    from assistant.models import tokens
    from assistant.page import app
    from assistant.page.service import Service
    from assistant.page.auth import Door
    app.built(Service(assistant), Door({}, []))
    import chromadb, gradio, gradio_client, huggingface_hub, llama_index.core, onnxruntime, openai, tantivy, tiktoken
    assert tokens.count("two words") == 2
    time.sleep(max(0, float(sys.argv[2]) - (time.monotonic() - began)))
print("looked up:", looked_up)
sys.stdout.flush()
"""


@pytest.mark.slow
def test_a_long_lived_process_looks_up_no_name_and_leaves_nothing_in_the_home_and_the_cache(tmp_path: Path, models: Path) -> None:
    home, cache, library = tmp_path / "person", tmp_path / "cache", tmp_path / "library"
    for folder in (home, cache, library):
        folder.mkdir()
    (library / "models").symlink_to(models)
    environment = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name and "ANALYTICS" not in name}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(cache), "XDG_DATA_HOME": str(home / "data")}
    environment["GRADIO_TEMP_DIR"] = str(tmp_path / "scratch")
    strace, trace = shutil.which("strace"), tmp_path / "trace"
    watched = [strace, "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,openat", "-o", str(trace)] if strace else []
    done = subprocess.run(
        [*watched, sys.executable, "-c", PROCESS, str(library), str(STAYS)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "looked up: []"
    assert [path for folder in (home, cache) for path in folder.rglob("*") if path.is_file()] == []
    if not strace:
        pytest.skip("what the engines connect to is seen by strace, which is not installed")
    seen = trace.read_text("utf-8", "replace")
    assert "onnxruntime" in seen  # it was watched
    resolved = [line for line in seen.splitlines() if "/etc/resolv.conf" in line or re.search(r"\bhtons\(53\)", line)]
    assert resolved == []
    elsewhere = re.compile(r"connect\(.*AF_INET6?(?!.*(?:\"127\.|\"::1\"))")
    assert [line for line in seen.splitlines() if elsewhere.search(line)] == []
