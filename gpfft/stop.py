"""How a run is asked to end: by its limits, or by a signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from gpfft.codelet import Codelet
from gpfft.config import Config
from gpfft.outcome import Run
from gpfft.signals import SIGNALS


class Stop:
    """Hears of Ctrl-C and SIGTERM: the first asks for an end, the second raises KeyboardInterrupt.

    Signals are for the main thread only: elsewhere it hears nothing.

    Attributes:
        reason: "interrupted" or "terminated", "" while nothing was heard.
    """

    def __init__(self, heard: Callable[[], None]) -> None:
        self.reason = ""
        self._heard = heard
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            for name in SIGNALS:
                if signal.getsignal(name) is not signal.SIG_IGN:  # as in jobs in the background
                    self._before[name] = signal.signal(name, self._hear)
        return self

    def __exit__(self, *error: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, signal.SIG_DFL if handler is None else handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.reason:
            raise KeyboardInterrupt
        self.reason = SIGNALS[signal.Signals(number)]
        self._heard()


def has_begun(run: Run) -> bool:
    """Tells whether a limit counts: a run for one size goes on until it has a program of that size."""
    return run.config.any_size or isinstance(run.champion, Codelet)


def limit(run: Run, generations: int, evaluations: int) -> str:
    """Returns which limit that does not follow the clock a run has reached, "" for none.

    `generations` and `evaluations` are those of all its stages.
    """
    config: Config = run.config
    if not has_begun(run):
        return ""
    if config.target_flops and run.champion.worth <= (0, config.target_flops):
        return f"target of {config.target_flops} {config.cost} reached"
    if config.generations and generations >= config.generations:
        return f"limit of {config.generations} generations reached"
    if config.evaluations and evaluations >= config.evaluations:
        return f"limit of {config.evaluations} evaluations reached"
    return ""


def spent(run: Run) -> str:
    """Returns that the time of a run is spent, "" while there is some left."""
    budget = run.config.budget
    return f"budget of {budget:g} s spent" if budget and has_begun(run) and run.elapsed >= budget else ""
