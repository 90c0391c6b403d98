"""A recursive program as C: one text, C99, that needs the standard library alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gpfft.emit.loop_text import (
    leaf_outputs, leaf_statements, loop_statements, place_text, share_text
)  # fmt: skip
from gpfft.emit.c import TYPES, comment
from gpfft.emit.job import RecursiveJob
from gpfft.emit.loops import Call, Loop, Routine, Stream, routines, row_start, scratch, table_width
from gpfft.emit.lower import RealProgram
from gpfft.recursion import Recursion

MEMORIES = {"x": ("x", "y", "step"), "X": ("X", "Y", ""), "t": ("T", "U", "")}


def recursive_c(job: RecursiveJob) -> str:
    """Returns C99 with two public functions, see `recursive_h`, and a codelet for each leaf."""
    return _text(job.program, job.name, job.header, job.leaves, job.options.precision)


def recursive_h(job: RecursiveJob) -> str:
    """Returns the header of that.

    int name(size_t n, const double *re, const double *im, double *Re, double *Im) writes the transform of
    re + i im; name_interleaved(n, x, X) has real and imaginary parts in turn. They return 0, or 1 where n
    is not of the family or memory is lacking; input and output are apart. Twiddles are computed in each
    call.
    """
    number, guard, name = TYPES[job.options.precision], f"GPFFT_{job.name.upper()}_H", job.name
    split = f"const {number} *re, const {number} *im, {number} *Re, {number} *Im"
    family = f"1, {job.program.radix}, {job.program.radix ** 2} .."
    blocks = [
        comment(job.header),
        f"#ifndef {guard}\n#define {guard}",
        "#include <stddef.h>",
        '#ifdef __cplusplus\nextern "C" {\n#endif',
        f"/* Writes the transform of re + i im for n = {family}; input and output must not overlap.\n"
        "   Returns 0 when done, 1 for another n or where memory is lacking. */",
        f"int {name}(size_t n, {split});",
        "/* The same for complex numbers: a real and an imaginary part in turn. */",
        f"int {name}_interleaved(size_t n, const {number} *x, {number} *X);",
        "#ifdef __cplusplus\n}\n#endif",
        "#endif",
    ]
    return "\n\n".join(blocks) + "\n"


def _text(
    recursion: Recursion, name: str, header: list[str], leaves: Mapping[int, RealProgram], precision: str
) -> str:
    found = routines(recursion)
    hint = "Compile with -O3 -march=native -ffp-contract=fast for speed; link with -lm."
    lines = [comment([*header, hint]), ""]
    lines += ["#include <math.h>", "#include <stddef.h>", "#include <stdlib.h>", ""]
    lines += [f"typedef {TYPES[precision]} real;"]
    for size, program in sorted(leaves.items()):
        lines += ["", *_leaf(size, program)]
    for number, routine in enumerate(found):
        for place, loop in enumerate(routine.loops):
            lines += ["", *_loop(f"loop{number}_{place}", loop)]
    lines += ["", *_run(recursion.radix, found, sorted(leaves))]
    lines += ["", *_roots(recursion.radix, found)]
    public = _PUBLIC.format(
        name=name, radix=recursion.radix, less=recursion.radix - 1,
        width=table_width(found), scratch=1 + scratch(found, recursion.radix),
    )  # fmt: skip
    return "\n".join([*lines, public]) + "\n"


def _leaf(size: int, program: RealProgram) -> Iterator[str]:
    """Yields the codelet of a length: from x, y at steps of `step` to X, Y."""
    given = "const real *x, const real *y, ptrdiff_t step, real *restrict X, real *restrict Y"
    yield f"static void leaf{size}({given})"
    yield "{"
    for j in range(size):
        yield f"    const real a{j} = x[{j} * step], b{j} = y[{j} * step];"
    for target, value in leaf_statements(program):
        yield f"    const real {target} = {_cast(value)};"
    for place, (re, im) in enumerate(leaf_outputs(program)):
        yield f"    X[{place}] = {re};"
        yield f"    Y[{place}] = {im};"
    yield "}"


def _cast(value: str) -> str:
    """Returns the expression with its constants, if any, of the type of all else."""
    left, sign, right = value.split(" ")
    return f"{_number(left)} {sign} {_number(right)}"


def _number(text: str) -> str:
    return f"(real){text}" if text[0].isdigit() else text


def _loop(name: str, loop: Loop) -> Iterator[str]:
    written = {stream for stream, _ in loop.writes}
    given = ["ptrdiff_t count"]
    for number, stream in enumerate(loop.streams):
        kind = "real *restrict" if stream in written else "const real *restrict"
        given += [f"{kind} r{number}", f"{kind} i{number}"]
        given += [] if _unit(stream) else [f"ptrdiff_t d{number}"]
        given += [f"ptrdiff_t k{number}", f"ptrdiff_t m{number}"] if stream.wraps is not None else []
    for number in range(len(loop.roots)):
        given += [f"const real *restrict c{number}", f"const real *restrict s{number}"]
    yield f"static void {name}("
    yield ",\n".join(f"    {', '.join(given[i : i + 3])}" for i in range(0, len(given), 3)) + ")"
    yield "{"
    yield "    for (ptrdiff_t j = 0; j < count; j++) {"
    for target, value in loop_statements(loop):
        yield f"        {_declared(target, loop)} = {_indexed(value, loop)};"
    yield "    }"
    yield "}"


def _declared(target: str, loop: Loop) -> str:
    return _indexed(target, loop) if "[" in target else f"const real {target}"


def _indexed(text: str, loop: Loop) -> str:
    """Returns the text with the strides of streams in their indices."""
    for number, stream in enumerate(loop.streams):
        for array in "ri":
            if f"{array}{number}[" in text:
                head, _, tail = text.partition(f"{array}{number}[")
                index, _, rest = tail.partition("]")
                if stream.wraps is not None:
                    inner = f"((({index}) + m{number}) % m{number})"
                    text = f"{head}{array}{number}[{inner} * d{number}]{rest}"
                elif _unit(stream):
                    text = f"{head}{array}{number}[{index}]{rest}"
                else:
                    text = f"{head}{array}{number}[{index} * d{number}]{rest}"
    return text


def _unit(stream: Stream) -> bool:
    """Tells whether consecutive elements are beside each other."""
    return stream.memory != "x" and stream.stride == 1 and stream.wraps is None


def _run(radix: int, found: list[Routine], sizes: list[int]) -> Iterator[str]:
    yield "static void run_("
    yield "    ptrdiff_t n, const real *x, const real *y, ptrdiff_t step, real *X, real *Y, real *T, real *U,"
    yield "    const real *w)"
    yield "{"
    for size in sizes:
        yield f"    if (n == {size}) {{"
        yield f"        leaf{size}(x, y, step, X, Y);"
        yield from ("        return;", "    }")
    if 1 not in sizes:
        yield from ("    if (n == 1) {", "        *X = *x;", "        *Y = *y;", "        return;", "    }")
    width = table_width(found)
    yield f"    const real *const z = w + {width} * ((n - 1) / {radix - 1});"
    yield "    (void)z;"
    yield from ("    (void)T;", "    (void)U;")
    for number, routine in enumerate(found):
        yield f"    if (n >= {routine.first}) {{"
        yield from (f"        {line}" for line in _routine(f"loop{number}", routine))
        yield from ("        return;", "    }")
    yield "}"


def _routine(name: str, routine: Routine) -> Iterator[str]:
    """Yields the statements of a routine."""
    if routine.clears:
        yield "for (ptrdiff_t j = 0; j < n; j++)"
        yield "    X[j] = Y[j] = 0;"
    own = f" + {share_text(routine.scratch, '/')}" if routine.scratch else ""
    place = 0
    for action in routine.actions:
        if isinstance(action, Call):
            x, y, step = MEMORIES[action.source.memory]
            X, Y, _ = MEMORIES[action.target.memory]
            given = [share_text(Fraction(1, action.parts), "/")]
            given += [place_text(action.source, x, step, "/"), place_text(action.source, y, step, "/")]
            given += [_stride(action.source)]
            given += [place_text(action.target, X, "", "/"), place_text(action.target, Y, "", "/")]
            yield f"run_({', '.join(given)}, T{own}, U{own}, w);"
        else:
            yield from _call(f"{name}_{place}", routine, action)
            place += 1


def _stride(stream: Stream) -> str:
    step = MEMORIES[stream.memory][2]
    return f"{stream.stride} * {step}" if step and stream.stride != 1 else step or str(stream.stride)


def _call(name: str, routine: Routine, loop: Loop) -> Iterator[str]:
    given = [share_text(Fraction(1, loop.parts), "/")]
    for stream in loop.streams:
        re, im, step = MEMORIES[stream.memory]
        if stream.wraps is None:
            given += [place_text(stream, array, step, "/") for array in (re, im)]
            given += [] if _unit(stream) else [_stride(stream)]
        else:
            given += [place_text(Stream("", stream.base), array, step, "/") for array in (re, im)]
            begin = place_text(Stream("", stream.start, offset=stream.offset), "0", "", "/")
            given += [step or "1", begin, share_text(stream.wraps, "/")]
    for roots in loop.roots:
        parts = routine.rows[roots.row][1]
        start = row_start(routine, roots.row) + roots.start
        for share in (start, start + Fraction(1, parts)):
            given.append(f"z + {share_text(share, '/')}" if share else "z")
    yield f"{name}("
    yield ",\n".join(f"            {', '.join(given[i : i + 4])}" for i in range(0, len(given), 4)) + ");"


def _roots(radix: int, found: list[Routine]) -> Iterator[str]:
    """Yields the function that writes the table for one length."""
    yield _ROW
    yield ""
    yield "static void fill_(ptrdiff_t n, real *z)"
    yield "{"
    yield "    (void)z;"
    for number, routine in enumerate(found):
        yield f"    {'else ' if number else ''}if (n >= {routine.first}) {{"
        for row, (factor, parts) in enumerate(routine.rows):
            start, count = row_start(routine, row), share_text(Fraction(1, parts), "/")
            place = f"z + {share_text(start, '/')}" if start else "z"
            turn = f"{factor.turn.numerator}, {factor.turn.denominator}"
            yield f"        row_(n, {count}, {factor.k}, {factor.shift}, {turn}, {place});"
        yield "    }"
    yield "}"


_ROW = """/* The real, then the imaginary parts of exp(-2 pi i ((k j + shift) / n + p / q)), j < count. */
static void row_(
    ptrdiff_t n, ptrdiff_t count, long long k, long long shift, long long p, long long q, real *z)
{
    const long long whole = 8 * q * (long long)n;
    for (ptrdiff_t j = 0; j < count; j++) {
        const long long place = (k * (long long)j + shift) % (long long)n;
        long long turn = (8 * q * place + 8 * p * (long long)n) % whole;
        turn = turn < 0 ? turn + whole : turn;
        const long long quarter = (turn + whole / 8) / (whole / 4);
        const double part = (double)(turn - quarter * (whole / 4)) / (double)whole;
        const double angle = 6.283185307179586476925286766559 * part;
        const double c = cos(angle), s = sin(angle);
        z[j] = (real)(quarter % 4 == 0 ? c : quarter % 4 == 1 ? -s : quarter % 4 == 2 ? -c : s);
        z[j + count] = (real)(quarter % 4 == 0 ? -s : quarter % 4 == 1 ? -c : quarter % 4 == 2 ? s : c);
    }
}"""

_PUBLIC = """
static int transform_(
    ptrdiff_t n, const real *re, const real *im, ptrdiff_t step, real *X, real *Y, real *T, real *U)
{{
    real *const w = malloc((size_t)({width} * (({radix} * n - 1) / {less}) + 1) * sizeof(real));
    if (!w)
        return 1;
    for (ptrdiff_t m = {radix}; m <= n; m *= {radix})
        fill_(m, w + {width} * ((m - 1) / {less}));
    run_(n, re, im, step, X, Y, T, U, w);
    free(w);
    return 0;
}}

static int is_of_the_family_(size_t n)
{{
    if (n == 0 || n > ((size_t)1 << 40))
        return 0;
    while (n % {radix} == 0)
        n /= {radix};
    return n == 1;
}}

int {name}(size_t n, const real *re, const real *im, real *Re, real *Im);
int {name}_interleaved(size_t n, const real *x, real *X);

int {name}(size_t n, const real *re, const real *im, real *Re, real *Im)
{{
    if (!is_of_the_family_(n))
        return 1;
    real *const t = malloc(2 * {scratch} * n * sizeof(real));
    if (!t)
        return 1;
    const int failed = transform_((ptrdiff_t)n, re, im, 1, Re, Im, t, t + {scratch} * n);
    free(t);
    return failed;
}}

int {name}_interleaved(size_t n, const real *x, real *X)
{{
    if (!is_of_the_family_(n))
        return 1;
    real *const t = malloc(2 * {scratch} * n * sizeof(real));
    if (!t)
        return 1;
    real *const u = t + {scratch} * n;
    const int failed = transform_((ptrdiff_t)n, x, x + 1, 2, t, u, t + n, u + n);
    for (size_t j = 0; j < n && !failed; j++) {{
        X[2 * j] = t[j];
        X[2 * j + 1] = u[j];
    }}
    free(t);
    return failed;
}}"""
