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
from gpfft.bench import MEASURES
from gpfft.config import ENCODINGS, Config
from gpfft.errors import GpfftError, one_line
from gpfft.record import make_folder, read_champion, read_config
from gpfft.records import published
from gpfft.run import Listener, Run, carry_out, load
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
        say(f"{name}: compiling the evaluator, which takes seconds unless an earlier run kept it")

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
        error = f", error {run.champion.error:.3g}" if run.champion.error else ""
        where = f"{row['stage']} generation {row['generation']}"
        median = f"median {row['median_flops']:.0f}"
        say(f"{where}: best {run.champion.cost.flops} flops{error}, {median}{note}")


def evolve(args: argparse.Namespace) -> int:
    """Evolves a program for the DFT from random chromosomes, and keeps it in a run folder."""
    given = {key: getattr(args, key) for key in ("size", "seed", "encoding")}
    changes = {key: value for key, value in given.items() if value is not None}
    config = read_config(args.config, **changes) if args.config else Config(**changes)
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
    """Prints the champion, the judge's word on it, and its count beside the record."""
    codelet = run.champion
    say("\n" + codelet.listing().rstrip("\n") + "\n")
    say(f"verdict: {codelet.verdict}")
    record = published(codelet.size)
    beside = f"best published: {record}" if record else "no published count is known"
    say(f"cost: {codelet.cost}; {beside}")


def show(args: argparse.Namespace) -> int:
    """Prints a run's program: how it was made, what it costs, and its lines."""
    codelet = read_champion(args.run)
    say(codelet.listing().rstrip("\n"))
    if not codelet.verdict.exact:
        say(f"\nverdict: {codelet.verdict}")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Judges a run's program: exit code 0 when it is exactly the DFT, 1 when it is not."""
    codelet = read_champion(args.run)
    say(str(codelet.verdict))
    say(f"counted: {codelet.cost}")
    say(f"rounding: relative error {codelet.rounding:.2e} in double precision")
    return 0 if codelet.verdict.exact else NOT_EXACT


def export(args: argparse.Namespace) -> int:
    """Prints a run's program as code in another language; the judge must have accepted it."""
    languages: dict[str, Callable[[Any], str]] = {"python": lambda codelet: codelet.to_python()}
    say(languages[args.to](read_champion(args.run)).rstrip("\n"))
    return 0


def records(args: argparse.Namespace) -> int:
    """Prints the best published operation counts with their sources, and this project's beside."""
    say(champions.as_markdown() if args.markdown else champions.as_text())
    return 0


def plot_(args: argparse.Namespace) -> int:
    """Draws a picture of a run and saves it."""
    import matplotlib

    matplotlib.use("Agg")
    codelet = read_champion(args.run)
    if args.what == "flow":
        figure, _ = plot.flow(codelet.program)
    else:
        if not args.run.is_dir():
            raise GpfftError(f"a history is in a run's folder, and {args.run} is a file")
        record = published(codelet.size)
        figure, _ = plot.history(load(args.run).history, record.flops if record else None)
    path = args.save or Path(f"{codelet.name}_{args.what}.png")
    plot.save(figure, path)
    say(f"saved {one_line(str(path))}")
    return 0


def bench_(args: argparse.Namespace) -> int:
    """Measures, and prints what it measured."""
    lines = MEASURES[args.what](check_size(args.size, LARGEST_SEARCH), args.seeds)
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
    default = Config()
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
    sub.add_argument("--seed", type=whole, help=f"equal seeds, equal runs (default {default.seed})")
    choices = ", ".join(f"{name} ({' then '.join(names)})" if len(names) > 1 else name
                        for name, names in ENCODINGS.items())  # fmt: skip
    sub.add_argument("--encoding", help=f"what evolves: {choices} (default {default.encoding})")
    sub.add_argument("--out", type=Path, help="the new folder (default runs/dft<N>_seed<S>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")
    sub.add_argument("--quiet", action="store_true", help="print nothing but errors")
    sub.add_argument("--threads", type=threads, help="how many; no result depends on it (default one a core)")
    takes_run(command(show))
    takes_run(command(verify))
    sub = command(export)
    takes_run(sub)
    sub.add_argument("--to", choices=["python"], required=True, help="the language")
    sub = command(records)
    sub.add_argument("--markdown", action="store_true", help="the README's table: sizes with a champion")
    sub = command(plot_)
    takes_run(sub)
    sub.add_argument("--what", choices=["flow", "history"], default="flow", help="(default flow)")
    sub.add_argument("--save", type=Path, help="the file; its ending names the format (default png)")
    sub = command(bench_)
    sub.add_argument("what", choices=list(MEASURES))
    sub.add_argument("--size", type=whole, default=default.size, help="of records (default %(default)s)")
    sub.add_argument("--seeds", type=seeds, default=range(10), help="a range, not for evaluate (default 0-9)")
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
