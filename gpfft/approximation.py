"""An approximate codelet: a program that is judged by how far it is from the DFT."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpfft.champion import origin
from gpfft.codelet import Codelet
from gpfft.cost import Cost
from gpfft.emit import halfcomplex
from gpfft.emit.job import Job, Options
from gpfft.emit.lower import RealProgram, lower
from gpfft.errors import GpfftError, short
from gpfft.judge import Bound, Verdict, bound, judge, judge_lowering, rounding_error
from gpfft.program import Program
from gpfft.records import Published, published

ROUNDING = 1e-12  # an error up to this one cannot be told from none in double precision
KEY = "approximate"  # of what is said of it in a champion's file


@dataclass(frozen=True)
class Approximation(Codelet):
    """A program of a front: exact, or near the DFT with fewer operations.

    Attributes:
        real: whether it is for real input: N reals in, X[0] .. X[N/2] out; so it is counted and exported.
        scaled: whether X[k] is to be multiplied by `factors[k]`, which is left to who uses it.

    >>> import gpfft
    >>> sums = gpfft.Approximation(gpfft.codelet(4).program, real=True)
    >>> sums.error, sums.cost.flops, sums.decibels
    (0.0, 6, inf)
    """

    real: bool = False
    scaled: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Returns what a copy, in this process or another, is made of."""
        return _again, (self.to_json(), self.measure)

    @cached_property
    def lowered(self) -> RealProgram:
        """Returns the program in real arithmetic: for real input where it is for that."""
        return self.real_input if self.real else lower(self.program)

    @cached_property
    def real_input(self) -> RealProgram:
        """Returns the program for real input: N reals in, X[0] .. X[N/2] out."""
        return halfcomplex.halved(lower(self.program, real=True))

    @cached_property
    def matrix(self) -> NDArray[np.complex128]:
        """Returns what it computes, its factors left out: (N, N), in double precision."""
        return np.ascontiguousarray(self.program(np.eye(self.size)).T)

    @cached_property
    def factors(self) -> tuple[float, ...]:
        """Returns the real numbers that come nearest to the DFT when X[k] is multiplied by the k-th one."""
        if not self.scaled:
            return ()
        over = np.sum(np.real(np.conj(self.matrix) * self.sought.matrix), axis=1)
        under = np.sum(np.abs(self.matrix) ** 2, axis=1)
        best = np.where(under > 0, over / np.where(under > 0, under, 1), 1.0)
        return tuple(np.where(np.abs(best - 1) < 1e-12, 1.0, best).tolist())

    @cached_property
    def _lacking(self) -> NDArray[np.float64]:
        """Returns for each output how far its row is from the DFT's, relative to that."""
        with np.errstate(all="ignore"):
            scaled = self.matrix * np.array(self.factors)[:, None] if self.scaled else self.matrix
        rows: NDArray[np.float64] = np.linalg.norm(scaled - self.sought.matrix, axis=1) / math.sqrt(self.size)
        return rows

    @cached_property
    def error(self) -> float:
        """Returns the relative Frobenius distance of its matrix to the DFT's, in double precision."""
        with np.errstate(all="ignore"):
            return _size(float(np.sqrt(np.mean(self._lacking**2))))

    @property
    def worst(self) -> float:
        """Returns the largest relative error of an output, as a distance between rows."""
        return _size(float(self._lacking.max()))

    @property
    def decibels(self) -> float:
        """Returns the ratio of signal to noise on white input, in dB: -20 log10 of the error."""
        return -20 * math.log10(self.error) if self.error else math.inf

    @property
    def counts(self) -> tuple[int, int, int]:
        """Returns additions, multiplications and shifts, which are multiplications by powers of two."""
        return self.cost.adds, self.cost.muls - self.shifts, self.shifts

    @cached_property
    def shifts(self) -> int:
        """Returns how many of its multiplications are by powers of two."""
        return self.lowered.shifts

    @property
    def record(self) -> Published | None:
        """Returns the best published count for an exact one."""
        return published(self.size, "rdft" if self.real else "dft")

    @property
    def _lowering(self) -> Verdict:
        outputs = self.size // 2 + 1 if self.real else None
        return judge_lowering(self.program, self.lowered, self.real, outputs)

    @cached_property
    def verdict(self) -> Verdict:
        """Returns the judge's word: a proof that it is exact, or how far off it is at most."""
        if self.error == 0 and set(self.factors) <= {1.0}:
            proved = judge(self.program, target=self.sought)
            if proved.accepted or proved.failed != "impulse response":
                return self._and_lowering(proved)
        return self._and_lowering(self._approximate)

    @property
    def is_exact(self) -> bool:
        """Tells whether the judge proved it to be exact; factors other than 1 are left to who uses it."""
        return self.error == 0 and self.verdict.exact

    @cached_property
    def trial(self) -> Verdict:
        """Returns the same: nothing is quicker."""
        return self.verdict

    @property
    def _approximate(self) -> Verdict:
        """Returns the verdict on a program that is not exact: never that it is."""
        found = self._bounded
        if isinstance(found, Verdict):
            return found
        text = f"approximate: error at most {up(found.error)}, of the worst output {up(found.worst)}, proved"
        return Verdict(False, "", f"{text} in ball arithmetic")

    @cached_property
    def _bounded(self) -> Bound | Verdict:
        return bound(self.program, self.factors)

    @property
    def bound(self) -> Bound:
        """Returns the proved bounds of its errors. Raises GpfftError when it is not linear."""
        if isinstance(self._bounded, Verdict):
            raise GpfftError(str(self._bounded))
        return self._bounded

    def _facts(self, name: str, what: str, cost: Cost) -> list[tuple[str, str]]:
        *facts, (key, counted), best = super()._facts(name, what, cost)
        kind = "for real input" if self.real else "for complex input"
        shifts = f", {self.shifts} of the multiplications being shifts" if self.shifts else ""
        if not self.is_exact:
            off = f"{self.error:.6g} (relative Frobenius), worst output {self.worst:.6g}, "
            off += f"signal to noise {self.decibels:.1f} dB"
            error = off if self.error else f"below {ROUNDING:g} (relative Frobenius)"
            best = "best published", f"{best[1]}, for an exact one"
        else:
            error = "none: it is exact"
        scaled = [("factors", " ".join(f"{factor:.9g}" for factor in self.factors))] if self.scaled else []
        return [*facts, ("error", error), *scaled, (key, f"{counted}{shifts}, {kind}"), best]

    def _writer(self, language: str, options: Options) -> Callable[[list[str]], str]:
        if options.real == "output":
            raise GpfftError("a front's program has no export with --real output")
        if not self.real:
            return super()._writer(language, options)
        if options.inverse:
            raise GpfftError("a program for real input has no export with --inverse")
        try:
            return super()._writer(language, replace(options, real="input"))
        except GpfftError as error:
            raise GpfftError(f"it is a program for real input: {error}") from None

    def _job(self, options: Options, more: list[str]) -> Job:
        note = ["multiply X[k] by the k-th of the factors"] if self.scaled else []
        return super()._job(options, [*more, *note])

    @cached_property
    def rounding(self) -> float:
        """Returns the relative RMS rounding error in double precision of an exact one, for complex input."""
        return rounding_error(lower(self.program), self.size)

    @property
    def account(self) -> list[str]:
        """Returns the count and the rounding error in words, a line each."""
        rounding = ""
        if self.is_exact:
            rounding = f"rounding: relative error {self.rounding:.2e} in double precision"
        counted = f"counted: {self.cost}, {self.shifts} of the multiplications being shifts"
        return [counted, *([rounding] if rounding else [])]

    @property
    def measured(self) -> dict[str, Any]:
        """Returns the count and the errors, for a run's verdict.json."""
        count = {"adds": self.cost.adds, "muls": self.cost.muls, "flops": self.cost.flops}
        return {**count, "shifts": self.shifts, "error": self.error, "worst": self.worst}

    def to_json(self) -> str:
        """Returns the program with all that is said of it, in the format that runs/README.md documents."""
        kind = {KEY: {"real": self.real, "scaled": self.scaled}}
        return self.program.to_json(made=self.made, given=self.given, **kind)

    @classmethod
    def from_json(cls, text: str) -> Codelet:
        """Returns what a text holds: an approximation, or a codelet that is none. Raises GpfftError."""
        program = Program.from_json(text)
        data = json.loads(text)
        if KEY not in data:
            return Codelet.from_json(text)
        said = data[KEY]
        if not isinstance(said, dict) or not all(type(said.get(key)) is bool for key in ("real", "scaled")):
            raise GpfftError(f'"{KEY}" must say "real" and "scaled" (true or false), not {short(said)}')
        return cls(program, *origin(text), real=said["real"], scaled=said["scaled"])


def _size(error: float) -> float:
    """Returns an error, 0 where it is rounding, infinite where it is no number."""
    return error if error > ROUNDING else 0.0 if error <= ROUNDING else math.inf


def _again(text: str, measure: str) -> Codelet:
    """Returns the approximation that `__reduce__` took apart."""
    return replace(Approximation.from_json(text), measure=measure)


def up(number: float) -> str:
    """Returns a number in 6 digits, never less than it is."""
    return f"{Context(prec=6, rounding=ROUND_CEILING).create_decimal(number):.5e}"
