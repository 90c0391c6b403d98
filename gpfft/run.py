"""One run, from its configuration to a judged champion."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from deap import tools

from gpfft.algorithm import Algorithm
from gpfft.champion import Champion
from gpfft.codelet import Codelet
from gpfft.config import Config
from gpfft.encodings.inlined import Inlined
from gpfft.errors import GpfftError
from gpfft.judge import Verdict
from gpfft.program import Program
from gpfft.record import (
    Folder,
    make_folder,
    read_algorithm,
    read_champion,
    read_config,
    read_environment,
    read_history,
    read_last_champion,
)
from gpfft.recursion import Recursion, check_unrolled
from gpfft.search.evolve import Evolution, Record
from gpfft.search.toolbox import encoding_for
from gpfft.simplify import simplify


@dataclass
class Run:
    """What a run found.

    Attributes:
        config: what it was asked to do.
        history: one record a generation, DEAP's logbook: `pandas.DataFrame(run.history)`.
        champions: each with the record of its generation, the best one last.
        stopped: why it ended.
        seconds: how long it took.
        folder: where it was written, or None.
    """

    config: Config
    history: tools.Logbook = field(default_factory=tools.Logbook)
    champions: list[tuple[Record, Champion]] = field(default_factory=list)
    stopped: str = "running"
    seconds: float = 0.0
    folder: Path | None = None

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


class Listener:
    """Hears of a run while it happens; does nothing by itself."""

    def stage(self, run: Run, name: str) -> None:
        """An encoding's turn begins; its evaluator may have to be compiled."""

    def generation(self, run: Run, row: Record) -> None:
        """A generation was evaluated."""

    def champion(self, run: Run, row: Record) -> None:
        """A better program was found: `run.champion`."""

    def end(self, run: Run) -> None:
        """The run is over."""


class _Writer(Listener):
    """Writes a run into its folder."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    def generation(self, run: Run, row: Record) -> None:
        self.folder.generation(row)

    def champion(self, run: Run, row: Record) -> None:
        self.folder.champion(row, run.champion)

    def end(self, run: Run) -> None:
        if run.champions:
            self.folder.end(run.champion, run.stopped, run.seconds)


def evolve(
    size: int | None = None,
    seed: int = 0,
    *,
    encoding: str = "auto",
    any_size: bool = False,
    radix: int = 2,
    config: Config | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Evolves a program for the DFT from random chromosomes.

    Args:
        size: number of points N, 1 to 64; by default 8.
        seed: equal seeds give equal runs, whatever the number of threads.
        encoding: "auto" (pool, then rescaled), "plain", "pool" or "rescaled"; for any size "auto"
            (recursive, then inlined) or "recursive".
        any_size: whether to evolve an algorithm, right for all sizes radix^k, instead.
        radix: 2, 3 or 5.
        config: all settings at once; then those above are not looked at.
        out: a new folder to write the run into; by default nothing is written.
        threads: how many to use, 1 or more; by default one a core.
        listeners: what hears of each generation.

    Ctrl-C ends it after the mutations in progress, with what was found. Raises GpfftError for
    settings that do not exist.
    """
    config = config or Config(size, seed, encoding, any_size=any_size, radix=radix)
    folder = None if out is None else make_folder(config, Path(out))
    return carry_out(config, folder, threads, listeners)


def carry_out(
    config: Config, folder: Folder | None, threads: int | None, listeners: tuple[Listener, ...]
) -> Run:
    """Returns the run of a configuration, written into `folder` unless None."""
    threads = (os.cpu_count() or 1) if threads is None else threads
    run = Run(config, folder=None if folder is None else folder.path)
    hearers = [*([] if folder is None else [_Writer(folder)]), *listeners]
    begin = time.perf_counter()
    try:
        for row in _generations(run, threads, hearers):
            run.history.record(**row)
            for hearer in hearers:
                hearer.generation(run, row)
        run.stopped = "all generations done"
    except KeyboardInterrupt:
        run.stopped = "interrupted"
    run.seconds = time.perf_counter() - begin
    try:
        if config.unroll and run.champions and run.stopped != "interrupted":
            _crown(run, run.champions[-1][0], run.champion.unroll(config.unroll), hearers)
        _end(run, hearers)
    except KeyboardInterrupt:  # while the verdict was written: once more, the next one kills
        run.stopped = "interrupted"
        _end(run, hearers)
    return run


def _crown(run: Run, row: Record, champion: Champion, hearers: list[Listener]) -> None:
    """Makes what a generation found the champion of the run."""
    run.champions.append((row, champion))
    for hearer in hearers:
        hearer.champion(run, row)


def unroll(path: str | Path, size: int, out: str | Path, force: bool = False) -> Run:
    """Returns an algorithm at one size, written as an ordinary run folder with a codelet.

    Args:
        path: the run folder of the algorithm.
        size: number of points, a power of its radix.
        out: the new folder; its history is that of the algorithm.
        force: whether a run in that folder is replaced.

    Raises GpfftError when the run has no algorithm, or for a size that it has not.
    """
    algorithm = read_algorithm(Path(path))
    if not Path(path).is_dir():
        raise GpfftError(f"what is unrolled keeps its history: {path} is a file, a run's folder is needed")
    source = load(path)
    if Path(out).resolve() == Path(path).resolve():
        raise GpfftError(f"{path} holds the algorithm itself: choose another folder")
    config = replace(source.config, unroll=check_unrolled(size, algorithm.radix))
    codelet = algorithm.unroll(config.unroll)
    folder = make_folder(config, Path(out), force)
    run = Run(config, source.history, list(source.champions), source.stopped, source.seconds, folder.path)
    for row in run.history:
        folder.generation(row)
    writer = _Writer(folder)
    _crown(run, run.champions[-1][0], codelet, [writer])
    _end(run, [writer])
    return run


def _end(run: Run, hearers: list[Listener]) -> None:
    for hearer in hearers:
        hearer.end(run)


def _generations(run: Run, threads: int, hearers: list[Listener]) -> Iterator[Record]:
    """Yields the generations of all stages; each stage starts from the champion before it."""
    config = run.config
    seeds = np.random.SeedSequence(config.seed).generate_state(len(config.stages), np.uint32)
    told: list[str] = []
    for name, stage, seed in zip(config.stage_names, config.stages, seeds):
        for hearer in hearers:
            hearer.stage(run, name)
        start = run.champion.program if run.champions else None
        encoding = encoding_for(name, config.size, stage, start, config.radix)
        cuts = f", {encoding.cuts}" if isinstance(encoding, Inlined) else ""
        told.append(f"{name}: {f'the program evolved before{cuts}' if start else encoding.given}")
        evolution = Evolution(encoding, stage, int(seed), threads)
        last: tuple[object, object] | None = None
        for row in evolution:
            newest = evolution.champion.genes, evolution.encoding.meaning
            if last is None or last[0] is not newest[0] or last[1] != newest[1]:
                last = newest
                decoded = evolution.encoding.decode(evolution.champion.genes)
                found = _champion(decoded, _made(config), "; ".join(told))
                if not run.champions or found.worth < run.champion.worth:
                    _crown(run, row, found, hearers)
            error, flops = run.champion.worth
            yield {**row, "champion_error": error, "champion_flops": flops}


def _champion(decoded: Program | Recursion, made: str, given: str) -> Champion:
    """Returns what a chromosome decoded to, simplified, with all that can be said of it."""
    if isinstance(decoded, Recursion):
        return Algorithm(decoded.tidied, made, given)
    return Codelet(simplify(decoded), made, given)


def _made(config: Config) -> str:
    """Returns the command that makes the run again."""
    if config == replace(config, stages=()):
        radix = "" if config.radix == 2 else f" --radix {config.radix}"
        target = f"--any-size{radix}" if config.any_size else f"--size {config.size}"
        chosen = "" if config.encoding == "auto" else f" --encoding {config.encoding}"
        return f"gpfft evolve {target} --seed {config.seed}{chosen}"
    return f"gpfft evolve with the config.toml beside ({config.target}, seed {config.seed})"


def load(path: str | Path) -> Run:
    """Returns the run in a folder, as it was written; nothing in it is executed.

    Raises GpfftError when there is no run, or when a file of it is damaged.
    """
    folder = Path(path)
    champion = read_champion(folder)
    ending = read_environment(folder)
    run = Run(read_config(folder), folder=folder)
    run.stopped, run.seconds = ending.get("stopped", "unknown"), ending.get("seconds", 0.0)
    for row in read_history(folder):
        run.history.record(**row)
    run.champions.append((read_last_champion(folder), champion))
    return run
