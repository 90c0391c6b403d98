"""The `gpfft` command: a subcommand is a function of the same name."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from gpfft import __doc__ as gpfft_doc
from gpfft import champions, plot
from gpfft.algorithm import Algorithm
from gpfft.bench import MEASURES
from gpfft.config import ANY_SIZE, ENCODINGS, Config
from gpfft.errors import GpfftError, one_line
from gpfft.record import make_folder, read_algorithm, read_champion, read_config, write_text
from gpfft.records import published
from gpfft.recursion import RADICES, reference_size
from gpfft.run import Listener, Run, carry_out, load, unroll
from gpfft.scaling import as_csv, as_text
from gpfft.search.evolve import Record
from gpfft.transform import LARGEST_SEARCH, check_size
from gpfft.version import __version__

BAD_INPUT, NOT_EXACT, INTERRUPTED = 2, 1, 130  # exit codes


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

    def stage(self, run: Run, name: str) -> None:
        say(f"{name}: begins; compiling takes seconds unless an earlier run kept what it compiled")

    def champion(self, run: Run, row: Record) -> None:
        self._line(row, run, "  new champion")

    def generation(self, run: Run, row: Record) -> None:
        stage = run.config.stage(row["stage"])
        if row["generation"] % max(1, stage.generations // 10) == 0:
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
        say(f"{where}: best {flops} flops{at}{off}, {median}{note}")


def evolve(args: argparse.Namespace) -> int:
    """Evolves a program for the DFT from random chromosomes, and keeps it in a run folder."""
    given = {key: getattr(args, key) for key in ("size", "seed", "encoding", "any_size", "radix")}
    changes = {key: value for key, value in given.items() if value is not None}
    config = read_config(args.config, **changes) if args.config else Config(**changes)
    settings = {key: True for key in ("self_taught", "free_views") if getattr(args, key)}
    if settings and "recursive" not in config.stage_names:
        raise GpfftError("--self-taught and --free-views are of --any-size only")
    if settings:
        config = config.with_settings("recursive", **settings)
    folder = make_folder(config, args.out, args.force)
    listeners = () if args.quiet else (Progress(),)
    run = carry_out(config, folder, args.threads, listeners)
    if not args.quiet:
        if run.champions:
            report(run)
        kept = "kept" if run.champions else "nothing was found yet, the settings are"
        say(f"{run.stopped} after {run.seconds:.1f} s; {kept} in {one_line(str(folder.path))}")
    return INTERRUPTED if run.stopped == "interrupted" else 0


def report(run: Run) -> None:
    """Prints the champion, the judge's word on it, and its count beside what is known."""
    champion = run.champion
    say("\n" + champion.listing().rstrip("\n") + "\n")
    say(f"verdict: {champion.verdict}")
    say(champion.header[-1])


def show(args: argparse.Namespace) -> int:
    """Prints a run's program: how it was made, what it costs, and its lines."""
    champion = read_champion(args.run)
    say(champion.listing().rstrip("\n"))
    if not champion.verdict.exact:
        say(f"\nverdict: {champion.verdict}")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Judges a run's program: exit code 0 when it is exactly the DFT, 1 when it is not."""
    champion = read_champion(args.run)
    say(str(champion.verdict))
    for line in champion.account:
        say(line)
    return 0 if champion.verdict.exact else NOT_EXACT


def unroll_(args: argparse.Namespace) -> int:
    """Makes a run folder of an algorithm at one size: a codelet like any other."""
    run = unroll(args.run, args.size, args.out or Path(f"dft{args.size}"), args.force)
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
    languages: dict[str, Callable[[Any], str]] = {"python": lambda champion: champion.to_python()}
    say(languages[args.to](read_champion(args.run)).rstrip("\n"))
    return 0


def records(args: argparse.Namespace) -> int:
    """Prints the best published operation counts with their sources, and this project's beside."""
    markdown = [champions.as_markdown(), champions.algorithms_as_markdown()]
    say("\n\n".join(markdown) if args.markdown else champions.as_text())
    return 0


def plot_(args: argparse.Namespace) -> int:
    """Draws a picture of a run and saves it."""
    import matplotlib

    matplotlib.use("Agg")
    champion = read_champion(args.run)
    if args.what == "flow":
        if isinstance(champion, Algorithm):
            raise GpfftError("an algorithm has a flow graph at one size only: gpfft unroll it first")
        figure, _ = plot.flow(champion.program)
    elif args.what == "scaling":
        figure, _ = plot.scaling(read_algorithm(args.run).scaling)
    else:
        if not args.run.is_dir():
            raise GpfftError(f"a history is in a run's folder, and {args.run} is a file")
        record = None if isinstance(champion, Algorithm) else published(champion.size)
        figure, _ = plot.history(load(args.run).history, record.flops if record else None)
    path = args.save or Path(f"{champion.name}_{args.what}.png")
    plot.save(figure, path)
    say(f"saved {one_line(str(path))}")
    return 0


def bench_(args: argparse.Namespace) -> int:
    """Measures, and prints what it measured."""
    run = args.run or next(iter(champions.algorithms()), Path("runs/anysize"))
    lines = MEASURES[args.what](check_size(args.size, LARGEST_SEARCH), args.seeds, run)
    for line in lines:
        say(line)
    return 0


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


def threads(text: str) -> int:
    """Returns a number of threads."""
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"threads are a number from 1 to 1024, not {text!r}")
    return int(text)


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

    sub = command(evolve)
    sub.add_argument("config", metavar="CONFIG", nargs="?", type=Path, help="a run's config.toml")
    sub.add_argument("--size", type=whole, help=f"number of points, 1 to 64 (default {default.size})")
    sub.add_argument("--any-size", action="store_true", default=None, help="an algorithm for all n = R^k")
    sub.add_argument("--radix", metavar="R", type=whole,
                     help=f"of --any-size: {radices} (default {default.radix})")
    sub.add_argument("--self-taught", action="store_true", help="of --any-size: self-references are "
                     "answered by the program itself, not by the true DFT of the shorter vector")
    sub.add_argument("--free-views", action="store_true", help="of --any-size: views evolve from small "
                     "whole numbers, where every R-th element and each R-th part are given else")
    sub.add_argument("--seed", type=whole, help=f"equal seeds, equal runs (default {default.seed})")
    choices, any_size = (", ".join(f"{name} ({' then '.join(names)})" if len(names) > 1 else name
                                   for name, names in kinds.items())
                         for kinds in (ENCODINGS, ANY_SIZE))  # fmt: skip
    sub.add_argument("--encoding", help=f"what evolves: {choices}; with --any-size {any_size} "
                     f"(default {default.encoding})")
    sub.add_argument("--out", type=Path,
                     help="the new folder (default runs/dft<N>_seed<S>, or runs/anysize_seed<S>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")
    sub.add_argument("--quiet", action="store_true", help="print nothing but errors")
    sub.add_argument("--threads", type=threads, help="how many; no result depends on it (default one a core)")
    takes_run(command(show))
    takes_run(command(verify))
    sub = command(export)
    takes_run(sub)
    sub.add_argument("--to", choices=["python"], required=True, help="the language")
    sub = command(unroll_)
    takes_run(sub)
    sub.add_argument("--size", type=whole, required=True, help="number of points, a power of the radix")
    sub.add_argument("--out", type=Path, help="the new folder (default dft<N>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")
    sub = command(scaling)
    takes_run(sub)
    sub.add_argument("--save", type=Path, help="a CSV file for plots")
    sub = command(records)
    sub.add_argument("--markdown", action="store_true",
                     help="the README's tables: sizes with a champion, and algorithms")
    sub = command(plot_)
    takes_run(sub)
    sub.add_argument("--what", choices=["flow", "history", "scaling"], default="flow", help="(default flow)")
    sub.add_argument("--save", type=Path, help="the file; its ending names the format (default png)")
    sub = command(bench_)
    sub.add_argument("what", choices=list(MEASURES))
    sub.add_argument("--size", type=whole, default=default.size, help="of records (default %(default)s)")
    sub.add_argument("--seeds", type=seeds, default=range(10), help="a range, not for evaluate (default 0-9)")
    sub.add_argument("--run", type=Path, help="of speed: an algorithm (default that of gpfft's own runs)")
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
