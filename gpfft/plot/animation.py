"""A program that becomes the FFT: the champions of a run one after the other, values moving between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gpfft.errors import GpfftError
from gpfft.plot.flow import DASHES, PAID, colour_of
from gpfft.plot.placed import Drawing, Point, placed
from gpfft.plot.style import FONT, PAGE, SMALL, styled
from gpfft.program import Program

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation

MOST = 12  # programs that are shown
HELD, MOVED = 6, 9  # frames that a program stands still, and that the way to the next takes
FRAMES_PER_SECOND = 8
WIDTH = 4.2  # inches, or a page for programs of many points
CAPTION = 0.28  # inches below the graph
FADED = 0.55  # part of the way in which what goes has gone, and what comes has not begun to
Key = tuple[Any, ...]


@dataclass
class Scene:
    """What is on the picture: nodes and lines by what they are, so that equal ones are found again.

    Attributes:
        nodes: key -> (x, y), as parts of the frame.
        lines: (kind, keys of the ends, number) -> the points of the line; rails have the kind 0 and one end.
    """

    nodes: dict[Key, Point] = field(default_factory=dict)
    lines: dict[Key, list[Point]] = field(default_factory=dict)


def animation(
    programs: Sequence[Program], captions: Sequence[str] = (), dark: bool = False
) -> FuncAnimation:
    """Returns an animation of programs that follow each other; `captions` are written below them.

    Values that two successive ones compute, up to 1, -1, i and -i, move from the one place to the other;
    all else fades. Of more than 12 programs the first, the last and some between are shown. It is a
    matplotlib Animation: `plot.save` writes it as a GIF or MP4, and `to_jshtml()` shows it in a notebook.
    Raises GpfftError when there are no programs, or one is too large to be drawn.
    """
    import matplotlib.pyplot as plt
    from matplotlib.animation import FuncAnimation

    if not programs:
        raise GpfftError("there are no programs to draw")
    chosen = sorted({round(i) for i in np.linspace(0, len(programs) - 1, MOST)})
    drawings = [placed(programs[i]) for i in chosen]
    scenes = [scene(drawing, programs[i]) for drawing, i in zip(drawings, chosen)]
    words = [captions[i] if i < len(captions) else "" for i in chosen]
    points = max(len(drawing.graph.of("output")) for drawing in drawings)
    width = WIDTH if points <= 16 else PAGE
    with styled(dark) as colours:
        figure = plt.figure(figsize=(width, 0.85 * width + CAPTION))
        low = CAPTION / figure.get_figheight()
        axes = figure.add_axes((0, low, 1, 1 - low))
        axes.set(xlim=(-0.04, 1.02), ylim=(1, 0))  # room for the names, which do not shrink
        axes.set_axis_off()
        caption = figure.text(0.5, 0.5 * low, "", ha="center", va="center", fontsize=FONT, parse_math=False)
        show = _painter(axes, colours, min(SMALL + 1.0, 45 * width / points))

    def update(frame: int) -> list[Any]:
        place, step = divmod(frame, HELD + MOVED)
        part = max(0.0, (step - HELD + 1) / MOVED)
        after = min(place + 1, len(scenes) - 1)
        caption.set_text(words[place if part < 0.5 else after])
        show(between(scenes[place], scenes[after], part))
        return []

    frames = (len(scenes) - 1) * (HELD + MOVED) + 2 * HELD
    return FuncAnimation(figure, update, [min(f, frames - HELD - 1) for f in range(frames)],
                         interval=1000 / FRAMES_PER_SECOND, blit=False, cache_frame_data=False)  # fmt: skip


def scene(drawing: Drawing, program: Program) -> Scene:
    """Returns what a drawing shows, its nodes known by the values they have for one random input."""
    keys = _keys(drawing, program)
    width, height = drawing.size

    def scaled(points: Sequence[Point]) -> list[Point]:
        return [(x / width, y / height) for x, y in points]

    its = Scene({keys[node]: scaled([drawing.place[node]])[0] for node in drawing.graph.kinds})
    at = {place: keys[node] for node, place in drawing.place.items()}
    for rail in drawing.rails:
        its.lines[0, at[rail[0]]] = scaled(rail)
    for edge, points in drawing.lines:
        key = PAID if edge.paid else edge.quarter, keys[edge.source], keys[edge.target]
        number = 0
        while (*key, number) in its.lines:
            number += 1
        its.lines[(*key, number)] = scaled(points)
    return its


def _keys(drawing: Drawing, program: Program) -> dict[int, Key]:
    """Returns for each node its kind and its value, turned into the first quarter."""
    x = np.random.default_rng(0).standard_normal(program.inputs)
    inputs = list(x.astype(complex))
    values = dict(enumerate(inputs))
    table = [complex(number) for number in program.exact_table]
    with np.errstate(all="ignore"):
        values.update((program.inputs + line, value) for line, value in program.steps(inputs, table))
    keys: dict[int, Key] = {}
    met: dict[Key, int] = {}
    for node, kind in drawing.graph.kinds.items():
        if kind in ("input", "output"):
            keys[node] = kind, node if node >= 0 else -1 - node
            continue
        value = values[node]
        while not (value.real > 0 and value.imag >= -1e-9) and abs(value) > 1e-9:
            value *= 1j
        key = kind, round(value.real, 7), round(value.imag, 7)
        met[key] = met.get(key, -1) + 1
        keys[node] = (*key, met[key])
    return keys


@dataclass
class Frame:
    """A moment: nodes by kind and lines by kind, each with how much of it is there, from 0 to 1."""

    nodes: dict[Key, tuple[Point, float]]
    lines: list[tuple[Any, list[Point], float]]


def between(a: Scene, b: Scene, part: float) -> Frame:
    """Returns what is on the picture a part of the way from one scene to another."""
    going, coming = max(0.0, 1 - part / FADED), max(0.0, 1 - (1 - part) / FADED)
    eased = part * part * (3 - 2 * part)

    def moved(p: Point, q: Point) -> Point:
        return (1 - eased) * p[0] + eased * q[0], (1 - eased) * p[1] + eased * q[1]

    nodes = {key: (place, going) for key, place in a.nodes.items()}
    nodes |= {key: (place, coming) for key, place in b.nodes.items()}
    nodes |= {key: (moved(a.nodes[key], b.nodes[key]), 1.0) for key in a.nodes.keys() & b.nodes.keys()}
    lines: list[tuple[Any, list[Point], float]] = []
    for key in dict.fromkeys([*a.lines, *b.lines]):
        old, new = a.lines.get(key, []), b.lines.get(key, [])
        if len(old) == len(new):
            lines.append((key[0], [moved(p, q) for p, q in zip(old, new)], 1.0))
        else:
            lines += [(key[0], its, there) for its, there in ((old, going), (new, coming)) if its]
    return Frame(nodes, [line for line in lines if line[2] > 0])


def _painter(axes: Any, colours: dict[str, Any], size: float) -> Callable[[Frame], None]:
    """Returns what draws a frame in the place of the one before."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgba

    lines = {
        kind: axes.add_collection(LineCollection(
            [], linestyles=[dashes], linewidths=2.0 if kind == PAID else 0.9, zorder=2 if kind == PAID else 1,
        )) for kind, dashes in DASHES.items()
    }  # fmt: skip
    looks = {"add": ("o", 14, "node"), "product": (">", 14, "paid"), "input": ("o", 5, "ink")}
    dots = {
        kind: axes.scatter([], [], s=area, marker=marker, linewidths=0, zorder=3)
        for kind, (marker, area, _) in looks.items()
    }
    names: dict[Key, Any] = {}

    def show(frame: Frame) -> None:
        for kind, collection in lines.items():
            its = [(points, there) for its_kind, points, there in frame.lines if its_kind == kind]
            collection.set_segments([points for points, _ in its])
            collection.set_color([to_rgba(colour_of(kind, colours), there) for _, there in its])
        for kind, dot in dots.items():
            seen = [at for key, at in frame.nodes.items() if key[0] == kind and at[1] > 0]
            dot.set_offsets(np.array([place for place, _ in seen]).reshape(-1, 2))
            dot.set_facecolor([to_rgba(colours[looks[kind][2]], there) for _, there in seen])
        for key, ((x, y), there) in frame.nodes.items():
            if key[0] in ("input", "output"):
                if key not in names:
                    letter, side = ("x", "right") if key[0] == "input" else ("X", "left")
                    look = {"ha": side, "va": "center_baseline", "fontsize": size}
                    names[key] = axes.text(x, y, f"${letter}_{{{key[1]}}}$", **look)
                names[key].set(position=(x - 0.015 if key[0] == "input" else x + 0.01, y), alpha=there)

    return show
