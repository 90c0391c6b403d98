"""A recursive program as C: one text, C99, that needs the standard library alone.

As in the libraries that people know there are plans: `create` lists what is done for one length (see
`gpfft.emit.events`), with the codelets that it measured to be the fastest, and computes the twiddles;
`execute` goes through that list.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from gpfft.emit.c import MACROS, TYPES, comment
from gpfft.emit.events import CLEAR, codes, is_direct
from gpfft.emit.job import RecursiveJob
from gpfft.emit.loop_text import (
    ARRAYS, leaf_outputs, leaf_statements, loop_statements, place_text, share_text
)  # fmt: skip
from gpfft.emit.loops import Call, Loop, Routine, Stream, routines, row_start, scratch, table_width
from gpfft.emit.lower import IDENTITY, RealProgram

LANES = {"double": 8, "single": 16}  # codelets beside each other: 64 bytes
CHOICES = 3  # of the longest codelets, among which it is measured


def recursive_c(job: RecursiveJob) -> str:
    """Returns C99 with the public functions of `recursive_h`, and a codelet for each leaf."""
    found, radix = routines(job.program), job.program.radix
    leaves = {1: IDENTITY, **job.leaves}
    hint = "Compile with -O3 -march=native -ffp-contract=fast for speed; link with -lm."
    lines = [comment([*job.header, hint]), ""]
    lines += [f"#include <{name}.h>" for name in ("math", "stddef", "stdlib", "string", "time")]
    lines += ["", _functions(job), "", *_types(job, max(leaves))]
    for size, program in sorted(leaves.items()):
        lines += ["", *_leaf(size, program)]
    for number, routine in enumerate(found):
        for place, loop in enumerate(routine.loops):
            lines += ["", *_loop(f"loop{number}_{place}", loop)]
    lines += ["", *_run(radix, found, sorted(leaves))]
    lines += ["", _LISTS, _DIRECT if is_direct(found) else _IN_TURN, *_walk(found, sorted(leaves))]
    lines += ["", *_fill(found)]
    tried = ", ".join(map(str, sorted(leaves)[-CHOICES:]))
    public = _PUBLIC.replace("NAME", job.name).replace("RADIX", str(radix)).replace("LESS", str(radix - 1))
    public = public.replace("WIDTH", str(table_width(found))).replace("TRIED", tried)
    return "\n".join([*lines, public.replace("OWN", str(scratch(found, radix)))]) + "\n"


def recursive_h(job: RecursiveJob) -> str:
    """Returns the header of that.

    NAME_create(n) returns a plan, or NULL; NAME_execute(plan, re, im, Re, Im) writes the transform of
    re + i im, NAME_execute_interleaved(plan, x, X) has real and imaginary parts in turn.
    """
    guard = f"GPFFT_{job.name.upper()}_H"
    blocks = [
        comment(job.header),
        f"#ifndef {guard}\n#define {guard}",
        "#include <stddef.h>",
        '#ifdef __cplusplus\nextern "C" {\n#endif',
        _functions(job),
        "#ifdef __cplusplus\n}\n#endif",
        "#endif",
    ]
    return "\n\n".join(blocks) + "\n"


def _functions(job: RecursiveJob) -> str:
    """Returns the declarations of the public functions."""
    radix, number = job.program.radix, TYPES[job.options.precision]
    family = f"1, {radix}, {radix ** 2} .."
    return _DECLARED.replace("NAME", job.name).replace("FAMILY", family).replace("NUMBER", number)


_DECLARED = """typedef struct NAME_plan NAME_plan;

/* Returns what is needed for transforms of n = FAMILY numbers, the fastest of some ways by measurement.
   NULL for another n, or where memory is lacking. */
NAME_plan *NAME_create(size_t n);

/* Writes the transform of re + i im to Re + i Im, which must not overlap; returns 0, or 1 where memory is
   lacking. Threads may use one plan at the same time. */
int NAME_execute(
    const NAME_plan *plan, const NUMBER *re, const NUMBER *im, NUMBER *Re, NUMBER *Im);

/* The same for complex numbers: a real and an imaginary part in turn. */
int NAME_execute_interleaved(const NAME_plan *plan, const NUMBER *x, NUMBER *X);

void NAME_destroy(NAME_plan *plan);"""


def _types(job: RecursiveJob, largest: int) -> Iterator[str]:
    precision = job.options.precision
    yield f"typedef {TYPES[precision]} real;"
    yield f"enum {{ LANES = {LANES[precision]}, LARGEST = {largest} }};"
    yield _TYPES.replace("NAME", job.name).replace("MACROS", MACROS)


_TYPES = """
/* What is done: for which length, whether x is the input or in the work memory, where it begins there, and
   its step; where the output and the scratch memory begin. Of codelets: the first of their places, and
   how many there are. */
typedef struct {
    ptrdiff_t code, n, inside, at, step, to, t;
} event_;

/* Events that grow. */
typedef struct {
    event_ *events;
    ptrdiff_t count, room;
} list_;

struct NAME_plan {
    ptrdiff_t n, largest, places, room;
    list_ first, then; /* codelets, and what follows */
    ptrdiff_t *at, *to; /* of codelets, LANES beside each other */
    real *table;
    int failed;
};
typedef struct NAME_plan plan_;

MACROS

/* Brings the inputs of codelets beside each other: element j of codelet i, its two parts, to [j][i]. */
GPFFT_INLINE void gather_(
    ptrdiff_t n, const real *x, const real *y, ptrdiff_t spread, ptrdiff_t step, const ptrdiff_t *at,
    real in[][LANES][2])
{
    for (ptrdiff_t j = 0; j < n; j++)
        for (int i = 0; i < LANES; i++) {
            const ptrdiff_t place = spread * (at[i] + step * j);
            if (spread == 2)
                memcpy(in[j][i], x + place, 2 * sizeof(real));
            else {
                in[j][i][0] = x[place];
                in[j][i][1] = y[place];
            }
        }
}

/* Brings their outputs to their places. */
GPFFT_INLINE void scatter_(
    ptrdiff_t n, real (*re)[LANES], real (*im)[LANES], const ptrdiff_t *to, ptrdiff_t count, real *X, real *Y)
{
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t k = 0; k < n; k++) {
            X[to[i] + k] = re[k][i];
            Y[to[i] + k] = im[k][i];
        }
}"""


def _number(value: float) -> str:
    return f"(real){value!r}"


def _leaf(size: int, program: RealProgram) -> Iterator[str]:
    """Yields the codelets of a length: as one, and as many as an event has."""
    given = "const real (*restrict x)[LANES][2], real (*restrict X)[LANES], real (*restrict Y)[LANES], int i"
    yield f"GPFFT_INLINE void leaf{size}_({given})"
    yield "{"
    for j in range(size):
        yield f"    const real a{j} = x[{j}][i][0], b{j} = x[{j}][i][1];"
    for target, value in leaf_statements(program, _number):
        yield f"    const real {target} = {value};"
    for place, (re, im) in enumerate(leaf_outputs(program, _number)):
        yield f"    X[{place}][i] = {re};"
        yield f"    Y[{place}][i] = {im};"
    yield "}"
    yield ""
    yield _LEAVES.replace("SIZE", str(size))


_LEAVES = """static void leavesSIZE(
    const real *x, const real *y, ptrdiff_t spread, ptrdiff_t step, const ptrdiff_t *at, const ptrdiff_t *to,
    ptrdiff_t count, real *X, real *Y)
{
    GPFFT_ALIGNED real in[SIZE][LANES][2];
    GPFFT_ALIGNED real re[SIZE][LANES];
    GPFFT_ALIGNED real im[SIZE][LANES];
    for (; count > 0; count -= LANES, at += LANES, to += LANES) {
        if (spread == 2)
            gather_(SIZE, x, y, 2, step, at, in);
        else
            gather_(SIZE, x, y, 1, step, at, in);
        GPFFT_INDEPENDENT
        for (int i = 0; i < LANES; i++)
            leafSIZE_((const real (*)[LANES][2])in, re, im, i);
        scatter_(SIZE, re, im, to, count < LANES ? count : LANES, X, Y);
    }
}"""


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
    for target, value in loop_statements(loop, _number):
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
    """Yields the function that does a list of events."""
    leaves, loops = codes(found, sizes)
    yield "/* Does what is listed, to numbers re[spread j] + i im[spread j]; X + i Y is the work memory. */"
    yield "static void run_("
    yield "    const plan_ *p, const list_ *list, const real *re, const real *im, ptrdiff_t spread,"
    yield "    real *X, real *Y)"
    yield "{"
    yield "    for (ptrdiff_t i = 0; i < list->count; i++) {"
    yield "        const event_ *const e = &list->events[i];"
    yield "        const ptrdiff_t n = e->n, s = e->inside ? 1 : spread, at = s * e->at, step = s * e->step;"
    yield "        const ptrdiff_t o = e->to, t = e->t;"
    yield "        const real *const x = e->inside ? X : re, *const y = e->inside ? Y : im;"
    width = f"{table_width(found)} * ((n - 1){f' / {radix - 1}' if radix > 2 else ''})"
    yield f"        const real *const z = p->table + {width};"
    yield "        (void)at, (void)step, (void)t, (void)z;"
    yield "        switch (e->code) {"
    yield f"        case {CLEAR}:"
    yield "            for (ptrdiff_t j = 0; j < n; j++)"
    yield "                X[o + j] = Y[o + j] = 0;"
    yield "            break;"
    for size, code in leaves.items():
        yield f"        case {code}:"
        yield f"            leaves{size}(x, y, s, e->step, p->at + e->at, p->to + e->at, o, X, Y);"
        yield "            break;"
    for (number, place), code in loops.items():
        routine = found[number]
        yield f"        case {code}:"
        name = f"loop{number}_{place}"
        yield from (f"            {line}" for line in _call(name, routine, routine.loops[place]))
        yield "            break;"
    yield from ("        }", "    }", "}")


def _begin(stream: Stream) -> list[str]:
    """Returns the pointers to where a stream begins."""
    re, im, origin, step = ARRAYS[stream.memory]
    place = place_text(stream, origin, step, "/")
    return [f"{re} + {place}", f"{im} + {place}"]


def _stride(stream: Stream) -> str:
    *_, step = ARRAYS[stream.memory]
    return f"{stream.stride} * {step}" if step and stream.stride != 1 else step or str(stream.stride)


def _call(name: str, routine: Routine, loop: Loop) -> Iterator[str]:
    """Yields the call of a loop."""
    given = [share_text(Fraction(1, loop.parts), "/")]
    for stream in loop.streams:
        if stream.wraps is None:
            given += _begin(stream)
            given += [] if _unit(stream) else [_stride(stream)]
        else:
            given += _begin(Stream(stream.memory, stream.base))
            begin = place_text(Stream("", stream.start, offset=stream.offset), "0", "", "/")
            given += [ARRAYS[stream.memory][3] or "1", begin, share_text(stream.wraps, "/")]
    for roots in loop.roots:
        parts = routine.rows[roots.row][1]
        start = row_start(routine, roots.row) + roots.start
        for share in (start, start + Fraction(1, parts)):
            given.append(f"z + {share_text(share, '/')}" if share else "z")
    yield f"{name}("
    rows = (", ".join(given[i : i + 4]) for i in range(0, len(given), 4))
    yield ",\n".join(f"    {row}" for row in rows) + ");"


_LISTS = """/* Adds an event to a list. */
static void add_(plan_ *p, list_ *list, event_ event)
{
    if (list->count == list->room) {
        const ptrdiff_t room = 2 * list->room + 64;
        event_ *const events = realloc(list->events, (size_t)room * sizeof(event_));
        if (!events) {
            p->failed = 1;
            return;
        }
        list->events = events;
        list->room = room;
    }
    list->events[list->count++] = event;
}

/* Adds the places of a codelet. */
static void place_(plan_ *p, ptrdiff_t at, ptrdiff_t to)
{
    if (p->places == p->room) {
        const ptrdiff_t room = 2 * p->room + 64;
        ptrdiff_t *const more_at = realloc(p->at, (size_t)room * sizeof(ptrdiff_t));
        p->at = more_at ? more_at : p->at;
        ptrdiff_t *const more_to = realloc(p->to, (size_t)room * sizeof(ptrdiff_t));
        p->to = more_to ? more_to : p->to;
        if (!more_at || !more_to) {
            p->failed = 1;
            return;
        }
        p->room = room;
    }
    p->at[p->places] = at;
    p->to[p->places++] = to;
}
"""

_DIRECT = """static void leaf_(plan_ *p, event_ event)
{
    add_(p, &p->first, event);
}

static int compare_(const void *a, const void *b)
{
    const event_ *const e = a, *const f = b;
    if (e->code != f->code)
        return e->code < f->code ? -1 : 1;
    if (e->step != f->step)
        return e->step < f->step ? -1 : 1;
    return e->at < f->at ? -1 : e->at > f->at;
}

/* Brings codelets of one length together, in the order of their inputs: they read nothing but these. */
static void arrange_(plan_ *p)
{
    list_ *const list = &p->first;
    ptrdiff_t count = 0;
    if (list->count)
        qsort(list->events, (size_t)list->count, sizeof(event_), compare_);
    for (ptrdiff_t i = 0, next; i < list->count && !p->failed; i = next) {
        event_ many = list->events[i];
        many.at = p->places;
        for (next = i; next < list->count && !p->failed; next++) {
            const event_ *const e = list->events + next;
            if (e->code != many.code || e->step != many.step)
                break;
            place_(p, e->at, e->to);
        }
        while (p->places % LANES && !p->failed)
            place_(p, list->events[next - 1].at, list->events[next - 1].to);
        many.to = next - i;
        list->events[count++] = many;
    }
    list->count = count;
}
"""

_IN_TURN = """static void leaf_(plan_ *p, event_ event)
{
    const ptrdiff_t first = p->places;
    for (int i = 0; i < LANES && !p->failed; i++)
        place_(p, event.at, event.to);
    event.at = first;
    event.to = 1;
    add_(p, &p->then, event);
}

static void arrange_(plan_ *p)
{
    (void)p;
}
"""


def _walk(found: list[Routine], sizes: list[int]) -> Iterator[str]:
    """Yields the function that lists what is done: the recursion."""
    leaves, loops = codes(found, sizes)
    yield "static void walk_("
    yield "    plan_ *p, ptrdiff_t n, ptrdiff_t inside, ptrdiff_t at, ptrdiff_t step, ptrdiff_t o,"
    yield "    ptrdiff_t t)"
    yield "{"
    yield "    event_ event = {0, n, inside, at, step, o, t};"
    yield "    if (n <= p->largest)"
    yield "        switch (n) {"
    for size, code in leaves.items():
        yield f"        case {size}:"
        yield f"            event.code = {code};"
        yield from ("            leaf_(p, event);", "            return;")
    yield "        }"
    yield from ("    if (p->failed)", "        return;")
    for number, routine in enumerate(found):
        yield f"    if (n >= {routine.first}) {{"
        if routine.clears:
            yield from (f"        event.code = {CLEAR};", "        add_(p, &p->then, event);")
        place = 0
        for action in routine.actions:
            if isinstance(action, Call):
                yield f"        {_walked(action, routine)}"
            else:
                yield f"        event.code = {loops[number, place]};"
                yield "        add_(p, &p->then, event);"
                place += 1
        yield from ("        return;", "    }")
    yield "}"


def _walked(call: Call, routine: Routine) -> str:
    given = [share_text(Fraction(1, call.parts), "/"), "inside" if call.source.memory == "x" else "1"]
    for stream in (call.source, call.target):
        _, _, origin, step = ARRAYS[stream.memory]
        given.append(place_text(stream, origin, step, "/"))
        given += [_stride(stream)] if stream is call.source else []
    given.append(f"t + {share_text(routine.scratch, '/')}" if routine.scratch else "t")
    return f"walk_(p, {', '.join(given)});"


def _fill(found: list[Routine]) -> Iterator[str]:
    """Yields the function that writes the table for one length."""
    if any(routine.rows for routine in found):
        yield from (_ROW, "")
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
void NAME_destroy(NAME_plan *plan)
{
    if (!plan)
        return;
    free(plan->first.events);
    free(plan->then.events);
    free(plan->at);
    free(plan->to);
    free(plan->table);
    free(plan);
}

/* Returns a plan with codelets of up to `largest` points, without its table. */
static plan_ *listed_(ptrdiff_t n, ptrdiff_t largest)
{
    plan_ *const p = calloc(1, sizeof(plan_));
    if (!p)
        return NULL;
    p->n = n;
    p->largest = largest;
    walk_(p, n, 0, 0, 1, 0, n);
    arrange_(p);
    if (p->failed) {
        NAME_destroy(p);
        return NULL;
    }
    return p;
}

static void transform_(const plan_ *p, const real *x, const real *y, ptrdiff_t spread, real *X, real *Y)
{
    run_(p, &p->first, x, y, spread, X, Y);
    run_(p, &p->then, x, y, spread, X, Y);
}

/* Returns how many seconds a transform takes. */
static double seconds_(const plan_ *p, const real *x, real *X, real *Y)
{
    transform_(p, x, x + 1, 2, X, Y);
    for (long calls = 1;; calls *= 2) {
        const clock_t begin = clock();
        for (long call = 0; call < calls; call++)
            transform_(p, x, x + 1, 2, X, Y);
        const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        if (seconds > 0.005)
            return seconds / (double)calls;
    }
}

static int is_of_the_family_(size_t n)
{
    if (n == 0 || n > (size_t)-1 / 64 / (RADIX * WIDTH + OWN + 2)) /* what it needs has no address */
        return 0;
    while (n % RADIX == 0)
        n /= RADIX;
    return n == 1;
}

NAME_plan *NAME_create(size_t size)
{
    static const ptrdiff_t tried[] = {TRIED};
    if (!is_of_the_family_(size))
        return NULL;
    const ptrdiff_t n = (ptrdiff_t)size;
    const size_t work = (1 + OWN) * size;
    real *const table = malloc((size_t)(WIDTH * ((RADIX * n - 1) / LESS) + 1) * sizeof(real));
    real *const memory = malloc((2 * size + 2 * work) * sizeof(real));
    plan_ *best = NULL;
    double least = 0;
    if (table && memory) {
        for (ptrdiff_t m = RADIX; m <= n; m *= RADIX)
            fill_(m, table + WIDTH * ((m - 1) / LESS));
        for (size_t j = 0; j < 2 * size; j++)
            memory[j] = (real)(j % 7);
        for (size_t i = 0; i < sizeof(tried) / sizeof(*tried); i++) {
            if (i && tried[i] > n)
                break;
            plan_ *const p = listed_(n, tried[i]);
            if (!p)
                continue;
            p->table = table;
            const double seconds = seconds_(p, memory, memory + 2 * size, memory + 2 * size + work);
            plan_ *const other = !best || seconds < least ? best : p;
            if (other != p) {
                best = p;
                least = seconds;
            }
            if (other)
                other->table = NULL; /* it is the best one's */
            NAME_destroy(other);
        }
    }
    free(memory);
    if (!best)
        free(table);
    return best;
}

int NAME_execute(const NAME_plan *plan, const real *re, const real *im, real *Re, real *Im)
{
    if (!OWN) {
        transform_(plan, re, im, 1, Re, Im);
        return 0;
    }
    const size_t n = (size_t)plan->n, work = (1 + OWN) * n;
    real *const X = malloc(2 * work * sizeof(real));
    if (!X)
        return 1;
    transform_(plan, re, im, 1, X, X + work);
    memcpy(Re, X, n * sizeof(real));
    memcpy(Im, X + work, n * sizeof(real));
    free(X);
    return 0;
}

int NAME_execute_interleaved(const NAME_plan *plan, const real *x, real *X)
{
    const size_t n = (size_t)plan->n, work = (1 + OWN) * n;
    real *const re = malloc(2 * work * sizeof(real));
    if (!re)
        return 1;
    real *const im = re + work;
    transform_(plan, x, x + 1, 2, re, im);
    for (size_t j = 0; j < n; j++) {
        X[2 * j] = re[j];
        X[2 * j + 1] = im[j];
    }
    free(re);
    return 0;
}"""
