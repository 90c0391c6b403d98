"""The compiled state of a two-sided chromosome, W = A X B, and its annealed moves.

B makes sums of inputs by gates z_n = u1 z_a + u2 z_b with units u in {1, i, -1, -i}, A is made of such
gates transposed, and X, the core, is what is between: X[r, c] is the constant on value c of the input
side in accumulator r of the output side. Every move changes gates and core so that A X B stays what
it is. Numbers are pairs (real, imaginary part) of residues modulo a prime, so that all a move does is
to add, halve and turn by units.

A state is a tuple of arrays. Sides are 0, inputs, and 1, outputs; both have values: first the base
values, inputs or outputs, then gates. A *line* of a side is a row (side 0) or a column (side 1) of the
core. A gate is live if its values of the core are not all zero or a live gate uses it: it costs one
addition. Dead gates cost nothing and are kept for a while, as places that moves can go to.
"""

# All letters: s state, n m x values, a b operands, u units (exponents of i), k a number, p the prime.

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gpfft.encodings.compiling import cached

Ints = NDArray[np.int64]

# places in State.info: the prime, the cost, entries in the log, places for values on a side, how many
# units there are (4, or 2 where all is real), the dice, the last walk's number; of both sides the base
# values, the gates, and the end of the places that were ever taken; the prices.
PRIME, COST, LOGGED, SPACE, UNITS, DICE, STAMP, BASE, GATES, LAST, PRICE = 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13
# kinds of constants, and then what a gate costs, in the order of the prices
ZERO, UNIT, AXIS, UNIT_DIAGONAL, DIAGONAL, UNIT_PART, GENERAL, GATE = 0, 1, 2, 3, 4, 5, 6, 7
# rows of State.value: operands and their units, fingerprint, existence, uses that keep it alive, gates
# that use it, the list of gates and each gate's place in it, the last walk that came by
(A, B, UA, UB, RE, IM, KEPT, REF, USERS, LIST, PLACE, SEEN) = range(12)
FIELDS = 12
MANY = 10  # room for greedy butterflies, which are not taken back


class State(NamedTuple):
    """A chromosome while it is varied; V is the number of places for values on a side."""

    core: Ints  # (V, V, 2): row (value of side 1), column (value of side 0), real and imaginary part
    value: Ints  # (2, FIELDS, V)
    info: Ints  # (PRICE + 8,)
    log: Ints  # (8 V + 16, 4): entries of the core as they were: row, column, real, imaginary part
    stack: Ints  # (4 V + 64,): for walks


@cached
def draw(s):
    """Returns 63 random bits (splitmix64)."""
    z = np.uint64(s.info[DICE]) + np.uint64(0x9E3779B97F4A7C15)
    s.info[DICE] = np.int64(z)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(1))


@cached
def below(s, n):
    """Returns a random whole number from 0 to n - 1; n is below 2^31."""
    return ((draw(s) >> 31) * n) >> 32


@cached
def uniform(s):
    """Returns a random number from 0 to 1."""
    return (draw(s) >> 10) * (1.0 / (1 << 53))


@cached
def kind(re, im, p):
    """Returns which kind of constant a number is."""
    if re == 0:
        if im == 0:
            return ZERO
        return UNIT if im == 1 or im == p - 1 else AXIS
    if im == 0:
        return UNIT if re == 1 or re == p - 1 else AXIS
    if re == im or re == p - im:
        return UNIT_DIAGONAL if re == 1 or re == p - 1 else DIAGONAL
    if re == 1 or re == p - 1 or im == 1 or im == p - 1:
        return UNIT_PART
    return GENERAL


@cached
def turned(re, im, u, p):
    """Returns i^u times a number; u from 0 to 3."""
    if u == 0:
        return re, im
    if u == 1:
        return (p - im if im else im), re
    if u == 2:
        return (p - re if re else re), (p - im if im else im)
    return im, (p - re if re else re)


@cached
def plus(x, y, p):
    z = x + y
    return z - p if z >= p else z


@cached
def minus(x, y, p):
    z = x - y
    return z + p if z < 0 else z


@cached
def half(x, p):
    return (x + p) >> 1 if x & 1 else x >> 1


@cached
def hold(s, side, v):
    """Counts one more use of a value that costs: the gates that it brings to life are paid for."""
    s.stack[0] = v
    top, base = 1, s.info[BASE + side]
    while top:
        top -= 1
        v = s.stack[top]
        s.value[side, REF, v] += 1
        if s.value[side, REF, v] == 1 and v >= base:
            s.info[COST] += s.info[PRICE + GATE]
            s.stack[top], s.stack[top + 1] = s.value[side, A, v], s.value[side, B, v]
            top += 2


@cached
def drop(s, side, v):
    """Counts one use of a value less."""
    s.stack[0] = v
    top, base = 1, s.info[BASE + side]
    while top:
        top -= 1
        v = s.stack[top]
        s.value[side, REF, v] -= 1
        if s.value[side, REF, v] == 0 and v >= base:
            s.info[COST] -= s.info[PRICE + GATE]
            s.stack[top], s.stack[top + 1] = s.value[side, A, v], s.value[side, B, v]
            top += 2


@cached
def put(s, row, column, re, im):
    """Sets an entry of the core."""
    p = s.info[PRIME]
    was_re, was_im = s.core[row, column, 0], s.core[row, column, 1]
    was, now = kind(was_re, was_im, p), kind(re, im, p)
    s.core[row, column, 0], s.core[row, column, 1] = re, im
    s.info[COST] += s.info[PRICE + now] - s.info[PRICE + was]
    if was == ZERO and now != ZERO:
        hold(s, 0, column)
        hold(s, 1, row)
    elif was != ZERO and now == ZERO:
        drop(s, 0, column)
        drop(s, 1, row)


@cached
def change(s, side, line, v, re, im):
    """Adds a number to an entry of the core, and notes in the log what it was."""
    if re == 0 and im == 0:
        return
    row, column = (line, v) if side == 0 else (v, line)
    p, place = s.info[PRIME], s.info[LOGGED]
    old_re, old_im = s.core[row, column, 0], s.core[row, column, 1]
    s.log[place, 0], s.log[place, 1], s.log[place, 2], s.log[place, 3] = row, column, old_re, old_im
    s.info[LOGGED] += 1
    put(s, row, column, plus(old_re, re, p), plus(old_im, im, p))


@cached
def undo(s):
    """Takes back what the log holds."""
    for place in range(s.info[LOGGED] - 1, -1, -1):
        put(s, s.log[place, 0], s.log[place, 1], s.log[place, 2], s.log[place, 3])
    s.info[LOGGED] = 0


@cached
def count(s, side):
    """Returns how many values a side has."""
    return s.info[BASE + side] + s.info[GATES + side]


@cached
def nth(s, side, j):
    """Returns the j-th value of a side: base values first, then the gates in any order."""
    base = s.info[BASE + side]
    return j if j < base else s.value[side, LIST, j - base]


@cached
def entry(s, side, line, v):
    if side == 0:
        return s.core[line, v, 0], s.core[line, v, 1]
    return s.core[v, line, 0], s.core[v, line, 1]


@cached
def flip(s, side, n, line, re, im):
    """Moves a multiple k of gate n = u1 a + u2 b in a line: n gets k more, a and b get u1 k, u2 k less."""
    p = s.info[PRIME]
    change(s, side, line, n, re, im)
    for j in range(2):
        x, y = turned(re, im, (s.value[side, UA + j, n] + 2) & 3, p)
        change(s, side, line, s.value[side, A + j, n], x, y)


@cached
def mark_of(s, side, a, u, b, w):
    """Returns the fingerprint of i^u a + i^w b."""
    p = s.info[PRIME]
    re, im = turned(s.value[side, RE, a], s.value[side, IM, a], u, p)
    x, y = turned(s.value[side, RE, b], s.value[side, IM, b], w, p)
    return plus(re, x, p), plus(im, y, p)


@cached
def find(s, side, re, im):
    """Returns (value, u) such that i^u value has the fingerprint, or (-1, 0)."""
    p = s.info[PRIME]
    less_re, less_im = p - re, p - im
    for v in range(s.info[LAST + side]):
        x, y = s.value[side, RE, v], s.value[side, IM, v]
        if x == re and y == im:
            return v, 0
        if x == less_re and y == less_im:
            return v, 2
        if x == im and y == less_re:  # i (x + i y) = -y + i x
            return v, 1
        if x == less_im and y == re:
            return v, 3
    return -1, 0


@cached
def depends(s, side, v, n):
    """Tells whether value v is n or made from it."""
    s.info[STAMP] += 1
    s.stack[0] = v
    top, base = 1, s.info[BASE + side]
    while top:
        top -= 1
        v = s.stack[top]
        if v == n:
            return True
        if v >= base and s.value[side, SEEN, v] != s.info[STAMP]:
            s.value[side, SEEN, v] = s.info[STAMP]
            s.stack[top], s.stack[top + 1] = s.value[side, A, v], s.value[side, B, v]
            top += 2
    return False


@cached
def define(s, side, n, a, u, b, w):
    """Gives gate n the operands i^u a + i^w b, which must have the value that it has."""
    if s.value[side, REF, n]:
        hold(s, side, a)
        hold(s, side, b)
        drop(s, side, s.value[side, A, n])
        drop(s, side, s.value[side, B, n])
    s.value[side, USERS, s.value[side, A, n]] -= 1
    s.value[side, USERS, s.value[side, B, n]] -= 1
    s.value[side, USERS, a] += 1
    s.value[side, USERS, b] += 1
    s.value[side, A, n], s.value[side, B, n] = a, b
    s.value[side, UA, n], s.value[side, UB, n] = u, w


@cached
def free(s, side, n):
    """Forgets a dead gate that no gate uses."""
    s.value[side, USERS, s.value[side, A, n]] -= 1
    s.value[side, USERS, s.value[side, B, n]] -= 1
    s.value[side, KEPT, n] = 0
    s.value[side, RE, n], s.value[side, IM, n] = -1, -1
    s.info[GATES + side] -= 1
    last = s.value[side, LIST, s.info[GATES + side]]
    s.value[side, LIST, s.value[side, PLACE, n]] = last
    s.value[side, PLACE, last] = s.value[side, PLACE, n]


@cached
def sweep(s, side, most):
    """Forgets dead gates that no gate uses, from a random one on, until at most `most` gates are left."""
    total = s.info[GATES + side]
    start = below(s, total) if total else 0
    for j in range(total - 1, -1, -1):
        if s.info[GATES + side] <= most:
            return
        place = (start + j) % total
        if place < s.info[GATES + side]:
            n = s.value[side, LIST, place]
            if s.value[side, REF, n] == 0 and s.value[side, USERS, n] == 0:
                free(s, side, n)


@cached
def make(s, side, a, u, b, w):
    """Returns a new gate i^u a + i^w b, or -1 where there is no room for one."""
    base, room = s.info[BASE + side], s.info[SPACE] - s.info[BASE + side]
    if s.info[GATES + side] >= room:
        sweep(s, side, room - 1)
        if s.info[GATES + side] >= room or not s.value[side, KEPT, a] or not s.value[side, KEPT, b]:
            return -1
    n = base
    while s.value[side, KEPT, n]:
        n += 1
    s.value[side, KEPT, n], s.value[side, REF, n], s.value[side, USERS, n] = 1, 0, 0
    s.value[side, A, n], s.value[side, B, n] = a, b
    s.value[side, UA, n], s.value[side, UB, n] = u, w
    s.value[side, USERS, a] += 1
    s.value[side, USERS, b] += 1
    s.value[side, RE, n], s.value[side, IM, n] = mark_of(s, side, a, u, b, w)
    s.value[side, LIST, s.info[GATES + side]], s.value[side, PLACE, n] = n, s.info[GATES + side]
    s.info[GATES + side] += 1
    s.info[LAST + side] = max(s.info[LAST + side], n + 1)
    return n


@cached
def any_unit(s):
    """Returns a random unit: 1 or -1 where all is real."""
    return below(s, 4) if s.info[UNITS] == 4 else 2 * below(s, 2)


@cached
def two_of(s, side):
    """Returns a random line, two values in it and the unit with X[b] = i^u X[a], -1 for none; or line -1."""
    other = 1 - side
    line = nth(s, other, below(s, count(s, other)))
    total = 0
    for v in range(s.info[SPACE]):
        re, im = entry(s, side, line, v)
        if re or im:
            s.stack[total] = v
            total += 1
    if total < 2:
        return -1, 0, 0, 0
    a = below(s, total)
    b = below(s, total - 1)
    b += b >= a
    a, b = s.stack[a], s.stack[b]
    return line, a, b, ratio(s, side, line, a, b)


@cached
def ratio(s, side, line, a, b):
    """Returns u with X[b] = i^u X[a], or -1."""
    re, im = entry(s, side, line, a)
    x, y = entry(s, side, line, b)
    for u in range(4):
        if turned(re, im, u, s.info[PRIME]) == (x, y):
            return u
    return -1


@cached
def allowance(s, heat):
    """Returns by how much the cost may rise now, so that it is accepted by Metropolis' rule."""
    return -heat * np.log(1.0 - uniform(s))


@cached
def settle(s, before, allowed):
    """Keeps what the log says, or takes it back where the cost rose too much; tells which."""
    if s.info[COST] - before > allowed:
        undo(s)
        return False
    s.info[LOGGED] = 0
    return True


@cached
def surely(s, row, column, re, im):
    """Returns (by how much the cost changes at least if a number is added to an entry, may it be less)."""
    p = s.info[PRIME]
    x, y = s.core[row, column, 0], s.core[row, column, 1]
    was, now = kind(x, y, p), kind(plus(x, re, p), plus(y, im, p), p)
    worse = s.info[PRICE + now] - s.info[PRICE + was]
    if was == ZERO and now != ZERO:
        worse += s.info[PRICE + GATE] * (
            int(column >= s.info[BASE] and s.value[0, REF, column] == 0)
            + int(row >= s.info[BASE + 1] and s.value[1, REF, row] == 0)
        )
    elif was != ZERO and now == ZERO:
        return worse, s.value[0, REF, column] == 1 or s.value[1, REF, row] == 1
    return worse, False


@cached
def try_flip(s, heat):
    """Moves a multiple of a gate in a line."""
    p, before = s.info[PRIME], s.info[COST]
    side, n = any_gate(s)
    if n < 0:
        return
    a, b, u, w = s.value[side, A, n], s.value[side, B, n], s.value[side, UA, n], s.value[side, UB, n]
    other = 1 - side
    lines = count(s, other)
    for _ in range(4):
        line = nth(s, other, below(s, lines))
        re, im = entry(s, side, line, n)
        are, aim = entry(s, side, line, a)
        bre, bim = entry(s, side, line, b)
        if re or im or are or aim or bre or bim:
            break
    else:
        return
    are, aim = turned(are, aim, (4 - u) & 3, p)
    bre, bim = turned(bre, bim, (4 - w) & 3, p)
    choice = below(s, 16)
    if choice < 4 or choice == 12:
        re, im = turned(re, im, 2, p)
    elif choice < 8 or choice == 13:
        re, im = are, aim
    elif choice < 12 or choice == 14:
        re, im = bre, bim
    else:
        re, im = half(plus(are, bre, p), p), half(plus(aim, bim, p), p)
    if choice >= 12 and s.info[UNITS] == 4:
        part = below(s, 3)
        if part == 0:
            re = np.int64(0)
        elif part == 1:
            im = np.int64(0)
    if re == 0 and im == 0:
        return
    allowed = allowance(s, heat)
    minus_u, minus_w = turned(re, im, (u + 2) & 3, p), turned(re, im, (w + 2) & 3, p)
    if side == 0:
        worse_n, less_n = surely(s, line, n, re, im)
        worse_a, less_a = surely(s, line, a, *minus_u)
        worse_b, less_b = surely(s, line, b, *minus_w)
    else:
        worse_n, less_n = surely(s, n, line, re, im)
        worse_a, less_a = surely(s, a, line, *minus_u)
        worse_b, less_b = surely(s, b, line, *minus_w)
    if worse_n + worse_a + worse_b > allowed + 2 and not (less_n or less_a or less_b):
        return
    flip(s, side, n, line, re, im)
    settle(s, before, allowed)


@cached
def try_gate(s, heat):
    """A new gate for two values of a line, in all lines where they have its ratio."""
    before, side = s.info[COST], below(s, 2)
    line, a, b, u = two_of(s, side)
    if line < 0:
        return
    if u < 0:
        if below(s, 4):
            return
        u = any_unit(s)
    re, im = mark_of(s, side, a, 0, b, u)
    if (re == 0 and im == 0) or find(s, side, re, im)[0] >= 0:
        return
    n = make(s, side, a, 0, b, u)
    if n < 0:
        return
    re, im = entry(s, side, line, a)
    flip(s, side, n, line, re, im)
    for line in range(s.info[SPACE]):
        re, im = entry(s, side, line, a)
        if (re or im) and ratio(s, side, line, a, b) == u:
            flip(s, side, n, line, re, im)
    settle(s, before, allowance(s, heat))  # where it is refused, the gate stays, dead, as a place to go to


@cached
def promise(s, side, a, b, u):
    """Returns by how much the cost changes when a + i^u b and a - i^u b come in the place of a and b.

    That a and b may no longer be needed is not counted.
    """
    p, worse = s.info[PRIME], 0
    any_n, any_m = False, False
    for line in range(s.info[LAST + 1 - side]):
        are, aim = entry(s, side, line, a)
        bre, bim = entry(s, side, line, b)
        if are or aim or bre or bim:
            worse -= s.info[PRICE + kind(are, aim, p)] + s.info[PRICE + kind(bre, bim, p)]
            x, y = turned(bre, bim, (4 - u) & 3, p)
            re, im = half(plus(are, x, p), p), half(plus(aim, y, p), p)
            worse += s.info[PRICE + kind(re, im, p)]
            any_n |= re != 0 or im != 0
            re, im = half(minus(are, x, p), p), half(minus(aim, y, p), p)
            worse += s.info[PRICE + kind(re, im, p)]
            any_m |= re != 0 or im != 0
    return worse + s.info[PRICE + GATE] * (int(any_n) + int(any_m))


@cached
def move_butterfly(s, side, a, b, u):
    """Puts the values a + i^u b and a - i^u b in the place of a and b; returns them, or -1s."""
    p = s.info[PRIME]
    re, im = mark_of(s, side, a, 0, b, u)
    if find(s, side, re, im)[0] >= 0:
        return -1, -1
    re, im = mark_of(s, side, a, 0, b, (u + 2) & 3)
    if find(s, side, re, im)[0] >= 0:
        return -1, -1
    n = make(s, side, a, 0, b, u)
    if n < 0:
        return -1, -1
    hold(s, side, n)  # so that it is not swept away
    m = make(s, side, a, 0, b, (u + 2) & 3)
    drop(s, side, n)
    if m < 0:
        free(s, side, n)
        return -1, -1
    for line in range(s.info[SPACE]):
        are, aim = entry(s, side, line, a)
        bre, bim = entry(s, side, line, b)
        if are or aim or bre or bim:
            x, y = turned(bre, bim, (4 - u) & 3, p)
            change(s, side, line, n, half(plus(are, x, p), p), half(plus(aim, y, p), p))
            change(s, side, line, m, half(minus(are, x, p), p), half(minus(aim, y, p), p))
            change(s, side, line, a, p - are if are else are, p - aim if aim else aim)
            change(s, side, line, b, p - bre if bre else bre, p - bim if bim else bim)
    return n, m


@cached
def try_butterfly(s, heat):
    before, side = s.info[COST], below(s, 2)
    line, a, b, u = two_of(s, side)
    if line < 0:
        return
    if u < 0 or below(s, 4) == 0:
        u = any_unit(s)
    allowed = allowance(s, heat)
    base = s.info[BASE + side]
    if promise(s, side, a, b, u) > allowed + 3 * (int(a >= base) + int(b >= base)):
        return
    n, m = move_butterfly(s, side, a, b, u)
    if n >= 0 and not settle(s, before, allowed):
        free(s, side, n)
        free(s, side, m)


@cached
def any_gate(s):
    """Returns (side, gate), or gate -1."""
    total = s.info[GATES] + s.info[GATES + 1]
    if total == 0:
        return 0, -1
    j = below(s, total)
    if j < s.info[GATES]:
        return 0, s.value[0, LIST, j]
    return 1, s.value[1, LIST, j - s.info[GATES]]


@cached
def try_remove(s, heat):
    """Writes a gate that no gate uses out into its operands, in all lines."""
    before = s.info[COST]
    side, n = any_gate(s)
    if n < 0 or s.value[side, USERS, n] or s.value[side, REF, n] == 0:
        return
    p = s.info[PRIME]
    for line in range(s.info[SPACE]):
        re, im = entry(s, side, line, n)
        if re or im:
            re, im = turned(re, im, 2, p)
            flip(s, side, n, line, re, im)
    settle(s, before, allowance(s, heat))


@cached
def try_regroup(s, heat):
    """n = (c + d) + b becomes c + (d + b)."""
    before = s.info[COST]
    side, n = any_gate(s)
    if n < 0:
        return
    j = below(s, 2)
    m, b = s.value[side, A + j, n], s.value[side, B - j, n]
    if m < s.info[BASE + side]:
        return
    u, w = s.value[side, UA + j, n], s.value[side, UB - j, n]
    old = s.value[side, A, n], s.value[side, UA, n], s.value[side, B, n], s.value[side, UB, n]
    j = below(s, 2)
    c, d = s.value[side, A + j, m], s.value[side, B - j, m]
    t, v = (u + s.value[side, UA + j, m]) & 3, (u + s.value[side, UB - j, m]) & 3
    re, im = mark_of(s, side, d, v, b, w)
    if re == 0 and im == 0:
        return
    x, y = find(s, side, re, im)
    new = -1
    if x < 0:
        s.value[side, USERS, n] += 1  # so that it is not swept away
        new = make(s, side, d, v, b, w)
        s.value[side, USERS, n] -= 1
        if new < 0:
            return
        x, y = new, 0
    elif depends(s, side, x, n):
        return
    define(s, side, n, c, t, x, y)
    if s.info[COST] - before > allowance(s, heat):
        define(s, side, n, *old)
        if new >= 0:
            free(s, side, new)


@cached
def try_resum(s, heat):
    """Gate n becomes the sum of two other values with the same sum."""
    before, p = s.info[COST], s.info[PRIME]
    side, n = any_gate(s)
    if n < 0:
        return
    base = s.info[BASE + side]
    j = below(s, base + s.info[GATES + side])
    a = j if j < base else s.value[side, LIST, j - base]
    if a == n:
        return
    u = any_unit(s)
    x, y = turned(s.value[side, RE, a], s.value[side, IM, a], u, p)
    re, im = minus(s.value[side, RE, n], x, p), minus(s.value[side, IM, n], y, p)
    if re == 0 and im == 0:
        return
    b, w = find(s, side, re, im)
    if b < 0 or b == n or b == s.value[side, A, n] or b == s.value[side, B, n]:
        return
    if depends(s, side, a, n) or depends(s, side, b, n):
        return
    old = s.value[side, A, n], s.value[side, UA, n], s.value[side, B, n], s.value[side, UB, n]
    define(s, side, n, a, u, b, w)
    if s.info[COST] - before > allowance(s, heat):
        define(s, side, n, *old)


@cached
def used(s, side):
    """Returns the values of a side that the core uses."""
    found = np.zeros(count(s, side), dtype=np.int64)
    total = 0
    for j in range(len(found)):
        v = nth(s, side, j)
        for line in range(s.info[SPACE]):
            re, im = entry(s, side, line, v)
            if re or im:
                found[total] = v
                total += 1
                break
    return found[:total]


@cached
def greedy(s, done):
    """Applies the most profitable butterfly, of either side, until none helps; ties by the dice.

    Notes them in `done`, a row (side, a, u, b, sum, difference) for each, and returns how many there are.
    """
    for total in range(len(done)):
        best, ties, chosen = 0, 0, (0, 0, 0, 0)
        for side in range(2):
            filled = used(s, side)
            for i in range(len(filled)):
                a = filled[i]
                for j in range(i):
                    b = filled[j]
                    for u in range(s.info[UNITS] // 2):  # the other two only exchange sum and difference
                        worse = promise(s, side, a, b, u)
                        if worse < best:
                            best, ties = worse, 0
                        if worse == best and worse < 0:
                            ties += 1
                            if below(s, ties) == 0:
                                chosen = side, a, b, u
        if best == 0:
            return total
        side, a, b, u = chosen
        n, m = move_butterfly(s, side, a, b, u)
        s.info[LOGGED] = 0
        if n < 0:
            return total
        hold(s, side, n)  # so that no later one takes its place
        hold(s, side, m)
        done[total, 0], done[total, 1], done[total, 2], done[total, 3] = side, a, u, b
        done[total, 4], done[total, 5] = n, m
    return len(done)


@cached
def propose(s, moves, heat):
    """Tries one random move and returns its place among all.

    `moves` are the cumulative frequencies of flip, gate .. resum, the last 1.
    """
    choice, move = uniform(s), 0
    while move < len(moves) - 1 and choice >= moves[move]:
        move += 1
    if move == 0:
        try_flip(s, heat)
    elif move == 1:
        try_gate(s, heat)
    elif move == 2:
        try_butterfly(s, heat)
    elif move == 3:
        try_remove(s, heat)
    elif move == 4:
        try_regroup(s, heat)
    else:
        try_resum(s, heat)
    return move


@cached
def load(s, rows):
    """Reads a chromosome into an empty state."""
    for j in range(len(rows)):
        if rows[j, 0] < 2:
            make(s, rows[j, 0], rows[j, 1], rows[j, 2], rows[j, 3], rows[j, 4])
        else:
            put(s, rows[j, 1], rows[j, 2], rows[j, 3], rows[j, 4])


@cached
def store(s, rows):
    """Writes the live part of a state as a chromosome; returns the number of rows."""
    total = 0
    name = np.full((2, s.info[SPACE]), -1, dtype=np.int64)
    for side in range(2):
        base, total_gates = s.info[BASE + side], s.info[GATES + side]
        for v in range(base):
            name[side, v] = v
        after = base
        waiting = True
        while waiting:
            waiting = False
            for j in range(total_gates):
                n = s.value[side, LIST, j]
                if s.value[side, REF, n] and name[side, n] < 0:
                    a, b = name[side, s.value[side, A, n]], name[side, s.value[side, B, n]]
                    if a < 0 or b < 0:
                        waiting = True
                        continue
                    rows[total, 0], rows[total, 1], rows[total, 2] = side, a, s.value[side, UA, n]
                    rows[total, 3], rows[total, 4] = b, s.value[side, UB, n]
                    total += 1
                    name[side, n] = after
                    after += 1
    for row in range(s.info[SPACE]):
        if name[1, row] >= 0:
            for column in range(s.info[SPACE]):
                re, im = s.core[row, column, 0], s.core[row, column, 1]
                if re or im:
                    rows[total, 0], rows[total, 1], rows[total, 2] = 2, name[1, row], name[0, column]
                    rows[total, 3], rows[total, 4] = re, im
                    total += 1
    return total


@cached
def fresh(rows, shape, units, price, p, seed, room=3):
    """Returns the state of a chromosome; `shape` is (outputs, inputs), `units` 2 where all is real, else 4.

    On each side there is place for `room` times as many values as the larger of both, and 12.
    """
    space = room * max(shape) + 12
    for side in range(2):
        space = max(space, shape[1 - side] + np.sum(rows[:, 0] == side) + 12)
    info = np.zeros(PRICE + 8, dtype=np.int64)
    info[PRIME], info[SPACE], info[UNITS], info[DICE] = p, space, units, 12345
    info[BASE], info[BASE + 1] = shape[1], shape[0]
    info[LAST], info[LAST + 1] = shape[1], shape[0]
    info[PRICE:] = price
    s = State(
        np.zeros((space, space, 2), dtype=np.int64),
        np.zeros((2, FIELDS, space), dtype=np.int64),
        info,
        np.zeros((8 * space + 16, 4), dtype=np.int64),
        np.zeros(4 * space + 64, dtype=np.int64),
    )
    for side in range(2):
        for v in range(info[BASE + side]):
            s.value[side, KEPT, v] = 1
            s.value[side, RE, v], s.value[side, IM, v] = draw(s) % p, draw(s) % p
        for v in range(info[BASE + side], space):
            s.value[side, RE, v], s.value[side, IM, v] = -1, -1
    info[DICE] = seed
    load(s, rows)
    return s


@cached
def kept(s):
    """Returns the live part of a state as a chromosome."""
    space = s.info[SPACE]
    rows = np.zeros((2 * space + space * space, 5), dtype=np.int64)
    return rows[: store(s, rows)].copy()


@cached
def cost(rows, shape, units, price, p):
    """Returns what the gates and the constants of a chromosome cost."""
    return fresh(rows, shape, units, price, p, 0).info[COST]


@cached
def butterflies(rows, shape, units, price, p, seed):
    """Returns the most profitable butterflies as `greedy` notes them, one after the other."""
    s = fresh(rows, shape, units, price, p, seed, MANY)
    done = np.zeros((s.info[SPACE], 6), dtype=np.int64)
    return done[: greedy(s, done)].copy()


@cached
def applied(rows, shape, units, price, p, done, dead):
    """Returns the chromosome after butterflies, with or without values that nothing uses then.

    Operands are named as `butterflies` names them; with all gates the chromosome has the same names.
    """
    s = fresh(rows, shape, units, price, p, 0, MANY)
    name = np.zeros((2, s.info[SPACE]), dtype=np.int64)
    for side in range(2):
        for v in range(s.info[BASE + side]):
            name[side, v] = v
    for j in range(len(done)):
        side = done[j, 0]
        n, m = move_butterfly(s, side, name[side, done[j, 1]], name[side, done[j, 3]], done[j, 2])
        hold(s, side, n)
        hold(s, side, m)
        s.info[LOGGED] = 0
        name[side, done[j, 4]], name[side, done[j, 5]] = n, m
    for j in range(0 if dead else len(done)):
        drop(s, done[j, 0], name[done[j, 0], done[j, 4]])
        drop(s, done[j, 0], name[done[j, 0], done[j, 5]])
    return kept(s)


@cached
def burst(rows, shape, units, price, p, seed, moves, steps, hot, cold, drift, bar, gains):
    """Returns (the chromosome at the end of `steps` annealed proposals, the cheapest one on the way).

    The temperature falls from `hot` times 0.6 to 1.4 to `cold`, geometrically. When the cost is `drift`
    above the lowest one met, it goes on from there: gates that gain nothing would only become more.
    By how much a move got below the lowest cost so far, and below `bar`, is added to `gains` at its place.
    """
    s = fresh(rows, shape, units, price, p, seed)
    hot *= 0.6 + 0.8 * uniform(s)
    heat, low, best = hot, s.info[COST], rows
    for step in range(steps):
        if step & 255 == 0:
            heat = hot * (cold / hot) ** (step / steps)
        move = propose(s, moves, heat)
        if s.info[COST] < low:
            gains[move] += max(0, min(low, bar) - s.info[COST])
            low, best = s.info[COST], kept(s)
        elif s.info[COST] > low + drift:
            s = fresh(best, shape, units, price, p, draw(s))
    return kept(s), best
