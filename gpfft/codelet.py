"""A codelet: a program together with all that can be said of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft import html, plot
from gpfft.champion import Champion, origin
from gpfft.cost import Cost
from gpfft.emit import halfcomplex
from gpfft.emit.inverse import inverse
from gpfft.emit.job import Job, Options, is_name
from gpfft.emit.languages import CODELETS, chosen
from gpfft.emit.latex import display_math
from gpfft.emit.listing import listing
from gpfft.emit.lower import RealProgram, lower
from gpfft.emit.schedule import schedule
from gpfft.errors import GpfftError, one_line
from gpfft.judge import Verdict, judge, judge_lowering, rounding_error
from gpfft.plot.own import ProgramPlots
from gpfft.plot.placed import is_quick
from gpfft.program import Program
from gpfft.records import Published, published, published_matrix
from gpfft.target import Target, dft

QUICK = 10_000  # operations below which what takes time is told unasked: the verdict, what real input costs
MOST_DRAWN, MOST_TYPESET = 64, 16  # inputs or outputs up to which Jupyter shows a flow graph, equations
TRANSPOSED = """k goes from 0 to {half}; im x[k] is not read where the sine is 0. With x[k] doubled for
0 < k < N/2 this is N times the inverse of rdft{size}."""


@dataclass(frozen=True)
class Codelet(Champion):
    """A straight-line program for one target, callable, counted, judged and exported on demand.

    Attributes:
        program: the complex program, simplified.
        made: how it came about, one line.
        given: what the search was told, one line.
        measure: what it is compared by: "flops", "muls", "fma" or "adds,muls", see `RealProgram.count`.
        target: what it should compute; None for the DFT of the program's size.

    Raises GpfftError when the program has other numbers of inputs and outputs than the target.

    >>> import gpfft
    >>> dft4 = gpfft.codelet(4)
    >>> dft4([1, 0, 0, 0])
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    >>> print(dft4.cost)
    16 additions + 0 multiplications = 16 flops
    >>> dft4.verdict.exact
    True
    >>> text = dft4.export("c")
    """

    program: Program
    made: str = "by hand"
    given: str = "everything"
    measure: str = "flops"
    target: Target | None = None

    def __post_init__(self) -> None:
        self.sought.check(self.program)

    def __reduce__(self) -> tuple[Any, ...]:
        """Returns what a copy, in this process or another, is made of."""
        target = None if self.target is None else (self.target.size, self.target.as_json())
        return _again, (self.program.to_json(), self.made, self.given, self.measure, target)

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
        return name if is_name(name) else f"matrix_{name}"

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

    @property
    def plot(self) -> ProgramPlots:
        """Returns the pictures of it: `codelet.plot.flow()`."""
        return ProgramPlots(self.program)

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
        return self._and_lowering(judge(self.program, target=self.sought))

    @cached_property
    def trial(self) -> Verdict:
        """Returns the judge's word without a proof: at random inputs modulo two primes, and lowered."""
        return self._and_lowering(judge(self.program, proof=False, target=self.sought))

    @property
    def _lowering(self) -> Verdict:
        """Returns the judge's word on the lowered program."""
        return judge_lowering(self.program, self.lowered, self.sought.real)

    def _and_lowering(self, verdict: Verdict) -> Verdict:
        """Returns the verdict on the program and on its lowering, given that on the program."""
        if not verdict.accepted:
            return verdict
        lowering = self._lowering
        if not lowering.accepted:
            return lowering
        return Verdict(verdict.exact, "", f"{verdict.detail}; {lowering.detail}")

    @cached_property
    def rounding(self) -> float:
        """Returns the relative RMS rounding error of the lowered program in double precision."""
        return rounding_error(self.lowered, self.size, target=self.sought)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Returns (what, what is said of it): its name, how it came about, its cost, the record."""
        return self._facts(self.name, self.sought.text, self.cost)

    def _facts(self, name: str, what: str, cost: Cost) -> list[tuple[str, str]]:
        record = self.record
        best = f"{record} ({record.source})" if record else "none known"
        origin = [("made", one_line(self.made)), ("given", one_line(self.given))]
        return [(name, what), *origin, ("cost", str(cost)), ("best published", best)]

    @property
    def header(self) -> list[str]:
        """Returns what stands above every listing."""
        return self._header(self.name, self.sought.text, self.cost)

    def _header(self, name: str, what: str, cost: Cost) -> list[str]:
        """Returns what stands above a listing or an export, `what` saying what is computed."""
        *lines, counted, best = (f"{key}: {text}" for key, text in self._facts(name, what, cost))
        return [*lines, f"{counted}; {best}"]

    def listing(self) -> str:
        """Returns the program as text that a person reads."""
        return listing(self.program, self.header, self._only_real)

    @property
    def is_quick(self) -> bool:
        """Tells whether the judge's word is a matter of a moment."""
        return self.cost.flops < QUICK

    def _picture(self) -> str:
        """Returns the flow graph as an inline picture, up to 64 inputs and outputs, where it is quick."""
        if max(self.program.inputs, len(self.program.outputs)) <= MOST_DRAWN:
            with suppress(GpfftError):
                return html.svg(plot.flow(self.program)[0]) if is_quick(self.program) else ""
        return ""

    def _repr_latex_(self) -> str | None:
        """Returns the equations as display math for MathJax, None above 16 inputs or outputs.

        Jupyter prefers `_repr_html_`; `IPython.display.Latex(codelet._repr_latex_())` shows them there.
        """
        if max(self.program.inputs, len(self.program.outputs)) > MOST_TYPESET:
            return None
        return display_math(self.program)

    @property
    def _only_real(self) -> bool:
        """Tells whether all constants of the program are real, and the target no DFT."""
        return not self.sought.is_dft and all(number.imag.is_zero for number in self.program.constants)

    def _writer(self, language: str, options: Options) -> Callable[[list[str]], str]:
        write = chosen(CODELETS, language, options, "a codelet").write
        if options.inverse and not self.sought.is_dft:
            raise GpfftError("only a DFT is inverted: what another matrix's inverse is, is not known here")
        return lambda more: write(self._job(options, more))

    def _job(self, options: Options, more: list[str]) -> Job:
        """Returns the program as it is asked for, `more` being further lines of the header."""
        name = options.name or self.exported_name(options)
        if options.real:
            return self._real_job(name, options, more)
        program = inverse(self.program) if options.inverse else self.program
        lowered = schedule(lower(program)) if options.inverse else self.scheduled
        if self.sought.is_dft:
            kind = "inverse DFT of x, unscaled" if options.inverse else "DFT of x"
            text, real_result = f"the {self.size}-point {kind}", False
        else:
            text = f"the {self.sought.outputs} x {self.sought.inputs} matrix {self.sought.name} times x"
            real_result = self.sought.real and all(n.imag.is_zero for n in self.sought.numbers)
        what = self.sought.text.replace("W^(j k)", "W^(-j k)") if options.inverse else self.sought.text
        header = [*self._header(name, what, lowered.cost), *more]
        real = self.sought.real
        return Job(program, lowered, name, header, text, self.to_json, options, real, real_result)

    def exported_name(self, options: Options) -> str:
        """Returns the name of what is asked for, where none is given."""
        if options.real:
            return f"r{self.name}" + ("_transposed" if options.real == "output" else "")
        return ("i" if options.inverse else "") + self.name

    def _real_job(self, name: str, options: Options, more: list[str]) -> Job:
        """Returns the program for real input or output. Raises GpfftError for a matrix that is no DFT."""
        size, half = self.size, self.size // 2
        lowered = schedule(self.real_input if options.real == "input" else self.real_output)
        first, *others = self._header(name, self.sought.text, lowered.cost)
        header = [first, *others[:-1], f"cost: {lowered.cost}", *more]
        if options.real == "input":
            text = f"X[0] .. X[{half}] of the {size}-point DFT of real x"
            return Job(self.program, lowered, name, header, text, self.to_json, options, real_argument=True)
        part = "re x[k] cos(2 pi j k / N) - im x[k] sin(2 pi j k / N)"
        return Job(
            self.program, lowered, name, header, f"the {size} sums over k of {part}, N = {size}",
            self.to_json, options, real_result=True, note=TRANSPOSED.format(half=half, size=size),
            elements=tuple((max(0, 2 * k - 1), 2 * k if 0 < 2 * k < size else -1) for k in range(half + 1)),
        )  # fmt: skip

    def to_json(self) -> str:
        """Returns the program with all that is said of it, in the format that runs/README.md documents."""
        target = {} if self.sought.is_dft else {"target": self.sought.as_json()}
        return self.program.to_json(made=self.made, given=self.given, **target)

    @property
    def account(self) -> list[str]:
        """Returns the count and the rounding error in words, a line each."""
        fused = f"{self.lowered.count('fma')} where a multiplication is fused with an addition"
        if self.sought.is_dft and self.is_quick and self.verdict.exact:
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


def _again(program: str, made: str, given: str, measure: str, target: tuple[int, Any] | None) -> Codelet:
    """Returns the codelet that `__reduce__` took apart."""
    sought = None if target is None else Target.from_json(*target)
    return Codelet(Program.from_json(program), made, given, measure, sought)
