"""A recursive program as Python loops over arrays of real numbers, written for a compiler such as numba."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gpfft.emit.loop_text import (
    leaf_outputs, leaf_statements, loop_statements, place_text, share_text
)  # fmt: skip
from gpfft.emit.loops import Call, Loop, Routine, Stream, routines, row_start, scratch, table_width
from gpfft.emit.lower import RealProgram
from gpfft.recursion import Recursion

ARRAYS = {"x": ("x", "y", "at", "step"), "X": ("X", "Y", "o", ""), "t": ("X", "Y", "t", "")}


def loops_python(recursion: Recursion, header: list[str], leaves: Mapping[int, RealProgram]) -> str:
    """Returns the functions of a module: `run`, what it calls, and how much memory it needs.

    run(n, x, y, at, step, X, Y, o, t, w) transforms the n numbers x[at + step j] + i y[at + step j], and
    writes them to X + i Y from o on. From t on, SCRATCH n elements of X and Y are overwritten. The table
    w has WIDTH numbers per n for n = 1, the next n and so on; see `loops.Routine.rows`. `leaves` are
    programs for some lengths, which are used there. Nothing is imported, and no index is checked.
    """
    found = routines(recursion)
    text = [*(f"# {line}" for line in header), ""]
    text += [f"SCRATCH, WIDTH = {scratch(found, recursion.radix)}, {table_width(found)}"]
    for size, program in sorted(leaves.items()):
        text += ["", "", *_leaf(size, program)]
    for number, routine in enumerate(found):
        for place, loop in enumerate(routine.loops):
            text += ["", "", *_loop(f"loop{number}_{place}", loop)]
    return "\n".join([*text, "", "", *_run(recursion.radix, found, sorted(leaves))]) + "\n"


def _leaf(size: int, program: RealProgram) -> Iterator[str]:
    yield f"def leaf{size}(x, y, at, step, X, Y, o):"
    yield "    p = at"
    for j in range(size):
        yield f"    a{j}, b{j} = x[p], y[p]"
        yield "    p += step"
    for target, value in leaf_statements(program):
        yield f"    {target} = {value}"
    yield "    p = o"
    for re, im in leaf_outputs(program):
        yield f"    X[p], Y[p] = {re}, {im}"
        yield "    p += ONE"


def _loop(name: str, loop: Loop) -> Iterator[str]:
    yield f"def {name}(count, {', '.join(_parameters(loop))}):"
    yield "    for j in range(count):"
    for target, value in loop_statements(loop):
        yield f"        {target} = {value}"


def _parameters(loop: Loop) -> Iterator[str]:
    for number, stream in enumerate(loop.streams):
        yield from (f"r{number}", f"i{number}")
        if stream.wraps is not None:
            yield from (f"k{number}", f"m{number}")
    for number in range(len(loop.roots)):
        yield from (f"c{number}", f"s{number}")


def _run(radix: int, found: list[Routine], sizes: list[int]) -> Iterator[str]:
    yield "def run(n, x, y, at, step, X, Y, o, t, w):"
    for size in sizes:
        yield f"    if n == {size}:"
        yield f"        leaf{size}(x, y, UNSIGNED(at), UNSIGNED(step), X, Y, UNSIGNED(o))"
        yield "        return"
    if 1 not in sizes:
        yield from ("    if n == 1:", "        X[o], Y[o] = x[at], y[at]", "        return")
    scale = f" // {radix - 1}" if radix > 2 else ""
    yield f"    z = WIDTH * ((n - 1){scale})"
    for number, routine in enumerate(found):
        yield f"    if n >= {routine.first}:"
        yield from (f"        {line}" for line in _routine(f"loop{number}", routine))
        yield "        return"


def _routine(name: str, routine: Routine) -> Iterator[str]:
    """Yields the statements of a routine."""
    if routine.clears:
        yield from ("X[o : o + n] = 0.0", "Y[o : o + n] = 0.0")
    inner = f"t + {share_text(routine.scratch, '//')}" if routine.scratch else "t"
    place = 0
    for action in routine.actions:
        if isinstance(action, Call):
            source = action.source
            x, y, origin, step = ARRAYS[source.memory]
            stride = step if source.stride == 1 else f"{source.stride} * {step}".removesuffix(" * ")
            begin = place_text(source, origin, step, "//")
            target = place_text(action.target, ARRAYS[action.target.memory][2], "", "//")
            length = share_text(Fraction(1, action.parts), "//")
            yield f"run({length}, {x}, {y}, {begin}, {stride or 1}, X, Y, {target}, {inner}, w)"
        else:
            yield from _call(f"{name}_{place}", routine, action)
            place += 1


def _call(name: str, routine: Routine, loop: Loop) -> Iterator[str]:
    """Yields the call of a loop."""
    given = [share_text(Fraction(1, loop.parts), "//")]
    for stream in loop.streams:
        given += _given(stream)
    for roots in loop.roots:
        parts = routine.rows[roots.row][1]
        start = row_start(routine, roots.row) + roots.start
        for share in (start, start + Fraction(1, parts)):
            given.append(f"w[z + {share_text(share, '//')} :]" if share else "w[z:]")
    yield f"{name}("
    yield from (f"    {', '.join(given[i : i + 4])}," for i in range(0, len(given), 4))
    yield ")"


def _given(stream: Stream) -> list[str]:
    """Returns what a stream is in a call of a loop: two arrays, and the place modulo a length."""
    re, im, origin, step = ARRAYS[stream.memory]
    if stream.wraps is not None:
        base = place_text(Stream("", stream.base), origin, step, "//")
        begin = place_text(Stream("", stream.start, offset=stream.offset), "0", "", "//")
        slices = f"[{base} :: {step}]" if step else f"[{base} :]"
        return [re + slices, im + slices, begin, share_text(stream.wraps, "//")]
    begin = place_text(stream, origin, step, "//")
    stride = step if stream.stride == 1 else f"{stream.stride} * {step}".removesuffix(" * ")
    slices = f"[{begin} :: {stride}]" if stride else f"[{begin} :]"
    return [re + slices, im + slices]
