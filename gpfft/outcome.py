"""What a run found, and who hears of it while it happens."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deap import tools

from gpfft import html
from gpfft.champion import Champion
from gpfft.config import Config
from gpfft.errors import GpfftError
from gpfft.front import Front
from gpfft.judge import Verdict
from gpfft.pictures import RunPlots
from gpfft.record import read_archive
from gpfft.search.descent import Record


@dataclass
class Run:
    """What a run found.

    Attributes:
        config: what it was asked to do.
        history: one record a generation, DEAP's logbook: `pandas.DataFrame(run.history)`. Of a stage's
            generations after the first thousand every tenth is kept, after ten thousand every hundredth
            ..., and always one that brings a champion.
        champions: each with the record of its generation, the best one last.
        ancestry: how the champion came about: a record for each gain on its line of descent, the first one
            being of a random chromosome or the program that the run started from; of two parents the line
            is that of the first. `flops` are those that the search counted.
        front: of a run for one, the programs that no other is better than, once it has ended.
        stopped: why it ended.
        seconds: how long it took.
        found: after how many seconds its champion was found.
        spent: seconds by what they were spent on, those of islands added up: "evaluation", "variation",
            "selection", "judging" (champions decoded, simplified, lowered), "writing" and "checkpoints".
        lost: how many times workers were lost, and their islands begun again where they had been.
        folder: where it was written, or None.

    >>> import gpfft
    >>> run = gpfft.evolve(4, generations=3, threads=1)
    >>> run.champion.cost.flops
    16
    >>> run.verdict.exact
    True
    >>> run.history[0]["champion_flops"] >= run.history[-1]["champion_flops"]
    True
    >>> run.ancestry[0]["move"]
    'random'
    """

    config: Config
    history: tools.Logbook = field(default_factory=tools.Logbook)
    champions: list[tuple[Record, Champion]] = field(default_factory=list)
    ancestry: list[Record] = field(default_factory=list)
    front: Front | None = None
    stopped: str = "running"
    seconds: float = 0.0
    found: float = math.nan
    spent: dict[str, float] = field(default_factory=dict)
    lost: int = 0
    folder: Path | None = None
    begin: float = field(default_factory=time.perf_counter, repr=False)

    @property
    def champion(self) -> Any:
        """Returns the best program, a `Codelet` or an `Algorithm`: callable, with `verdict`, `listing()`.

        Raises GpfftError when the run ended before anything was evaluated.
        """
        if not self.champions:
            raise GpfftError("the run ended before anything was evaluated")
        return self.champions[-1][1]

    @property
    def verdict(self) -> Verdict:
        """Returns the judge's word on the champion."""
        verdict: Verdict = self.champion.verdict
        return verdict

    @property
    def plot(self) -> RunPlots:
        """Returns the pictures of it: `run.plot.flow()`, see `RunPlots`."""
        return RunPlots(self)

    def archive(self) -> list[tuple[Record, Champion]]:
        """Returns all champions in the order they were found, of a loaded run from its folder.

        Raises GpfftError when that is damaged.
        """
        if self.folder is None or not self.folder.is_dir():
            return self.champions
        return read_archive(self.folder)

    @property
    def elapsed(self) -> float:
        """Returns how many seconds it has taken up to now; earlier parts of a resumed run count."""
        return time.perf_counter() - self.begin

    def _repr_html_(self) -> str:
        """Returns what Jupyter shows: what was asked for, how it ended, and the champion."""
        config = self.config
        rows = [
            ("run", f"{config.target}, seed {config.seed}"),
            ("stages", ", then ".join(config.stage_names)),
            ("ended", f"{self.stopped}, {self.seconds:.1f} s"),
            ("folder", "not written" if self.folder is None else str(self.folder)),
        ]
        if self.front is not None:
            return html.facts(rows) + self.front._repr_html_()
        found = self.champion._repr_html_() if self.champions else html.paragraph("nothing was found yet")
        return html.facts(rows) + str(found)


class Listener:
    """Hears of a run while it happens; does nothing by itself.

    >>> import gpfft
    >>> class Telling(gpfft.Listener):
    ...     def champion(self, run, row):
    ...         print(row["stage"], row["generation"], run.champion.cost.flops)
    >>> run = gpfft.evolve(2, generations=1, threads=1, listeners=(Telling(),))
    pool 0 4
    """

    def resumed(self, run: Run, notes: list[str]) -> None:
        """A run goes on; `notes` say what was found damaged."""

    def stage(self, run: Run, name: str) -> None:
        """An encoding's turn begins; its evaluator may have to be compiled."""

    def generation(self, run: Run, row: Record) -> None:
        """A generation was evaluated."""

    def champion(self, run: Run, row: Record) -> None:
        """A better program was found: `run.champion`."""

    def stopping(self, run: Run) -> None:
        """A signal asks the run to end after its generation; called within the signal's handler."""

    def end(self, run: Run) -> None:
        """The run is over."""

    def close(self) -> None:
        """Nothing more will be heard, whatever happened."""


def span(seconds: float) -> str:
    """Returns a time in words: `2 h 05 min`, `3 min 20 s`, `1.5 s`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    if round(seconds, 1) >= 60:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{seconds:.1f} s"
