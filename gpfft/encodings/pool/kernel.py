"""Evolve programs for the discrete Fourier transform in the pool formulation.

A chromosome of size N starts from the N inputs (values 0..N-1); gene i makes
value N+i = W^ka * value[a] + W^kb * value[b] from two earlier values.  A value
fits output t when it equals, up to a power of W, row t of the transform
restricted to its support.  Each output is then read out as a sum of fitting
values with disjoint supports, the widest first.

Letters: N size, j input, t output, v value, k exponent, W = exp(-2 pi i / N)
the twiddle, P population, L genes; a gene is the row (ka, a, kb, b).
"""

import numpy as np

from gpfft.encodings.compiling import cached

ONE = np.uint64(1)
NONE = np.uint64(0)
PER_GENE = 0.3  # energy of a live gene beyond its addition: breaks ties towards few genes
PER_GAP = 2.0  # energy of an uncovered (input, output) entry, in additions
PERIOD = 100  # proposals between two sweeps of the dead genes
MOVES = 7  # in the order of PoolMoves; see `propose`


@cached
def capacity(size):
    """Return the largest number of genes a program of this size may have."""
    bits = 0
    while (1 << bits) < size:
        bits += 1
    return 4 * size * bits + 8


@cached
def bit(position):
    """Return the mask with one bit set."""
    return ONE << np.uint64(position)


@cached
def classes(size):
    """Return the class of each exponent; a quarter or half turn keeps the class."""
    period = size
    if size % 4 == 0:
        period = size // 4
    elif size % 2 == 0:
        period = size // 2
    return np.arange(size) % period


@cached
def new_state(rows, size):
    """Return (mask, fit, width, phase, count, chosen, gaps) holding the inputs only."""
    total = size + rows
    mask = np.zeros(total, np.uint64)
    fit = np.zeros(total, np.uint64)
    width = np.zeros(total, np.int64)
    phase = np.zeros((total, size), np.int16)
    for j in range(size):
        mask[j] = bit(j)
        width[j] = 1
        for t in range(size):
            fit[j] |= bit(t)
            phase[j, t] = j * t % size
    count = np.zeros(size, np.int64)
    chosen = np.zeros((size, size), np.int64)
    gaps = np.zeros(size, np.int64)
    return mask, fit, width, phase, count, chosen, gaps


@cached
def express(gene, v, size, state):
    """Work out the support, the fitted outputs and the phases of value v."""
    mask, fit, width, phase = state[:4]
    ka, a, kb, b = gene[0], gene[1], gene[2], gene[3]
    mask[v] = fit[v] = NONE
    width[v] = 0
    both = fit[a] & fit[b]
    if mask[a] & mask[b] != NONE or both == NONE:
        return
    fits = NONE
    for t in range(size):
        if both & bit(t) != NONE:
            left = phase[a, t] - ka
            if left < 0:
                left += size
            right = phase[b, t] - kb
            if right < 0:
                right += size
            if left == right:
                fits |= bit(t)
                phase[v, t] = left
    if fits != NONE:
        fit[v] = fits
        mask[v] = mask[a] | mask[b]
        width[v] = width[a] + width[b]


@cached
def sort_values(total, size, width, order):
    """Fill order with the values, widest first and newest first among equals."""
    start = np.zeros(size + 2, np.int64)
    for v in range(total):
        start[size - width[v] + 1] += 1
    for w in range(1, size + 1):
        start[w] += start[w - 1]
    for v in range(total - 1, -1, -1):
        slot = size - width[v]
        order[start[slot]] = v
        start[slot] += 1
    return start[size - 1]


@cached
def cover(t, order, total, size, terms, state):
    """Choose values that cover output t, greedily in order; only the first `terms` fill gaps."""
    mask, fit, width, _, count, chosen, gaps = state
    wanted = bit(t)
    covered = NONE
    left = gap = size
    n = 0
    for i in range(total):
        v = order[i]
        if fit[v] & wanted != NONE and mask[v] & covered == NONE:
            chosen[t, n] = v
            n += 1
            covered |= mask[v]
            left -= width[v]
            if terms == 0 or n <= terms:
                gap = left
            if left == 0:
                break
    count[t] = n
    gaps[t] = gap


@cached
def used_terms(count, terms):
    """Return how many of the chosen values a readout limited to `terms` sums."""
    return count if terms == 0 else min(count, terms)


@cached
def build(genes, length, size, terms, order, state):
    """Work out every value and every readout of a program."""
    mask, fit, width = state[:3]
    for i in range(length):
        express(genes[i], size + i, size, state)
    mask[size + length:] = fit[size + length:] = NONE
    width[size + length:] = 0
    total = sort_values(size + length, size, width, order)
    for t in range(size):
        cover(t, order, total, size, terms, state)


@cached
def count_additions(genes, length, size, terms, state, live):
    """Return (live genes, readout additions, uncovered entries); mark what is live."""
    count, chosen, gaps = state[4:]
    live[: size + length] = False
    joins = missing = 0
    for t in range(size):
        missing += gaps[t]
        summed = used_terms(count[t], terms)
        joins += summed - 1
        for n in range(summed):
            live[chosen[t, n]] = True
    alive = 0
    for i in range(length - 1, -1, -1):
        if live[size + i]:
            alive += 1
            live[genes[i, 1]] = live[genes[i, 3]] = True
    return alive, joins, missing


@cached
def charge(v, k, group, price, used):
    """Return the price of constant k on value v unless its class is already paid."""
    flag = bit(group[k])
    if used[v] & flag != NONE:
        return 0
    used[v] |= flag
    return price[k]


@cached
def count_constants(genes, length, size, terms, group, price, state, live, used):
    """Return the price of all products with constants that live genes and readouts need."""
    phase, count, chosen = state[3:6]
    used[: size + length] = NONE
    paid = 0
    for t in range(size):
        for n in range(used_terms(count[t], terms)):
            v = chosen[t, n]
            paid += charge(v, phase[v, t], group, price, used)
    for i in range(length):
        if live[size + i]:
            ka, a, kb, b = genes[i, 0], genes[i, 1], genes[i, 2], genes[i, 3]
            paid += charge(a, ka, group, price, used) + charge(b, kb, group, price, used)
    return paid


@cached
def evaluate(genes, bounds, size, price, terms, out):
    """Fill out with (error, flops) of each program, genes[bounds[p] : bounds[p + 1]].

    Uncovered entries of the matrix have modulus 1, so the error is its relative Frobenius
    distance to the transform's matrix.
    """
    rows = np.max(bounds[1:] - bounds[:-1])
    state = new_state(rows, size)
    order = np.zeros(size + rows, np.int64)
    live = np.zeros(size + rows, np.bool_)
    used = np.zeros(size + rows, np.uint64)
    group = classes(size)
    for p in range(len(out)):
        own = genes[bounds[p] : bounds[p + 1]]
        build(own, len(own), size, terms, order, state)
        alive, joins, gaps = count_additions(own, len(own), size, terms, state, live)
        paid = count_constants(own, len(own), size, terms, group, price, state, live, used)
        out[p, 0] = np.sqrt(gaps) / size
        out[p, 1] = 2 * (alive + joins) + paid


@cached
def readout(genes, size, terms):
    """Return (count, values, phases): what each output sums and the phase of each term."""
    state = new_state(len(genes), size)
    order = np.zeros(size + len(genes), np.int64)
    build(genes, len(genes), size, terms, order, state)
    phase, count, chosen = state[3:6]
    phases = np.zeros((size, size), np.int64)
    for t in range(size):
        count[t] = used_terms(count[t], terms)
        for n in range(count[t]):
            phases[t, n] = phase[chosen[t, n], t]
    return count, chosen, phases


@cached
def refresh(old, new, length, size, terms, order, dirty, state):
    """Bring the state from the genes old to the genes new; mark the dirty values.

    Returns the mask of the outputs whose readout was chosen anew.
    """
    mask, fit = state[:2]
    touched = NONE
    dirty[: size + length] = False
    for i in range(length):
        v = size + i
        edited = False
        for column in range(4):
            edited |= old[i, column] != new[i, column]
        if edited or dirty[new[i, 1]] or dirty[new[i, 3]]:
            mask_before, fit_before = mask[v], fit[v]
            express(new[i], v, size, state)
            dirty[v] = True
            if mask[v] == mask_before:
                touched |= fit[v] ^ fit_before
            else:
                touched |= fit[v] | fit_before
    if touched != NONE:
        total = sort_values(size + length, size, state[2], order)
        for t in range(size):
            if touched & bit(t) != NONE:
                cover(t, order, total, size, terms, state)
    return touched


@cached
def copy_dirty(source, target, dirty, touched, total, size):
    """Copy the dirty values and the touched readouts from one state to another."""
    mask, fit, width, phase, count, chosen, gaps = source
    mask_to, fit_to, width_to, phase_to, count_to, chosen_to, gaps_to = target
    for v in range(size, total):
        if dirty[v]:
            mask_to[v], fit_to[v], width_to[v] = mask[v], fit[v], width[v]
            for t in range(size):
                phase_to[v, t] = phase[v, t]
    for t in range(size):
        if touched & bit(t) != NONE:
            count_to[t], gaps_to[t] = count[t], gaps[t]
            for n in range(count[t]):
                chosen_to[t, n] = chosen[t, n]


@cached
def write(genes, i, ka, a, kb, b, size):
    """Set gene i."""
    genes[i, 0] = ka % size
    genes[i, 1] = a
    genes[i, 2] = kb % size
    genes[i, 3] = b


@cached
def write_agreeing(genes, i, a, b, t, size, phase):
    """Set gene i to the sum of a and b with the twiddle on which they agree at t."""
    lag = phase[b, t] - phase[a, t]
    if np.random.random() < 0.5:
        write(genes, i, 0, a, lag, b, size)
    else:
        write(genes, i, -lag, a, 0, b, size)


@cached
def insert_random(genes, length, size):
    """Append a random gene."""
    total = size + length
    write(genes, length, np.random.randint(size), np.random.randint(total),
          np.random.randint(size), np.random.randint(total), size)


@cached
def insert_guided(genes, length, size, state):
    """Append the sum of two random values, agreeing at a random output both fit."""
    mask, fit, _, phase = state[:4]
    total = size + length
    t = np.random.randint(size)
    a = np.random.randint(total)
    b = np.random.randint(total)
    if fit[a] & fit[b] & bit(t) != NONE and mask[a] & mask[b] == NONE:
        write_agreeing(genes, length, a, b, t, size, phase)


@cached
def insert_pair(genes, length, size, state):
    """Append the sum of two values that some readout adds."""
    phase, count, chosen = state[3:6]
    t = np.random.randint(size)
    if count[t] < 2:
        return
    first = np.random.randint(count[t])
    second = np.random.randint(count[t] - 1)
    if second >= first:
        second += 1
    write_agreeing(genes, length, chosen[t, first], chosen[t, second], t, size, phase)


@cached
def delete(genes, i, length, size):
    """Blank gene i and let one of its operands take its place."""
    keep = 2 * np.random.randint(2)
    k, operand = genes[i, keep], genes[i, keep + 1]
    for later in range(i + 1, length):
        for side in (0, 2):
            if genes[later, side + 1] == size + i:
                genes[later, side + 1] = operand
                genes[later, side] = (genes[later, side] + k) % size
    genes[i] = 0


@cached
def change_operand(genes, i, size, state):
    """Give gene i another operand, agreeing with the one kept at a random output."""
    fit, phase = state[1], state[3]
    side = 2 * np.random.randint(2)
    kept = genes[i, 3 - side]
    other = np.random.randint(size + i)
    t = np.random.randint(size)
    if fit[kept] & fit[other] & bit(t) != NONE:
        genes[i, side + 1] = other
        genes[i, side] = (genes[i, 2 - side] + phase[other, t] - phase[kept, t]) % size


@cached
def propose(genes, length, size, weights, state):
    """Make one random move and return which; a gene inserted goes to row `length`, blank before."""
    dice = np.random.random() * weights.sum()
    move = 0
    while move < MOVES - 1 and dice >= weights[move]:
        dice -= weights[move]
        move += 1
    if move < 3 and length == len(genes) - 1:
        return move
    if move == 0:
        insert_random(genes, length, size)
    elif move == 1:
        insert_guided(genes, length, size, state)
    elif move == 2:
        insert_pair(genes, length, size, state)
    elif length > 0:
        i = np.random.randint(length)
        while i > 0 and genes[i, 1] == genes[i, 3]:
            i -= 1
        if move == 3:
            delete(genes, i, length, size)
        elif move == 4:
            change_operand(genes, i, size, state)
        elif move == 5:
            genes[i, 2 * np.random.randint(2)] = np.random.randint(size)
        else:
            delete(genes, i, length, size)
            if length < len(genes) - 1:
                insert_pair(genes, length, size, state)
    return move


@cached
def sweep(genes, length, size, live, out):
    """Write the live genes to out, blank rows after them; return how many they are."""
    name = np.arange(size + length)
    out[:] = 0
    kept = 0
    for i in range(length):
        if live[size + i]:
            write(out, kept, genes[i, 0], name[genes[i, 1]], genes[i, 2], name[genes[i, 3]], size)
            name[size + i] = size + kept
            kept += 1
    return kept


@cached
def energy(genes, length, size, terms, state, live):
    """Return complex additions, a little per live gene, and the penalty of the gaps.

    Twiddles do not count: neutral rescaling moves them once the additions are found.
    """
    alive, joins, gaps = count_additions(genes, length, size, terms, state, live)
    return (1 + PER_GENE) * alive + joins + PER_GAP * gaps


@cached
def burst(genes, size, terms, weights, seed, steps, t_start, t_end, gains):
    """Return the genes left by a Metropolis walk of `steps` proposals, live ones only.

    The temperature, in complex additions, goes linearly from t_start to t_end. By how much a move got
    below the lowest energy so far is added to `gains` at its place.
    """
    np.random.seed(seed)
    rows = 2 * capacity(size)
    length = min(len(genes), capacity(size))
    now = np.zeros((rows, 4), np.int32)
    trial = now.copy()
    now[:length] = genes[:length]
    order = np.zeros(size + rows, np.int64)
    live = np.zeros(size + rows, np.bool_)
    dirty = np.zeros(size + rows, np.bool_)
    state = new_state(rows, size)
    tried = new_state(rows, size)
    level, lowest = 0.0, np.inf
    for step in range(steps):
        if step % PERIOD == 0:
            build(now, length, size, terms, order, state)
            level = energy(now, length, size, terms, state, live)
            length = sweep(now, length, size, live, trial)
            now[:] = trial
            build(now, length, size, terms, order, state)
            build(now, length, size, terms, order, tried)
            lowest = min(lowest, level)
        move = propose(trial, length, size, weights, state)
        total = size + length + 1
        touched = refresh(now, trial, length + 1, size, terms, order, dirty, tried)
        rise = energy(trial, length + 1, size, terms, tried, live) - level
        heat = t_start + (t_end - t_start) * step / steps
        if rise <= 0 or np.random.random() < np.exp(-rise / heat):
            copy_dirty(tried, state, dirty, touched, total, size)
            now[: length + 1] = trial[: length + 1]
            level += rise
            if level < lowest:
                gains[move] += lowest - level
                lowest = level
            if trial[length, 1] != trial[length, 3]:
                length += 1
        else:
            copy_dirty(state, tried, dirty, touched, total, size)
            trial[: length + 1] = now[: length + 1]
    build(now, length, size, terms, order, state)
    count_additions(now, length, size, terms, state, live)
    length = sweep(now, length, size, live, trial)
    return trial[:length].copy()


@cached
def live_genes(genes, size, terms):
    """Return how many genes the outputs are made of."""
    state = new_state(len(genes), size)
    live = np.zeros(size + len(genes), np.bool_)
    build(genes, len(genes), size, terms, np.zeros(size + len(genes), np.int64), state)
    return count_additions(genes, len(genes), size, terms, state, live)[0]


@cached
def find_gene(genes, length, ka, a, kb, b):
    """Return the row of an identical gene, or -1."""
    for i in range(length):
        if genes[i, 0] == ka and genes[i, 1] == a and genes[i, 2] == kb and genes[i, 3] == b:
            return i
    return -1


@cached
def graft(genes_a, genes_b, size, seed):
    """Return parent a with one live value of parent b, and all it needs, appended."""
    np.random.seed(seed)
    rows, terms = len(genes_b), np.int64(0)  # with a literal 0 all that it is passed to is compiled again
    state = new_state(rows, size)
    live = np.zeros(size + rows, np.bool_)
    build(genes_b, rows, size, terms, np.zeros(size + rows, np.int64), state)
    count_additions(genes_b, rows, size, terms, state, live)
    pool = np.nonzero(live[size:])[0]
    cone = np.zeros(size + rows, np.bool_)
    if len(pool) > 0:
        cone[size + pool[np.random.randint(len(pool))]] = True
    for i in range(rows - 1, -1, -1):
        if cone[size + i]:
            cone[genes_b[i, 1]] = cone[genes_b[i, 3]] = True
    child = np.zeros((len(genes_a) + rows, 4), np.int32)
    length = len(genes_a)
    child[:length] = genes_a
    name = np.arange(size + rows)
    for i in range(rows):
        if cone[size + i]:
            ka, a, kb, b = genes_b[i, 0], name[genes_b[i, 1]], genes_b[i, 2], name[genes_b[i, 3]]
            row = find_gene(child, length, ka, a, kb, b)
            if row < 0:
                row = length
                write(child, row, ka, a, kb, b, size)
                length += 1
            name[size + i] = size + row
    return child[: min(length, capacity(size))].copy()
