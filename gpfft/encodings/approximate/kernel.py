"""Compiled evaluation and variation of approximate chromosomes.

Legend
    N, L         inputs; rows of a chromosome before its N outputs; values 0 .. N-1 are the inputs, row i
                 makes value N + i, capacity is the most rows
    genes        row op, a, b: ADD a + b, SUB a - b, TIMES constant b times a, MINUS that, negated
    output       row OUT, a, s: value a (s = PLUS), its negative (NEGATIVE), or 0 (NOTHING)
    parts        the N real numbers that are the whole DFT of real input, in the order re X[0], re X[1],
                 im X[1], re X[2] ...: an output each
    wanted       (N, N): what each part is of the N inputs; owner (N,): the k of each part
    weight       (N,): how often it counts among the N complex outputs: 2 where X[N-k] has it, too
    values       (capacity + N, N): what each value is of the inputs
    constants    (C,) positive, in classes: those of 1, 2, 3 and 4 signed powers of two, then those
                 that cost a multiplication; class c is firsts[c] to firsts[c + 1] - 1, each ascending
    prices       (C, 3): additions, multiplications and shifts that a product with one takes
    objectives   (O, 3): what is minimised besides the error, as weights of additions, multiplications
                 and shifts
    twice        whether input is complex: all real operations are done twice, and X[k] and X[N-k] put
                 together from their parts

The error is the relative Frobenius distance between the matrix that the outputs are and the DFT's; where
`scaled`, each X[k] is first multiplied by the real factor that is best for it.
"""
import numpy as np

from gpfft.encodings.compiling import cached

ADD, SUB, TIMES, MINUS, OUT = 0, 1, 2, 3, 4
NOTHING, PLUS, NEGATIVE = 0, 1, 2
EXACT = 4  # the class of constants that cost a multiplication
CONSTANT, PRUNE, MERGE, TERM, OUTPUT, OPERAND, SCALE, SIGN = 0, 1, 2, 3, 4, 5, 6, 7  # moves
ROUNDING = 1e-12  # a smaller error is none
WORST = 1e9  # the error of values that overflow
MOST = 1.001  # an error that is as good as the empty program's
AFRESH = 500  # steps after which a burst tidies up


@cached
def mark_live(genes, L, N, live):
    """Mark the values that the outputs are made of."""
    for v in range(N + L):
        live[v] = False
    for o in range(L, L + N):
        if genes[o, 2] != NOTHING:
            live[genes[o, 1]] = True
    for i in range(L - 1, -1, -1):
        if live[N + i]:
            live[genes[i, 1]] = True
            if genes[i, 0] < TIMES:
                live[genes[i, 2]] = True


@cached
def count(genes, L, N, live, owner, prices, twice, counts):
    """Count additions, multiplications and shifts."""
    for c in range(3):
        counts[c] = 0
    for i in range(L):
        if live[N + i]:
            if genes[i, 0] < TIMES:
                counts[0] += 1
            else:
                for c in range(3):
                    counts[c] += prices[genes[i, 2], c]
    if twice:
        for c in range(3):
            counts[c] *= 2
        for o in range(1, N):
            if owner[o] == owner[o - 1] and genes[L + o, 2] != NOTHING and genes[L + o - 1, 2] != NOTHING:
                counts[0] += 4


@cached
def factor(genes, L, N, values, wanted, owner, first):
    """Return the best real factor for the output X[k] whose first part is `first`, 1 where it is 0."""
    over = under = 0.0
    o = first
    while o < N and owner[o] == owner[first]:
        s = genes[L + o, 2]
        if s != NOTHING:
            sign = 1.0 if s == PLUS else -1.0
            for t in range(N):
                x = sign * values[genes[L + o, 1], t]
                over += x * wanted[o, t]
                under += x * x
        o += 1
    return over / under if under > 0 else 1.0


@cached
def room(capacity, N):
    """Return (live, values) to work in."""
    values = np.zeros((capacity + N, N))
    for j in range(N):
        values[j, j] = 1.0
    return np.zeros(capacity + N, dtype=np.bool_), values


@cached
def part_errors(genes, L, N, values, wanted, owner, weight, scaled, dirty, errors):
    """Work the squared errors of outputs that have changed out again, each times its weight."""
    d = 1.0
    for o in range(N):
        s, a = genes[L + o, 2], genes[L + o, 1]
        if scaled:
            first = o - 1 if o > 0 and owner[o] == owner[o - 1] else o
            last = o + 1 if o + 1 < N and owner[o] == owner[o + 1] else o
            if not (dirty[N + L + first] or dirty[N + L + last]):
                continue
            if first == o:
                d = factor(genes, L, N, values, wanted, owner, o)
        elif not dirty[N + L + o]:
            continue
        part = 0.0
        if s == NOTHING:
            for t in range(N):
                part += wanted[o, t] * wanted[o, t]
        else:
            sign = d if s == PLUS else -d
            for t in range(N):
                difference = sign * values[a, t] - wanted[o, t]
                part += difference * difference
        errors[o] = weight[o] * part


@cached
def total(errors):
    """Return the relative error."""
    whole = 0.0
    for o in range(len(errors)):
        whole += errors[o]
    error = np.sqrt(whole) / len(errors)
    return 0.0 if error < ROUNDING else error if error < WORST else WORST


@cached
def update(genes, L, N, was_live, live, values, constants, dirty, kept, old_values):
    """Work out again what the rows that are marked dirty lead to; return how many values were overwritten.

    These are kept: their addresses in `kept`, themselves in `old_values`.
    """
    mark_live(genes, L, N, live)
    written = 0
    for i in range(L):
        v = N + i
        if not live[v]:
            continue
        op, a, b = genes[i, 0], np.uintp(genes[i, 1]), np.uintp(genes[i, 2])
        if not (dirty[v] or not was_live[v] or dirty[a] or (op < TIMES and dirty[b])):
            continue
        dirty[v] = True
        kept[written] = v
        for t in range(N):
            old_values[written, t] = values[v, t]
        written += 1
        if op == ADD:
            for t in range(N):
                values[v, t] = values[a, t] + values[b, t]
        elif op == SUB:
            for t in range(N):
                values[v, t] = values[a, t] - values[b, t]
        else:
            c = constants[b] if op == TIMES else -constants[b]
            for t in range(N):
                values[v, t] = c * values[a, t]
    for o in range(N):
        if genes[L + o, 2] != NOTHING and dirty[genes[L + o, 1]]:
            dirty[N + L + o] = True
    return written


@cached
def work_out(
    genes, L, N, live, values, constants, wanted, owner, weight, scaled, dirty, errors, kept, old_values
):
    """Work everything out: what is live, all values, and the squared errors of the outputs."""
    for v in range(len(dirty)):
        dirty[v] = True
    was_live = np.zeros_like(live)
    update(genes, L, N, was_live, live, values, constants, dirty, kept, old_values)
    part_errors(genes, L, N, values, wanted, owner, weight, scaled, dirty, errors)
    for v in range(len(dirty)):
        dirty[v] = False


@cached
def evaluate(genes, bounds, constants, prices, wanted, owner, weight, scaled, twice, out):
    """Fill `out` (P, 4) with error, additions, multiplications and shifts of each chromosome."""
    N, capacity = len(wanted), 0
    for p in range(len(out)):
        capacity = max(capacity, bounds[p + 1] - bounds[p] - N)
    live, values = room(capacity, N)
    dirty, kept = np.zeros(2 * N + capacity, dtype=np.bool_), np.zeros(capacity, dtype=np.int64)
    errors = np.zeros(N)
    old_values, counts = np.zeros((capacity, N)), np.zeros(3, dtype=np.int64)
    for p in range(len(out)):
        rows = genes[bounds[p] : bounds[p + 1]]
        L = len(rows) - N
        work_out(rows, L, N, live, values, constants, wanted, owner, weight, scaled, dirty, errors, kept,
                 old_values)  # fmt: skip
        count(rows, L, N, live, owner, prices, twice, counts)
        out[p, 0] = total(errors)
        for c in range(3):
            out[p, 1 + c] = counts[c]


@cached
def live_share(genes, N):
    """Return the share of the rows that the outputs are made of."""
    L = len(genes) - N
    live = np.zeros(len(genes), dtype=np.bool_)
    mark_live(genes, L, N, live)
    return live[N:].sum() / L if L else 1.0


@cached
def swept(genes, L, N, one):
    """Return the same without rows that are dead, copies or equal to earlier ones, up to signs.

    What rows that turn out to be 0 were made of is left.
    """
    live = np.zeros(L + N, dtype=np.bool_)
    mark_live(genes, L, N, live)
    out = np.empty((L + N, 3), dtype=np.int32)
    place = np.arange(L + N)  # of each value among the kept ones
    sign = np.ones(L + N, dtype=np.int64)  # with which it stands for that; 0: it is 0
    kept = 0
    for i in range(L):
        v = N + i
        if not live[v]:
            continue
        op, a, b = np.int64(genes[i, 0]), np.int64(genes[i, 1]), np.int64(genes[i, 2])
        if op >= TIMES:
            s = sign[a] if op == TIMES else -sign[a]
            place[v], sign[v] = place[a], s
            if b == one or s == 0:
                continue
            made, x, y = TIMES, place[a], b
        else:
            s, t = sign[a], sign[b] if op == ADD else -sign[b]
            x, y = place[a], place[b]
            if s == 0 or t == 0 or (x == y and s != t):
                place[v] = x if t == 0 else y
                sign[v] = s if t == 0 else t
                if s != 0 and t != 0:
                    sign[v] = 0
                continue
            if x > y:
                x, y, s, t = y, x, t, s
            made = ADD if s == t else SUB
        same = -1
        for k in range(kept):
            if out[k, 0] == made and out[k, 1] == x and out[k, 2] == y:
                same = k
                break
        if same < 0:
            same = kept
            out[kept, 0], out[kept, 1], out[kept, 2] = made, x, y
            kept += 1
        place[v], sign[v] = N + same, s
    for o in range(N):
        s = genes[L + o, 2]
        a = genes[L + o, 1]
        whole = 0 if s == NOTHING else sign[a] if s == PLUS else -sign[a]
        out[kept + o, 0] = OUT
        out[kept + o, 1] = place[a] if whole else 0
        out[kept + o, 2] = NOTHING if whole == 0 else PLUS if whole > 0 else NEGATIVE
    return out[: kept + N].copy()


@cached
def tidied(genes, L, N, one):
    """Return the same without rows that nothing is lost with."""
    while True:
        out = swept(genes, L, N, one)
        if len(out) == L + N:
            return out
        genes, L = out, len(out) - N


@cached
def nearest(constants, firsts, kind, value):
    """Return the constant of a class that is nearest to a positive value."""
    first, end = firsts[kind], firsts[kind + 1]
    at = first + np.searchsorted(constants[first:end], value)
    if at == end or (at > first and value - constants[at - 1] < constants[at] - value):
        at -= 1
    return at


@cached
def draw_kind(firsts, most_muls):
    """Return a random class of constants that there is."""
    while True:
        kind = int(np.random.random() * (EXACT + 1))
        if (kind < EXACT or most_muls != 0) and firsts[kind] < firsts[kind + 1]:
            return kind


@cached
def draw_row(genes, L, N, live, products):
    """Return a random live row, of products or of sums, -1 where none was met."""
    for _ in range(40):
        i = int(np.random.random() * L)
        if live[N + i] and (genes[i, 0] >= TIMES) == products:
            return i
    return -1


@cached
def best_fit(values, end, N, live, residual):
    """Return (value, coefficient) of a live one below `end` that comes nearest to a form; -1 for none.

    Each takes part with probability 1/2.
    """
    best, found, coefficient = 0.0, -1, 0.0
    for v in range(end):
        if (v < N or live[v]) and np.random.random() < 0.5:
            over = under = 0.0
            for t in range(N):
                over += values[v, t] * residual[t]
                under += values[v, t] * values[v, t]
            if under > 1e-18 and over * over / under > best:
                best, found, coefficient = over * over / under, v, over / under
    return found, coefficient


@cached
def free_row(L, N, live, first, end):
    """Return the last dead row from `first` on and before `end`, -1 for none."""
    for i in range(end - 1, first - 1, -1):
        if not live[N + i]:
            return i
    return -1


@cached
def edit(genes, edits, at, i, op, a, b):
    """Write a row, with what was there kept; return how many rows were written."""
    edits[at, 0] = i
    for c in range(3):
        edits[at, 1 + c] = genes[i, c]
    genes[i, 0], genes[i, 1], genes[i, 2] = op, a, b
    return at + 1


@cached
def add_term(genes, L, N, live, edits, term, c, one, o, alone):
    """Add to output o, or put in its place, a constant times a value; return how many rows were written.

    0 where there is no room. c is a place among the constants, negative ones are -1 - place.
    """
    at, sign = 0, PLUS if c >= 0 else NEGATIVE
    c = c if c >= 0 else -1 - c
    a, s = np.int64(genes[L + o, 1]), np.int64(genes[L + o, 2])
    is_sum = not alone and s != NOTHING
    row = L
    if is_sum:
        row = free_row(L, N, live, max(0, max(a, term) + 1 - N), L)
        if row < 0:
            return 0
    if c != one:
        i = free_row(L, N, live, max(0, term + 1 - N), row)
        if i < 0:
            return 0
        at = edit(genes, edits, at, i, TIMES, term, c)
        term = N + i
    if is_sum:
        at = edit(genes, edits, at, row, ADD if s == sign else SUB, a, term)
        return edit(genes, edits, at, L + o, OUT, N + row, s)
    return edit(genes, edits, at, L + o, OUT, term, sign)


@cached
def propose(genes, L, N, live, values, constants, firsts, one, most_muls, wanted, rates, edits):
    """Change a chromosome by one move; return (move, rows written), 0 of them where it came to nothing."""
    u = np.random.random() * rates[-1]
    move = 0
    while u >= rates[move]:
        move += 1
    if move == TERM or move == OUTPUT:
        o = int(np.random.random() * N)
        a, s = np.int64(genes[L + o, 1]), np.int64(genes[L + o, 2])
        if move == OUTPUT and np.random.random() < 0.2:
            return move, edit(genes, edits, 0, L + o, OUT, a, NOTHING) if s != NOTHING else 0
        residual = wanted[o].copy()
        if move == TERM and s != NOTHING:
            sign = 1.0 if s == PLUS else -1.0
            for t in range(N):
                residual[t] -= sign * values[a, t]
        found, c = best_fit(values, N + L, N, live, residual)
        if found < 0:
            return move, 0
        kind = draw_kind(firsts, most_muls) if np.random.random() < 0.2 else 0
        at = nearest(constants, firsts, kind, abs(c))
        at = at if c > 0 else -1 - at
        return move, add_term(genes, L, N, live, edits, found, at, one, o, move == OUTPUT)
    products = move == CONSTANT or ((move == MERGE or move == OPERAND) and np.random.random() < 0.3)
    i = draw_row(genes, L, N, live, products)
    if i < 0:
        return move, 0
    op, a, b = np.int64(genes[i, 0]), np.int64(genes[i, 1]), np.int64(genes[i, 2])
    if move == CONSTANT:
        c, v = b, np.random.random()
        if v < 0.15:
            c = one
        elif v < 0.45:
            step = 1 if np.random.random() < 0.5 else -1
            for kind in range(EXACT + 1):
                if firsts[kind] <= b < firsts[kind + 1] and firsts[kind] <= b + step < firsts[kind + 1]:
                    c = b + step
        else:
            c = nearest(constants, firsts, draw_kind(firsts, most_muls), constants[b])
        return move, edit(genes, edits, 0, i, op, a, c) if c != b else 0
    if move == PRUNE:
        second = np.random.random() < 0.5
        made = MINUS if second and op == SUB else TIMES
        return move, edit(genes, edits, 0, i, made, b if second else a, one)
    if move == MERGE:
        found, c = best_fit(values, N + i, N, live, values[N + i])
        if found < 0:
            return move, 0
        kind = draw_kind(firsts, most_muls) if np.random.random() < 0.3 else 0
        at = nearest(constants, firsts, kind, abs(c))
        return move, edit(genes, edits, 0, i, TIMES if c > 0 else MINUS, found, at)
    if move == OPERAND:
        other = int(np.random.random() * (N + i))
        if other >= N and not live[other]:
            return move, 0
        if products or np.random.random() < 0.5:
            return move, edit(genes, edits, 0, i, op, other, b) if other != a else 0
        return move, edit(genes, edits, 0, i, op, a, other) if other != b else 0
    if move == SCALE:
        second = np.random.random() < 0.5
        operand = b if second else a
        row = free_row(L, N, live, max(0, operand + 1 - N), i)
        if row < 0:
            return move, 0
        value = np.exp(0.7 * np.random.standard_normal())
        c = nearest(constants, firsts, draw_kind(firsts, most_muls), value)
        at = edit(genes, edits, 0, row, TIMES, operand, c)
        return move, edit(genes, edits, at, i, op, a if second else N + row, N + row if second else b)
    return move, edit(genes, edits, 0, i, SUB if op == ADD else ADD, a, b)


@cached
def draw(seed, L, N, constants):
    """Return a random chromosome of L rows."""
    np.random.seed(seed)
    genes = np.empty((L + N, 3), dtype=np.int32)
    for i in range(L + N):
        genes[i, 0] = int(np.random.random() * TIMES) if np.random.random() < 0.7 else TIMES
        genes[i, 1] = int(np.random.random() * (N + min(i, L)))
        genes[i, 2] = int(np.random.random() * (constants if genes[i, 0] == TIMES else N + min(i, L)))
        if i >= L:
            genes[i, 0], genes[i, 2] = OUT, int(np.random.random() * 3)
    return genes


@cached
def energy(error, counts, objectives, shares, aim, slope, pull, floor):
    """Return what a burst makes small: operations, and for each factor e of the error `pull` of them.

    Above the error that it aims at there are `slope` of them for each factor e of error / (1 - error): where
    little is right yet a term of an output makes the error hardly smaller, and is worth its addition.
    """
    total = pull * np.log(error + floor)
    if error > aim:
        total += slope * np.log(error * (MOST - aim) / (max(MOST - error, MOST - 1) * aim))
    for o in range(len(objectives)):
        for c in range(3):
            total += shares[o] * objectives[o, c] * counts[c]
    return total


@cached
def spread(rows, N, capacity):
    """Return the same with its rows spread over `capacity` of them, dead ones between."""
    L = len(rows) - N
    genes = np.zeros((capacity + N, 3), dtype=np.int32)
    place = np.arange(L + N)
    for i in range(L + N):
        at = (i + 1) * capacity // (L + 1) - 1 if i < L else capacity + i - L
        if i < L:
            place[N + i] = N + at
        for c in range(3):
            genes[at, c] = rows[i, c]
        genes[at, 1] = place[rows[i, 1]]
        if rows[i, 0] < TIMES:
            genes[at, 2] = place[rows[i, 2]]
    return genes


@cached
def burst(genes, seed, steps, hot, cold, pull, gentle, steep, floor, rates, capacity, most_muls, one,
          constants, firsts, prices, wanted, owner, weight, scaled, twice, objectives, gains):  # fmt: skip
    """Return the best chromosome of an annealed burst, for one error that is drawn to aim at.

    That is any between `floor` and 1, or one near that of `genes`. How much a larger one costs is drawn, too,
    `gentle` to `steep` operations, and how much the objectives count against each other,
    up to 3 to 1 either way. What each move gained is added to `gains`.
    """
    np.random.seed(seed)
    N, L = len(wanted), capacity
    slope = np.exp(np.log(gentle) + np.random.random() * (np.log(steep) - np.log(gentle)))
    if twice:
        slope, hot, cold = 2 * slope, 2 * hot, 2 * cold
    shares = np.ones(len(objectives))
    for o in range(1, len(objectives)):
        shares[o] = 3 ** (2 * np.random.random() - 1)
    now = spread(genes, N, L)
    best = now.copy()
    live, values = room(L, N)
    was_live, dirty = live.copy(), np.zeros(2 * N + L, dtype=np.bool_)
    errors, kept, edits = np.zeros(N), np.zeros(L, dtype=np.int64), np.zeros((4, 4), dtype=np.int64)
    old_errors, old_values = np.zeros(N), np.zeros((L, N))
    counts = np.zeros(3, dtype=np.int64)
    aim, present, lowest = 1.0, 0.0, np.inf
    for step in range(steps):
        temperature = hot * (cold / hot) ** (step / steps)
        if step % AFRESH == 0:  # also at the beginning
            if step:
                now = spread(tidied(now, L, N, one), N, L)
            work_out(now, L, N, live, values, constants, wanted, owner, weight, scaled, dirty, errors, kept,
                     old_values)  # fmt: skip
            count(now, L, N, live, owner, prices, twice, counts)
            error = total(errors)
            if step == 0:
                aim = floor ** np.random.random()
                if error > floor and np.random.random() < 0.5:
                    aim = min(1.0, error * np.exp(np.random.random() - 0.5))
            present = energy(error, counts, objectives, shares, aim, slope, pull, floor)
            if step == 0 and (most_muls < 0 or counts[1] <= most_muls):
                lowest = present
        move, written = propose(now, L, N, live, values, constants, firsts, one, most_muls, wanted, rates,
                                edits)  # fmt: skip
        if written == 0:
            continue
        for e in range(written):
            dirty[N + edits[e, 0]] = True
        was_live, live = live, was_live
        for o in range(N):
            old_errors[o] = errors[o]
        saved = update(now, L, N, was_live, live, values, constants, dirty, kept, old_values)
        part_errors(now, L, N, values, wanted, owner, weight, scaled, dirty, errors)
        count(now, L, N, live, owner, prices, twice, counts)
        for v in range(len(dirty)):
            dirty[v] = False
        after = np.inf
        if most_muls < 0 or counts[1] <= most_muls or lowest == np.inf:
            after = energy(total(errors), counts, objectives, shares, aim, slope, pull, floor)
        if after <= present or np.random.random() < np.exp((present - after) / temperature):
            present = after
            if present < lowest - 1e-9 and (most_muls < 0 or counts[1] <= most_muls):
                if lowest < np.inf:
                    gains[move] += lowest - present
                lowest = present
                for i in range(L + N):
                    for c in range(3):
                        best[i, c] = now[i, c]
        else:
            live, was_live = was_live, live
            for o in range(N):
                errors[o] = old_errors[o]
            for k in range(saved):
                for t in range(N):
                    values[kept[k], t] = old_values[k, t]
            for e in range(written - 1, -1, -1):
                for c in range(3):
                    now[edits[e, 0], c] = edits[e, 1 + c]
    return tidied(best, L, N, one)
