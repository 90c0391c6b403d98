"""Writes a run into its folder while it happens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from gpfft.checkpoint import Checkpoint
from gpfft.errors import GpfftError
from gpfft.folder import Folder
from gpfft.outcome import Listener, Run
from gpfft.search.descent import Record
from gpfft.stages import Stages

EVERY = 10  # generations between two checkpoints
AT_LEAST = 60.0  # seconds after which there is one though these generations are not over
SHARE = 100  # times as long as a checkpoint took there is no other in any case: they take 1 % of the time


class Writer(Listener):
    """Writes a run into its folder, if it has one: what is found at once, checkpoints now and then.

    Attributes:
        error: why the folder cannot be written any more; then nothing more is written.
        unkept: the record of the last generation, where the history has none of it.
    """

    def __init__(self, folder: Folder | None) -> None:
        self.error: str | None = None
        self.unkept: Record | None = None
        self._folder = folder
        self._spent = {"writing": 0.0, "checkpoints": 0.0}  # seconds
        self._last, self._took, self._left = -math.inf, 0.0, 0

    def generation(self, run: Run, row: Record) -> None:
        self._do(lambda folder: folder.generation(row))

    def champion(self, run: Run, row: Record) -> None:
        self._do(lambda folder: folder.champion(row, run.champion, run.ancestry))

    def end(self, run: Run) -> None:
        if run.champions:
            ending = run.stopped, run.seconds, run.spent
            self._do(lambda folder: folder.end(run.champion, run.ancestry, *ending, run.front))

    def keep(self, stages: Stages) -> None:
        """Writes a checkpoint if it is time for one."""
        self._left -= 1
        since = time.perf_counter() - self._last
        if stages.at_rest and since >= SHARE * self._took and (self._left <= 0 or since >= AT_LEAST):
            self._left = EVERY
            begin = time.perf_counter()
            self._do(lambda folder: self._write(folder, stages.checkpoint()), "checkpoints")
            self._last = time.perf_counter()
            self._took = self._last - begin

    def checkpoint(self, checkpoint: Checkpoint | None) -> None:
        """Writes a checkpoint, where there is one."""
        self._do(lambda folder: self._write(folder, checkpoint), "checkpoints")

    def _write(self, folder: Folder, checkpoint: Checkpoint | None) -> None:
        if checkpoint is not None:
            folder.checkpoint(replace(checkpoint, spent=self.and_writing(checkpoint.spent)))

    def settle(self, over: bool) -> None:
        """Leaves the newest checkpoint alone, or none where a run is over for ever."""
        self._do(lambda folder: folder.settle(over))

    def and_writing(self, spent: dict[str, float]) -> dict[str, float]:
        """Returns what time was spent on, writing included."""
        return {**spent, **{part: spent.get(part, 0.0) + seconds for part, seconds in self._spent.items()}}

    def _do(self, write: Callable[[Folder], None], part: str = "writing") -> None:
        begin = time.perf_counter()
        try:
            if self._folder is not None and self.error is None:
                self._folder.check()
                write(self._folder)
        except GpfftError as error:
            self.error = str(error)
        finally:
            self._spent[part] += time.perf_counter() - begin
