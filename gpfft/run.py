"""One run, from its configuration to a judged champion."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike, NDArray

from gpfft.algorithm import Algorithm
from gpfft.approximation import Approximation
from gpfft.champion import Champion
from gpfft.checkpoint import Checkpoint
from gpfft.codelet import Codelet
from gpfft.config import LIMITS, Config
from gpfft.errors import GpfftError
from gpfft.folder import Folder, make_folder, open_folder, rescue
from gpfft.matrix_file import check_matrix
from gpfft.outcome import Listener, Run
from gpfft.progress import AUTO, in_jupyter, watching
from gpfft.recognise import recognise
from gpfft.record import (
    ANCESTRY,
    ARCHIVE,
    read_algorithm,
    read_ancestry,
    read_archived,
    read_champion,
    read_config,
    read_environment,
    read_front,
    read_history,
    read_last_champion,
)
from gpfft.recursion import check_unrolled
from gpfft.search.descent import Record
from gpfft.search.workers import Lost
from gpfft.search.workers import workers as workers_for
from gpfft.signals import SIGNALS
from gpfft.stages import Stages, unrolled
from gpfft.start import matrix_of, start_of, started
from gpfft.stop import Stop, limit, spent
from gpfft.target import Target, dft
from gpfft.writer import Writer

DONE = "all generations done"
Place = tuple[int, int]  # in a run: number of the stage, generation
NOWHERE: Place = (-1, 0)


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
    generations: int = 0,
    evaluations: int = 0,
    target_flops: int = 0,
    islands: int = 1,
    front: bool = False,
    real: bool = False,
    scaled: bool = False,
    max_muls: int = -1,
    config: Config | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    workers: int | None = None,
    cluster: str = "",
    progress: str = "auto",
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Evolves a program for the DFT, or for another matrix, from random chromosomes.

    Args:
        size: number of points N, 1 to 64, or a power of two up to 4096; by default 8.
        seed: equal seeds give equal runs, whatever the number of threads, workers or machines.
        encoding: "auto", "plain", "pool", "rescaled", "unrolled" or "two-sided", see `Config`; for any
            size "auto" or "recursive".
        any_size: whether to evolve an algorithm, right for all sizes radix^k, instead.
        radix: 2, 3 or 5.
        matrix: what to compute in the place of the DFT: an array, (outputs, inputs), or a .npy file with
            one. A real one means real input, see `recognise` for what is exact.
        complex: whether a real matrix is for complex input.
        budget: seconds after which to stop, 0 for none. Where there is this or another limit, `rescaled`
            and `two-sided` go on until it is reached.
        generations, evaluations: how many of all stages together, 0 for no limit.
        target_flops: stops when the champion is exact and costs no more, 0 for never.
        islands: populations that evolve apart and exchange migrants; see `Config` for how.
        front: whether all programs from exact to free are sought that no other is better than: `run.front`.
        real, scaled, max_muls: what the programs of a front are for, see `Config`.
        config: all settings at once; then those above are not looked at.
        out: a new folder to write the run into; by default nothing is written.
        threads: how many each worker uses; by default the cores are shared out.
        workers: processes for the islands, by default one each and no more than cores; with 1 all is
            done in this process. A script that uses them must call this below
            `if __name__ == "__main__":`.
        cluster: the address of a Dask scheduler, whose workers take the place of processes.
        progress: how it is shown: "auto", a view in Jupyter and nothing elsewhere; "none"; "plain", lines;
            "rich", a live table on a terminal.
        listeners: what hears of each generation.

    Ctrl-C or SIGTERM ends it after the generation, with what was found; twice: at once. Raises GpfftError
    for settings that do not exist, and when the folder cannot be written any more.

    >>> import gpfft
    >>> run = gpfft.evolve(4, seed=1, generations=3, threads=1)
    >>> print(run.champion.cost)
    16 additions + 0 multiplications = 16 flops
    >>> sums = gpfft.evolve(matrix=[[1, 1], [1, -1]], generations=1, threads=1)
    >>> sums.champion([3, 1]).real
    array([4., 2.])
    """
    array: NDArray[Any] | None = None
    if config is None:
        path = ""
        if isinstance(matrix, (str, Path)):
            path = str(Path(matrix))
        elif matrix is not None:
            array, path = check_matrix(matrix), "matrix.npy"
        config = Config(
            size, seed, encoding, any_size=any_size, radix=radix, budget=budget, generations=generations,
            evaluations=evaluations, target_flops=target_flops, islands=islands, matrix=path, complex=complex,
            front=front, real=real, scaled=scaled, max_muls=max_muls,
        )  # fmt: skip
    start = start_of(config)
    array = matrix_of(config) if array is None else array
    folder = None if out is None else make_folder(config, Path(out), matrix=array)
    heard = (*shown(progress), *listeners)
    return carry_out(config, folder, threads, heard, start, array, workers=workers, cluster=cluster)


def shown(progress: str) -> tuple[Listener, ...]:
    """Returns who shows a search that Python code began. Raises GpfftError."""
    return watching("none" if progress == AUTO and not in_jupyter() else progress, print)


def refine(
    path: str | Path,
    size: int | None = None,
    seed: int = 0,
    *,
    budget: float = 0.0,
    cost: str = "flops",
    out: str | Path | None = None,
    threads: int | None = None,
    progress: str = "auto",
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Goes on from a champion: see `started` for `path` and `size`, `evolve` and `Config` for the rest.

    Raises GpfftError when the program is not exact, or of a size that does not go with the run's.

    >>> import gpfft
    >>> run = gpfft.refine(gpfft.champions.committed()[8], budget=0.1, threads=1)
    >>> run.champion.cost.flops
    56
    """
    config = started(path, size, seed=seed, budget=budget, cost=cost)
    return evolve(config=config, out=out, threads=threads, progress=progress, listeners=listeners)


def resume(
    path: str | Path,
    *,
    budget: float = 0.0,
    generations: int = 0,
    evaluations: int = 0,
    target_flops: int = 0,
    threads: int | None = None,
    workers: int | None = None,
    cluster: str = "",
    progress: str = "auto",
    listeners: tuple[Listener, ...] = (),
) -> Run:
    """Goes on with a run that was stopped or killed, as if it never had been.

    Args:
        path: its folder.
        budget, generations, evaluations: how much more, in the place of all limits that the run had; by
            default these stay.
        target_flops: likewise, but as it is.
        threads, workers, cluster, progress, listeners: as in `evolve`.

    Raises GpfftError when there is nothing to go on from, or another process works on it.

    >>> import gpfft
    >>> run = gpfft.evolve(4, generations=2, out="four", threads=1)
    >>> gpfft.resume("four", generations=1, threads=1).stopped
    'limit of 3 generations reached'
    """
    more = {"budget": budget, "generations": generations, "evaluations": evaluations,
            "target_flops": target_flops}  # fmt: skip
    folder = open_folder(Path(path))
    with folder.held():
        config = read_config(Path(path))
        at, wrong = folder.recall()
        if at.stage >= len(config.stages) or len(at.states) not in (0, config.islands):
            raise GpfftError(f"{path}: the checkpoint and config.toml are of two runs")
        ended = folder.ended.get("stopped")
        if not at.states and ended:
            raise GpfftError(f"{path} is at its end ({ended}): gpfft refine starts another from its program")
        if any(more.values()):
            before = {"budget": at.seconds, "generations": at.all_generations,
                      "evaluations": at.all_evaluations}  # fmt: skip
            changes: dict[str, Any] = {n: more[n] and more[n] + before.get(n, 0) for n in LIMITS}
            config = replace(config, **changes)
        if ended == DONE and not config.limited:
            raise GpfftError(f"{path} is at its end ({ended}): say with --budget or the like how much more")
        start, matrix = start_of(config), matrix_of(config)
        run, until = _restored(config, folder, at, _target(config, matrix)), _place(config, *folder.reached())
        if ended and (reached := _limit_at(run, at, until)):
            raise GpfftError(f"{path} is at its end ({reached}): say with --budget or the like how much more")
        folder.restore(at, config)
        heard = (*shown(progress), *listeners)
        _each(heard, lambda hearer: hearer.resumed(run, wrong))
        return carry_out(
            config, folder, threads, heard, start, matrix, workers=workers, cluster=cluster,
            run=run, at=at, until=until,
        )  # fmt: skip


def _restored(config: Config, folder: Folder, at: Checkpoint, target: Target | None) -> Run:
    """Returns a run as it was at a checkpoint. Raises GpfftError when its champion is of another run."""
    run = Run(config, folder=folder.path, found=at.found, begin=time.perf_counter() - at.seconds)
    run.ancestry = list(at.ancestry)
    for row in read_history(folder.path, at.history.length):
        run.history.record(**row)
    if at.archive.length:
        row, champion = read_archived(folder.path, at.archive.length)
        if isinstance(champion, Algorithm):
            fits = champion.radix == config.radix and config.stage_names[0] == "recursive"
        else:
            fits = isinstance(champion, Codelet) and champion.sought == (target or dft(config.size or 1))
        if not fits:
            raise GpfftError(f"{folder.path}: the champion in {ARCHIVE} and config.toml are of two runs")
        run.champions.append((row, measured(champion, config)))
    return run


def _target(config: Config, matrix: NDArray[Any] | None) -> Target | None:
    """Returns what the matrix of a run is recognised as, None for the DFT."""
    return None if matrix is None else recognise(matrix, config.matrix_name, config.complex)


def _place(config: Config, stage: str, generation: int) -> Place:
    """Returns where in a run a generation is, before all where there is no such stage."""
    return (config.stage_names.index(stage), generation) if stage in config.stage_names else NOWHERE


def _limit_at(run: Run, at: Checkpoint, until: Place) -> str:
    """Returns the limit that a run has reached at a checkpoint, "" for none."""
    if not at.states or (at.stage, at.generation) < until:
        return ""
    return limit(run, at.all_generations, at.all_evaluations) or spent(run)


def carry_out(
    config: Config,
    folder: Folder | None,
    threads: int | None,
    listeners: tuple[Listener, ...],
    start: Codelet | None = None,
    matrix: NDArray[Any] | None = None,
    *,
    workers: int | None = None,
    cluster: str = "",
    run: Run | None = None,
    at: Checkpoint = Checkpoint(),
    until: Place = NOWHERE,
) -> Run:
    """Returns the run of a configuration, written into `folder` unless that is None.

    `start` is `start_of` it, and `matrix` is `matrix_of` it. A `run` that goes on from the checkpoint `at`
    heeds no limit before `until`: so far it had come, and all that was found is found again.
    """
    run = Run(config, folder=None if folder is None else folder.path) if run is None else run
    writer = Writer(folder)
    stop = Stop(lambda: _each(listeners, lambda hearer: hearer.stopping(run)))
    try:
        with ExitStack() as stack:
            if folder is not None:
                stack.enter_context(folder.held(at.seconds))
            stack.enter_context(stop)
            staff = stack.enter_context(workers_for(config.islands, workers, threads, cluster))
            stages = Stages(run, staff, (writer, *listeners), start, _target(config, matrix), at)
            run.stopped = _limit_at(run, at, until)  # where it was killed at its very end
            if not run.stopped:
                _happen(run, stages, stop, writer, listeners, until)
            run.lost = staff.lost
            over = run.stopped == DONE and stages.settled
            last = None if over else stages.checkpoint()
            told = len(run.history), len(run.champions)
            writer.checkpoint(last)
            _finish(run, stages, writer, listeners)
            writer.settle(over)
            if writer.error is not None:
                aside = f"; {folder.aside}" if folder is not None and folder.aside else ""
                raise GpfftError(_rescued(run, last, told, start, matrix, writer.error) + aside)
    except Lost as error:  # what was found was written at once
        if run.folder is None or not run.champions:
            raise
        kept = f"what was found is kept in {run.folder}: gpfft resume {run.folder} goes on from there"
        raise GpfftError(f"{error}; {kept}") from None
    except KeyboardInterrupt:  # the second: workers were let go at once, and what is kept is kept
        run.stopped, run.seconds = stop.reason or "interrupted", run.elapsed
    finally:
        _each(listeners, lambda hearer: hearer.close())
    return run


def _each(hearers: Iterable[Listener], call: Callable[[Listener], None]) -> None:
    for hearer in hearers:
        call(hearer)


def _happen(
    run: Run, stages: Stages, stop: Stop, writer: Writer, listeners: tuple[Listener, ...], until: Place
) -> None:  # fmt: skip
    """Lets the generations happen until the run stops, and says why it did."""
    run.stopped = DONE
    try:
        for row in stages:
            newest = run.champions[-1][0]
            writer.unkept = None if is_kept(row) or newest["generation"] == row["generation"] else row
            if writer.unkept is None:
                run.history.record(**row)
                writer.generation(run, row)
            _each(listeners, lambda hearer: hearer.generation(run, row))
            counts = _place(run.config, row["stage"], row["generation"]) >= until
            reached = limit(run, stages.generations, stages.evaluations) if counts else ""
            if not reached and stages.at_rest:  # what follows the clock: no generation is made twice for it
                late = spent(run) if counts else ""
                reached = stop.reason or late or ("cannot be written" if writer.error else "")
            if reached:
                run.stopped = reached
                return
            writer.keep(stages)
    except KeyboardInterrupt:
        if stop.reason:
            raise
        run.stopped = "interrupted"  # in a thread that signals do not reach: without its generation


def is_kept(row: Record) -> bool:
    """Tells whether a generation stays in the history: of many thousands not all do."""
    return bool(row["generation"] % 10 ** max(0, len(str(row["generation"])) - 3) == 0)


def _finish(run: Run, stages: Stages, writer: Writer, listeners: tuple[Listener, ...]) -> None:
    """Brings a run to its end: the last generation, the algorithm unrolled if it should be, the verdict."""
    if writer.unkept is not None:  # not part of the checkpoint: a run that goes on has no such row
        run.history.record(**writer.unkept)
        writer.generation(run, writer.unkept)
    config = run.config
    run.front = stages.front()
    if run.champions and (config.size or run.stopped not in SIGNALS.values()):
        unrolled(run, config.unroll or config.size, (writer, *listeners))
    run.seconds = run.elapsed
    run.spent = writer.and_writing(stages.spent)
    try:
        _each((writer, *listeners), lambda hearer: hearer.end(run))
    except KeyboardInterrupt:  # while the verdict was written: once more, the next one kills
        run.stopped = "interrupted"
        _each((writer, *listeners), lambda hearer: hearer.end(run))


def _rescued(
    run: Run, at: Checkpoint | None, told: tuple[int, int], start: Codelet | None,
    matrix: NDArray[Any] | None, error: str,
) -> str:  # fmt: skip
    """Returns what to say when a run's folder cannot be written: where what was found is kept."""
    text = "" if start is None else start.to_json()
    try:
        ending = run.stopped, run.elapsed, run.spent
        found = list(run.history), run.champions, run.ancestry
        path = rescue(run.config, *found, at, told, text, matrix, ending)
    except GpfftError as other:
        return f"{error}; {other}"
    more = "" if at is None else f": gpfft resume {path} goes on from there"
    return f"{error}; what was found is kept in {path}{more}"


def unroll(path: str | Path, size: int, out: str | Path, force: bool = False) -> Run:
    """Returns an algorithm at one size, written as an ordinary run folder with a codelet.

    Args:
        path: the run folder of the algorithm.
        size: number of points, a power of its radix.
        out: the new folder; its history is that of the algorithm.
        force: whether a run in that folder is replaced.

    Raises GpfftError when the run has no algorithm, or for a size that it has not.

    >>> import gpfft
    >>> run = gpfft.unroll(gpfft.champions.algorithms()[0], 16, "dft16")
    >>> run.champion.cost.flops
    168
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
    folder = make_folder(config, Path(out), force)
    run = replace(source, config=config, champions=list(source.champions), folder=folder.path)
    writer = Writer(folder)
    with folder.held():
        for row in run.history:
            writer.generation(run, row)
        unrolled(run, config.unroll, [writer])
        writer.end(run)
        if writer.error is not None:
            raise GpfftError(writer.error)
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


def load(path: str | Path) -> Run:
    """Returns the run in a folder, as it was written; nothing in it is executed.

    Raises GpfftError when there is no run, or when a file of it is damaged.

    >>> import gpfft
    >>> run = gpfft.load(gpfft.champions.committed()[8])
    >>> run.champion.cost.flops, len(run.history) > 10
    (56, True)
    """
    folder = Path(path)
    config = read_config(folder)
    champion = measured(read_champion(folder), config)
    ending = read_environment(folder)
    run = Run(config, folder=folder)
    run.stopped, run.seconds = ending.get("stopped", "unknown"), ending.get("seconds", 0.0)
    run.spent = ending.get("spent", {})
    for row in read_history(folder):
        run.history.record(**row)
    run.champions.append((read_last_champion(folder), champion))
    run.ancestry = read_ancestry(folder) if (folder / ANCESTRY).exists() else []
    run.front = read_front(folder)
    return run


def measured(champion: Champion, config: Config) -> Champion:
    """Returns a champion that is compared by what its run counts."""
    if not isinstance(champion, Codelet):
        return champion
    exact = config.front and not isinstance(champion, Approximation)  # of a stage before
    return replace(champion, measure=config.measure if exact else config.cost)
