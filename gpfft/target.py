"""The target: the linear map X = A x that is sought, its entries exact numbers of one field.

It is the DFT, or any other matrix A of up to 64 rows and columns, rows being outputs. Entries are
kept as the distinct numbers and, for each entry, its place among them: for the DFT of N points these
are W^0 .. W^(N-1) and j k mod N, which is not written down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpfft import transform
from gpfft.errors import GpfftError, short
from gpfft.field import Exact, field_of
from gpfft.matrix_file import LEAST_ENTRY, MATRIX_NAME, MOST, MOST_ENTRY
from gpfft.program import Builder, Program, constant, sparse

COARSEST = 1e-6  # the largest tolerance


@dataclass(frozen=True)
class Target:
    """A linear map to be computed.

    Attributes:
        size: N: programs for it look up the powers of W = exp(-2 pi i / N), in whose field its entries
            lie. For the DFT it is the number of points.
        numbers: the distinct entries.
        places: for each output the places of its entries in `numbers`; None for the DFT.
        real: whether inputs are real.
        tolerance: 0 where the entries are exactly what is sought; else what is sought is known to
            within so much of its largest entry only.
        name: a word for the matrix; "" for the DFT.

    Raises GpfftError for a matrix without rows or columns, with more than 64 of them, with rows of
    different lengths, of zeros alone, or with an entry that is no use in double precision.

    >>> import gpfft
    >>> target = gpfft.recognise([[1, 1], [1, -1]], "sums")
    >>> target.exact, target.real, target.outputs, target.inputs
    (True, True, 2, 2)
    >>> len(target.definition().lines)
    4
    """

    size: int
    numbers: tuple[Exact, ...]
    places: tuple[tuple[int, ...], ...] | None = None
    real: bool = False
    tolerance: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        transform.check_size(self.size)
        if any(number.field is not field_of(self.size) for number in self.numbers):
            raise GpfftError(f"the target's entries must be of the field for {self.size}")
        if self.places is None:
            return
        shape = len(self.places), len(self.places[0]) if self.places else 0
        if not all(1 <= length <= MOST for length in shape):
            raise GpfftError(f"a matrix has 1 to {MOST} rows and columns, not {shape[0]} x {shape[1]}")
        if any(len(row) != shape[1] for row in self.places):
            raise GpfftError("the rows of a matrix must have one length")
        if not all(0 <= place < len(self.numbers) for row in self.places for place in row):
            raise GpfftError("a matrix refers to a number that is not there")
        if not re.fullmatch(MATRIX_NAME, self.name):
            found = short(self.name)
            raise GpfftError(f"the name of a matrix is of letters, digits, '.', '_' and '-', not {found}")
        if not 0 <= self.tolerance <= COARSEST:
            raise GpfftError(f"a tolerance must be from 0 to {COARSEST:g}, not {short(self.tolerance)}")
        used = {self.numbers[place] for row in self.places for place in row}
        sizes = [abs(complex(number)) for number in used if not number.is_zero]
        if not sizes:
            raise GpfftError("the matrix is all zero: there is nothing to compute")
        if not LEAST_ENTRY <= min(sizes) <= max(sizes) <= MOST_ENTRY:
            raise GpfftError(f"entries of a matrix must be from {LEAST_ENTRY:g} to {MOST_ENTRY:g}, or 0")

    @property
    def is_dft(self) -> bool:
        """Tells whether this is the DFT of `size` complex points."""
        return self.places is None

    @property
    def exact(self) -> bool:
        """Tells whether the entries are exactly what is sought."""
        return self.tolerance == 0

    @property
    def inputs(self) -> int:
        """Returns the number of inputs, the columns."""
        return self.size if self.places is None else len(self.places[0])

    @property
    def outputs(self) -> int:
        """Returns the number of outputs, the rows."""
        return self.size if self.places is None else len(self.places)

    def row(self, k: int) -> Sequence[int]:
        """Returns the places of output k's entries in `numbers`."""
        if self.places is None:
            return [j * k % self.size for j in range(self.size)]
        return self.places[k]

    def entry(self, k: int, j: int) -> Exact:
        """Returns the entry of output k and input j."""
        return self.numbers[j * k % self.size if self.places is None else self.places[k][j]]

    @property
    def matrix(self) -> NDArray[np.complex128]:
        """Returns the matrix in double precision, (outputs, inputs)."""
        if self.places is None:
            return transform.matrix(self.size)
        numbers = np.array([complex(number) for number in self.numbers])
        return np.asarray(numbers[np.array(self.places)], dtype=np.complex128)

    @property
    def noun(self) -> str:
        """Returns what it is in messages."""
        return "the DFT" if self.is_dft else "the matrix"

    @property
    def text(self) -> str:
        """Returns in one line what is computed."""
        if self.is_dft:
            return f"X[k] = sum over j of x[j] W^(j k), W = exp(-2 pi i / {self.size})"
        kind = "real" if self.real else "complex"
        known = "" if self.exact else f", known to {self.tolerance:g}"
        twiddles = "" if self.real else f"; W = exp(-2 pi i / {self.size})"
        shape = f"{self.outputs} x {self.inputs}"
        return f"X = A x, A the {shape} matrix of {self.name}.npy{known}, x {kind}{twiddles}"

    def apply(self, x: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
        """Returns the outputs for `x` in any number system; `numbers` begins with `self.numbers` in it."""
        if self.is_dft:
            return transform.definition(x, numbers)
        return [_sum([numbers[place] * value for place, value in zip(self.row(k), x)])
                for k in range(self.outputs)]  # fmt: skip

    def definition(self) -> Program:
        """Returns the program that takes it literally: a product and an addition an entry."""
        build = Builder(self.size, self.inputs)
        outputs = []
        for k in range(self.outputs):
            terms = []
            for j in range(self.inputs):
                number = self.entry(k, j)
                if number is number.field.one:
                    terms.append(j)
                elif not number.is_zero:
                    terms.append(build.line("multiply", build.constant(number), j))
            outputs.append(build.total(terms or [build.constant(field_of(self.size).zero)]))
        return build.program(outputs)

    def check(self, program: Program) -> None:
        """Raises GpfftError when a program has not its inputs, outputs or twiddles."""
        mine, its = (self.inputs, self.outputs), (program.inputs, len(program.outputs))
        if mine != its:
            found = f"the program has {its[0]} inputs and {its[1]} outputs"
            raise GpfftError(f"{found}, {self.noun} {mine[0]} and {mine[1]}")
        if self.size != program.size:
            raise GpfftError(f"the program's size is {program.size}, that of {self.noun} {self.size}")

    def as_json(self) -> dict[str, Any]:
        """Returns it as a JSON object; the size is the program's that stands beside."""
        assert self.places is not None
        return {
            "name": self.name, "real": self.real, "tolerance": self.tolerance,
            "numbers": [sparse(number) for number in self.numbers],
            "rows": [list(row) for row in self.places],
        }  # fmt: skip

    @classmethod
    def from_json(cls, size: int, data: object) -> Target:
        """Returns the target that `as_json` wrote. Raises GpfftError for anything else."""
        if not isinstance(data, dict):
            raise GpfftError(f"a target must be an object, not {short(data)}")
        numbers, rows, name, real, tolerance = (
            data.get(key) for key in ("numbers", "rows", "name", "real", "tolerance")
        )
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise GpfftError('the target\'s "rows" must be lists')
        if not all(type(place) is int for row in rows for place in row):
            raise GpfftError('the target\'s "rows" must be places in its "numbers"')
        if not isinstance(numbers, list) or len(numbers) > MOST**2:
            raise GpfftError(f'the target\'s "numbers" must be a list of at most {MOST**2}')
        if not isinstance(name, str) or type(real) is not bool or not isinstance(tolerance, (int, float)):
            raise GpfftError('the target needs "name" (text), "real" (true or false) and "tolerance"')
        exact = tuple(constant(size, entry) for entry in numbers)
        if not 0 <= tolerance <= COARSEST:
            raise GpfftError(f"a tolerance must be from 0 to {COARSEST:g}, not {short(tolerance)}")
        return cls(size, exact, tuple(map(tuple, rows)), real, float(tolerance), name)


@lru_cache(maxsize=64)
def dft(size: int) -> Target:
    """Returns the DFT of `size` points, complex. Raises GpfftError for a size that is none."""
    field = field_of(transform.check_size(size))
    return Target(size, tuple(field.twiddle(k) for k in range(size)))


def _sum(terms: list[Any]) -> Any:
    first, *rest = terms
    for term in rest:
        first = first + term
    return first
