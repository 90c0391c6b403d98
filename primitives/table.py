"""One row per primitive: the only list of them.

To add one, write a file with `value` and `flops`, add a row here, and run
`pytest tests/primitives`: every law there meets the new row. The `plain` encoding evolves it
without another edit, because its compiled evaluator is made from this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from primitives import add, multiply, reference, twiddle


@dataclass(frozen=True)
class Primitive:
    """Says what one instruction means and costs.

    Attributes:
        name: the word that stands for it in files and listings.
        operands: the kind of each operand, one or two of "value" (the address of an input or of
            an earlier line), or a single "index" (a place in the table of twiddles).
        value: its result. For operands of kind "value" it takes their values; for "index" it
            takes the index and the table. It uses only `+`, `-`, `*` and indexing, so it runs on
            complex numbers, arrays, residues, exact numbers and symbols alike, and compiles.
        flops: real operations it costs, in plain arithmetic that compiles. It takes two arguments
            for each operand of kind "value": the operand as a complex number, and whether it is
            known before the input is (only then does the number mean anything). It is not asked
            when every operand is known, because such a line is computed once, beforehand.
        source: where the count comes from.
    """

    name: str
    operands: tuple[str, ...]
    value: Callable[..., Any]
    flops: Callable[..., int]
    source: str

    @property
    def arity(self) -> int:
        """Returns the number of operands."""
        return len(self.operands)


TABLE: tuple[Primitive, ...] = (
    Primitive("twiddle", ("index",), twiddle.value, twiddle.flops, twiddle.SOURCE),
    Primitive("add", ("value", "value"), add.value, add.flops, add.SOURCE),
    Primitive("multiply", ("value", "value"), multiply.value, multiply.flops, multiply.SOURCE),
    Primitive("reference", ("value",), reference.value, reference.flops, reference.SOURCE),
)

BY_NAME: dict[str, Primitive] = {primitive.name: primitive for primitive in TABLE}
