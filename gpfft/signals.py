"""What Ctrl-C and SIGTERM do to the command while no run hears of them: they end it, in one line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
CODES = {reason: 128 + number for number, reason in SIGNALS.items()}  # exit codes, as shells have them


def listen(number: signal.Signals, heard: Callable[[int, FrameType | None], object]) -> None:
    """Lets a signal be heard, unless it is ignored, as in jobs that a shell began in the background."""
    if signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, heard)


def leave(number: int, frame: FrameType | None) -> NoReturn:
    """Ends the process at once, in one line. Nothing is raised: whoever is importing might swallow it."""
    reason = SIGNALS[signal.Signals(number)]
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # by hand: it may have come in the midst of a print
            os.write(sys.stderr.fileno(), f"gpfft: {reason}\n".encode())
    os._exit(CODES[reason])


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Raises KeyboardInterrupt; the next one does not disturb what that leads to, and ends the process."""
    hush()
    raise KeyboardInterrupt


def hush(code: int = 0) -> None:
    """Lets the next signal end the process without a word, for all is said; with this exit code, if any."""
    for number in SIGNALS:
        listen(number, lambda number, frame: os._exit(code or 128 + number))
