"""Neutral rescaling of a straight-line DFT graph: find the phases that make it cheapest.

Legend
    N, M, V     inputs (the size), nodes, and values V = N + M; value N+i is made by node i
    W           exp(-2 pi i / N); a constant W^k is written as its exponent k
    g[v]        phase of value v: the graph carries W^g[v] * value; inputs keep g = 0
    node        row ka, a, kb, b: value[N+i] = W^ka value[a] + W^kb value[b]
    output      row v, k: output t = W^k value[v]
    use         an edge of u into a node w (constant k + g[w] - g[u]) or an output (k - g[u])
    p, class    two constants are one class when equal modulo p = N/4 (N/2, or N: see `period`)
    uses[u, c]  how many uses of u have k + g[w] (outputs: k) equal to c modulo p
    link        a use seen from either end v: free of charge when g[v] = g[other] + offset
    d           the shift a move adds to the phases of all its members

The cost is 2 M plus, for each value, the price of every distinct class among its uses.
It sees phases modulo p only, so all phases returned here lie in 0..p-1.
"""
import numpy as np

from gpfft.encodings.compiling import cached

# Moves, in the order of `weights` (the fields of RescaledMoves): 0 single random, 1 single align,
# 2 pair random, 3 pair align, 4 cluster align. A random shift, or one that makes a link of the value
# free ("align"), is given to a value alone, to both of a butterfly, or to a growing cluster.
JOIN = 0.8  # chance that a cluster grows along a free link
CROWD = 8  # values a cluster may hold


@cached
def period(size):
    """Return p: constants that differ by a multiple of p are one class."""
    if size % 4 == 0:
        return size // 4
    if size % 2 == 0:
        return size // 2
    return size


@cached
def wrap(x, p):
    """Bring x from -p..2p-1 into 0..p-1."""
    if x < 0:
        return x + p
    if x >= p:
        return x - p
    return x


@cached
def folded(phases, p):
    """Copy phases into 0..p-1."""
    return (phases % p).astype(np.int32)


@cached
def reduced(nodes, outputs, p):
    """Copy nodes and outputs with all constants in 0..p-1."""
    nodes, outputs = nodes.copy(), outputs.copy()
    for i in range(nodes.shape[0]):
        nodes[i, 0] %= p
        nodes[i, 2] %= p
    for t in range(outputs.shape[0]):
        outputs[t, 1] %= p
    return nodes, outputs


@cached
def tally(g, nodes, outputs, size, p):
    """Count uses[u, c] for reduced phases, nodes and outputs."""
    uses = np.zeros((g.size, p), np.int32)
    for i in range(nodes.shape[0]):
        for side in range(0, 4, 2):
            uses[nodes[i, side + 1], wrap(nodes[i, side] + g[size + i], p)] += 1
    for t in range(outputs.shape[0]):
        uses[outputs[t, 0], outputs[t, 1]] += 1
    return uses


@cached
def evaluate(phases, nodes, outputs, size, price, out):
    """Write the cost of every row of phases into out."""
    p = period(size)
    nodes, outputs = reduced(nodes, outputs, p)
    for row in range(phases.shape[0]):
        g = folded(phases[row], p)
        uses = tally(g, nodes, outputs, size, p)
        cost = 2 * nodes.shape[0]
        for u in range(g.size):
            for c in range(p):
                if uses[u, c] > 0:
                    cost += price[wrap(c - g[u], p)]
        out[row] = cost


@cached
def link_lists(nodes, outputs, size, p):
    """List the links of value v as other, offset [first[v] : first[v+1]]."""
    count, ends = nodes.shape[0], outputs.shape[0]
    near = np.empty(4 * count + ends, np.int32)
    far = np.zeros(near.size, np.int32)  # of an output: input 0, whose phase is 0 as well
    gap = np.empty(near.size, np.int32)
    for i in range(count):
        for side in range(2):
            k, a, at = nodes[i, 2 * side], nodes[i, 2 * side + 1], 4 * i + 2 * side
            near[at], far[at], gap[at] = size + i, a, wrap(-k, p)
            near[at + 1], far[at + 1], gap[at + 1] = a, size + i, k
    near[4 * count:] = outputs[:, 0]
    gap[4 * count:] = outputs[:, 1]
    order = np.argsort(near, kind="mergesort")
    first = np.zeros(size + count + 1, np.int64)
    for v in near:
        first[v + 1] += 1
    return np.cumsum(first), far[order], gap[order]


@cached
def partners(nodes, size, first, other):
    """Give each value another one made from the same two operands, or itself."""
    partner = np.arange(first.size - 1)
    for i in range(nodes.shape[0]):
        a, b = nodes[i, 1], nodes[i, 3]
        for at in range(first[a], first[a + 1]):
            j = other[at] - size
            if other[at] > a and j >= 0 and j != i:
                x, y = nodes[j, 1], nodes[j, 3]
                if (x == a and y == b) or (x == b and y == a):
                    partner[size + i] = size + j
    return partner


@cached
def shift(v, d, g, uses, nodes, size, prices, p):
    """Add d to the phase of v and return the change of cost."""
    old = p - g[v]
    new = p - wrap(g[v] + d, p)
    change = 0
    for c in range(p):
        if uses[v, c] > 0:
            change += prices[c + new] - prices[c + old]
    for side in range(0, 4, 2):
        a = nodes[v - size, side + 1]
        c = wrap(nodes[v - size, side] + g[v], p)
        uses[a, c] -= 1
        if uses[a, c] == 0:
            change -= prices[c + p - g[a]]
        c = wrap(c + d, p)
        if uses[a, c] == 0:
            change += prices[c + p - g[a]]
        uses[a, c] += 1
    g[v] = p - new
    return change


@cached
def grow(members, held, g, first, other, offset, size, p):
    """Let a cluster begun as members[0] spread along free links; return how many it holds."""
    count, at = 1, 0
    held[members[0]] = True
    while at < count:
        v = members[at]
        at += 1
        for link in range(first[v], first[v + 1]):
            w = other[link]
            if count < members.size and w >= size and not held[w]:
                if g[v] == wrap(g[w] + offset[link], p) and np.random.random() < JOIN:
                    held[w] = True
                    members[count] = w
                    count += 1
    for at in range(count):
        held[members[at]] = False
    return count


@cached
def propose(odds, members, held, g, first, other, offset, partner, size, p):
    """Draw a move: write its members and return how many (0: nothing to do) and d."""
    move = np.searchsorted(odds, np.random.random(), side="right")
    v = size + int(np.random.random() * (g.size - size))
    if move == 0 or move == 2:
        d = 1 + int(np.random.random() * (p - 1))
    else:
        link = first[v] + int(np.random.random() * (first[v + 1] - first[v]))
        d = wrap(wrap(g[other[link]] + offset[link], p) - g[v], p)
        if d == 0:
            return 0, d
    members[0] = v
    if move == 4:
        return grow(members, held, g, first, other, offset, size, p), d
    if move >= 2 and partner[v] != v:
        members[1] = partner[v]
        return 2, d
    return 1, d


@cached
def burst(phases, nodes, outputs, size, price, weights, seed, steps, t_start, t_end):
    """Anneal the phases by Metropolis moves and return the cheapest ones met.

    The temperature falls geometrically from t_start to t_end, both above 0; `weights` are the
    odds of MOVES. The phases given count as met, so the cost never rises.
    """
    np.random.seed(seed)
    p = period(size)
    g = folded(phases, p)
    best = g.copy()
    if p == 1 or nodes.shape[0] == 0:
        return best
    nodes, outputs = reduced(nodes, outputs, p)
    first, other, offset = link_lists(nodes, outputs, size, p)
    partner = partners(nodes, size, first, other)
    uses = tally(g, nodes, outputs, size, p)
    prices = np.concatenate((price[:p], price[:p]))
    odds = np.cumsum(weights)
    odds /= odds[-1]
    members = np.empty(max(2, CROWD), np.int64)
    held = np.zeros(g.size, np.bool_)
    ratio = (t_end / t_start) ** (1 / max(1, steps - 1))
    t, cost, record = t_start, 0, 0
    for _ in range(steps):
        count, d = propose(odds, members, held, g, first, other, offset, partner, size, p)
        change = 0
        for at in range(count):
            change += shift(members[at], d, g, uses, nodes, size, prices, p)
        if change > 0 and np.random.random() >= np.exp(-change / t):
            for at in range(count):
                shift(members[at], p - d, g, uses, nodes, size, prices, p)
        else:
            cost += change
            if cost < record:
                record = cost
                best[:] = g
        t *= ratio
    return best


@cached
def block(nodes, size, root, down):
    """Mark a value with all its descendants (down) or all its ancestors."""
    inside = np.zeros(size + nodes.shape[0], np.bool_)
    inside[root] = True
    if down:
        for i in range(nodes.shape[0]):
            inside[size + i] |= inside[nodes[i, 1]] or inside[nodes[i, 3]]
    else:
        for i in range(nodes.shape[0] - 1, -1, -1):
            if inside[size + i]:
                inside[nodes[i, 1]] = True
                inside[nodes[i, 3]] = True
    return inside


@cached
def cross(phases_a, phases_b, nodes, size, seed):
    """Take a block of phases from b, the rest from a, and fit the block to its border.

    The block is a random value with its descendants or ancestors. Of all common shifts it gets
    the one that frees most edges across its border; a value no node uses votes for no shift.
    """
    np.random.seed(seed)
    p = period(size)
    child = folded(phases_a, p)
    if nodes.shape[0] == 0:
        return child
    start = size + int(np.random.random() * nodes.shape[0])
    inside = block(nodes, size, start, np.random.random() < 0.5)
    inside[:size] = False
    child[inside] = folded(phases_b, p)[inside]
    votes = np.zeros(p, np.int64)
    idle = inside.copy()
    for i in range(nodes.shape[0]):
        for side in range(0, 4, 2):
            a, v = nodes[i, side + 1], size + i
            idle[a] = False
            if inside[a] != inside[v]:
                k = nodes[i, side] + child[v] - child[a]
                votes[(-k if inside[v] else k) % p] += 1
    votes[0] += np.sum(idle)
    d = np.argmax(votes)
    for v in range(size, child.size):
        if inside[v]:
            child[v] = wrap(child[v] + d, p)
    return child
