"""The best published operation counts, with their sources; data in `records.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Published:
    """A published count of real operations for the complex DFT of one size.

    Attributes:
        size: number of points N.
        flops: real additions + real multiplications.
        source: where it comes from, in words.
        derived: whether it is only a formula from parts, never constructed.
    """

    size: int
    flops: int
    source: str
    derived: bool

    def __str__(self) -> str:
        return f"{self.flops}{' (derived, never constructed)' if self.derived else ''}"


@lru_cache(maxsize=None)
def _data() -> dict[str, Any]:
    text = files("gpfft").joinpath("records.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def published(size: int) -> Published | None:
    """Returns the best published count for a size, or None where none was found."""
    row = _data()["dft"].get(str(size))
    if row is None:
        return None
    source = _data()["sources"][row["source"]]
    return Published(size, row["flops"], source, row["status"] == "derived")


def sizes() -> list[int]:
    """Returns the sizes for which there is a count, in order."""
    return sorted(int(size) for size in _data()["dft"])
