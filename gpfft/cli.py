"""The `gpfft` command: a subcommand is a function of the same name."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from gpfft import champions, plot
from gpfft.algorithm import Algorithm
from gpfft.approximation import Approximation
from gpfft.arguments import parser
from gpfft.bench import MEASURES, OF_SEEDS, TIMED
from gpfft.build import build
from gpfft.codelet import Codelet
from gpfft.compose import compose
from gpfft.config import COLD, ISLANDS, LIMITS, OF_FRONT, UNSCALED, Config
from gpfft.emit.job import Options
from gpfft.errors import GpfftError, one_line
from gpfft.folder import make_folder
from gpfft.judge import judge
from gpfft.outcome import Run, span
from gpfft.pictures import check_seeds, one_size, record_of
from gpfft.progress import watching
from gpfft.record import read_algorithm, read_ancestry, read_config, read_front, read_program, write_text
from gpfft.run import carry_out, kept, load, resume, unroll
from gpfft.scaling import as_csv, as_text
from gpfft.signals import CODES
from gpfft.start import matrix_of, start_of, started
from gpfft.status import status

BAD_INPUT, NOT_EXACT = 2, 1  # exit codes
lost: list[OSError] = []  # what kept output from being written, other than a reader who left


def say(text: str) -> None:
    """Prints a line; when that fails the work goes on in silence, and `main` tells at the end."""
    try:
        print(text, flush=True)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            lost.append(error)
        silence()


def silence() -> None:
    """Sends what is printed from now on to nowhere: nobody reads it any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def evolve(args: argparse.Namespace) -> int:
    """Evolves a program for the DFT, or another matrix, from random chromosomes; keeps it in a run folder."""
    changes = chosen(
        args, "size", "seed", "encoding", "any_size", "radix", "matrix", "complex", "cost", *OF_FRONT,
        *LIMITS, *ISLANDS,
    )  # fmt: skip
    if args.start:
        if args.config or args.any_size or args.radix or args.encoding or args.matrix or args.complex:
            others = "CONFIG, --encoding, --any-size, --radix, --matrix or --complex"
            raise GpfftError(f"--start goes with no {others}")
        config = started(args.start, **changes)
    else:
        config = read_config(args.config, **changes) if args.config else Config(**changes)
    settings = {key: True for key in ("self_taught", "free_views") if getattr(args, key)}
    if settings and "recursive" not in config.stage_names:
        raise GpfftError("--self-taught and --free-views are of --any-size only")
    if settings:
        config = config.with_settings("recursive", **settings)
    return search(with_scales(config, args.scales), args)


def refine(args: argparse.Namespace) -> int:
    """Goes on from a run's program, or any other that the judge accepts: the same or a larger size."""
    changes = chosen(args, "size", "seed", "cost", *LIMITS, *ISLANDS)
    return search(with_scales(started(args.run, **changes), args.scales), args)


def chosen(args: argparse.Namespace, *keys: str) -> dict[str, Any]:
    """Returns the settings among these that the command line gave."""
    return {key: getattr(args, key) for key in keys if getattr(args, key) is not None}


def with_scales(config: Config, scales: str | None) -> Config:
    """Returns the configuration with or without real scales, None being what it has."""
    if scales is None:
        return config
    if "rescaled" not in config.stage_names:
        raise GpfftError("--scales is of searches with the encoding rescaled only")
    settings = UNSCALED if scales == "none" else {"scales": scales}
    return config.with_settings("rescaled", **settings)


def search(config: Config, args: argparse.Namespace) -> int:
    """Carries a run out, with what it found and where it is kept printed."""
    start, matrix = start_of(config), matrix_of(config)
    folder = make_folder(config, args.out, args.force, matrix)
    listeners = watching("none" if args.quiet else args.progress, say)
    if not args.quiet:
        say(f"{config.target}: {', then '.join(config.stage_names)}")
    run = carry_out(
        config, folder, args.threads, listeners, start, matrix, workers=args.workers, cluster=args.cluster
    )
    code = concluded(run, args.quiet)
    if folder.aside and not args.quiet:
        say(one_line(folder.aside))
    return code


def resume_(args: argparse.Namespace) -> int:
    """Goes on with a run that was stopped or killed, as if it never had been."""
    limits: dict[str, Any] = chosen(args, *LIMITS)
    run = resume(
        args.run, **limits, threads=args.threads, workers=args.workers, cluster=args.cluster,
        progress="none", listeners=watching("none" if args.quiet else args.progress, say),
    )  # fmt: skip
    return concluded(run, args.quiet)


def concluded(run: Run, quiet: bool) -> int:
    """Prints what a run found and where it is kept; returns the exit code."""
    if not quiet:
        if run.champions and run.spent:
            report(run)
        kept = "kept" if run.champions else "nothing was found yet, the settings are"
        say(f"{run.stopped} after {run.seconds:.1f} s; {kept} in {one_line(str(run.folder))}")
        if run.config.front and run.front is None and run.champions:
            say(f"no front yet: it ended before stage {COLD}; gpfft resume goes on")
        if run.spent:
            say("time: " + ", ".join(f"{part} {span(seconds)}" for part, seconds in run.spent.items()))
        if run.lost:
            say(f"workers were lost {run.lost} times: their islands went on from where they had been")
    return CODES.get(run.stopped, 0)


def status_(args: argparse.Namespace) -> int:
    """Tells how a run is doing: the best so far, its rate, and the time left."""
    for line in status(args.run):
        say(line)
    return 0


def report(run: Run) -> None:
    """Prints the champion, the judge's word on it, and its count beside what is known."""
    champion = run.champion
    if run.front is not None:
        report_front(run)
        return
    say("\n" + champion.listing().rstrip("\n") + "\n")
    say(f"verdict: {champion.verdict}")
    say(champion.header[-1])
    if isinstance(champion, Codelet) and not champion.sought.is_dft:
        literally = Codelet(champion.sought.definition(), target=champion.sought).cost.flops
        lost = champion.cost.flops - literally
        gained = f": {lost} less" if lost > 0 else ": nothing was gained" if lost == 0 else ""
        say(f"a product and a sum for each entry take {literally} flops{gained}")
    if run.config.cost != "flops":
        say(f"counted as {run.config.cost}: {champion.worth[1]}")


def report_front(run: Run) -> None:
    """Prints a front, and the judge's word on its most exact program."""
    say(f"\nmade: {run.champion.made}\ngiven: {run.champion.given}\n\n{run.front}")
    assert run.front is not None
    say(f"hypervolume: {run.front.hypervolume:.4f}")
    say(f"verdict on the first: {run.front[0].verdict}")


def show(args: argparse.Namespace) -> int:
    """Prints a run's program: how it was made, what it costs, and its lines; of a front the table."""
    front = read_front(args.run)
    if front is not None and args.at_error is None:
        say("\n".join([*front[0].header[1:3], "", str(front)]) if front.programs else "the front is empty")
        return 0
    champion = read_program(args.run, args.at_error)
    say(champion.listing().rstrip("\n"))
    if not champion.verdict.accepted:
        say(f"\nverdict: {champion.verdict}")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Judges a run's program: exit code 0 when it is the DFT, or its matrix, 1 when it is not.

    A program of a front may be near it only: then the judge says how far off it is at most, and the exit code
    is 1 when that is more than --at-error.
    """
    champion = read_program(args.run, args.at_error)
    verdict = champion.verdict
    if args.proof and verdict.accepted and not isinstance(champion, Approximation):  # always a proof
        if isinstance(champion, Algorithm):
            raise GpfftError("an algorithm is proved size by size: gpfft unroll it first")
        verdict = judge(champion.program, proof=True, target=champion.sought)
    say(str(verdict))
    for line in champion.account:
        say(line)
    off = args.at_error is not None and not verdict.exact and verdict.accepted
    within = not off or champion.bound.error <= args.at_error
    return 0 if verdict.accepted and within else NOT_EXACT


def unroll_(args: argparse.Namespace) -> int:
    """Makes a run folder of an algorithm at one size: a codelet like any other."""
    run = unroll(args.run, args.size, args.out or Path(f"dft{args.size}"), args.force)
    say(f"{run.champion.header[-1]}; kept in {one_line(str(run.folder))}")
    return 0 if run.verdict.exact else NOT_EXACT


def compose_(args: argparse.Namespace) -> int:
    """Makes a run folder of two runs' programs: one for the product of their sizes, to be refined."""
    codelet = compose(args.run, args.second, args.how)
    run = kept(codelet, args.out or Path(codelet.name), args.force)
    say(f"{run.champion.header[-1]}; kept in {one_line(str(run.folder))}")
    return 0 if run.verdict.exact else NOT_EXACT


def scaling(args: argparse.Namespace) -> int:
    """Prints how an algorithm's operations grow with the size, beside the known algorithms."""
    rows = read_algorithm(args.run).scaling
    say(as_text(rows))
    if args.save:
        write_text(args.save, as_csv(rows))
        say(f"saved {one_line(str(args.save))}")
    return 0


def export(args: argparse.Namespace) -> int:
    """Prints a run's program as code in another language; the judge must have accepted it."""
    options = Options(args.name or "", args.precision, args.inverse, args.batch, args.real)
    text = read_program(args.run, args.at_error).export(args.to, options, args.unchecked)
    if args.out:
        write_text(args.out, text)
        say(f"saved {one_line(str(args.out))}")
    else:
        say(text.rstrip("\n"))
    return 0


def build_(args: argparse.Namespace) -> int:
    """Makes a folder with a run's program as a shared library, with its C, a header and a Python package."""
    options = Options(args.name or "", args.precision, args.inverse, real=args.real)
    files = build(read_program(args.run, args.at_error), args.out, options, args.unchecked, args.force)
    say("made " + ", ".join(one_line(str(path)) for path in files))
    return 0


def records(args: argparse.Namespace) -> int:
    """Prints the best published operation counts with their sources, and this project's beside."""
    say(champions.tables(every=False).markdown() if args.markdown else str(champions.tables()))
    return 0


OF_A_FOLDER = {  # what they are made of
    "history": "a history", "ancestry": "an ancestry", "front": "a history", "animation": "an archive",
}  # fmt: skip


def plot_(args: argparse.Namespace) -> int:
    """Draws a picture of a run and saves it; of several runs, that differ by their seeds, the history."""
    import matplotlib

    matplotlib.use("Agg")
    if len(args.run) > 1 and args.what != "history":
        raise GpfftError(f"--what {args.what} is of one RUN; of several there is --what history")
    if args.at_error is not None and args.what != "flow":
        raise GpfftError("--at-error is of --what flow")
    champion = read_program(args.run[0], args.at_error)
    picture = drawn(args.what, champion, args.run, args.dark)
    path = args.save or Path(f"{champion.name}_{args.what}.{'gif' if args.what == 'animation' else 'png'}")
    plot.save(picture, path)
    say(f"saved {one_line(str(path))}")
    return 0


def drawn(what: str, champion: Any, paths: list[Path], dark: bool) -> Any:
    """Returns the picture of one run, or the history of several: a figure, or an animation."""
    if what == "flow":
        return plot.flow(one_size(champion).program, dark)[0]
    if what == "scaling":
        return plot.scaling(read_algorithm(paths[0]).scaling, dark)[0]
    for path in paths:
        if not path.is_dir():
            raise GpfftError(f"{OF_A_FOLDER[what]} is in a run's folder, and {path} is a file")
    if what == "ancestry":
        return plot.ancestry(read_ancestry(paths[0]), dark)[0]
    runs = [load(path) for path in paths]
    if len(runs) > 1:
        check_seeds(runs)
        return plot.history([run.history for run in runs], record_of(runs[0]), dark)[0]
    picture = getattr(runs[0].plot, what)(dark)
    return picture[0] if what != "animation" else picture


def bench_(args: argparse.Namespace) -> int:
    """Measures, and prints what it measured."""
    if args.run and args.what not in OF_A_RUN:
        raise GpfftError(f"a RUN is for bench {' and '.join(OF_A_RUN)}; sizes are given by --size")
    run = args.run or default_run(args.what)
    timed = args.what in ("records", *TIMED)
    if args.what != "records" and (args.encoding or args.scales or (args.budget and not timed)):
        others = ", ".join(TIMED)
        raise GpfftError(f"--encoding, --scales and --budget are of bench records, the last of {others}, too")
    if args.size is not None and not timed:
        raise GpfftError(f"--size is of bench records, {', '.join(TIMED)}")
    if args.seeds is not None and args.what not in OF_SEEDS:
        raise GpfftError(f"--seeds are of bench {', '.join(OF_SEEDS)}")
    size = TIMED.get(args.what) if args.size is None else args.size
    config = Config(size, encoding=args.encoding or Config().encoding, budget=args.budget or 0.0)
    config = with_scales(config, args.scales)
    for line in MEASURES[args.what](config, range(10) if args.seeds is None else args.seeds, run):
        say(line)
    return 0


OF_A_RUN = ("codelet", "speed")  # measurements of a run that is named


def default_run(what: str) -> Path:
    """Returns the run of gpfft's own that a measurement is of when none is named."""
    own = champions.committed().get(8) if what == "codelet" else next(iter(champions.algorithms()), None)
    return own or Path("runs/dft8" if what == "codelet" else "runs/anysize")


COMMANDS = (
    evolve, refine, resume_, status_, show, verify, export, build_, unroll_, compose_, scaling, records,
    plot_, bench_,
)  # fmt: skip


def complain(message: object) -> None:
    """Prints one line on standard error, if there is one."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"gpfft: {one_line(str(message))}", file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code; errors of users are one line."""
    lost.clear()
    try:
        args = parser(COMMANDS).parse_args(argv)
        code: int = args.command(args)
    except BrokenPipeError:  # while argparse printed a help text
        silence()
        return 0
    except (GpfftError, OSError) as error:
        complain(error)
        return BAD_INPUT
    except KeyboardInterrupt:
        complain("interrupted")
        return CODES["interrupted"]
    if lost:
        complain(f"cannot write the output: {lost[0].strerror}")
    return BAD_INPUT if lost else code
