"""The best published operation counts, with their sources; data in `records.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft import html, matrices


@dataclass(frozen=True)
class Published:
    """A published count of real operations for one transform.

    Attributes:
        size: number of points N.
        flops: real additions + real multiplications.
        source: where it comes from, in words.
        derived: whether it is only a formula from parts, never constructed.

    >>> from gpfft import records
    >>> print(records.published(8))
    56
    """

    size: int
    flops: int
    source: str
    derived: bool

    def __str__(self) -> str:
        return f"{self.flops}{' (derived, never constructed)' if self.derived else ''}"

    def _repr_html_(self) -> str:
        return html.facts([("points", str(self.size)), ("flops", str(self)), ("source", self.source)])


@lru_cache(maxsize=None)
def _data() -> dict[str, Any]:
    text = files("gpfft").joinpath("records.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def published(size: int, kind: str = "dft") -> Published | None:
    """Returns the best published count for a size, or None where none was found.

    kind: "dft", complex input and output; "rdft", real input and half of the DFT's outputs; or
    "rounded_rdft", real input and `matrices.rounded_dft`, an approximation without multiplications.

    >>> from gpfft import records
    >>> records.published(8).flops, records.published(8, "rdft").flops
    (56, 22)
    >>> records.published(1000) is None
    True
    """
    row = _data()[kind].get(str(size))
    return None if row is None else _published(size, row)


def _published(size: int, row: dict[str, Any]) -> Published:
    return Published(size, row["flops"], _data()["sources"][row["source"]], row["status"] == "derived")


def sizes(kind: str = "dft") -> list[int]:
    """Returns the sizes for which there is a count, in order.

    >>> from gpfft import records
    >>> records.sizes()[:4]
    [2, 3, 4, 5]
    """
    return sorted(int(size) for size in _data()[kind])


def transforms() -> dict[str, Published]:
    """Returns the best published counts for further transforms of real input, by name.

    >>> from gpfft import records
    >>> records.transforms()["Hartley 8"].flops
    24
    """
    return {name: _published(row["size"], row) for name, row in _data()["matrices"].items()}


@lru_cache(maxsize=None)
def transform_matrix(name: str) -> NDArray[np.float64]:
    """Returns the matrix of one of `transforms`, (outputs, inputs).

    >>> from gpfft import records
    >>> records.transform_matrix("Walsh-Hadamard 4").shape
    (4, 4)
    """
    row = _data()["matrices"][name]
    matrix: NDArray[np.float64] = getattr(matrices, row["matrix"])(row["size"])
    return matrix * float(np.sqrt(row.get("scale_squared", 1)))


def published_matrix(matrix: ArrayLike) -> Published | None:
    """Returns the best published count for a matrix, or None where it is none of `transforms`.

    >>> from gpfft import matrices, records
    >>> records.published_matrix(matrices.hartley(8)).flops
    24
    """
    name = transform_of(matrix)
    return None if name is None else transforms()[name]


def transform_of(matrix: ArrayLike) -> str | None:
    """Returns which of `transforms` has a matrix, or None.

    >>> from gpfft import matrices, records
    >>> records.transform_of(matrices.dct2(4))
    'DCT-II 4, unitary'
    """
    given = np.asarray(matrix)
    for name in transforms():
        known = transform_matrix(name)
        if given.shape == known.shape and np.allclose(given, known, rtol=0, atol=1e-12 * np.abs(known).max()):
            return name
    return None
