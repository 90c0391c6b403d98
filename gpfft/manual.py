"""What the help of `gpfft` says beside the options, as a man page does: examples, exit codes, files.

The examples go together: what `gpfft evolve` leaves in its first examples the others read. A test runs
them all.
"""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable

GROUPS = {
    "evolve programs": ("evolve", "refine", "resume", "unroll", "compose"),
    "look at them": ("status", "show", "verify", "plot", "scaling", "records"),
    "hand them over": ("export", "build"),
    "measure": ("bench",),
}

Pairs = tuple[tuple[str, str], ...]  # (what, what is said of it)

EXAMPLES: dict[str, Pairs] = {
    "": (
        ("gpfft evolve", "an exact FFT of 8 points, from random numbers"),
        ("gpfft show runs/dft8_seed0", "what it found"),
        ("gpfft plot runs/dft8_seed0 --save flow.svg", "its butterflies"),
        ("gpfft export runs/dft8_seed0 --to c", "its C"),
    ),
    "evolve": (
        ("gpfft evolve", "8 points, kept in runs/dft8_seed0"),
        ("gpfft evolve --any-size", "for every 2^k, kept in runs/anysize_seed0"),
        ("gpfft evolve --size 5 --seed 1 --budget 3s --out dft5", "another size, for 3 seconds"),
        ("gpfft evolve runs/dft8_seed0/config.toml --out again", "the same run, bit for bit"),
        ("python3 -c \"import gpfft, numpy; numpy.save('my.npy', gpfft.matrices.dct2(4))\"", "a matrix"),
        ("gpfft evolve --matrix my.npy --budget 3s", "in the place of the DFT"),
        ("gpfft evolve --size 4 --front --generations 40 --out front4", "from exact to free"),
    ),
    "refine": (
        ("gpfft refine runs/dft8_seed0 --size 16 --budget 2s --out dft16", "from 8 points to 16"),
        ("gpfft refine runs/dft8_seed0 --cost fma --budget 2s --out fused", "fused operations are counted"),
    ),
    "resume": (
        ("gpfft resume runs/dft8_seed0 --budget 2s", "two seconds more"),
    ),
    "unroll": (
        ("gpfft unroll runs/anysize_seed0 --size 16", "the algorithm at 16 points, kept in dft16"),
    ),
    "compose": (
        ("gpfft evolve --size 3 --budget 2s --out dft3 --quiet", "3 points"),
        ("gpfft compose dft3 runs/dft8_seed0 --out dft24", "and 8 make 24"),
    ),
    "status": (
        ("gpfft status runs/dft8_seed0", "also while it runs"),
    ),
    "show": (
        ("gpfft show runs/dft8_seed0", "a program for 8 points"),
        ("gpfft show runs/anysize_seed0", "an algorithm for every 2^k"),
        ("gpfft show front4", "the programs of a front: error and cost"),
        ("gpfft show front4 --at-error 0.5", "the cheapest one within an error"),
    ),
    "verify": (
        ("gpfft verify runs/dft8_seed0", "exit code 0: it is exact"),
        ("gpfft verify runs/dft8_seed0/champion.json", "a file does, too"),
    ),
    "plot": (
        ("gpfft plot runs/dft8_seed0 --save flow.svg", "the flow graph"),
        ("gpfft plot runs/dft8_seed0 --what history --save history.pdf", "how the search went"),
        ("gpfft plot runs/dft8_seed0 --what animation --save fft8.gif", "from champion to champion"),
        ("gpfft plot runs/anysize_seed0 --what scaling", "saved as fft_scaling.png"),
        ("gpfft plot front4 --what front --save front.svg", "accuracy against cost"),
    ),
    "scaling": (
        ("gpfft scaling runs/anysize_seed0 --save scaling.csv", "up to 2^20 points"),
    ),
    "records": (
        ("gpfft records", "every size, with the sources"),
        ("gpfft records --markdown", "the tables of the README"),
    ),
    "export": (
        ("gpfft export runs/dft8_seed0 --to python", "a function of lists, on the screen"),
        ("gpfft export runs/dft8_seed0 --to c --batch --out dft8.c", "for many transforms at once"),
        ("gpfft export runs/dft8_seed0 --to numpy --real input", "for real input"),
        ("gpfft export runs/anysize_seed0 --to numba --out fft.py", "for every 2^k"),
        ("gpfft export front4 --at-error 0.5 --to c", "the cheapest program within an error"),
    ),
    "build": (
        ("gpfft build runs/dft8_seed0 --out fast", "a folder to import"),
        ("python3 -c \"import fast; print(fast.dft8([1, 0, 0, 0, 0, 0, 0, 0]))\"", "and so it is used"),
    ),
    "bench": (
        ("gpfft bench records --size 4 --seeds 0-2", "adds a line a seed to runs/records.csv"),
        ("gpfft bench parts --size 3 --seeds 0-1 --budget 0.1s", "parts of a search switched off"),
    ),
}  # fmt: skip

MEASUREMENTS: Pairs = (
    ("records", "how many seeds reach the best published count of a size"),
    ("encodings", "what each encoding reaches from random chromosomes"),
    ("search", "pool with each of its parts switched off"),
    ("factors", "rescaled with each of its parts switched off"),
    ("parts", "two-sided with less of its populations"),
    ("front", "hypervolumes of fronts, with and without a warm start, and of random search"),
    ("any-size", "how many seeds find an algorithm for every size"),
    ("evaluate", "the hot loop beside numpy and DEAP's compile-and-evaluate"),
    ("codelet", "a codelet's C beside FFTW, scipy and numpy; needs a C compiler"),
    ("speed", "an algorithm, compiled, beside numpy.fft and recursions by hand"),
    ("fft", "gpfft.fft beside numpy, scipy, FFTW and its C"),
    ("islands", "evaluations of two islands on two cores, by those of one"),
    ("progress", "what the live table takes of a run's time"),
    ("soak", "memory and checkpoints of a long run"),
)
SEARCHES = ("evolve", "refine", "resume")
DONE, BAD = ("0", "done"), ("2", "the input was bad, or the output could not be written: one line says why")
NOT_EXACT = ("1", "the judge refuses the program")
STOPPED: Pairs = (("130", "stopped by Ctrl-C; what was found is kept"), ("143", "likewise by SIGTERM"))

FILES: Pairs = (
    ("runs/", "new runs, in the working directory, a folder each"),
    ("config.toml", "in it: every setting, to be given to gpfft evolve"),
    ("champion.json", "the best program, which all commands read"),
    ("listing.txt", "that, for people"),
    ("verdict.json", "the judge's word, the count, the rounding error"),
    ("history.csv", "a row a generation"),
    ("archive.jsonl", "every champion, in order"),
    ("front.jsonl", "of a front: its programs; front.csv has their errors and counts"),
    ("ancestry.csv", "how the champion came about"),
    ("checkpoint_*.jsonl", "what gpfft resume goes on from"),
    ("environment.json", "versions, and how the run ended"),
)
ENVIRONMENT: Pairs = (
    ("CC", "the C compiler of gpfft build and of measurements; else cc, gcc or clang"),
    ("NUMBA_CACHE_DIR", "where compiled searches are kept; else beside the package, or in the user's cache"),
    ("XDG_CACHE_HOME", "on Linux the user's cache, ~/.cache, where the compiled gpfft.fft is kept"),
)
SEE = "Every command has its own help, with examples: gpfft COMMAND --help."


class HelpFormatter(argparse.HelpFormatter):
    """Fills paragraphs, and leaves those that begin with a space as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = text.strip("\n").split("\n\n")
        return "\n\n".join(
            paragraph if "\n " in paragraph else textwrap.fill(" ".join(paragraph.split()), width)
            for paragraph in paragraphs
        )


def epilog(command: str) -> str:
    """Returns what follows the options in a command's help: examples, exit codes, what is measured."""
    codes: list[tuple[str, str]] = [DONE, BAD]
    codes[1:1] = [NOT_EXACT] if command in ("verify", "unroll", "compose") else []
    codes += STOPPED if command in SEARCHES else ()
    measures = [_section("measurements", MEASUREMENTS)] if command == "bench" else []
    return "\n\n".join([*measures, _examples(command), _section("exit codes", codes)])


def overview(commands: dict[str, str]) -> str:
    """Returns what `gpfft --help` says of its commands (name -> first line), in groups."""
    widest = max(map(len, commands))
    return "\n\n".join(
        _section(title, [(name.ljust(widest), commands[name]) for name in names])
        for title, names in GROUPS.items()
    )


def top_epilog() -> str:
    """Returns what follows in `gpfft --help`: examples, exit codes, files, environment."""
    codes = [DONE, (NOT_EXACT[0], f"of verify, unroll and compose: {NOT_EXACT[1]}"), BAD, *STOPPED]
    sections = {"exit codes": codes, "files": FILES, "environment": ENVIRONMENT}
    return "\n\n".join([_examples(""), *(_section(*both) for both in sections.items()), SEE])


def _examples(command: str) -> str:
    """Returns the examples, a remark above each, so that lines can be copied."""
    lines = (f"  # {remark}\n  {line}" for line, remark in EXAMPLES[command])
    return "\n".join(["examples:", *lines])


def _section(title: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Returns a heading, and what is said of each thing beside it, as wide as the terminal."""
    rows = list(pairs)
    wide, left = shutil.get_terminal_size().columns - 2, 4 + max(len(name) for name, _ in rows)
    lines = (
        textwrap.fill(text, max(wide, left + 20), initial_indent=f"  {name}".ljust(left),
                      subsequent_indent=" " * left, break_on_hyphens=False)
        for name, text in rows
    )  # fmt: skip
    return "\n".join([f"{title}:", *lines])
