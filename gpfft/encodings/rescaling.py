"""Neutral rescaling of a straight-line DFT graph: find the factors that make it cheapest.

Legend
    N, M, V     inputs (the size), nodes, and values V = N + M; value N+i is made by node i
    W           exp(-2 pi i / N); a constant W^k is written as its exponent k
    node        row ka, a, kb, b: value[N+i] = W^ka value[a] + W^kb value[b]; or 0, a, 0, -1: value[a]
                times a constant that is no real number times a twiddle
    output      row v, k: output t = W^k value[v]
    fixed       (M + outputs, 2), for each node and then each output: what its terms are multiplied by
                besides, as places in reals; of a node's operands the lower one has place 0
    reals       the scales of real numbers, see label; reals[0] = 0 is that of 1
    butterfly   values made of the same two operands by products that they share: one factor for all;
                a product with a constant (-1) has the butterfly of what it multiplies
    label       row phase, scale: the factor of a butterfly is W^phase times a real number, whose
                logarithm is the integer scale, exact for products of powers of the sines in `sizes`;
                butterfly 0 stands for the inputs, and for butterflies that make outputs only: its
                label is (0, 0) and stays so
    p           phases count modulo p = N/4 (N/2, or N: see `period`): the rest is free of charge
    sizes       (2, p): minus the logarithm of |cos| and of |sin| of the angle of W^k
    prices      of the kinds FREE .. OTHER of constants; last, of a second product that waits (TWICE)
    graph       what `layout` returns, see there
    edge        a use of a value by a butterfly: its constant is W^(k + phase there - phase here), its
                scale the difference likewise, plus that of its fixed real number
    bundle      the edges of one value; equal constants among them are paid for once

The cost is, for each value, the price of every distinct constant among its edges; a sum costs 2 more
and is not counted here. With a TWICE above 0 a product that is real or has a real factor (a waiting one)
may be free because an addition takes it in, and each addition takes in one only: a butterfly whose
operands both wait costs TWICE more (one that makes outputs only: for each), and so does an output that
waits.
"""
import numpy as np

from gpfft.encodings.compiling import cached

FREE, REAL, TURNED, DIAGONAL, TANGENT, OTHER, TWICE = 0, 1, 2, 3, 4, 5, 6
BUNDLE, MEETING = 0, 1  # what a part of rare is
NEVER = 2**62  # a scale that no constant has
MOVES = ("turn one", "turn several", "scale one", "scale several")  # of `burst`


@cached
def period(size):
    """Return p: constants that differ by a multiple of p are one class."""
    if size % 4 == 0:
        return size // 4
    if size % 2 == 0:
        return size // 2
    return size


@cached
def unfixed(nodes, outputs):
    """Return `fixed` and `reals` of a graph in which all constants are twiddles."""
    return np.zeros((nodes.shape[0] + outputs.shape[0], 2), np.int32), np.zeros(1, np.int64)


@cached
def butterflies(nodes, outputs, fixed, many, size):
    """Give each value a butterfly and a turn (what its phase is ahead of the butterfly's).

    `many` is the length of reals. Butterflies are numbered from 1; those that make outputs only, two
    values or more, are 0.
    """
    p, count = period(size), nodes.shape[0]
    values = size + count
    keys = np.empty(count, np.int64)
    lead = np.empty(count, np.int64)
    for i in range(count):
        ka, a, kb, b = nodes[i, 0], nodes[i, 1], nodes[i, 2], nodes[i, 3]
        if b < 0:
            keys[i] = -1 - i
            continue
        if a > b:
            ka, a, kb, b = kb, b, ka, a
        keys[i] = ((np.int64(a) * values + b) * p + (kb - ka) % p) * many + max(fixed[i, 0], fixed[i, 1])
        lead[i] = ka
    used = np.zeros(values, np.bool_)
    for i in range(count):
        used[nodes[i, 1]] = True
        if nodes[i, 3] >= 0:
            used[nodes[i, 3]] = True
    ends = np.full(values, -1, np.int64)  # the phase of a value's outputs; -2: they differ
    for t in range(outputs.shape[0]):
        v, k = outputs[t, 0], outputs[t, 1] % p
        ends[v] = k if (ends[v] == -1 or ends[v] == k) and fixed[count + t, 0] == 0 else -2
    order = np.argsort(keys, kind="mergesort")
    member = np.zeros(values, np.int64)
    turn = np.zeros(values, np.int64)
    number, begin = 0, 0
    while begin < count:
        end = begin + 1
        if nodes[order[begin], 3] < 0:
            begin = end
            continue
        while end < count and keys[order[end]] == keys[order[begin]]:
            end += 1
        first = order[begin]
        final = end - begin >= 2
        for j in range(begin, end):
            v = size + order[j]
            turn[v] = (lead[first] - lead[order[j]]) % p
            final = final and not used[v] and ends[v] >= 0
        shift = (ends[size + first]) % p
        for j in range(begin, end):
            v = size + order[j]
            final = final and (turn[v] + shift) % p == ends[v]
        if not final:
            number += 1
        for j in range(begin, end):
            v = size + order[j]
            member[v] = 0 if final else number
            if final:
                turn[v] = ends[v]
        begin = end
    for i in range(count):
        if nodes[i, 3] < 0:
            member[size + i], turn[size + i] = member[nodes[i, 1]], turn[nodes[i, 1]]
    return member, turn, number + 1


@cached
def distinct(keys):
    """Return the keys in order, each once; numba's own unique takes seconds more to compile."""
    keys = keys[np.argsort(keys, kind="mergesort")]
    many = min(1, keys.size)
    for i in range(1, keys.size):
        if keys[i] != keys[many - 1]:
            keys[many] = keys[i]
            many += 1
    return keys[:many]


@cached
def layout(nodes, outputs, fixed, reals, size, meeting):
    """Return the graph, with meetings if wanted.

    member, turn     (V,) see `butterflies`
    near, start      butterfly c has the links near[start[c] : start[c+1]], rows (other, k, way, f): the
                     only edge of some value, from (way 1) or to (way -1) the other butterfly, with the
                     place f of its fixed number
    rare             for each value of several edges BUNDLE, source, how many, then target, k, f of each;
                     for each meeting MEETING, target, then source, k, f of both operands
    rstart, rat      butterfly c has a say in the parts of rare at rat[rstart[c] : rstart[c+1]]
    reals            as given
    """
    p, count, many = period(size), nodes.shape[0], reals.size
    member, turn, number = butterflies(nodes, outputs, fixed, many, size)
    keys = np.empty(2 * count + outputs.shape[0], np.int64)
    used = 0
    for i in range(count):
        v = size + i
        if nodes[i, 3] < 0:
            continue
        for side in range(2):
            a = nodes[i, 2 * side + 1]
            k = (nodes[i, 2 * side] + turn[v] - turn[a]) % p
            keys[used] = ((np.int64(a) * number + member[v]) * p + k) * many + fixed[i, side]
            used += 1
    for t in range(outputs.shape[0]):
        v = outputs[t, 0]
        k = (outputs[t, 1] - turn[v]) % p
        keys[used] = (np.int64(v) * number * p + k) * many + fixed[count + t, 0]
        used += 1
    keys = distinct(keys[:used])
    near_of, links = np.empty(2 * keys.size, np.int64), np.empty((2 * keys.size, 4), np.int32)
    rare = np.empty(5 * keys.size + 8 * (count + outputs.shape[0]), np.int32)
    parts = np.empty((2 * keys.size + 3 * (count + outputs.shape[0]) + 1, 2), np.int64)
    linked, held, parted, begin = 0, 0, 0, 0
    while begin < keys.size:
        v = keys[begin] // (number * p * many)
        end = begin + 1
        while end < keys.size and keys[end] // (number * p * many) == v:
            end += 1
        s = member[v]
        if end == begin + 1:
            d, k, f = keys[begin] // many // p % number, keys[begin] // many % p, keys[begin] % many
            for way in (-1, 1):
                near_of[linked] = s if way < 0 else d
                links[linked, 0], links[linked, 1] = d if way < 0 else s, k
                links[linked, 2], links[linked, 3] = way, f
                linked += 1
        else:
            parts[parted, 0], parts[parted, 1] = s, held
            parted += 1
            rare[held], rare[held + 1], rare[held + 2] = BUNDLE, s, end - begin
            for e in range(begin, end):
                at = held + 3 + 3 * (e - begin)
                rare[at], rare[at + 1] = keys[e] // many // p % number, keys[e] // many % p
                rare[at + 2] = keys[e] % many
                parts[parted, 0], parts[parted, 1] = rare[at], held
                parted += 1
            held += 3 + 3 * (end - begin)
        begin = end
    if meeting:
        seen = np.zeros(number, np.bool_)
        for i in range(count + outputs.shape[0]):
            v = size + i if i < count else outputs[i - count, 0]
            if i < count and (nodes[i, 3] < 0 or (member[v] > 0 and seen[member[v]])):
                continue
            rare[held] = MEETING
            if i < count:
                seen[member[v]] = True
                rare[held + 1] = member[v]
                for side in range(2):
                    a = nodes[i, 2 * side + 1]
                    rare[held + 2 + 3 * side] = member[a]
                    rare[held + 3 + 3 * side] = (nodes[i, 2 * side] + turn[v] - turn[a]) % p
                    rare[held + 4 + 3 * side] = fixed[i, side]
            else:  # an output takes nothing in: as if it met itself
                rare[held + 1] = 0
                for side in range(2):
                    rare[held + 2 + 3 * side] = member[v]
                    rare[held + 3 + 3 * side] = (outputs[i - count, 1] - turn[v]) % p
                    rare[held + 4 + 3 * side] = fixed[i, 0]
            for at in (1, 2, 5):
                parts[parted, 0], parts[parted, 1] = rare[held + at], held
                parted += 1
            held += 8
    order = np.argsort(near_of[:linked], kind="mergesort")
    near = np.empty((linked, 4), np.int32)
    start = np.zeros(number + 1, np.int32)
    for i in range(linked):
        for j in range(4):
            near[i, j] = links[order[i], j]
        start[near_of[order[i]] + 1] += 1
    keys = distinct(parts[:parted, 0] * rare.size + parts[:parted, 1])
    rstart = np.zeros(number + 1, np.int32)
    rat = np.empty(keys.size, np.int32)
    for i in range(keys.size):
        rat[i] = keys[i] % rare.size
        rstart[keys[i] // rare.size + 1] += 1
    for c in range(number):
        start[c + 1] += start[c]
        rstart[c + 1] += rstart[c]
    return member, turn, near, start, rare[:held].copy(), rstart, rat, reals


@cached
def kind(k, x, p, cos, sin):
    """Tell of what kind the constant of phase k, 0 .. p-1, and scale x is."""
    if k == 0:
        return FREE if x == 0 else REAL
    if 2 * k == p:
        return TURNED if x == cos[k] else DIAGONAL
    if x == cos[k] or x == sin[k]:
        return TANGENT
    return OTHER


@cached
def wrap(k, p):
    """Bring k from -p .. 2p-1 into 0 .. p-1."""
    if k < 0:
        return k + p
    if k >= p:
        return k - p
    return k


@cached
def rare_cost(at, g, x, p, cos, sin, prices, rare, reals):
    """Price a part of rare: the distinct constants of a bundle, or a sum of two products that wait."""
    if rare[at] == MEETING:
        for i in range(at + 2, at + 8, 3):
            s, d = rare[i], rare[at + 1]
            k = wrap(wrap(rare[i + 1] + g[d], p) - g[s], p)
            what = kind(k, x[d] - x[s] + reals[rare[i + 2]], p, cos, sin)
            if what != REAL and what != DIAGONAL:
                return 0
        return prices[TWICE]
    s, total = rare[at + 1], 0
    for i in range(at + 3, at + 3 + 3 * rare[at + 2], 3):
        d = rare[i]
        k = wrap(wrap(rare[i + 1] + g[d], p) - g[s], p)
        scale = x[d] + reals[rare[i + 2]]
        price = prices[kind(k, scale - x[s], p, cos, sin)]
        if price > 0:
            for j in range(at + 3, i, 3):
                w = rare[j]
                same = wrap(wrap(rare[j + 1] + g[w], p) - g[s], p) == k
                if same and x[w] + reals[rare[j + 2]] == scale:
                    price = 0
                    break
        total += price
    return total


@cached
def around(c, g, x, p, cos, sin, prices, near, start, rare, rstart, rat, reals):
    """Price all that the label of a butterfly has a say in."""
    total = 0
    for i in range(start[c], start[c + 1]):
        w, own = near[i, 0], reals[near[i, 3]]
        if near[i, 2] > 0:
            total += prices[kind(wrap(wrap(near[i, 1] + g[c], p) - g[w], p), x[c] - x[w] + own, p, cos, sin)]
        else:
            total += prices[kind(wrap(wrap(near[i, 1] + g[w], p) - g[c], p), x[w] - x[c] + own, p, cos, sin)]
    for i in range(rstart[c], rstart[c + 1]):
        total += rare_cost(np.int64(rat[i]), g, x, p, cos, sin, prices, rare, reals)
    return total


@cached
def apart(labels, sizes):
    """Return the columns of the labels, and the rows of sizes, as arrays of their own: they are faster."""
    return labels[:, 0].copy(), labels[:, 1].copy(), sizes[0].copy(), sizes[1].copy()


@cached
def cost(labels, size, sizes, prices, graph):
    """Price the whole graph; sums are not counted."""
    _, _, near, start, rare, _, _, reals = graph
    g, x, cos, sin = apart(labels, sizes)
    p, total = period(size), 0
    for c in range(start.size - 1):
        for i in range(start[c], start[c + 1]):
            if near[i, 2] > 0:  # every edge once, from the side of its target
                k = wrap(wrap(near[i, 1] + g[c], p) - g[near[i, 0]], p)
                total += prices[kind(k, x[c] - x[near[i, 0]] + reals[near[i, 3]], p, cos, sin)]
    at = 0
    while at < rare.size:
        total += rare_cost(at, g, x, p, cos, sin, prices, rare, reals)
        at += 8 if rare[at] == MEETING else 3 + 3 * rare[at + 2]
    return total


@cached
def drawn(k, x, p, cos, sin, scaling):
    """Draw what the constant of an edge is to become: with chance `scaling` another scale."""
    u = np.random.random()
    if u < scaling:
        if u < 0.25 * scaling:
            return 0, 0
        if k == 0:
            return k, 0
        choice = int(3 * np.random.random())
        if 2 * k == p:
            return k, cos[k] if choice else 0
        if choice == 2:
            return k, 0
        return k, cos[k] if choice else sin[k]
    u = np.random.random()
    if u < 0.25:
        return int(np.random.random() * p), x
    if u < 0.375 and p % 2 == 0:
        return p // 2, x
    return 0, x


@cached
def shift(c, turn, scale, g, x, p):
    """Multiply the factor of a butterfly."""
    g[c] = wrap(g[c] + turn, p)
    x[c] += scale


@cached
def edge_of(c, near, start, rare, rstart, rat):
    """Draw an edge of a butterfly: return its source, target, k and f; all 0 when it has none."""
    links, parts = start[c + 1] - start[c], rstart[c + 1] - rstart[c]
    if links + parts == 0:
        return 0, 0, 0, 0
    i = int(np.random.random() * (links + parts))
    if i < links:
        w, k, f = near[start[c] + i, 0], near[start[c] + i, 1], near[start[c] + i, 3]
        return (w, c, k, f) if near[start[c] + i, 2] > 0 else (c, w, k, f)
    at = rat[rstart[c] + i - links]
    if rare[at] == MEETING:
        i = at + 2 + 3 * int(np.random.random() * 2)
        return rare[i], rare[at + 1], rare[i + 1], rare[i + 2]
    many = rare[at + 2]
    i = int(np.random.random() * many)
    if rare[at + 1] != c:
        while rare[at + 3 + 3 * i] != c:  # one of the bundle's edges is its own
            i = (i + 1) % many
    return rare[at + 1], rare[at + 3 + 3 * i], rare[at + 4 + 3 * i], rare[at + 5 + 3 * i]


@cached
def neighbour(v, i, near, start, rare, rstart, rat, found):
    """Write the butterflies that share link or part i of v into found and return how many."""
    if i < start[v + 1] - start[v]:
        found[0] = near[start[v] + i, 0]
        return 1
    at = rat[rstart[v] + i - (start[v + 1] - start[v])]
    if rare[at] == MEETING:
        found[0], found[1], found[2] = rare[at + 1], rare[at + 2], rare[at + 5]
        return 3
    found[0] = rare[at + 1]
    for i in range(rare[at + 2]):
        found[i + 1] = rare[at + 3 + 3 * i]
    return 1 + rare[at + 2]


@cached
def burst(
    labels, size, sizes, prices, graph, seed, steps, hot, cold, scaling, single, reach, warmth, gains
):  # fmt: skip
    """Anneal the labels by cluster moves (after Wolff 1989) and return what they have become.

    A move draws a butterfly, one of its edges, and a factor that gives the edge's constant another
    value. The factor spreads: a neighbour gets it with chance 1 / (1 + exp(change / (warmth T))),
    `change` being what that costs. A cluster holds one butterfly (chance `single`), else up to
    2^(1 + u reach), u uniform. The whole is accepted by Metropolis at T, which falls geometrically
    from `hot` to `cold`, both above 0. The result may cost more: `cross` takes what is good of it.
    By how much a move got below the lowest cost so far is added to `gains` at its place in MOVES.
    """
    np.random.seed(seed)
    p = period(size)
    _, _, near, start, rare, rstart, rat, reals = graph
    g, x, cos, sin = apart(labels, sizes)
    changed, count = labels.copy(), labels.shape[0]
    if count < 2 or (p == 1 and scaling == 0):
        return changed
    members = np.empty(count, np.int64)
    held = np.zeros(count, np.int64)
    found = np.empty(rare.size + 3, np.int64)
    ratio = (cold / hot) ** (1 / max(1, steps - 1))
    t, level, lowest = hot, 0, 0
    for step in range(1, steps + 1):
        c = 1 + int(np.random.random() * (count - 1))
        s, d, k, f = edge_of(c, near, start, rare, rstart, rat)
        if s != d:
            k = wrap(wrap(k + g[d], p) - g[s], p)
            size_now = x[d] - x[s] + reals[f]
            new_k, new_size = drawn(k, size_now, p, cos, sin, scaling)
            turn, scale = new_k - k, new_size - size_now
            if s == c:
                turn, scale = -turn, -scale
            turn = wrap(turn, p)
            if turn != 0 or scale != 0:
                most = 1 if np.random.random() < single else int(2 ** (1 + np.random.random() * reach))
                before = around(c, g, x, p, cos, sin, prices, near, start, rare, rstart, rat, reals)
                shift(c, turn, scale, g, x, p)
                change = -before
                change += around(c, g, x, p, cos, sin, prices, near, start, rare, rstart, rat, reals)
                members[0], held[c], many, i = c, step, 1, 0
                while i < many and many < most:
                    v = members[i]
                    i += 1
                    for j in range(start[v + 1] - start[v] + rstart[v + 1] - rstart[v]):
                        for e in range(neighbour(v, j, near, start, rare, rstart, rat, found)):
                            w = found[e]
                            if many < most and w > 0 and held[w] != step:
                                rise = -around(
                                    w, g, x, p, cos, sin, prices, near, start, rare, rstart, rat, reals
                                )
                                shift(w, turn, scale, g, x, p)
                                rise += around(
                                    w, g, x, p, cos, sin, prices, near, start, rare, rstart, rat, reals
                                )
                                if np.random.random() * (1 + np.exp(rise / (warmth * t))) < 1:
                                    members[many], held[w] = w, step
                                    many += 1
                                    change += rise
                                else:
                                    shift(w, wrap(-turn, p), -scale, g, x, p)
                if change > 0 and np.random.random() >= np.exp(-change / t):
                    for i in range(many):
                        shift(members[i], wrap(-turn, p), -scale, g, x, p)
                else:
                    level += change
                    if level < lowest:
                        gains[2 * (scale != 0) + (many > 1)] += lowest - level
                        lowest = level
        t *= ratio
    changed[:, 0], changed[:, 1] = g, x
    return changed


@cached
def edge_price(i, gc, xc, gw, xw, p, cos, sin, prices, near, reals):
    """Price link i of a butterfly, for given phases and scales of it (c) and of the other end (w)."""
    own = reals[near[i, 3]]
    if near[i, 2] > 0:
        return prices[kind(wrap(wrap(near[i, 1] + gc, p) - gw, p), xc - xw + own, p, cos, sin)]
    return prices[kind(wrap(wrap(near[i, 1] + gw, p) - gc, p), xw - xc + own, p, cos, sin)]


@cached
def alike(i, j, near):
    """Tell whether links have the same constant but for labels."""
    return near[i, 1] == near[j, 1] and near[i, 3] == near[j, 3]


@cached
def returns(near, start):
    """Find for each link the same edge among the links of the other butterfly; 0 where that is 0."""
    back = np.zeros(near.shape[0], np.int64)
    for c in range(1, start.size - 1):
        for i in range(start[c], start[c + 1]):
            w, nth = near[i, 0], 0
            for j in range(start[c], i):
                nth += near[j, 0] == w and alike(i, j, near) and near[j, 2] == near[i, 2]
            for j in range(start[w], start[w + 1] if w > 0 else start[w]):
                if near[j, 0] == c and alike(i, j, near) and near[j, 2] == -near[i, 2]:
                    if nth == 0:
                        back[i] = j
                        break
                    nth -= 1
    return back


@cached
def levels(excess, room, near, start, back, varies, level, queue, pointer):
    """Tell how far each butterfly is from one that takes flow in; -1: no way. Return whether any gives."""
    top, at, more = 0, 0, False
    for c in range(1, excess.size):
        level[c], pointer[c] = -1, start[c]
        if varies[c] and excess[c] < 0:
            level[c] = 0
            queue[top] = c
            top += 1
    while at < top:
        v = queue[at]
        at += 1
        more |= excess[v] > 0
        for i in range(start[v], start[v + 1]):
            w = near[i, 0]
            if w > 0 and varies[w] and level[w] < 0 and room[back[i]] > 0:
                level[w] = level[v] + 1
                queue[top] = w
                top += 1
    return more


@cached
def push(root, excess, room, near, start, back, varies, level, pointer, path):
    """Send flow from root along one shortest way to where it is taken in; return whether it went."""
    v, depth = root, 0
    while level[v] != 0 or excess[v] >= 0:
        while pointer[v] < start[v + 1]:
            i = pointer[v]
            w = near[i, 0]
            if w > 0 and varies[w] and room[i] > 0 and level[w] >= 0 and level[w] == level[v] - 1:
                break
            pointer[v] += 1
        if pointer[v] < start[v + 1]:
            path[depth] = pointer[v]
            depth += 1
            v = near[pointer[v], 0]
        elif depth == 0:
            return False
        else:
            level[v] = -1
            depth -= 1
            v = near[back[path[depth]], 0]
            pointer[v] += 1
    flow = min(excess[root], -excess[v])
    for j in range(depth):
        flow = min(flow, room[path[j]])
    excess[root] -= flow
    excess[v] += flow
    for j in range(depth):
        room[path[j]] -= flow
        room[back[path[j]]] += flow
    return flow > 0


@cached
def cross(a, b, size, sizes, prices, graph, seed):
    """Return the cheapest mix of two label arrays, each butterfly's from a or from b, as a cut finds it.

    An edge whose ends are from different parents may cost more than the same edge in them, which is
    a cut's weight; where it costs less, one of the two mixed prices is taken to be higher, by lot, so
    that the cut is one of least weight (fusion moves: Lempitsky, Rother, Roth and Blake, IEEE PAMI 32(8)
    2010). So the mix is not always the best, but never dearer than a. Shortest ways first (Dinic 1970).
    """
    np.random.seed(seed)
    p, count = period(size), a.shape[0]
    _, _, near, start, rare, rstart, rat, reals = graph
    g, x, cos, sin = apart(a, sizes)
    h, y, _, _ = apart(b, sizes)
    varies = (g != h) | (x != y)
    varies[0] = False
    excess = np.zeros(count, np.int64)  # what b costs more than a, less what flowed
    room = np.zeros(near.shape[0], np.int64)
    back = returns(near, start)
    for c in range(1, count):
        if not varies[c]:
            continue
        for i in range(start[c], start[c + 1]):
            w = near[i, 0]
            if not varies[w]:
                excess[c] += edge_price(i, h[c], y[c], g[w], x[w], p, cos, sin, prices, near, reals)
                excess[c] -= edge_price(i, g[c], x[c], g[w], x[w], p, cos, sin, prices, near, reals)
            elif c < w:
                both_a = edge_price(i, g[c], x[c], g[w], x[w], p, cos, sin, prices, near, reals)
                both_b = edge_price(i, h[c], y[c], h[w], y[w], p, cos, sin, prices, near, reals)
                b_here = edge_price(i, h[c], y[c], g[w], x[w], p, cos, sin, prices, near, reals)
                b_there = edge_price(i, g[c], x[c], h[w], y[w], p, cos, sin, prices, near, reals)
                lack = both_a + both_b - b_here - b_there
                if lack > 0 and np.random.random() < 0.5:
                    b_there += lack
                elif lack > 0:
                    b_here += lack
                excess[c] += b_here - both_a
                excess[w] += both_b - b_here
                room[i] += b_here + b_there - both_a - both_b
    level = np.empty(count, np.int64)
    queue = np.empty(count, np.int64)
    pointer = np.empty(count, np.int64)
    path = np.empty(count + 1, np.int64)
    while levels(excess, room, near, start, back, varies, level, queue, pointer):
        for root in range(1, count):
            while varies[root] and excess[root] > 0 and level[root] >= 0:
                if not push(root, excess, room, near, start, back, varies, level, pointer, path):
                    break
    for c in range(1, count):  # the rest can reach nothing that takes flow in
        varies[c] = level[c] >= 0
    if np.random.random() < 0.5:  # the other cut of the same weight: all that no excess reaches
        varies = beyond(excess, room, near, start, (g != h) | (x != y), queue)
    child = a.copy()
    for c in range(1, count):
        if varies[c]:
            child[c] = b[c]
    if rare.size > 0 and cost(child, size, sizes, prices, graph) > cost(a, size, sizes, prices, graph):
        return a.copy()  # shared constants and meetings are no matter of two butterflies
    return child


@cached
def beyond(excess, room, near, start, varies, queue):
    """Mark what varies and cannot be reached from where excess is left."""
    top, at = 0, 0
    outside = varies.copy()
    outside[0] = False
    for c in range(1, excess.size):
        if outside[c] and excess[c] > 0:
            outside[c] = False
            queue[top] = c
            top += 1
    while at < top:
        v = queue[at]
        at += 1
        for i in range(start[v], start[v + 1]):
            w = near[i, 0]
            if outside[w] and room[i] > 0:
                outside[w] = False
                queue[top] = w
                top += 1
    return outside
