"""A recursive program as Python loops over arrays of real numbers, written for a compiler such as numba."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gpfft.emit.events import AT, CLEAR, CODE, LENGTH, MEMORY, SCRATCH, STEP, TO, codes
from gpfft.emit.loop_text import (
    ARRAYS, leaf_outputs, leaf_statements, loop_statements, place_text, share_text
)  # fmt: skip
from gpfft.emit.loops import Loop, Routine, Stream, routines, row_start, table_width
from gpfft.emit.lower import RealProgram
from gpfft.recursion import Recursion

LANES = 8  # codelets beside each other
COLUMNS = {"code": CODE, "n": LENGTH, "memory": MEMORY, "at": AT, "step": STEP, "o": TO, "t": SCRATCH}


def loops_python(recursion: Recursion, header: list[str], leaves: Mapping[int, RealProgram]) -> str:
    """Returns the functions of a module: `execute`, and what it calls.

    execute(events, places, numbers, X, Y, w, room) does what `events.events` lists, on the complex numbers
    whose parts are in turn in `numbers`, and writes the transform to X + i Y. Both are as long as the
    vector and its scratch memory. w is the table, see `loops.Routine.rows`, with WIDTH n numbers for each
    length n; room has 4 LANES (the longest leaf) numbers. `leaves` are codelets, 1 point among them.
    Nothing is imported, and no index is checked.
    """
    found = routines(recursion)
    text = [*(f"# {line}" for line in header), ""]
    text += [f"LANES, WIDTH = {LANES}, {table_width(found)}"]
    for size, program in sorted(leaves.items()):
        text += ["", "", *_leaf(size, program)]
    for number, routine in enumerate(found):
        for place, loop in enumerate(routine.loops):
            text += ["", "", *_loop(f"loop{number}_{place}", loop)]
    return "\n".join([*text, _copies(), *_execute(recursion.radix, found, sorted(leaves))]) + "\n"


_COPIES = """

def loop_gather_pairs(n, x, step, places, first, room):
{doubled}
    for j in range(n):
{pairs}


def loop_gather(n, x, y, step, places, first, room):
{starts}
    for j in range(n):
{parts}


def loop_scatter(n, X, Y, places, first, count, re, im):
    for i in range(count):
        p = UNSIGNED(places[1, first + i])
        for k in range(n):
            X[p], Y[p] = re[k * LANES + i], im[k * LANES + i]
            p += ONE

"""


def _copies() -> str:
    """Returns the functions that bring vectors to LANES codelets, beside each other, and back."""
    lanes = range(LANES)
    starts = "\n".join(f"    p{i} = UNSIGNED(places[0, first + {i}])" for i in lanes)

    def moved(re: str, im: str, step: str) -> str:
        places = ((f"q + UNSIGNED({2 * i})", f"q + UNSIGNED({2 * i + 1})", f"p{i}") for i in lanes)
        lines = ["        q = UNSIGNED(2 * LANES * j)"]
        for a, b, place in places:
            lines += [f"        room[{a}], room[{b}] = {re.format(place)}, {im.format(place)}"]
            lines += [f"        {place} += UNSIGNED({step})"]
        return "\n".join(lines)

    return _COPIES.format(
        starts=starts,
        doubled=starts.replace("places[", "2 * places["),
        pairs=moved("x[{}]", "x[{} + ONE]", "step"),
        parts=moved("x[{}]", "y[{}]", "step"),
    )


def _leaf(size: int, program: RealProgram) -> Iterator[str]:
    """Yields a codelet, LANES times: x has pairs, element j of transform i stands at LANES j + i."""
    yield f"def leaf{size}(x, X, Y):"
    yield "    for i in range(LANES):"
    for j in range(size):
        yield f"        a{j}, b{j} = x[2 * ({j} * LANES + i)], x[2 * ({j} * LANES + i) + 1]"
    for target, value in leaf_statements(program, repr):
        yield f"        {target} = {value}"
    for k, (re, im) in enumerate(leaf_outputs(program, repr)):
        yield f"        X[{k} * LANES + i], Y[{k} * LANES + i] = {re}, {im}"


def _loop(name: str, loop: Loop) -> Iterator[str]:
    yield f"def {name}(count, {', '.join(_parameters(loop))}):"
    yield "    for j in range(count):"
    for target, value in loop_statements(loop, repr):
        yield f"        {target} = {value}"


def _parameters(loop: Loop) -> Iterator[str]:
    for number, stream in enumerate(loop.streams):
        yield from (f"r{number}", f"i{number}")
        if stream.wraps is not None:
            yield from (f"k{number}", f"m{number}")
    for number in range(len(loop.roots)):
        yield from (f"c{number}", f"s{number}")


def _execute(radix: int, found: list[Routine], sizes: list[int]) -> Iterator[str]:
    leaves, loops = codes(found, sizes)
    yield "def execute(events, places, numbers, X, Y, w, room):"
    most = sizes[-1]
    yield f"    re, im, room = room[: {most} * LANES], room[{most} * LANES :], room[{2 * most} * LANES :]"
    yield "    for e in range(len(events)):"
    for name, column in COLUMNS.items():
        yield f"        {name} = events[e, {column}]"
    yield f"        if code == {CLEAR}:"
    yield from ("            X[o : o + n] = 0.0", "            Y[o : o + n] = 0.0")
    yield f"        elif code <= {max(leaves.values())}:"
    yield "            for first in range(at, at + o, LANES):"
    yield "                if memory:"
    yield "                    loop_gather(n, X, Y, step, places, first, room)"
    yield "                else:"
    yield "                    loop_gather_pairs(n, numbers, 2 * step, places, first, room)"
    for size, code in leaves.items():
        yield f"                if code == {code}:"
        yield f"                    leaf{size}(room, re, im)"
    yield "                loop_scatter(n, X, Y, places, first, min(LANES, at + o - first), re, im)"
    if loops:
        yield from ("        else:", "            x, y = X, Y", "            if not memory:")
        yield "                x, y, at, step = numbers, numbers[1:], 2 * at, 2 * step"
        yield f"            z = WIDTH * ((n - 1){f' // {radix - 1}' if radix > 2 else ''})"
    for (number, place), code in loops.items():
        yield f"            if code == {code}:"
        routine = found[number]
        name = f"loop{number}_{place}"
        yield from (f"                {line}" for line in _call(name, routine, routine.loops[place]))


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
