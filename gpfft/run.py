"""One run, from its configuration to a judged champion."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from deap import tools
from numpy.typing import ArrayLike, NDArray

from gpfft.algorithm import Algorithm
from gpfft.champion import Champion
from gpfft.codelet import Codelet
from gpfft.compose import composition
from gpfft.config import ENDLESS, UNSCALED, Config
from gpfft.encodings.inlined import Inlined
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.two_sided import TwoSided
from gpfft.errors import GpfftError, short
from gpfft.judge import Verdict
from gpfft.matrix_file import check_matrix, read_matrix
from gpfft.program import Program
from gpfft.recognise import recognise
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
from gpfft.target import Target
from gpfft.transform import is_power_of_two


@dataclass
class Run:
    """What a run found.

    Attributes:
        config: what it was asked to do.
        history: one record a generation, DEAP's logbook: `pandas.DataFrame(run.history)`.
        champions: each with the record of its generation, the best one last.
        stopped: why it ended.
        seconds: how long it took.
        found: after how many seconds its champion was found.
        folder: where it was written, or None.
    """

    config: Config
    history: tools.Logbook = field(default_factory=tools.Logbook)
    champions: list[tuple[Record, Champion]] = field(default_factory=list)
    stopped: str = "running"
    seconds: float = 0.0
    found: float = math.nan
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
    matrix: str | Path | ArrayLike | None = None,
    complex: bool = False,
    budget: float = 0.0,
    config: Config | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Evolves a program for the DFT, or for another matrix, from random chromosomes.

    Args:
        size: number of points N, 1 to 64, or a power of two up to 4096; by default 8.
        seed: equal seeds give equal runs, whatever the number of threads.
        encoding: "auto", "plain", "pool", "rescaled", "unrolled" or "two-sided", see `Config`; for any
            size "auto" or "recursive".
        any_size: whether to evolve an algorithm, right for all sizes radix^k, instead.
        radix: 2, 3 or 5.
        matrix: what to compute in the place of the DFT: an array, (outputs, inputs), or a .npy file with
            one. A real one means real input, see `recognise` for what is exact.
        complex: whether a real matrix is for complex input.
        budget: seconds after which to stop, 0 for none; `rescaled` and `two-sided` go on until then.
        config: all settings at once; then those above are not looked at.
        out: a new folder to write the run into; by default nothing is written.
        threads: how many to use, 1 or more; by default one a core.
        listeners: what hears of each generation.

    Ctrl-C ends it after the mutations in progress, with what was found. Raises GpfftError for
    settings that do not exist.
    """
    array: NDArray[Any] | None = None
    if config is None:
        path = ""
        if isinstance(matrix, (str, Path)):
            path = str(Path(matrix))
        elif matrix is not None:
            array, path = check_matrix(matrix), "matrix.npy"
        config = Config(
            size, seed, encoding, any_size=any_size, radix=radix, budget=budget, matrix=path, complex=complex
        )
    start = start_of(config)
    array = matrix_of(config) if array is None else array
    folder = None if out is None else make_folder(config, Path(out), matrix=array)
    return carry_out(config, folder, threads, listeners, start, array)


def matrix_of(config: Config) -> NDArray[Any] | None:
    """Returns the matrix that is sought, None for the DFT. Raises GpfftError when there is none."""
    return read_matrix(config.matrix) if config.matrix else None


def refine(
    path: str | Path,
    size: int | None = None,
    seed: int = 0,
    *,
    budget: float = 0.0,
    cost: str = "flops",
    out: str | Path | None = None,
    threads: int | None = None,
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Goes on from a champion: see `started` for `path` and `size`, `evolve` and `Config` for the rest."""
    config = started(path, size, seed=seed, budget=budget, cost=cost)
    return evolve(config=config, out=out, threads=threads, listeners=listeners)


def carry_out(
    config: Config,
    folder: Folder | None,
    threads: int | None,
    listeners: tuple[Listener, ...],
    start: Codelet | None = None,
    matrix: NDArray[Any] | None = None,
) -> Run:
    """Returns the run of a configuration, written into `folder` unless that is None.

    `start` is `start_of` it, and `matrix` is `matrix_of` it.
    """
    threads = (os.cpu_count() or 1) if threads is None else threads
    run = Run(config, folder=None if folder is None else folder.path)
    hearers = [*([] if folder is None else [_Writer(folder)]), *listeners]
    try:
        run.stopped = "all generations done"
        target = None if matrix is None else recognise(matrix, config.matrix_name, config.complex)
        for row in _generations(run, threads, hearers, start, target):
            run.history.record(**row)
            for hearer in hearers:
                hearer.generation(run, row)
            begun = config.any_size or isinstance(run.champion, Codelet)  # else it would end with less
            if begun and config.budget and time.perf_counter() - run.begin >= config.budget:
                run.stopped = f"budget of {config.budget:g} s spent"
                break
    except KeyboardInterrupt:
        run.stopped = "interrupted"
    run.seconds = time.perf_counter() - run.begin
    try:
        if run.champions and (config.size or run.stopped != "interrupted"):
            _unrolled(run, config.unroll or config.size, hearers)
        _end(run, hearers)
    except KeyboardInterrupt:  # while the verdict was written: once more, the next one kills
        run.stopped = "interrupted"
        _end(run, hearers)
    return run


def _crown(run: Run, row: Record, champion: Champion, hearers: list[Listener]) -> None:
    """Makes what a generation found the champion of the run."""
    run.champions.append((row, champion))
    run.found = time.perf_counter() - run.begin
    for hearer in hearers:
        hearer.champion(run, row)


def _unrolled(run: Run, size: int | None, hearers: list[Listener]) -> None:
    """Unrolls the run's champion, if it is an algorithm and a size is wanted."""
    if size and isinstance(run.champion, Algorithm):
        codelet = replace(run.champion.unroll(size), measure=run.config.cost)
        _crown(run, run.champions[-1][0], codelet, hearers)


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
    if not source.config.any_size:
        what = f"{path} is of a run for {source.config.size} points that ended early"
        raise GpfftError(f"{what}: gpfft refine goes on from it")
    config = replace(source.config, unroll=check_unrolled(size, algorithm.radix))
    codelet = algorithm.unroll(config.unroll)
    folder = make_folder(config, Path(out), force)
    run = Run(config, source.history, list(source.champions), source.stopped, source.seconds)
    run.folder = folder.path
    for row in run.history:
        folder.generation(row)
    writer = _Writer(folder)
    _crown(run, run.champions[-1][0], codelet, [writer])
    _end(run, [writer])
    return run


def kept(codelet: Codelet, out: str | Path, force: bool = False) -> Run:
    """Returns a codelet as a run folder: that of a search which starts from it and ends there.

    Args:
        codelet: what to keep, exact.
        out: the new folder; `gpfft refine` goes on from it.
        force: whether a run in that folder is replaced.

    Raises GpfftError when the folder exists, or for a program that no search starts from.
    """
    text = codelet.to_json()
    config = Config(codelet.size, encoding="rescaled", start="start.json")
    config = config.with_settings("rescaled", population=1, generations=0)
    folder = make_folder(config, Path(out), force, start=text)
    return carry_out(config, folder, 1, (), Codelet.from_json(text))


def _end(run: Run, hearers: list[Listener]) -> None:
    for hearer in hearers:
        hearer.end(run)


def _generations(
    run: Run, threads: int, hearers: list[Listener], given: Codelet | None, target: Target | None
) -> Iterator[Record]:
    """Yields the generations of all stages; each stage starts from the champion before it.

    The search for an algorithm that is to be unrolled at once ends when a generation brings none that
    is better than an exact one.
    """
    config = run.config
    seeds = np.random.SeedSequence(config.seed).generate_state(len(config.stages), np.uint32)
    told: list[str] = []
    for name, stage, seed in zip(config.stage_names, config.stages, seeds):
        for hearer in hearers:
            hearer.stage(run, name)
        if run.champions and name == "rescaled" and isinstance(run.champion, Algorithm):
            _unrolled(run, config.size, hearers)
            if run.champion.worth[0]:
                return  # no factor makes it right
        if run.champions:
            encoding = encoding_for(name, config.size, stage, run.champion.program, config.radix, config.cost)
            cuts = f", {encoding.cuts}" if isinstance(encoding, Inlined) else ""
            told.append(f"{name}: the program evolved before{cuts}")
        else:
            start = given.program if given and given.size == config.size else None
            encoding = encoding_for(name, config.size, stage, start, config.radix, config.cost, target)
            told.append(f"{name}: {encoding.given}{', passed in' if start else ''}")
            told.extend(composition(given.given) if given else [])
        if given and given.size != config.size and isinstance(encoding, Rescaled):
            encoding = encoding.sown(simplify(given.program))
            told[-1] += f", the factors of a program of {given.size} points that was passed in"
        settled = isinstance(encoding, TwoSided) and encoding.settled
        endless = bool(config.budget) and name in ENDLESS and not settled
        evolution = Evolution(encoding, stage, int(seed), threads, endless)
        last: tuple[object, object] | None = None
        for row in evolution:
            newest = evolution.champion.genes, evolution.encoding.meaning
            if last is None or last[0] is not newest[0] or last[1] != newest[1]:
                last = newest
                decoded = evolution.encoding.decode(evolution.champion.genes)
                found = _champion(decoded, _made(config), "; ".join(told), config.cost, target)
                if not run.champions or found.worth < run.champion.worth:
                    _crown(run, row, found, hearers)
            error, flops = run.champion.worth
            yield {**row, "champion_error": error, "champion_flops": flops}
            settled = error == 0 and run.champions[-1][0] is not row
            if config.size and isinstance(run.champion, Algorithm) and settled:
                break


def start_of(config: Config) -> Codelet | None:
    """Returns the champion that the search starts from, an algorithm unrolled, or None.

    Raises GpfftError when it is not exact, or of a size that does not go with the run's.
    """
    if not config.start or config.size is None:
        return None
    champion = read_champion(Path(config.start))
    codelet: Codelet = champion.unroll(config.size) if isinstance(champion, Algorithm) else champion
    _check_dft(codelet, config.start)
    what = f"{config.start} holds a program of {codelet.size} points"
    if config.encoding == "rescaled" and codelet.size != config.size:
        raise GpfftError(f"{what}, not {config.size}")
    if config.encoding == "unrolled" and (codelet.size >= config.size or config.size % codelet.size):
        raise GpfftError(f"{what}: unrolled starts from one of {config.size}/2, {config.size}/4 ... points")
    if not codelet.verdict.exact:
        raise GpfftError(f"{config.start} is no exact DFT to start from ({codelet.verdict})")
    return codelet


def _check_dft(codelet: Codelet, path: str | Path) -> None:
    """Raises GpfftError for a program for a matrix: no search starts from one."""
    if not codelet.sought.is_dft:
        raise GpfftError(f"{path} holds a program for a matrix: searches start from one for the DFT only")


def started(path: str | Path, size: int | None = None, **settings: Any) -> Config:
    """Returns the configuration of a search that starts from a champion.

    Args:
        path: a run folder or a champion's file: a program of N points, or of N/2, N/4 ..., or an
            algorithm.
        size: number of points N; by default the program's.
        settings: further fields of `Config`.

    Raises GpfftError when there is no champion, or no search from it.
    """
    file = Path(path) / "champion.json" if Path(path).is_dir() else Path(path)
    champion = read_champion(Path(path))
    if isinstance(champion, Algorithm):
        if size is None:
            raise GpfftError(f"{path} holds an algorithm: say with --size at how many points to refine it")
        check_unrolled(size, champion.radix)
        return Config(size, encoding="rescaled", start=str(file), **settings)
    _check_dft(champion, path)
    size = champion.size if size is None else size
    larger = type(size) is int and size > champion.size
    if larger and is_power_of_two(champion.size) and is_power_of_two(size):
        return Config(size, encoding="unrolled", start=str(file), **settings)
    if size != champion.size:
        found = f"{path} holds a program of {champion.size} points"
        hint = "give that size or, for powers of two, a larger one"
        raise GpfftError(f"{found}: no search for {short(size)} points starts from it, {hint}")
    return Config(size, encoding="rescaled", start=str(file), **settings)


def _champion(
    decoded: Program | Recursion, made: str, given: str, cost: str, target: Target | None
) -> Champion:
    """Returns what a chromosome decoded to, simplified, with all that can be said of it."""
    if isinstance(decoded, Recursion):
        return Algorithm(decoded.tidied, made, given)
    return Codelet(simplify(decoded), made, given, cost, target)


def _made(config: Config) -> str:
    """Returns the command that makes the run again."""
    plain = replace(config, stages=())
    unscaled = plain.with_settings("rescaled", **UNSCALED) if "rescaled" in config.stage_names else plain
    if config.start or config not in (plain, unscaled):
        return f"gpfft evolve with the config.toml beside ({config.target}, seed {config.seed})"
    options = {
        "radix": config.radix if config.any_size else 2, "seed": config.seed, "encoding": config.encoding,
        "scales": "none" if config != plain else "", "cost": config.cost, "budget": _seconds(config.budget),
    }  # fmt: skip
    silent = {"radix": 2, "encoding": "auto", "scales": "", "cost": "flops", "budget": "0s"}
    words = ["--any-size" if config.any_size else f"--size {config.size}"]
    if config.matrix:
        words = [f"--matrix {config.matrix_name}.npy", *(["--complex"] if config.complex else [])]
    words += [f"--{key} {value}" for key, value in options.items() if silent.get(key) != value]
    return " ".join(["gpfft evolve", *words])


def _seconds(budget: float) -> str:
    """Returns a budget as the command line takes it."""
    return f"{budget:.9f}".rstrip("0").rstrip(".") + "s"


def load(path: str | Path) -> Run:
    """Returns the run in a folder, as it was written; nothing in it is executed.

    Raises GpfftError when there is no run, or when a file of it is damaged.
    """
    folder = Path(path)
    champion, config = read_champion(folder), read_config(folder)
    if isinstance(champion, Codelet):
        champion = replace(champion, measure=config.cost)
    ending = read_environment(folder)
    run = Run(config, folder=folder)
    run.stopped, run.seconds = ending.get("stopped", "unknown"), ending.get("seconds", 0.0)
    for row in read_history(folder):
        run.history.record(**row)
    run.champions.append((read_last_champion(folder), champion))
    return run
