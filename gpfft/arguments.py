"""The command line of `gpfft`: what each subcommand takes, and how words become settings."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from gpfft import __doc__ as gpfft_doc
from gpfft import manual
from gpfft.bench import MEASURES, OF_SEEDS, TIMED
from gpfft.compose import NAMES
from gpfft.config import ANY_SIZE, CHOICES, ENCODINGS, ENDLESS, PRICE_LISTS, UNROLLED, Config
from gpfft.emit.job import PRECISIONS, REALS
from gpfft.emit.languages import CODELETS, as_help, taking
from gpfft.errors import GpfftError
from gpfft.judge import PROVED
from gpfft.matrix_file import MOST
from gpfft.pictures import PICTURES
from gpfft.progress import AUTO, WAYS
from gpfft.recursion import RADICES
from gpfft.transform import LARGEST, LARGEST_SEARCH
from gpfft.version import __version__

Command = Callable[[argparse.Namespace], int]
DEFAULT = Config()


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise GpfftError(f"{message} (see {self.prog} --help)")


def parser(commands: Iterable[Command]) -> Parser:
    """Returns the parser of the command line; a subcommand is a function of the same name.

    Its help is made from the function's docstring and `manual`, its options by the function of that name
    in `OPTIONS`.
    """
    named = {function.__name__.rstrip("_"): function for function in commands}
    texts = {name: first_line(function) for name, function in named.items()}
    about = f"{gpfft_doc}\n\n{manual.overview(texts)}"
    top = Parser("gpfft", "gpfft [--version] COMMAND ...", about, manual.top_epilog(),
                 formatter_class=manual.HelpFormatter, allow_abbrev=False)  # fmt: skip
    top.add_argument("--version", action="version", version=f"gpfft {__version__}")
    subparsers = top.add_subparsers(prog="gpfft", metavar="COMMAND", required=True, help=argparse.SUPPRESS)
    for name, function in named.items():
        sub: Parser = subparsers.add_parser(
            name, description=function.__doc__, epilog=manual.epilog(name),
            formatter_class=manual.HelpFormatter, allow_abbrev=False,
        )  # fmt: skip
        sub.set_defaults(command=function)
        OPTIONS[name](sub)
    return top


def first_line(function: Command) -> str:
    """Returns what a command does, in a line without its full stop."""
    return (function.__doc__ or "").split("\n")[0].rstrip(".")


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


def takes_run(sub: Parser) -> None:
    """Adds the run that a command is about."""
    sub.add_argument("run", metavar="RUN", type=Path, help="a run folder, or a champion file")


def takes_workers(sub: Parser) -> None:
    """Adds who does the work of a search."""
    sub.add_argument("--quiet", action="store_true", help="print nothing but errors")
    sub.add_argument("--progress", choices=WAYS, default=AUTO, help="how the search is shown: one live table "
                     "(rich), lines (plain), or not at all; auto is the table on a terminal, else lines")
    sub.add_argument("--threads", type=few("threads"),
                     help="how many each worker uses; no result depends on it (default the cores shared)")
    sub.add_argument("--workers", type=few("workers"), help="processes for the islands; no result "
                     "depends on it (default one an island, no more than cores)")
    sub.add_argument("--cluster", default="", metavar="ADDRESS", help="of a Dask scheduler, like "
                     "tcp://host:8786, whose workers take the place of processes")  # fmt: skip


def takes_limits(sub: Parser, more: str = "") -> None:
    """Adds what ends a search, but for a time."""
    sub.add_argument("--generations", type=whole, metavar="G",
                     help=f"stop after so many{more}, those of all stages counted")
    sub.add_argument("--evaluations", type=whole, metavar="E", help=f"stop after so many{more}")
    sub.add_argument("--target-flops", type=whole, metavar="F",
                     help="stop when an exact program costs no more")  # fmt: skip


def takes_search(sub: Parser) -> None:
    """Adds what every new search takes."""
    sub.add_argument("--seed", type=whole, help=f"equal seeds, equal runs (default {DEFAULT.seed})")
    takes_scales(sub)
    takes_limits(sub)
    sub.add_argument("--islands", type=whole, metavar="K",
                     help=f"populations that evolve apart (default {DEFAULT.islands})")
    sub.add_argument("--migration", choices=CHOICES["migration"], help="where the best of an island go: "
                     f"round a ring, or one drawn anew each time (default {DEFAULT.migration})")
    sub.add_argument("--interval", type=whole, metavar="G",
                     help=f"generations between two migrations (default {DEFAULT.interval})")
    sub.add_argument("--migrants", type=whole, metavar="M",
                     help=f"how many go from each island (default {DEFAULT.migrants})")
    sub.add_argument("--cost",
                     help=f"what is counted: {', '.join(CHOICES['cost'])}; of a front "
                     f"{' or '.join(PRICE_LISTS)} (default {DEFAULT.cost})")
    sub.add_argument("--out", type=Path,
                     help="the new folder (default runs/dft<N>_seed<S>, runs/anysize_seed<S> "
                     "or runs/matrix_<name>_seed<S>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")
    takes_workers(sub)  # fmt: skip


def takes_scales(sub: Parser) -> None:
    """Adds the factors of the encoding `rescaled`, and a time."""
    sub.add_argument("--scales", choices=CHOICES["scales"], help="factors of rescaled: twiddles times "
                     "powers of cosines, or none but twiddles (default cosine)")
    takes_budget(sub)  # fmt: skip


def takes_budget(sub: Parser, more: str = "") -> None:
    """Adds the time after which a search ends."""
    sub.add_argument("--budget", type=duration, help=f"stop after a time{more} like 90s, 10m or 1h, "
                     "compiling included, at the end of a generation; where there is this or another "
                     f"limit, {', '.join(ENDLESS[:-1])} and {ENDLESS[-1]} "
                     "go on until it is reached")  # fmt: skip


def takes_options(sub: Parser, who: Callable[[str], str] = lambda option: "") -> None:
    """Adds how a program is exported, `who` telling which languages take an option."""
    sub.add_argument("--name", type=named,
                     help=f"the function's name{who('name')} (default dft<N>, idft<N> for the inverse)")
    sub.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0],
                     help=f"of constants and results{who('precision')} (default {PRECISIONS[0]})")
    sub.add_argument("--inverse", action="store_true",
                     help=f"the inverse, unscaled: the sum of x[j] W^(-j k){who('inverse')}")
    sub.add_argument("--real", choices=REALS, default="", help="for real input, x to the parts of X[0] "
                     f".. X[N/2], or transposed: from such parts to N real sums{who('real')}")
    sub.add_argument("--unchecked", action="store_true", help="also what the judge refuses; the header "
                     "then says that it was not checked")  # fmt: skip


def takes_error(sub: Parser) -> None:
    """Adds which program of a front is meant."""
    sub.add_argument("--at-error", metavar="E", type=error, help="of a front the cheapest program with no "
                     "more than this error (relative Frobenius), not the most exact one")  # fmt: skip


def most(text: str) -> int:
    """Returns the number of multiplications that there may be."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(
            f"the most multiplications are a whole number from 0 on, not {text!r}"
        )
    return int(text)


def error(text: str) -> float:
    """Returns the error that a text says."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"an error is a number from 0 on, like 0.01, not {text!r}")
    return number


def takes_front(sub: Parser) -> None:
    """Adds that a front is sought, and what for."""
    sub.add_argument("--front", action="store_true", default=None, help="all programs from exact to free "
                     "that no other is better than in error and in cost, in the place of one exact program")
    sub.add_argument("--real", action="store_true", default=None, help="of --front: for real input")
    sub.add_argument("--scaled", action="store_true", default=None, help="of --front: each output may be "
                     "multiplied by a real factor, which is not counted, before its error is taken")
    sub.add_argument("--max-muls", metavar="M", type=most, help="of --front: the most multiplications, "
                     "those by powers of two not among them (default any number)")  # fmt: skip


def show(sub: Parser) -> None:
    """Adds which program of a front is shown."""
    takes_run(sub)
    takes_error(sub)


def evolve(sub: Parser) -> None:
    """Adds what is sought, and how it is searched for."""
    sub.add_argument("config", metavar="CONFIG", nargs="?", type=Path, help="a run's config.toml")
    sub.add_argument("--size", type=whole, help=f"number of points, 1 to {LARGEST_SEARCH}, "
                     f"or a power of two up to {LARGEST} (default {DEFAULT.size})")
    sub.add_argument("--any-size", action="store_true", default=None, help="an algorithm for all n = R^k")
    sub.add_argument("--radix", metavar="R", type=whole,
                     help=f"of --any-size: {', '.join(map(str, RADICES))} (default {DEFAULT.radix})")
    sub.add_argument("--self-taught", action="store_true", help="of --any-size: self-references are "
                     "answered by the program itself, not by the true DFT of the shorter vector")
    sub.add_argument("--free-views", action="store_true", help="of --any-size: views evolve from small "
                     "whole numbers, where every R-th element and each R-th part are given else")
    sub.add_argument("--matrix", metavar="FILE", type=lambda text: str(Path(text)), help="a .npy file with "
                     "the matrix to compute in the place of the DFT, rows being outputs, up to "
                     f"{MOST} x {MOST}; a real one has real input")
    sub.add_argument("--complex", action="store_true", default=None, help="of --matrix: complex input")
    stages = {name: f"{name} ({' then '.join(names)})" if len(names) > 1 else name
              for name, names in ENCODINGS.items() if name != "auto"}
    powers, any_size = (" then ".join(kinds["auto"]) for kinds in (ENCODINGS, ANY_SIZE))
    sub.add_argument("--encoding", help=f"what evolves: {', '.join(stages.values())}, or auto: two-sided, "
                     f"for 2^k points {powers}, from {UNROLLED} on unrolled; with --any-size recursive, or "
                     f"auto: {any_size}; with --matrix two-sided, which auto is (default {DEFAULT.encoding})")
    sub.add_argument("--start", type=Path, metavar="FILE", help="a run or a champion's file to start from, "
                     "in the place of random chromosomes: what refine does")
    takes_front(sub)
    takes_search(sub)  # fmt: skip


def refine(sub: Parser) -> None:
    """Adds where a search goes on from."""
    takes_run(sub)
    sub.add_argument("--size", type=whole, help="number of points: the program's, for 2^k points also more; "
                     "any size of an algorithm (default the program's)")
    takes_search(sub)  # fmt: skip


def resume(sub: Parser) -> None:
    """Adds how much longer a run goes on."""
    takes_run(sub)
    takes_budget(sub, " more")
    takes_limits(sub, " more")
    takes_workers(sub)


def verify(sub: Parser) -> None:
    """Adds how thoroughly a program is judged."""
    takes_run(sub)
    takes_error(sub)
    sub.add_argument("--proof", action="store_true", help=f"prove it above {PROVED} points, too: seconds at "
                     "1024 points, longer where partial sums are no twiddles")  # fmt: skip


def export(sub: Parser) -> None:
    """Adds the language, and how a program is exported."""
    takes_run(sub)
    takes_error(sub)
    sub.add_argument("--to", choices=list(CODELETS), required=True, help=f"the language: {as_help()}")
    takes_options(sub, taking)
    sub.add_argument("--batch", action="store_true", help=f"many transforms a call{taking('batch')}")
    sub.add_argument("--out", type=Path, help="the file, in the place of printing it")


def build(sub: Parser) -> None:
    """Adds where a package goes, and how a program is exported."""
    takes_run(sub)
    takes_error(sub)
    sub.add_argument("--out", type=Path, required=True, help="the new folder, a Python package")
    takes_options(sub)
    sub.add_argument("--force", action="store_true", help="write over the files in that folder")


def unroll(sub: Parser) -> None:
    """Adds the size of the codelet."""
    takes_run(sub)
    sub.add_argument("--size", type=whole, required=True, help="number of points, a power of the radix")
    takes_folder(sub)


def compose(sub: Parser) -> None:
    """Adds the other program, and how the two are put together."""
    takes_run(sub)
    sub.add_argument("second", metavar="RUN2", type=Path, help="another one, or the same")
    sub.add_argument("--how", choices=["auto", *NAMES], default="auto", help="Good-Thomas is for coprime "
                     "sizes, and auto chooses it for these (default auto)")
    takes_folder(sub)  # fmt: skip


def takes_folder(sub: Parser) -> None:
    """Adds where a program that is made of others goes."""
    sub.add_argument("--out", type=Path, help="the new folder (default dft<N>)")
    sub.add_argument("--force", action="store_true", help="replace the run in that folder")


def scaling(sub: Parser) -> None:
    """Adds a file for the table."""
    takes_run(sub)
    sub.add_argument("--save", type=Path, help="a CSV file for plots")


def records(sub: Parser) -> None:
    """Adds the form of the tables."""
    sub.add_argument("--markdown", action="store_true", help="the README's tables: sizes up to 32 or with "
                     "a champion, matrices, algorithms")  # fmt: skip


def plot(sub: Parser) -> None:
    """Adds what is drawn."""
    sub.add_argument("run", metavar="RUN", type=Path, nargs="+", help="a run folder, or a champion file; of "
                     "history, also several folders: the median and a band of their champions")
    sub.add_argument("--what", choices=PICTURES, default="flow", help="(default flow)")
    sub.add_argument("--save", type=Path, help="the file; its ending names the format: svg, pdf, png ..., of "
                     "an animation gif or mp4 (default png, gif)")
    takes_error(sub)
    sub.add_argument("--dark", action="store_true", help="light on dark")


def bench(sub: Parser) -> None:
    """Adds what is measured."""
    sub.add_argument("what", metavar="WHAT", choices=list(MEASURES), help="one of the measurements below")
    sub.add_argument("run", metavar="RUN", type=Path, nargs="?", help="of codelet: a program for one size; "
                     "of speed: an algorithm (default gpfft's own for 8 points, and for any size)")
    sub.add_argument("--size", type=whole,
                     help=f"of records (default {DEFAULT.size}), "
                     + ", ".join(f"{name} (default {size})" for name, size in TIMED.items()))
    sub.add_argument("--seeds", type=seeds, help=f"of {', '.join(OF_SEEDS)}: a range (default 0-9)")
    sub.add_argument("--encoding", help=f"of records (default {DEFAULT.encoding})")
    takes_scales(sub)  # fmt: skip


OPTIONS: dict[str, Callable[[Parser], None]] = {
    "evolve": evolve, "refine": refine, "resume": resume, "status": takes_run, "show": show,
    "verify": verify, "export": export, "build": build, "unroll": unroll, "compose": compose,
    "scaling": scaling, "records": records, "plot": plot, "bench": bench,
}  # fmt: skip
