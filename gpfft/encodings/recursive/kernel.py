"""Compiled evaluation and variation of recursive chromosomes.

Legend
    r, S         radix; number of sizes n that the fitness sees (ns, ascending); m = n / r
    L            genes of a chromosome, before its r outputs; capacity: most genes
    gene         row op, a, va, ka, ca, b, vb, kb, cb; value i + 1 is made by gene i, value 0 is x.
                 ADD: term a + term b; SELF: the program itself on term a. Values have m elements.
    term         value a (x through view va), element j times W_n^(k j) exp(-2 pi i c / C)
    output       row OUT, a, slot: value a is written where view `slot` of X is
    places[s]    (views, m): which elements of a vector of ns[s] a view reads
    factors[s]   (K, C, m): the factor (k, c) at element j; K = ns[-1], so k is taken modulo K
    wanted[s]    (n, n): the DFT matrix
    answers[s]   (m, m): what a call on m elements does; the program's own matrix when self-taught
    values[s]    (capacity + 1, m, n): what each value is of the n inputs; row 0 is scratch
    weights      (S,): what the error at each size counts for

The error is the squared Frobenius distance between what the outputs are and the DFT matrix, as a
share of the matrix's own, so each output that holds a part of what it should be counts.
"""
import numpy as np

from gpfft.encodings.compiling import cached

ADD, SELF, OUT = 0, 1, 2
INSERT, GUIDED, REFIT, DELETE, CHANGE, OUTPUT = 0, 1, 2, 3, 4, 5  # moves, in the order of RecursiveMoves
ROUNDING = 1e-20  # a smaller squared error is none


@cached
def set_value(gene, values, i, places, factors, answers):
    """Work out value i + 1 at one size."""
    out, scratch = values[i + 1], values[0]
    m, n = out.shape
    target = scratch if gene[0] == SELF else out
    target[:] = 0
    for col in range(1, 2 if gene[0] == SELF else 6, 4):
        a, factor = gene[col], factors[gene[col + 2], gene[col + 3]]
        if a == 0:
            for j in range(m):
                target[j, places[gene[col + 1], j]] += factor[j]
        else:
            for j in range(m):
                for t in range(n):
                    target[j, t] += factor[j] * values[a, j, t]
    if gene[0] == SELF:
        out[:] = 0
        for k in range(m):
            for j in range(m):
                for t in range(n):
                    out[k, t] += answers[k, j] * scratch[j, t]


@cached
def write_outputs(genes, L, values, places, result):
    """Assemble the matrix of the program at one size; what nothing writes is 0."""
    result[:] = 0
    for o in range(L, len(genes)):
        if genes[o, 1] > 0:
            for j in range(places.shape[1]):
                result[places[genes[o, 2], j]] = values[genes[o, 1], j]


@cached
def distance(result, wanted):
    """Return the squared distance as a share."""
    total = 0.0
    for k in range(wanted.shape[0]):
        for t in range(wanted.shape[1]):
            difference = result[k, t] - wanted[k, t]
            total += difference.real**2 + difference.imag**2
    return total / wanted.size


@cached
def set_values(genes, L, start, values, results, places, factors, wanted, answers, taught, weights):
    """Work out all values from gene `start` on, at all sizes; return the error."""
    total = 0.0
    for s in range(len(values)):
        for i in range(0 if taught and s > 0 else start, L):
            set_value(genes[i], values[s], i, places[s], factors[s], answers[s])
        write_outputs(genes, L, values[s], places[s], results[s])
        total += weights[s] * distance(results[s], wanted[s])
        if taught and s + 1 < len(values):
            answers[s + 1][:] = results[s]
    return total if total > ROUNDING else 0.0


@cached
def room(capacity, wanted, answers):
    """Return (values, results, answers) to work in; the program writes its own answers."""
    values = [np.zeros((capacity + 1, len(a), len(w)), dtype=np.complex128)
              for a, w in zip(answers, wanted)]  # fmt: skip
    results = [np.zeros_like(w) for w in wanted]
    own = [a.copy() for a in answers]
    return values, results, own


@cached
def evaluate(genes, bounds, r, places, factors, wanted, answers, taught, weights, out):
    """Fill `out` with (root of the error, 0) of each; genes and bounds as in `evaluate_packed`."""
    capacity = np.max(bounds[1:] - bounds[:-1])
    values, results, own = room(capacity, wanted, answers)
    for p in range(len(out)):
        rows = genes[bounds[p] : bounds[p + 1]]
        error = set_values(
            rows, len(rows) - r, 0, values, results, places, factors, wanted, own, taught, weights
        )
        out[p, 0] = np.sqrt(error)
        out[p, 1] = 0


@cached
def complexity(genes, L, live):
    """Return how much live genes weigh: 1 a sum, 2 a call."""
    live[:] = False
    for o in range(L, len(genes)):
        live[genes[o, 1]] = True
    total = 0
    for i in range(L - 1, -1, -1):
        if live[i + 1]:
            live[genes[i, 1]] = True
            total += 2
            if genes[i, 0] == ADD:
                live[genes[i, 5]] = True
                total -= 1
    return total


@cached
def live_genes(genes, r):
    """Return how many genes the outputs are made of."""
    live = np.zeros(len(genes) - r + 1, dtype=np.bool_)
    complexity(genes, len(genes) - r, live)
    return int(live[1:].sum())


@cached
def draw_gene(gene, i, views, K, C):
    """Draw gene i: half of its factors are 1."""
    gene[0] = SELF if np.random.random() < 0.4 else ADD
    for col in (1, 5):
        gene[col] = np.random.randint(0, i + 1)
        gene[col + 1] = np.random.randint(0, views)
        gene[col + 2 : col + 4] = 0
        if np.random.random() < 0.5:
            gene[col + 2] = np.random.randint(0, K) if np.random.random() < 0.5 else 0
            gene[col + 3] = np.random.randint(0, C)


@cached
def draw(seed, L, r, views, K, C):
    """Return a random chromosome of L genes."""
    np.random.seed(seed)
    genes = np.zeros((L + r, 9), dtype=np.int32)
    for i in range(L):
        draw_gene(genes[i], i, views, K, C)
    genes[L:, 0] = OUT
    for o in range(L, L + r):
        genes[o, 1] = np.random.randint(0, L + 1)
        genes[o, 2] = np.random.randint(0, views)
    return genes


@cached
def open_row(genes, L, p):
    """Return the chromosome with room for a gene at row p; references follow."""
    wider = np.zeros((len(genes) + 1, 9), dtype=np.int32)
    wider[:p], wider[p + 1 :] = genes[:p], genes[p:]
    for i in range(p + 1, len(wider)):
        wider[i, 1] += wider[i, 1] > p
        wider[i, 5] += wider[i, 5] > p
    return wider


@cached
def inserted(genes, L, views, K, C):
    """Return (chromosome, row): a random gene, put between a user and what it used, mostly."""
    r, p = len(genes) - L, np.random.randint(0, L + 1)
    child = open_row(genes, L, p)
    gene = child[p]
    draw_gene(gene, p, views, K, C)
    user = np.random.randint(p + 1, L + 1 + r)
    if np.random.random() < 0.5:
        user = L + 1 + np.random.randint(0, r)
    col = 5 if child[user, 0] == ADD and np.random.random() < 0.5 else 1
    old, is_output = child[user, col], child[user, 0] == OUT
    child[user, col] = p + 1
    if old <= p and np.random.random() < 0.7 and not (is_output and old == 0):
        gene[1] = old
        if not is_output:
            gene[2] = child[user, col + 1]
        gene[3:5] = 0
    return child, p


@cached
def fitting(lacks, has, K, C):
    """Return the factor (k, c) nearest to that which turns `has` into `lacks` at elements 0 and 1.

    (-1, -1) where an element is 0: nothing can be said.
    """
    if np.min(np.abs(lacks)) < 1e-9 or np.min(np.abs(has)) < 1e-9:
        return -1, -1
    first = -np.angle(lacks[0] / has[0]) / (2 * np.pi)
    second = -np.angle(lacks[1] / has[1]) / (2 * np.pi)
    c = int(np.round(first * C)) % C
    return int(np.round((second - c / C) * K)) % K, c


@cached
def lacking(genes, o, t, values, places, wanted):
    """Return what elements 0 and 1 of output row o still lack at input t."""
    lacks = np.empty(2, dtype=np.complex128)
    for j in range(2):
        lacks[j] = wanted[places[genes[o, 2], j], t]
        if genes[o, 1] > 0:
            lacks[j] -= values[genes[o, 1], j, t]
    return lacks


@cached
def guided(genes, L, values, places, wanted, K, C):
    """Return (chromosome, row): an output gets another value added, with the factor that fits.

    The factor turns the value into what the output lacks at one input. Row -1: there is none.
    """
    o, b = np.random.randint(L, len(genes)), np.random.randint(1, L + 1)
    t = np.random.randint(0, wanted.shape[0])
    k, c = fitting(lacking(genes, o, t, values, places, wanted), values[b, :2, t].copy(), K, C)
    if k < 0:
        return genes, -1
    if genes[o, 1] == 0:  # nothing yet: the value itself
        child = genes.copy()
        child[o, 1] = b
        return child, L
    child = open_row(genes, L, L)
    child[L] = 0
    child[L, 1], child[L, 5], child[L, 7], child[L, 8] = genes[o, 1], b, k, c
    child[o + 1, 1] = L + 1
    return child, L


@cached
def refit(genes, L, values, places, factors, wanted, K, C):
    """Return (chromosome, row): a term of a sum in an output gets the factor that fits.

    With the other terms as they are, it gives the output what it should be at one input. Row -1:
    there is none.
    """
    o, t = np.random.randint(L, len(genes)), np.random.randint(0, wanted.shape[0])
    v, k, c = genes[o, 1], 0, 0  # so far down from the output, and the factors on the way
    while True:
        if v == 0 or genes[v - 1, 0] == SELF:
            return genes, -1
        gene, col = genes[v - 1], 1 if np.random.random() < 0.5 else 5
        if gene[col] == 0:
            return genes, -1
        if genes[gene[col] - 1, 0] == SELF or np.random.random() < 0.3:
            break
        v, k, c = gene[col], (k + gene[col + 2]) % K, (c + gene[col + 3]) % C
    now = factors[(k + gene[col + 2]) % K, (c + gene[col + 3]) % C]
    has = values[gene[col], :2, t].copy()
    lacks = lacking(genes, o, t, values, places, wanted)
    for j in range(2):
        lacks[j] += now[j] * has[j]
    fit_k, fit_c = fitting(lacks, has, K, C)
    if fit_k < 0:
        return genes, -1
    child = genes.copy()
    child[v - 1, col + 2], child[v - 1, col + 3] = (fit_k - k) % K, (fit_c - c) % C
    return child, v - 1


@cached
def deleted(genes, L, K, C):
    """Return (chromosome, row) without a gene: its users get one of its terms instead."""
    p = np.random.randint(0, L)
    col = 5 if genes[p, 0] == ADD and np.random.random() < 0.5 else 1
    heir = genes[p, col : col + 4]
    child = np.zeros((len(genes) - 1, 9), dtype=np.int32)
    child[:p], child[p:] = genes[:p], genes[p + 1 :]
    for i in range(p, len(child)):
        for side in (1, 5):
            if child[i, side] == p + 1 and not (side == 5 and child[i, 0] == OUT):
                child[i, side] = heir[0]
                if child[i, 0] != OUT:
                    if heir[0] == 0:
                        child[i, side + 1] = heir[1]
                    child[i, side + 2] = (child[i, side + 2] + heir[2]) % K
                    child[i, side + 3] = (child[i, side + 3] + heir[3]) % C
            elif child[i, side] > p + 1:
                child[i, side] -= 1
    return child, p


@cached
def changed(genes, L, views, K, C):
    """Return (chromosome, row) with one thing about one gene drawn anew."""
    child, p = genes.copy(), np.random.randint(0, L)
    col = 5 if child[p, 0] == ADD and np.random.random() < 0.5 else 1
    what = np.random.randint(0, 10)
    if what == 0:
        child[p, 0] = ADD if child[p, 0] == SELF else SELF
    elif what == 1:
        draw_gene(child[p], p, views, K, C)
    elif what < 4:
        child[p, col] = np.random.randint(0, p + 1)
    elif what < 6:
        child[p, col + 1] = np.random.randint(0, views)
    elif what < 8:
        child[p, col + 2] = np.random.randint(0, K)
    else:
        child[p, col + 3] = np.random.randint(0, C)
    return child, p


@cached
def led(genes, L, views, kinds):
    """Return (chromosome, row): an output refers to another value or place, or all places change.

    `kinds`: how many arrangements of all outputs there are, 0 for none but free places.
    """
    child, r = genes.copy(), len(genes) - L
    o, dice = L + np.random.randint(0, r), np.random.random()
    if dice < 0.6:
        child[o, 1] = np.random.randint(0, L + 1)
    elif dice < 0.8 or kinds == 0:
        child[o, 2] = np.random.randint(0, views)
    else:
        first = r * np.random.randint(0, kinds)
        for i in range(r):
            child[L + i, 2] = first + i
    return child, L


@cached
def pick(moves):
    """Return a move by the given frequencies."""
    dice = np.random.random() * moves.sum()
    for move in range(len(moves)):
        dice -= moves[move]
        if dice < 0:
            return move
    return len(moves) - 1


@cached
def burst(
    genes, seed, steps, hot, cold, weight, capacity, moves, kinds,
    r, places, factors, wanted, answers, taught, weights, gains,
):  # fmt: skip
    """Return the best chromosome met while annealing from `genes`.

    The energy is the error + `weight` times the complexity; the temperature falls from hot to cold
    geometrically. An exact chromosome is better than any other. By how much a move got below the least
    energy so far is added to `gains` at its place.
    """
    np.random.seed(seed)
    views, K, C, last = places[0].shape[0], factors[0].shape[0], factors[0].shape[1], len(wanted) - 1
    values, results, own = room(capacity, wanted, answers)
    live = np.zeros(capacity + 1, dtype=np.bool_)
    error = set_values(
        genes, len(genes) - r, 0, values, results, places, factors, wanted, own, taught, weights
    )
    energy = error + weight * complexity(genes, len(genes) - r, live)
    best, least = genes.copy(), energy + (error > 0)
    for step in range(steps):
        temperature = hot * (cold / hot) ** (step / steps)
        L, move, row = len(genes) - r, pick(moves), -1
        child = genes
        if move == INSERT and L < capacity:
            child, row = inserted(genes, L, views, K, C)
        elif move == GUIDED and 0 < L < capacity:
            child, row = guided(genes, L, values[last], places[last], wanted[last], K, C)
        elif move == REFIT:
            child, row = refit(genes, L, values[last], places[last], factors[last], wanted[last], K, C)
        elif move == DELETE and L > 0:
            child, row = deleted(genes, L, K, C)
        elif move == CHANGE and L > 0:
            child, row = changed(genes, L, views, K, C)
        elif move == OUTPUT:
            child, row = led(genes, L, views, kinds)
        if row < 0:
            continue
        error = set_values(
            child, len(child) - r, row, values, results, places, factors, wanted, own, taught, weights
        )
        found = error + weight * complexity(child, len(child) - r, live)
        if found <= energy or np.random.random() < np.exp((energy - found) / temperature):
            genes, energy = child, found
            if energy + (error > 0) < least:
                gains[move] += least - energy - (error > 0)
                best, least = genes.copy(), energy + (error > 0)
        else:
            set_values(
                genes, L, row, values, results, places, factors, wanted, own, taught, weights
            )
    return best
