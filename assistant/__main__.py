"""`assistant` and `python -m assistant`: the command, and Ctrl-C, which ends it also while it is still starting."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from assistant import stdio

_STOPPED = 130
_SAID = "assistant: stopped; what was stored is kept, and running it again goes on from there"


def main() -> None:
    """Run the command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # who started it may want Ctrl-C ignored
        signal.signal(signal.SIGINT, _stop)
    try:
        with stdio.standard("assistant"):
            from assistant.cli import main

            main()
    except KeyboardInterrupt:
        stdio.tell(_SAID)
        if threading.active_count() > 1:  # Python unwinds a thread that comes back late from C++, which aborts the process for it
            os._exit(_STOPPED)
        sys.exit(_STOPPED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and said


def _stop(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt; where an import is under way, end at once instead.

    During an import the exception may be lost: importlib has callbacks of weak references, and Python prints and drops an
    exception raised in them. A library survives an end at any moment, and no import comes between stored data and its mark.

    Raises:
        KeyboardInterrupt: no import is under way.
    """
    while frame:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            clear = "\r\x1b[K\x1b[?25h" if os.isatty(2) else ""  # the progress bar goes, and the cursor that it hid comes back
            os.write(2, f"{clear}{_SAID}\n".encode())
            os._exit(_STOPPED)
        frame = frame.f_back
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
