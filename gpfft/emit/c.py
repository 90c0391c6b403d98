"""A program as C99, for split and interleaved arrays, with strides, and for batches.

There is one function with the real operations, inlined in those that people call: arrays differ in where
their parts begin and in their strides alone. It is what the compiler vectorises in the loops over batches.
A single transform of complex numbers has no such loop: its operations are written a second time, on
whole complex numbers, which GCC and Clang keep in one register.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gpfft.emit.job import Job
from gpfft.emit.pairs import Pairs, Term, pairs
from gpfft.emit.schedule import alive

TYPES = {"double": "double", "single": "float"}  # by precision
BLOCK = 16  # transforms that are gathered in a buffer: where arrays of many rows are far apart in memory
BUFFERED = range(17, 257)  # inputs and outputs for which that pays, and 128 kB of stack; measured
WIDEST = 512  # points up to which single transforms are written on whole complex numbers, too

MACROS = """#if defined(__GNUC__)
#define GPFFT_INLINE static inline __attribute__((always_inline))
#define GPFFT_ALIGNED __attribute__((aligned(64)))
#else
#define GPFFT_INLINE static inline
#define GPFFT_ALIGNED
#endif
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that stays as it is */
#define GPFFT_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define GPFFT_INDEPENDENT _Pragma("GCC ivdep")
#else
#define GPFFT_INDEPENDENT
#endif"""


def c(job: Job) -> str:
    """Returns a C99 file without dependencies; with `batch` there are functions for many transforms, too."""
    source = _Source(job)
    note = f"temporaries: at most {alive(job.lowered)} values alive at once"
    blocks = ["#include <stddef.h>", MACROS, source.operations()]
    if source.pairs:
        blocks.append(source.on_pairs(source.pairs))
    functions = [function.text() for function in source.functions()]
    return "\n\n".join([comment([*job.header, note]), *blocks, *functions]) + "\n"


def h(job: Job) -> str:
    """Returns the header file of what `c` writes, for C and C++."""
    source = _Source(job)
    guard = f"GPFFT_{job.name.upper()}_H"
    blocks = [
        comment(job.header),
        f"#ifndef {guard}\n#define {guard}",
        "#include <stddef.h>",
        '#ifdef __cplusplus\nextern "C" {\n#define restrict\n#endif',
        *(f"{function.comment()}\n{function.signature()};" for function in source.functions()),
        "#ifdef __cplusplus\n#undef restrict\n}\n#endif",
        "#endif",
    ]
    return "\n\n".join(blocks) + "\n"


def arguments(job: Job) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the names of the arrays that a function takes, and of those that it fills."""
    return ("x",) if job.real_argument else ("re", "im"), ("X",) if job.real_result else ("Re", "Im")


@dataclass(frozen=True)
class _Function:
    """A public function: its name, its parameters, what is said of it, and its statements."""

    name: str
    parameters: str
    doc: tuple[str, ...]
    body: tuple[str, ...]

    def comment(self) -> str:
        """Returns the comment that stands above it."""
        return comment(self.doc)

    def signature(self) -> str:
        """Returns what stands before its body."""
        return f"void {self.name}({self.parameters})"

    def text(self) -> str:
        """Returns the whole."""
        return "\n".join([self.comment(), self.signature(), "{", *(f"    {line}" for line in self.body), "}"])


class _Source:
    """What a file is made of.

    Attributes:
        taken: the names of the input arrays, `given` those of the output arrays.
        places: (array, index) of each input of the real program.
        rows: how many elements an input array has, and an output array.
        number: the type of all numbers.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.name = job, job.name
        self.taken, self.given = arguments(job)
        self.places = [("", 0)] * job.lowered.inputs
        for j, element in enumerate(job.elements):
            for array, place in zip(self.taken, element):
                if place >= 0:
                    self.places[place] = array, j
        self.rows = len(job.elements), len(job.lowered.outputs)
        self.number = TYPES[job.options.precision]
        self.suffix = "f" if self.number == "float" else ""

    @cached_property
    def is_complex(self) -> bool:
        """Tells whether input and output are complex: then there are functions for interleaved arrays."""
        return len(self.taken) == len(self.given) == 2

    @cached_property
    def pairs(self) -> Pairs | None:
        """Returns the operations on whole complex numbers, or None where that is no gain or not possible."""
        if not self.is_complex or self.job.options.real or max(self.rows) > WIDEST:
            return None
        try:
            return pairs(self.job.program)
        except ValueError:
            return None

    @property
    def arrays(self) -> str:
        """Returns the parameters that are arrays."""
        taken = [f"const {self.number} *restrict {array}" for array in self.taken]
        return ", ".join(taken + [f"{self.number} *restrict {array}" for array in self.given])

    def operations(self) -> str:
        """Returns the static function with the real operations.

        Element j of an input array stands at is * j, k of an output array at os * k. An input is read where
        it is first needed, and an output written as soon as it is known.
        """
        lines = [f"GPFFT_INLINE void {self.name}_({self.arrays}, ptrdiff_t is, ptrdiff_t os)", "{"]
        return "\n".join([*lines, *(f"    {line}" for line in self._statements()), "}"])

    def _statements(self) -> Iterator[str]:
        program = self.job.lowered
        begin = program.inputs + len(program.constants)
        for i, constant in enumerate(self.job.constants):
            yield f"const {self.number} c{i} = {constant!r}{self.suffix};"
        names = [f"{array}{j}" for array, j in self.places]
        names += [f"c{i}" for i in range(len(program.constants))]
        names += [f"t{i}" for i in range(len(program.operations))]
        waiting: dict[int, list[str]] = {}  # by address what is to be written when it is known; -1 is zero
        for k, pair in enumerate(program.outputs):
            for array, (sign, address) in zip(self.given, pair):
                value = f"{'-' if sign < 0 else ''}{names[address]}" if sign else f"0.0{self.suffix}"
                store = f"{array}[os * {k}] = {value};"
                waiting.setdefault(address if sign else -1, []).append(store)
        read = set[int]()

        def loaded(*addresses: int) -> Iterator[str]:
            for address in addresses:
                if 0 <= address < program.inputs and address not in read:
                    read.add(address)
                    array, j = self.places[address]
                    yield f"const {self.number} {names[address]} = {array}[is * {j}];"

        for i, (operator, a, b) in enumerate(program.operations):
            yield from loaded(a, b)
            yield f"const {self.number} t{i} = {names[a]} {operator} {names[b]};"
            yield from waiting.pop(begin + i, [])
        for address, stores in waiting.items():
            yield from loaded(address)
            yield from stores
        used = {self.places[address][0] for address in read}
        yield from (f"(void){array};" for array in self.taken if array not in used)
        if not read:
            yield "(void)is;"

    def on_pairs(self, found: Pairs) -> str:
        """Returns the static function with the complex operations, for compilers that know vectors."""
        width, whole = (16, "long long") if self.number == "double" else (8, "int")
        name, number = self.name, self.number
        lines = [
            "#if defined(__GNUC__)",
            f"typedef {number} {name}_pair __attribute__((vector_size({width})));",
            f"typedef {number} {name}_place "
            f"__attribute__((vector_size({width}), aligned({width // 2}), may_alias));",
            f"typedef {whole} {name}_order __attribute__((vector_size({width})));",
            "#if defined(__clang__)",
            "#define GPFFT_SWAPPED(v) __builtin_shufflevector(v, v, 1, 0)",
            "#else",
            f"#define GPFFT_SWAPPED(v) __builtin_shuffle(v, ({name}_order){{1, 0}})",
            "#endif",
            f"GPFFT_INLINE void {name}_pairs(const {number} *restrict x, {number} *restrict X, "
            "ptrdiff_t is, ptrdiff_t os)",
            "{",
            *(f"    {line}" for line in self._paired(found)),
            "}",
            "#endif",
        ]
        return "\n".join(lines)

    def _paired(self, found: Pairs) -> Iterator[str]:
        pair, place = f"{self.name}_pair", f"{self.name}_place"
        waiting: dict[int, list[tuple[int, tuple[Term, ...]]]] = {}
        for k, terms in enumerate(found.outputs):
            waiting.setdefault(terms[0].value if terms else -1, []).append((k, terms))
        read = set[int]()

        def loaded(*values: int) -> Iterator[str]:
            for value in values:
                if 0 <= value < found.inputs and value not in read:
                    read.add(value)
                    yield f"const {pair} x{value} = *(const {place} *)(x + 2 * is * {value});"

        def stored(value: int) -> Iterator[str]:
            for k, terms in waiting.pop(value, []):
                yield f"*({place} *)(X + 2 * os * {k}) = {self._sum(found, terms)};"

        for i, terms in enumerate(found.sums):
            yield from loaded(*(term.value for term in terms))
            yield f"const {pair} t{i} = {self._sum(found, terms)};"
            yield from stored(found.inputs + i)
        for value in list(waiting):
            yield from loaded(value)
            yield from stored(value)
        if not read:
            yield "(void)x, (void)is;"

    def _sum(self, found: Pairs, terms: Sequence[Term]) -> str:
        """Returns a sum of terms as an expression."""
        pair = f"({self.name}_pair)"
        positive, negative = list[str](), list[str]()
        for value, swapped, factor in terms:
            text = f"x{value}" if value < found.inputs else f"t{value - found.inputs}"
            if swapped:
                factors = f"{{{-factor!r}{self.suffix}, {factor!r}{self.suffix}}}"
                positive.append(f"GPFFT_SWAPPED({text}) * {pair}{factors}")
            elif abs(factor) == 1:
                (positive if factor > 0 else negative).append(text)
            else:
                positive.append(f"{text} * {pair}{{{factor!r}{self.suffix}, {factor!r}{self.suffix}}}")
        text = " + ".join(positive) + "".join(f" - {text}" for text in negative)
        return text.strip() if text else f"{pair}{{0.0{self.suffix}, 0.0{self.suffix}}}"

    def functions(self) -> Iterator[_Function]:
        """Yields the functions that people call."""
        job, name, strides, number = self.job, self.name, "ptrdiff_t is, ptrdiff_t os", self.number
        taken, given = ", ".join(self.taken), ", ".join(self.given)
        note = " ".join(job.note.split())
        where = f"Element j of {taken} stands at [is * j], k of {given} at [os * k]; they must not overlap."
        doc = f"Computes {job.text}."
        call = f"{name}_({taken}, {given}, is, os);"
        yield _Function(
            name, f"{self.arrays}, {strides}", (doc, *([note] if note else []), where), (call,)
        )
        if job.options.batch:
            where = f"Of transform b element j of {taken} is at [is * j + b], k of {given} at [os * k + b]."
            loop = tuple(self._batch(self.taken, self.given, "b"))
            doc = f"Does what {name} does, for `count` transforms."
            yield _Function(f"{name}_batch", f"{self.arrays}, {strides}, ptrdiff_t count", (doc, where), loop)
        if not self.is_complex:
            return
        arrays = f"const {number} *restrict x, {number} *restrict X"
        where = "The parts of element j stand at x[2 * is * j] and behind it, of k at X[2 * os * k]."
        doc = f"Does what {name} does, for complex numbers: a real and an imaginary part in turn."
        call = f"{name}_(x, x + 1, X, X + 1, 2 * is, 2 * os);"
        either: tuple[str, ...] = (call,)
        if self.pairs:
            either = ("#if defined(__GNUC__)", f"{name}_pairs(x, X, is, os);", "#else", call, "#endif")
        yield _Function(f"{name}_interleaved", f"{arrays}, {strides}", (doc, where), either)
        if job.options.batch:
            where = "Those of transform b stand at x[2 * (is * j + b)] and X[2 * (os * k + b)] and behind it."
            loop = tuple(self._batch(("x", "x + 1"), ("X", "X + 1"), "2 * b"))
            doc = f"Does what {name}_interleaved does, for `count` transforms."
            parameters = f"{arrays}, {strides}, ptrdiff_t count"
            yield _Function(f"{name}_interleaved_batch", parameters, (doc, where), loop)

    def _batch(self, taken: Sequence[str], given: Sequence[str], place: str) -> Iterator[str]:
        """Yields the statements that do `count` transforms.

        Args:
            taken: where the first element of each input array stands; `given` likewise.
            place: how much further the elements of transform b stand.
        """
        step, (inputs, outputs) = place.removesuffix("b"), self.rows
        begin = "ptrdiff_t b = 0"
        if max(self.rows) in BUFFERED:
            yield f"enum {{ BLOCK = {BLOCK} }};"
            yield f"GPFFT_ALIGNED {self.number} in[{len(taken)}][{inputs}][BLOCK];"
            yield f"GPFFT_ALIGNED {self.number} out[{len(given)}][{outputs}][BLOCK];"
            yield f"{begin};"
            yield "for (; b + BLOCK <= count; b += BLOCK) {"
            yield f"    for (int j = 0; j < {inputs}; ++j)"
            yield "        for (int i = 0; i < BLOCK; ++i) {"
            for i, array in enumerate(taken):
                yield f"            in[{i}][j][i] = ({array})[{step}(is * j + b + i)];"
            yield "        }"
            yield "    GPFFT_INDEPENDENT"
            yield "    for (int i = 0; i < BLOCK; ++i)"
            buffers = [f"&in[{i}][0][i]" for i in range(len(taken))]
            buffers += [f"&out[{i}][0][i]" for i in range(len(given))]
            yield f"        {self.name}_({', '.join(buffers)}, BLOCK, BLOCK);"
            yield f"    for (int k = 0; k < {outputs}; ++k)"
            yield "        for (int i = 0; i < BLOCK; ++i) {"
            for i, array in enumerate(given):
                yield f"            ({array})[{step}(os * k + b + i)] = out[{i}][k][i];"
            yield "        }"
            yield "}"
            begin = ""
        arrays = ", ".join(f"{array} + {place}" for array in (*taken, *given))
        yield "GPFFT_INDEPENDENT"
        yield f"for ({begin}; b < count; ++b)"
        yield f"    {self.name}_({arrays}, {step}is, {step}os);"


def comment(lines: Sequence[str]) -> str:
    """Returns a comment, that nothing in the lines can end."""
    return "/* " + "\n   ".join(line.replace("*/", "* /").replace("/*", "/ *") for line in lines) + " */"
