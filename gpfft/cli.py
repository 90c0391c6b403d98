"""The `gpfft` command: a subcommand is a function of the same name."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from gpfft import __doc__ as gpfft_doc
from gpfft import champions, plot
from gpfft.algorithm import Algorithm
from gpfft.bench import TIMED, MEASURES, OF_SEEDS
from gpfft.build import build
from gpfft.codelet import Codelet
from gpfft.compose import NAMES, compose
from gpfft.config import (
    ANY_SIZE, CHOICES, ENCODINGS, ENDLESS, ISLANDS, LIMITS, UNROLLED, UNSCALED, Config,
)  # fmt: skip
from gpfft.emit.job import PRECISIONS, REALS, Options
from gpfft.emit.languages import CODELETS, as_help, taking
from gpfft.errors import GpfftError, one_line
from gpfft.judge import PROVED, judge
from gpfft.matrix_file import MOST
from gpfft.folder import make_folder
from gpfft.pictures import one_size, record_of
from gpfft.record import read_algorithm, read_ancestry, read_champion, read_config, write_text
from gpfft.recursion import RADICES, reference_size
from gpfft.outcome import Listener, Run
from gpfft.run import carry_out, kept, load, resume, unroll
from gpfft.scaling import as_csv, as_text
from gpfft.search.islands import Record
from gpfft.start import matrix_of, start_of, started
from gpfft.status import span, status
from gpfft.stop import SIGNALS
from gpfft.transform import LARGEST, LARGEST_SEARCH
from gpfft.version import __version__

BAD_INPUT, NOT_EXACT, INTERRUPTED = 2, 1, 130  # exit codes
SIGNALLED = {reason: 128 + number for number, reason in SIGNALS.items()}  # as shells have them


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


class Progress(Listener):
    """Prints a line a new champion, and about ten lines a stage."""

    def __init__(self) -> None:
        self.last: tuple[str, int] | None = None  # what was printed: stage and generation
        self.when = 0.0  # and when that was not for a new champion

    def resumed(self, run: Run, notes: list[str]) -> None:
        for note in notes:
            say(f"{note}: the checkpoint before it is used")
        say(f"{run.config.target}: goes on after {span(run.elapsed)}")

    def stopping(self, run: Run) -> None:
        with suppress(OSError):  # by hand: the signal may have come in the midst of a print
            os.write(2, b"gpfft: finishing the generation, and keeping all; again to stop at once\n")

    def stage(self, run: Run, name: str) -> None:
        say(f"{name}: begins; compiling takes seconds unless an earlier run kept what it compiled")

    def champion(self, run: Run, row: Record) -> None:
        self._line(row, run, "  new champion")

    def generation(self, run: Run, row: Record) -> None:
        stage, now = run.config.stage(row["stage"]), time.perf_counter()
        endless = run.config.limited and row["generation"] > stage.generations
        if now - self.when > (run.config.budget or 60) / 10 if endless else (
            row["generation"] % max(1, stage.generations // 10) == 0
        ):
            self.when = now
            self._line(row, run)

    def _line(self, row: Record, run: Run, note: str = "") -> None:
        place = row["stage"], row["generation"]
        if self.last == place:
            return
        self.last = place
        error, flops = run.champion.worth
        off = f", error {error:.3g}" if error else ""
        where = f"{row['stage']} generation {row['generation']}"
        median = f"median {row['median_flops']:.0f}"
        any_size = isinstance(run.champion, Algorithm)
        at = f" at n = {reference_size(run.config.radix)}" if any_size else ""
        what = "flops" if any_size else run.config.cost
        say(f"{where}: best {flops} {what}{at}{off}, {median}{note}")


def evolve(args: argparse.Namespace) -> int:
    """Evolves a program for the DFT, or another matrix, from random chromosomes; keeps it in a run folder."""
    changes = chosen(
        args, "size", "seed", "encoding", "any_size", "radix", "matrix", "complex", "cost", *LIMITS, *ISLANDS
    )
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
    listeners = () if args.quiet else (Progress(),)
    if not args.quiet:
        say(f"{config.target}: {', then '.join(config.stage_names)}")
    run = carry_out(
        config, folder, args.threads, listeners, start, matrix, workers=args.workers, cluster=args.cluster
    )
    return concluded(run, args.quiet)


def resume_(args: argparse.Namespace) -> int:
    """Goes on with a run that was stopped or killed, as if it never had been."""
    limits: dict[str, Any] = chosen(args, *LIMITS)
    run = resume(
        args.run, **limits, threads=args.threads, workers=args.workers, cluster=args.cluster,
        listeners=() if args.quiet else (Progress(),),
    )  # fmt: skip
    return concluded(run, args.quiet)


def concluded(run: Run, quiet: bool) -> int:
    """Prints what a run found and where it is kept; returns the exit code."""
    if not quiet:
        if run.champions and run.spent:
            report(run)
        kept = "kept" if run.champions else "nothing was found yet, the settings are"
        say(f"{run.stopped} after {run.seconds:.1f} s; {kept} in {one_line(str(run.folder))}")
        if run.spent:
            say("time: " + ", ".join(f"{part} {span(seconds)}" for part, seconds in run.spent.items()))
        if run.lost:
            say(f"workers were lost {run.lost} times: their islands went on from where they had been")
    return SIGNALLED.get(run.stopped, 0)


def status_(args: argparse.Namespace) -> int:
    """Tells how a run is doing: the best so far, its rate, and the time left."""
    for line in status(args.run):
        say(line)
    return 0


def report(run: Run) -> None:
    """Prints the champion, the judge's word on it, and its count beside what is known."""
    champion = run.champion
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


def show(args: argparse.Namespace) -> int:
    """Prints a run's program: how it was made, what it costs, and its lines."""
    champion = read_champion(args.run)
    say(champion.listing().rstrip("\n"))
    if not champion.verdict.accepted:
        say(f"\nverdict: {champion.verdict}")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Judges a run's program: exit code 0 when it is exactly the DFT, or its matrix, 1 when it is not."""
    champion = read_champion(args.run)
    verdict = champion.verdict
    if args.proof and verdict.accepted:
        if isinstance(champion, Algorithm):
            raise GpfftError("an algorithm is proved size by size: gpfft unroll it first")
        verdict = judge(champion.program, proof=True, target=champion.sought)
    say(str(verdict))
    for line in champion.account:
        say(line)
    return 0 if verdict.accepted else NOT_EXACT


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
    text = read_champion(args.run).export(args.to, options, args.unchecked)
    if args.out:
        write_text(args.out, text)
        say(f"saved {one_line(str(args.out))}")
    else:
        say(text.rstrip("\n"))
    return 0


def build_(args: argparse.Namespace) -> int:
    """Makes a folder with a run's program as a shared library, with its C, a header and a Python package."""
    options = Options(args.name or "", args.precision, args.inverse, real=args.real)
    files = build(read_champion(args.run), args.out, options, args.unchecked, args.force)
    say("made " + ", ".join(one_line(str(path)) for path in files))
    return 0


def records(args: argparse.Namespace) -> int:
    """Prints the best published operation counts with their sources, and this project's beside."""
    markdown = champions.as_markdown, champions.matrices_as_markdown, champions.algorithms_as_markdown
    say("\n\n".join(table() for table in markdown) if args.markdown else champions.as_text())
    return 0


PICTURES = ("flow", "history", "ancestry", "front", "scaling", "animation")
OF_A_FOLDER = {  # what they are made of
    "history": "a history", "ancestry": "an ancestry", "front": "a history", "animation": "an archive",
}  # fmt: skip


def plot_(args: argparse.Namespace) -> int:
    """Draws a picture of a run and saves it; of several runs, that differ by their seeds, the history."""
    import matplotlib

    matplotlib.use("Agg")
    if len(args.run) > 1 and args.what != "history":
        raise GpfftError(f"--what {args.what} is of one RUN; of several there is --what history")
    champion = read_champion(args.run[0])
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


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise GpfftError(f"{message} (see {self.prog} --help)")


def whole(text: str) -> int | str:
    """Returns the whole number that `text` is, or the text, for `Config` to refuse."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,30}", text) else text


def seeds(text: str) -> range:
    """Returns the range that `0-19` or `7` stands for."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()) or int(last or first) < int(first):
        raise argparse.ArgumentTypeError(f"seeds are a range like 0-19, not {text!r}")
    return range(int(first), int(last or first) + 1)


def duration(text: str) -> float:
    """Returns the seconds in `90`, `90s`, `10m` or `1.5h`."""
    units = {"": 1, "s": 1, "m": 60, "h": 3600}
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh]?)", text)
    if not match or not float(match[1]):
        raise argparse.ArgumentTypeError(f"a budget is a time like 90s, 10m or 1.5h, not {text!r}")
    return float(match[1]) * units[match[2]]


def few(what: str) -> Callable[[str], int]:
    """Returns what reads a number of threads, or of workers."""

    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= 1024:
            raise argparse.ArgumentTypeError(f"{what} are a number from 1 to 1024, not {text!r}")
        return int(text)

    return read


def named(text: str) -> str:
    """Returns the name that a function is to have."""
    if not text:  # which is how `Options` says that there is none
        raise argparse.ArgumentTypeError("an empty name is none")
    return text


def parser() -> Parser:
    """Returns the parser of the command line; help is made from the functions' docstrings."""
    default, radices = Config(), ", ".join(map(str, RADICES))
    top = Parser(prog="gpfft", description=gpfft_doc, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"gpfft {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(function: Callable[[argparse.Namespace], int]) -> Parser:
        text = function.__doc__ or ""
        name = function.__name__.rstrip("_")
        sub: Parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.set_defaults(command=function)
        return sub

    def takes_run(sub: Parser) -> None:
        sub.add_argument("run", metavar="RUN", type=Path, help="a run folder, or a champion file")

    def takes_workers(sub: Parser) -> None:
        sub.add_argument("--quiet", action="store_true", help="print nothing but errors")
        sub.add_argument("--threads", type=few("threads"),
                         help="how many each worker uses; no result depends on it (default the cores shared)")
        sub.add_argument("--workers", type=few("workers"), help="processes for the islands; no result "
                         "depends on it (default one an island, no more than cores)")
        sub.add_argument("--cluster", default="", metavar="ADDRESS", help="of a Dask scheduler, like "
                         "tcp://host:8786, whose workers take the place of processes")

    def takes_limits(sub: Parser, more: str = "") -> None:
        sub.add_argument("--generations", type=whole, metavar="G",
                         help=f"stop after so many{more}, those of all stages counted")
        sub.add_argument("--evaluations", type=whole, metavar="E", help=f"stop after so many{more}")
        sub.add_argument("--target-flops", type=whole, metavar="F",
                         help="stop when an exact program costs no more")

    def takes_search(sub: Parser) -> None:
        sub.add_argument("--seed", type=whole, help=f"equal seeds, equal runs (default {default.seed})")
        takes_scales(sub)
        takes_limits(sub)
        sub.add_argument("--islands", type=whole, metavar="K",
                         help=f"populations that evolve apart (default {default.islands})")
        sub.add_argument("--migration", choices=CHOICES["migration"], help="where the best of an island go: "
                         f"round a ring, or one drawn anew each time (default {default.migration})")
        sub.add_argument("--interval", type=whole, metavar="G",
                         help=f"generations between two migrations (default {default.interval})")
        sub.add_argument("--migrants", type=whole, metavar="M",
                         help=f"how many go from each island (default {default.migrants})")
        sub.add_argument("--cost",
                         help=f"what is counted: {', '.join(CHOICES['cost'])} (default {default.cost})")
        sub.add_argument("--out", type=Path,
                         help="the new folder (default runs/dft<N>_seed<S>, runs/anysize_seed<S> "
                         "or runs/matrix_<name>_seed<S>)")
        sub.add_argument("--force", action="store_true", help="replace the run in that folder")
        takes_workers(sub)

    def takes_scales(sub: Parser) -> None:
        sub.add_argument("--scales", choices=CHOICES["scales"], help="factors of rescaled: twiddles times "
                         "powers of cosines, or none but twiddles (default cosine)")
        takes_budget(sub)

    def takes_budget(sub: Parser, more: str = "") -> None:
        sub.add_argument("--budget", type=duration, help=f"stop after a time{more} like 90s, 10m or 1h, "
                         "compiling included, at the end of a generation; where there is this or another "
                         f"limit, {' and '.join(ENDLESS)} go on until it is reached")

    def takes_options(sub: Parser, who: Callable[[str], str] = lambda option: "") -> None:
        sub.add_argument("--name", type=named,
                         help=f"the function's name{who('name')} (default dft<N>, idft<N> for the inverse)")
        sub.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0],
                         help=f"of constants and results{who('precision')} (default {PRECISIONS[0]})")
        sub.add_argument("--inverse", action="store_true",
                         help=f"the inverse, unscaled: the sum of x[j] W^(-j k){who('inverse')}")
        sub.add_argument("--real", choices=REALS, default="", help="for real input, x to the parts of X[0] "
                         f".. X[N/2], or transposed: from such parts to N real sums{who('real')}")
        sub.add_argument("--unchecked", action="store_true", help="also what the judge refuses; the header "
                         "then says that it was not checked")

    sub = command(evolve)
    sub.add_argument("config", metavar="CONFIG", nargs="?", type=Path, help="a run's config.toml")
    sub.add_argument("--size", type=whole, help=f"number of points, 1 to {LARGEST_SEARCH}, "
                     f"or a power of two up to {LARGEST} (default {default.size})")
    sub.add_argument("--any-size", action="store_true", default=None, help="an algorithm for all n = R^k")
    sub.add_argument("--radix", metavar="R", type=whole,
                     help=f"of --any-size: {radices} (default {default.radix})")
    sub.add_argument("--self-taught", action="store_true", help="of --any-size: self-references are "
                     "answered by the program itself, not by the true DFT of the shorter vector")
    sub.add_argument("--free-views", action="store_true", help="of --any-size: views evolve from small "
                     "whole numbers, where every R-th element and each R-th part are given else")
    sub.add_argument("--matrix", metavar="FILE", type=lambda text: str(Path(text)), help="a .npy file with "
                     "the matrix to compute in the place of the DFT, rows being outputs, up to "
                     f"{MOST} x {MOST}; a real one has real input")
    sub.add_argument("--complex", action="store_true", default=None, help="of --matrix: complex input")
    stages = {name: f"{name} ({' then '.join(names)})" if len(names) > 1 else name
              for name, names in ENCODINGS.items() if name != "auto"}  # fmt: skip
    powers, any_size = (" then ".join(kinds["auto"]) for kinds in (ENCODINGS, ANY_SIZE))
    sub.add_argument("--encoding", help=f"what evolves: {', '.join(stages.values())}, or auto: two-sided, "
                     f"for 2^k points {powers}, from {UNROLLED} on unrolled; with --any-size recursive, or "
                     f"auto: {any_size}; with --matrix two-sided, which auto is (default {default.encoding})")
    sub.add_argument("--start", type=Path, metavar="FILE", help="a run or a champion's file to start from, "
                     "in the place of random chromosomes: what refine does")
    takes_search(sub)
    sub = command(refine)
    takes_run(sub)
    sub.add_argument("--size", type=whole, help="number of points: the program's, for 2^k points also more; "
                     "any size of an algorithm (default the program's)")
    takes_search(sub)
    sub = command(resume_)
    takes_run(sub)
    takes_budget(sub, " more")
    takes_limits(sub, " more")
    takes_workers(sub)
    takes_run(command(status_))
    takes_run(command(show))
    sub = command(verify)
    takes_run(sub)
    sub.add_argument("--proof", action="store_true", help=f"prove it above {PROVED} points, too: seconds at "
                     "1024 points, longer where partial sums are no twiddles")
    sub = command(export)
    takes_run(sub)
    sub.add_argument("--to", choices=list(CODELETS), required=True, help=f"the language: {as_help()}")
    takes_options(sub, taking)
    sub.add_argument("--batch", action="store_true", help=f"many transforms a call{taking('batch')}")
    sub.add_argument("--out", type=Path, help="the file, in the place of printing it")
    sub = command(build_)
    takes_run(sub)
    sub.add_argument("--out", type=Path, required=True, help="the new folder, a Python package")
    takes_options(sub)
    sub.add_argument("--force", action="store_true", help="write over the files in that folder")
    sub = command(unroll_)
    takes_run(sub)
    sub.add_argument("--size", type=whole, required=True, help="number of points, a power of the radix")
    sub.add_argument("--out", type=Path, help="the new folder (default dft<N>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")
    sub = command(compose_)
    takes_run(sub)
    sub.add_argument("second", metavar="RUN2", type=Path, help="another one, or the same")
    sub.add_argument("--how", choices=["auto", *NAMES], default="auto", help="Good-Thomas is for coprime "
                     "sizes, and auto chooses it for these (default auto)")  # fmt: skip
    sub.add_argument("--out", type=Path, help="the new folder (default dft<N>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")
    sub = command(scaling)
    takes_run(sub)
    sub.add_argument("--save", type=Path, help="a CSV file for plots")
    sub = command(records)
    sub.add_argument("--markdown", action="store_true",
                     help="the README's tables: sizes up to 32 or with a champion, matrices, algorithms")
    sub = command(plot_)
    sub.add_argument("run", metavar="RUN", type=Path, nargs="+", help="a run folder, or a champion file; of "
                     "history, also several folders: the median and a band of their champions")
    sub.add_argument("--what", choices=PICTURES, default="flow", help="(default flow)")
    sub.add_argument("--save", type=Path, help="the file; its ending names the format: svg, pdf, png ..., of "
                     "an animation gif or mp4 (default png, gif)")
    sub.add_argument("--dark", action="store_true", help="light on dark")
    sub = command(bench_)
    sub.add_argument("what", choices=list(MEASURES))
    sub.add_argument("run", metavar="RUN", type=Path, nargs="?", help="of codelet: a program for one size; "
                     "of speed: an algorithm (default gpfft's own for 8 points, and for any size)")
    sub.add_argument("--size", type=whole,
                     help=f"of records (default {default.size}), "
                     + ", ".join(f"{name} (default {size})" for name, size in TIMED.items()))
    sub.add_argument("--seeds", type=seeds, help=f"of {', '.join(OF_SEEDS)}: a range (default 0-9)")
    sub.add_argument("--encoding", help=f"of records (default {default.encoding})")
    takes_scales(sub)
    return top


def complain(message: object) -> None:
    """Prints one line on standard error, if there is one."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"gpfft: {one_line(str(message))}", file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code; errors of users are one line."""
    lost.clear()
    try:
        args = parser().parse_args(argv)
        code: int = args.command(args)
    except BrokenPipeError:  # while argparse printed a help text
        silence()
        return 0
    except (GpfftError, OSError) as error:
        complain(error)
        return BAD_INPUT
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    if lost:
        complain(f"cannot write the output: {lost[0].strerror}")
    return BAD_INPUT if lost else code
