"""A codelet: a program together with all that can be said of it."""

from __future__ import annotations

import json
import keyword
import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft.champion import Champion, origin
from gpfft.cost import Cost
from gpfft.emit import halfcomplex
from gpfft.emit.listing import listing
from gpfft.emit.lower import RealProgram, lower
from gpfft.emit.schedule import schedule
from gpfft.emit.python import python, real_input_python, real_output_python, real_python
from gpfft.errors import GpfftError
from gpfft.judge import Verdict, judge, judge_lowering, rounding_error
from gpfft.program import Program
from gpfft.records import Published, published, published_matrix
from gpfft.target import Target, dft

QUICK = 10_000  # operations below which what real input costs is told unasked: it takes seconds


@dataclass(frozen=True)
class Codelet(Champion):
    """A straight-line program for one target, callable, counted, judged and exported on demand.

    Attributes:
        program: the complex program, simplified.
        made: how it came about, one line.
        given: what the search was told, one line.
        measure: what it is compared by: "flops", "muls" or "fma", see `RealProgram.count`.
        target: what it should compute; None for the DFT of the program's size.

    Raises GpfftError when the program has other numbers of inputs and outputs than the target.
    """

    program: Program
    made: str = "by hand"
    given: str = "everything"
    measure: str = "flops"
    target: Target | None = None

    def __post_init__(self) -> None:
        self.sought.check(self.program)

    def __call__(self, x: ArrayLike) -> NDArray[np.complex128]:
        """Returns the outputs for `x`, complex, of any leading shape, its last axis being the inputs."""
        return self.program(x)

    @property
    def sought(self) -> Target:
        """Returns what it should compute."""
        return dft(self.size) if self.target is None else self.target

    @property
    def size(self) -> int:
        """Returns the program's size, for the DFT the number of points."""
        return self.program.size

    @property
    def name(self) -> str:
        """Returns its name in exports: dft<N>, or that of the matrix as Python can read it."""
        if self.sought.is_dft:
            return f"dft{self.size}"
        name = re.sub(r"[^A-Za-z0-9_]", "_", self.sought.name)
        return f"matrix_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name

    @property
    def goal(self) -> str:
        """Returns what it should be, in messages."""
        return "DFT" if self.sought.is_dft else f"product with the matrix {self.sought.name}"

    @property
    def record(self) -> Published | None:
        """Returns the best published count for what it should compute, or None where none was found."""
        if self.sought.is_dft:
            return published(self.size)
        return published_matrix(self.sought.matrix) if self.sought.real else None

    @cached_property
    def lowered(self) -> RealProgram:
        """Returns the program in real arithmetic."""
        return lower(self.program, self.sought.real)

    @cached_property
    def scheduled(self) -> RealProgram:
        """Returns it in the order in which code does its operations: few values are alive at once."""
        return schedule(self.lowered)

    @cached_property
    def real_input(self) -> RealProgram:
        """Returns the program for real input: N reals in, X[0] .. X[N/2] out, see `halfcomplex`.

        It takes seconds at 256 points, a minute at 2048. Raises GpfftError for a matrix that is no DFT.
        """
        if not self.sought.is_dft:
            raise GpfftError("only a DFT is pruned for real input: a real matrix has that anyway")
        return halfcomplex.real_input(self.program)

    @cached_property
    def real_output(self) -> RealProgram:
        """Returns the transposed program: the N numbers re X[0], re X[1], im X[1] .. in, N reals out."""
        return halfcomplex.real_output(self.real_input)

    @property
    def cost(self) -> Cost:
        """Returns the operations of the lowered program."""
        return self.lowered.cost

    @cached_property
    def error(self) -> float:
        """Returns the relative Frobenius distance to the target's matrix, in double precision.

        Where the impulses show none, it is the distance on random vectors: they betray a program
        that multiplies inputs with each other.
        """
        responses = np.ascontiguousarray(self.sought.matrix.T)  # row j is the response to impulse j
        inputs = len(responses)
        random = np.random.default_rng(0).standard_normal((8, inputs))
        return self._distance(np.eye(inputs), responses) or self._distance(random, random @ responses)

    @property
    def worth(self) -> tuple[float, int]:
        """Returns what champions are compared by, (error, count): less is better."""
        return self.error, self.lowered.count(self.measure)

    def _distance(self, inputs: NDArray[np.float64], wanted: NDArray[np.complex128]) -> float:
        """Returns the relative distance of the outputs for (samples, inputs); rounding is none."""
        blocks = [slice(i, i + 256) for i in range(0, len(inputs), 256)]  # to save memory
        with np.errstate(all="ignore"):
            wrong = [float(np.linalg.norm(self.program(inputs[b]) - wanted[b])) for b in blocks]
            distance = math.hypot(*wrong) / float(np.linalg.norm(wanted))
        if not distance < math.inf:  # also when it is no number
            return math.inf
        return distance if distance > 1e-12 else 0.0

    @cached_property
    def verdict(self) -> Verdict:
        """Returns the judge's word on the program, and then on its lowering."""
        verdict = judge(self.program, target=self.sought)
        if not verdict.accepted:
            return verdict
        lowering = judge_lowering(self.program, self.lowered, self.sought.real)
        if not lowering.accepted:
            return lowering
        return Verdict(verdict.exact, "", f"{verdict.detail}; {lowering.detail}")

    @cached_property
    def rounding(self) -> float:
        """Returns the relative RMS rounding error of the lowered program in double precision."""
        return rounding_error(self.lowered, self.size, target=self.sought)

    @property
    def header(self) -> list[str]:
        """Returns what stands above every listing and export."""
        record = self.record
        best = f"{record} ({record.source})" if record else "none known"
        return [
            f"{self.name}: {self.sought.text}",
            f"made: {self.made}",
            f"given: {self.given}",
            f"cost: {self.cost}; best published: {best}",
        ]

    def listing(self) -> str:
        """Returns the program as text that a person reads."""
        return listing(self.program, self.header, self._only_real)

    @property
    def _only_real(self) -> bool:
        """Tells whether all constants of the program are real, and the target no DFT."""
        return not self.sought.is_dft and all(number.imag.is_zero for number in self.program.constants)

    def _python(self) -> str:
        """Returns a Python module with one function of its name, see `emit.python`."""
        if self.sought.is_dft:
            return python(self.lowered, self.name, self.header)
        what = f"the {self.sought.outputs} x {self.sought.inputs} matrix {self.sought.name}"
        if not self.sought.real:
            return python(self.lowered, self.name, self.header, f"Returns {what} times re + i im.")
        is_complex = any(not number.imag.is_zero for number in self.sought.numbers)
        text = f"Returns {what} times x{' as (re, im)' if is_complex else ''}."
        return real_python(self.lowered, self.name, self.header, text, is_complex)

    def to_json(self) -> str:
        """Returns the program with all that is said of it, in the format that runs/README.md documents."""
        target = {} if self.sought.is_dft else {"target": self.sought.as_json()}
        return self.program.to_json(made=self.made, given=self.given, **target)

    def to_real_python(self, real: str) -> str:
        """Returns a Python module with the program for real "input" or "output" as a function.

        Raises GpfftError when the judge refuses the program, or when it is for another matrix.
        """
        self._check_accepted()
        if real == "input":
            return real_input_python(self.real_input, f"r{self.name}", self._real_header(self.real_input))
        header = self._real_header(self.real_output)
        return real_output_python(self.real_output, f"r{self.name}_transposed", header)

    def _real_header(self, program: RealProgram) -> list[str]:
        first, *others = self.header
        return [first, *others[:-1], f"cost: {program.cost}"]

    @property
    def account(self) -> list[str]:
        """Returns the count and the rounding error in words, a line each."""
        fused = f"{self.lowered.count('fma')} where a multiplication is fused with an addition"
        if self.sought.is_dft and self.cost.flops < QUICK and self.verdict.exact:
            fused += f"; real input: {self.real_input.cost.flops}"
        rounding = f"rounding: relative error {self.rounding:.2e} in double precision"
        return [f"counted: {self.cost}; {fused}", rounding]

    @property
    def measured(self) -> dict[str, Any]:
        """Returns the count and the errors, for a run's verdict.json."""
        count = {"adds": self.cost.adds, "muls": self.cost.muls, "flops": self.cost.flops}
        return {**count, "error": self.error, "rounding": self.rounding}

    @classmethod
    def from_json(cls, text: str) -> Codelet:
        """Returns the codelet that `to_json` wrote. Raises GpfftError for anything else."""
        program = Program.from_json(text)
        data = json.loads(text)
        target = Target.from_json(program.size, data["target"]) if "target" in data else None
        return cls(program, *origin(text), target=target)
