"""The program: a straight-line list of primitives over complex values, with exact constants.

It is what every encoding decodes to, and what is judged, counted, simplified, lowered, exported,
drawn, stored and called. Values are numbered: 0 .. n-1 are the inputs, n + i is line i. The
table of twiddles that lines look up holds W^0 .. W^(N-1) and then the program's own constants.
A program for the DFT has N inputs and N outputs; one for another matrix has as many as that needs.

Everything that is done to a program is done by running it, in one number system or another:
`run` takes any objects that know `+`, `-` and `*`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from primitives import BY_NAME

from gpfft import html
from gpfft.errors import GpfftError, short
from gpfft.field import Exact, field_of
from gpfft.transform import LARGEST, check_size

FORMAT, VERSION = "gpfft program", 1
MOST_LINES = 1_000_000
Line = tuple[Any, ...]  # (name of a primitive, operand, ...)


@dataclass(frozen=True)
class Program:
    """A straight-line program for one size.

    Attributes:
        size: N, 1 to 4096: the table begins with the N powers of W = exp(-2 pi i / N). For the DFT it
            is the number of points.
        lines: (name of a primitive, operand, ...); an operand is the address of an earlier value,
            or for a twiddle its place in the table.
        outputs: the addresses of X[0], X[1] ...: N of them, or where `inputs` was given any number from
            1 to 4096.
        constants: what follows the N twiddles in the table.
        inputs: number of inputs n, 1 to 4096; 0 stands for N.

    Raises GpfftError when a line or an output does not make sense, naming it.

    >>> import gpfft
    >>> lines = ("twiddle", 1), ("multiply", 2, 1), ("add", 0, 1), ("add", 0, 3)  # the first: W = -1
    >>> program = gpfft.Program(2, lines, outputs=(4, 5))
    >>> program([3, 1]).real
    array([4., 2.])
    >>> gpfft.Program.from_json(program.to_json()) == program
    True
    """

    size: int
    lines: tuple[Line, ...]
    outputs: tuple[int, ...]
    constants: tuple[Exact, ...] = ()
    inputs: int = 0

    def __post_init__(self) -> None:
        check_size(self.size)
        outputs = len(self.outputs)
        if self.inputs == 0 and outputs != self.size:
            raise GpfftError(f"{self.size} outputs are needed, not {outputs}")
        if not 1 <= outputs <= LARGEST:
            raise GpfftError(f"a program has 1 to {LARGEST} outputs, not {outputs}")
        object.__setattr__(self, "inputs", check_size(self.inputs or self.size, what="inputs"))
        if len(self.lines) > MOST_LINES:
            raise GpfftError(f"a program has at most {MOST_LINES} lines, not {len(self.lines)}")
        for number, line in enumerate(self.lines):
            self._check(number, line)
        for k, address in enumerate(self.outputs):
            if not _is_index(address, self.inputs + len(self.lines)):
                raise GpfftError(f"output {k} reads value {short(address)}, which does not exist")

    def _check(self, number: int, line: Line) -> None:
        if not line or not isinstance(line[0], str) or line[0] not in BY_NAME:
            name = line[0] if line else "nothing"
            raise GpfftError(f"line {number}: {short(name)} is no primitive, use {', '.join(BY_NAME)}")
        primitive = BY_NAME[line[0]]
        if len(line) != 1 + primitive.arity:
            found = f"takes {primitive.arity} operands, not {len(line) - 1}"
            raise GpfftError(f"line {number}: {primitive.name} {found}")
        for kind, operand in zip(primitive.operands, line[1:]):
            if kind == "index":
                if not _is_index(operand, self.size + len(self.constants)):
                    raise GpfftError(f"line {number}: no twiddle or constant {short(operand)}")
            elif not _is_index(operand, self.inputs + number):
                earlier = f"only earlier values, 0 to {self.inputs + number - 1}, can be used"
                raise GpfftError(f"line {number}: operand {short(operand)}: {earlier}")

    @cached_property
    def last_use(self) -> dict[int, int]:
        """Returns for each value that reaches an output the last line that uses it.

        Outputs are used by a line past the end. Values that are missing here are dead.
        """
        last = {address: len(self.lines) for address in self.outputs}
        for number in reversed(range(len(self.lines))):
            if self.inputs + number in last:
                for operand in self.operands(number):
                    last.setdefault(operand, number)
        return last

    def operands(self, number: int) -> list[int]:
        """Returns the addresses that line `number` reads."""
        name, *operands = self.lines[number]
        return [o for kind, o in zip(BY_NAME[name].operands, operands) if kind == "value"]

    def steps(self, inputs: Sequence[Any], table: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Yields (line number, value) for each live line, run on `inputs` in any number system.

        `table` holds the twiddles and constants in that number system. Values are forgotten after
        their last use. The step (number of lines, outputs) comes last.
        """
        values: dict[int, Any] = {a: inputs[a] for a in range(self.inputs) if a in self.last_use}
        for number, (name, *operands) in enumerate(self.lines):
            if self.inputs + number not in self.last_use:
                continue
            primitive = BY_NAME[name]
            if primitive.operands == ("index",):
                value = primitive.value(operands[0], table)
            else:
                value = primitive.value(*(values[o] for o in operands))
            values[self.inputs + number] = value
            yield number, value
            for operand in set(self.operands(number)):
                if self.last_use[operand] == number:
                    del values[operand]
        yield len(self.lines), [values[a] for a in self.outputs]

    def run(self, inputs: Sequence[Any], table: Sequence[Any]) -> list[Any]:
        """Returns the outputs for `inputs`, in any number system; see `steps`."""
        result: list[Any] = []
        for _, result in self.steps(inputs, table):
            pass
        return result

    @cached_property
    def exact_table(self) -> tuple[Exact, ...]:
        """Returns the twiddles and constants as exact numbers."""
        field = field_of(self.size)
        return (*(field.twiddle(k) for k in range(self.size)), *self.constants)

    def __call__(self, x: ArrayLike) -> NDArray[np.complex128]:
        """Returns the outputs for `x`, complex, of any leading shape, its last axis being the inputs.

        Raises GpfftError when the last axis has another length, or when `x` holds no numbers.
        """
        try:
            array = np.asarray(x, dtype=np.complex128)
        except (TypeError, ValueError, OverflowError) as error:
            raise GpfftError(f"an array of numbers is needed ({error})") from None
        if array.ndim == 0 or array.shape[-1] != self.inputs:
            raise GpfftError(f"the last axis must have length {self.inputs}, the shape is {array.shape}")
        with np.errstate(all="ignore"):  # a program that is not a transform may overflow
            outputs = self.run(
                list(np.moveaxis(array, -1, 0)), [complex(c) for c in self.exact_table]
            )
        return np.stack([np.broadcast_to(o, array.shape[:-1]) for o in outputs], axis=-1)

    def _repr_html_(self) -> str:
        counts = f"{len(self.lines)} lines, {self.inputs} inputs, {len(self.outputs)} outputs"
        rows = [("program", counts), ("size", str(self.size)), ("more", "gpfft.Codelet(program)")]
        return html.facts(rows) + html.folded("lines", self.to_json())

    def to_json(self, **header: object) -> str:
        """Returns the program in the format that `runs/README.md` documents, a line to a row."""
        rows = ",\n  ".join(json.dumps(list(line)) for line in self.lines)
        constants = [sparse(constant) for constant in self.constants]
        head = {"format": FORMAT, "version": VERSION, **header, "size": self.size}
        if self.inputs != self.size or len(self.outputs) != self.size:
            head["inputs"] = self.inputs
        parts = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        parts.append(f' "constants": {json.dumps(constants)}')
        parts.append(f' "lines": [\n  {rows}\n ]' if rows else ' "lines": []')
        parts.append(f' "outputs": {json.dumps(list(self.outputs))}')
        return "{\n" + ",\n".join(parts) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> Program:
        """Returns the program that `to_json` wrote.

        Raises GpfftError, with what is wrong, for anything else: nothing in it is executed.
        """
        data = json_object(text, "a program", FORMAT, VERSION)
        size = check_size(data.get("size"))
        constants, lines, outputs = (_list(data, key) for key in ("constants", "lines", "outputs"))
        if len(lines) > MOST_LINES:
            raise GpfftError(f"a program has at most {MOST_LINES} lines, not {len(lines)}")
        if not all(isinstance(line, list) for line in lines):
            raise GpfftError("not a program: each line must be a list")
        inputs = check_size(data["inputs"], what="inputs") if "inputs" in data else 0
        exact = tuple(constant(size, entry) for entry in constants)
        return cls(size, tuple(map(tuple, lines)), tuple(outputs), exact, inputs)


def json_object(text: str, what: str, form: str, version: int) -> dict[str, Any]:
    """Returns the JSON object in a text that says it is of that format and version.

    Raises GpfftError, with what is wrong, for anything else.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GpfftError(f"not {what}: no valid JSON ({error})") from None
    if not isinstance(data, dict) or data.get("format") != form:
        raise GpfftError(f'not {what}: "format" must be "{form}"')
    if type(data.get("version")) is not int or data["version"] != version:
        found = f"this is version {short(data.get('version'))}"
        raise GpfftError(f"{found}, and this gpfft reads version {version}")
    return data


def _list(data: dict[str, Any], key: str) -> list[Any]:
    """Returns a list in a JSON object, or raises GpfftError."""
    value = data.get(key)
    if not isinstance(value, list):
        raise GpfftError(f'not a program: "{key}" must be a list')
    return value


class Builder:
    """Writes the lines of a program, equal lines once; `inputs` as in `Program`."""

    def __init__(self, size: int, inputs: int = 0) -> None:
        self.size, self.inputs = size, inputs
        self.begin = inputs or size  # the address of the first line
        self.lines: dict[Line, int] = {}  # in order, with the address of each
        self.constants: dict[Exact, int] = {}  # with their places in the table

    def line(self, name: str, *operands: int) -> int:
        """Returns the address of a line."""
        return self.lines.setdefault((name, *operands), self.begin + len(self.lines))

    def constant(self, number: Exact) -> int:
        """Returns the address of a constant."""
        step = number.field.order // self.size
        if number.power is not None and number.power % step == 0:
            return self.line("twiddle", number.power // step)
        place = self.constants.setdefault(number, self.size + len(self.constants))
        return self.line("twiddle", place)

    def turned(self, address: int, k: int) -> int:
        """Returns the address of W^k times a value."""
        if k % self.size == 0:
            return address
        return self.line("multiply", self.line("twiddle", k % self.size), address)

    def total(self, addresses: Sequence[int]) -> int:
        """Returns the address of the sum of one or more values."""
        first, *rest = addresses
        for address in rest:
            first = self.line("add", first, address)
        return first

    def program(self, outputs: Sequence[int]) -> Program:
        """Returns the program with the lines written so far."""
        return Program(self.size, tuple(self.lines), tuple(outputs), tuple(self.constants), self.inputs)


def _is_index(value: object, bound: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < bound


def sparse(number: Exact) -> dict[str, str]:
    """Returns {exponent of zeta: rational coefficient} as text, of a polar form its exponents."""
    if number.polar is not None:
        turn, sines = number.polar
        return {"turn": str(turn), **{f"sine {b}": str(e) for b, e in sines}}
    return {str(k): str(coefficient) for k, coefficient in number.terms.items()}


def constant(size: int, entry: object) -> Exact:
    """Returns the number that `sparse` wrote, in the field for `size`, or raises GpfftError."""
    if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
        raise GpfftError("a constant must be an object of exponents and fractions, both as text")
    if "turn" in entry:
        number = _polar_constant(size, entry)
    else:
        number = _polynomial_constant(size, entry)
    if not number.is_zero and not 1e-300 < abs(complex(number)) < 1e300:
        raise GpfftError(f"constant {short(entry)} is out of the range of a double")
    return number


def _polynomial_constant(size: int, entry: dict[str, str]) -> Exact:
    for k, v in entry.items():
        if not re.fullmatch(r"[0-9]{1,9}", k) or not re.fullmatch(r"-?[0-9]{1,999}(/[0-9]{1,999})?", v):
            raise GpfftError(f"constant {short(k)}: {short(v)}: an exponent and a fraction are needed")
    try:
        return field_of(size).polynomial({int(k): Fraction(v) for k, v in entry.items()})
    except ZeroDivisionError:
        raise GpfftError(f"constant {short(entry)} divides by zero") from None


def _polar_constant(size: int, entry: dict[str, str]) -> Exact:
    for k, v in entry.items():
        if not re.fullmatch(r"turn|sine [1-9][0-9]{0,8}", k) or not re.fullmatch(r"-?[0-9]{1,9}", v):
            raise GpfftError(f"constant {short(k)}: {short(v)}: a turn, and sines with exponents are needed")
    sines = {int(k.removeprefix("sine ")): int(v) for k, v in entry.items() if k != "turn"}
    return field_of(size).scaled(int(entry["turn"]), sines)
