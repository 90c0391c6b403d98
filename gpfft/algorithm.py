"""An algorithm: a recursive program together with all that can be said of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft import html, scaling
from gpfft.champion import Champion, origin
from gpfft.codelet import Codelet
from gpfft.counting import own_flops, recurrence
from gpfft.emit import recursive
from gpfft.emit.inverse import inverse_recursion
from gpfft.emit.job import Options, RecursiveJob
from gpfft.emit.languages import ALGORITHMS, CODELETS, chosen
from gpfft.emit.lower import RealProgram, lower
from gpfft.emit.schedule import schedule
from gpfft.errors import GpfftError, one_line
from gpfft.judge import Verdict
from gpfft.recursion import MOST_WORK, Recursion, check_length, family, reference_size
from gpfft.simplify import simplify

PROVED = 64  # sizes up to here are proved
TRIED = scaling.MOST  # and up to here compared with numpy
COUNTED = 1024  # sizes up to here are counted on the unrolled program
LONGEST_LEAF = 32  # points up to which compiled code has a codelet for each length
MOST_DRAWN = 16  # points at which Jupyter shows a flow graph
TOLERANCE = 1e-13  # relative error; a wrong program is off by far more


@dataclass(frozen=True)
class Algorithm(Champion):
    """A recursive program for all n = radix^k, callable, counted, judged and exported on demand.

    Attributes:
        program: the recursive program.
        made: how it came about, one line.
        given: what the search was told, one line.

    >>> import gpfft
    >>> algorithm = gpfft.load(gpfft.champions.algorithms()[0]).champion
    >>> algorithm([1, 0, 0, 0])
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    >>> [algorithm.flops(n) for n in (2, 4, 8, 16)]
    [4, 16, 56, 168]
    >>> algorithm.unroll(8).cost.flops
    56
    """

    program: Recursion
    made: str = "by hand"
    given: str = "everything"

    def __call__(self, x: ArrayLike) -> NDArray[np.complex128]:
        """Returns the transform of a vector of any length of the family, complex.

        Raises GpfftError for another length, or when `x` is no vector of numbers.
        """
        return self.program(x)

    @property
    def radix(self) -> int:
        """Returns r: the family is n = r^k."""
        return self.program.radix

    @property
    def name(self) -> str:
        """Returns its name in exports."""
        return "fft" if self.radix == 2 else f"fft_radix{self.radix}"

    def flops(self, n: int) -> int:
        """Returns the real operations for n points.

        They are counted on the unrolled, simplified and lowered program up to 1024 points, and
        past that, or where no program is so large, by the recurrence: those of one call, and those
        of the calls that it makes.
        Raises GpfftError when n is not of the family.
        """
        return self.program.total(
            check_length(n, self.radix),
            lambda length: own_flops(self.program, length),
            lambda length: _counted(self.program, length) if length <= COUNTED else None,
        )

    def unroll(self, n: int) -> Codelet:
        """Returns the codelet for n points.

        Raises GpfftError when n is not of the family, or more than a program can have.
        """
        return Codelet(simplify(self.program.unroll(n)), f"{self.made}, unrolled", self.given)

    @property
    def worth(self) -> tuple[float, int]:
        """Returns what champions are compared by, (error, flops at a large size): less is better.

        The error is at the sizes that the search sees; what happens at others is for the judge.
        """
        return self.program.error, recurrence(self.program, reference_size(self.radix))

    @cached_property
    def verdict(self) -> Verdict:
        """Returns the judge's word: proofs up to 64 points, comparison with numpy up to 2^20."""
        sizes = family(self.radix, PROVED)
        for n in sizes:
            try:
                word = self.unroll(n).verdict
            except GpfftError as error:
                return Verdict(False, "unrolling", f"at {n} points: {error}")
            if not word.exact:
                return Verdict(False, word.failed, f"at {n} points: {word.detail}")
        worst = 0.0
        for n in family(self.radix, TRIED)[len(sizes) :]:
            if n not in self.tried:
                return Verdict(False, "large sizes", f"at {n} points: it takes too much work to be tried")
            worst = max(worst, self.rounding(n))
            if not worst < TOLERANCE:
                detail = f"at {n} points: relative error {worst:.2g} to numpy.fft"
                return Verdict(False, "large sizes", detail)
        listed = ", ".join(map(str, sizes))
        proof = f"all impulse responses equal the DFT's at n = {listed}, proved in exact arithmetic"
        return Verdict(True, "", f"{proof}; up to n = {n} relative error at most {worst:.1e} to numpy.fft")

    @cached_property
    def tried(self) -> list[int]:
        """Returns the sizes up to 2^20, but for those at which it would call itself too often."""
        return [n for n in family(self.radix, TRIED) if self.program.work(n) <= MOST_WORK]

    def rounding(self, n: int) -> float:
        """Returns the relative error in double precision against numpy.fft, at a random vector."""
        return _rounding(self.program, n)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Returns (what, what is said of it): its name, how it came about, what it costs."""
        return self._facts(self.name)

    @property
    def header(self) -> list[str]:
        """Returns what stands above every listing."""
        return self._header(self.name)

    def _header(self, name: str, inverse: bool = False) -> list[str]:
        """Returns what stands above a listing or an export."""
        return [f"{key}: {text}" for key, text in self._facts(name, inverse)]

    def _facts(self, name: str, inverse: bool = False) -> list[tuple[str, str]]:
        size = reference_size(self.radix)
        beside = [f"{known} {flops}" for known, flops in scaling.known(size, self.radix).items()]
        exponent = "-j k" if inverse else "j k"
        family_text = f"n any power of {self.radix}"
        return [
            (name, f"X[k] = sum over j of x[j] W^({exponent}), W = exp(-2 pi i / n), {family_text}"),
            ("made", one_line(self.made)),
            ("given", one_line(self.given)),
            ("cost", f"{self.flops(size)} flops at n = {size}; {', '.join(beside)}"),
        ]

    @property
    def account(self) -> list[str]:
        """Returns the counts and the rounding error in words, a line each."""
        sizes = family(self.radix, COUNTED)[1:]
        counts = ", ".join(str(self.flops(n)) for n in sizes)
        largest = self.tried[-1]
        return [
            f"counted: {counts} flops at n = {', '.join(map(str, sizes))}",
            f"rounding: relative error {self.rounding(largest):.2e} to numpy.fft at n = {largest}",
        ]

    @property
    def measured(self) -> dict[str, Any]:
        """Returns the count and the errors, for a run's verdict.json."""
        size, largest = reference_size(self.radix), self.tried[-1]
        count = {"size": size, "flops": self.flops(size)}
        return {**count, "error": self.program.error, "rounding": self.rounding(largest)}

    @cached_property
    def scaling(self) -> list[dict[str, Any]]:
        """Returns flops against n beside the known algorithms, a row a size; see `scaling.table`."""
        return scaling.table(self.flops, self.radix)

    @property
    def tables(self) -> dict[str, str]:
        """Returns flops against n as a file for plots."""
        return {"scaling.csv": scaling.as_csv(self.scaling)}

    def listing(self) -> str:
        """Returns the program as text that a person reads."""
        return recursive.listing(self.program, self.name, self.header)

    @property
    def is_quick(self) -> bool:
        """Tells that the judge's word takes seconds: a million points are tried."""
        return False

    def _picture(self) -> str:
        """Returns the flow graph at a few points as an inline picture, where it can be unrolled."""
        n = family(self.radix, MOST_DRAWN)[-1]
        with suppress(GpfftError):
            return html.paragraph(f"at {n} points:") + self.unroll(n)._picture()
        return ""

    def _writer(self, language: str, options: Options) -> Callable[[list[str]], str]:
        hint = ": gpfft unroll it first" if language in CODELETS else ""
        write = chosen(ALGORITHMS, language, options, "an algorithm", hint).write

        def written(more: list[str]) -> str:
            program = inverse_recursion(self.program) if options.inverse else self.program
            name = options.name or self.exported_name(options)
            header = [*self._header(name, options.inverse), *more]
            leaves = _leaves(program) if language == "c" else {}
            return write(RecursiveJob(program, name, header, self.to_json, leaves, options))

        return written

    def exported_name(self, options: Options) -> str:
        """Returns the name of what is asked for, where none is given."""
        return ("i" if options.inverse else "") + self.name

    @classmethod
    def from_json(cls, text: str) -> Algorithm:
        """Returns the algorithm that `to_json` wrote. Raises GpfftError for anything else."""
        return cls(Recursion.from_json(text), *origin(text))


@lru_cache(maxsize=256)
def _counted(recursion: Recursion, n: int) -> int | None:
    """Returns the real operations of the unrolled program; None where it has too many lines."""
    try:
        return Codelet(simplify(recursion.unroll(n))).cost.flops
    except GpfftError:  # or constants that no program of that size has
        return None


@lru_cache(maxsize=256)
def _rounding(recursion: Recursion, n: int) -> float:
    """Returns the relative error for n points; see `Algorithm.rounding`."""
    parts = np.random.default_rng(0).standard_normal((2, n))
    x = parts[0] + 1j * parts[1]
    wanted = np.fft.fft(x)
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(recursion(x) - wanted) / np.linalg.norm(wanted))


def _leaves(recursion: Recursion) -> dict[int, RealProgram]:
    """Returns the algorithm itself at short lengths, unrolled, for those that a program can have."""
    sizes = [n for n in family(recursion.radix, LONGEST_LEAF) if n > 1]
    return {n: schedule(lower(simplify(recursion.unroll(n)))) for n in sizes}
