"""How an individual came about: the steps on its line of descent that brought a gain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gpfft.encodings.base import Fitness, Gains

Record = dict[str, Any]  # what a run keeps of a generation, or of a step: a row, by its columns
NAMED = 3  # moves of a burst that a step names: those that gained most
MOST_STEPS = 1000  # of a line; of those that come then the last one is kept


class Step(NamedTuple):
    """One gain on a line of descent.

    Attributes:
        generation: when it came.
        move: what brought it, in words.
        error, flops: what the individual was then worth, as the search counts.
    """

    generation: int
    move: str
    error: float
    flops: int


Line = tuple[Step, ...]  # the first step is a random chromosome, or a start; of two parents it is the first's


def after(line: Line, generation: int, move: str, fitness: Fitness, anew: bool = False) -> Line:
    """Returns the line of an individual that was evaluated: one step longer where it gained.

    With `anew` its chromosome is as it was and what it is worth is another, because the schedule moved.
    """
    step = Step(generation, move, fitness[0], int(sum(fitness[1:])))
    worth, before = step[2:], line[-1][2:] if line else None
    if before is None or worth < before or (anew and worth != before):
        return (*line[: MOST_STEPS - 1], step)
    return line


def records(line: Line, stage: str) -> list[Record]:
    """Returns what a run keeps of a line: a record a step."""
    return [{"stage": stage, **step._asdict()} for step in line]


def named_gains(moves: Sequence[str], gains: Gains) -> str:
    """Returns the moves that gained, the most profitable first, with their shares; of many the first ones."""
    whole = gains[gains > 0].sum()
    places = sorted((place for place, gain in enumerate(gains) if gain > 0), key=lambda place: -gains[place])
    if len(places) == 1:
        return moves[places[0]]
    return ", ".join(f"{moves[place]} {gains[place] / whole:.0%}" for place in places[:NAMED])


def as_json(lines: Sequence[Line]) -> tuple[list[list[Any]], list[int]]:
    """Returns lines as a tree that JSON takes, and for each line the place of its last step, -1 for none.

    A node is the place of the step before, -1 for none, and the step. What lines begin with in common is
    there once.
    """
    places: dict[tuple[int, int], int] = {}  # by place of the step before, and identity of the step
    nodes: list[list[Any]] = []
    ends: list[int] = []
    for line in lines:
        at = -1
        for step in line:
            key = at, id(step)
            if key not in places:
                places[key] = len(nodes)
                nodes.append([at, *step])
            at = places[key]
        ends.append(at)
    return nodes, ends


def from_json(nodes: Any, ends: Sequence[int]) -> list[Line]:
    """Returns the lines of a tree. Raises ValueError or TypeError for what `as_json` never makes."""
    steps: list[Step] = []
    before: list[int] = []
    lengths: list[int] = []
    for at, *step in nodes:
        if type(at) is not int or not -1 <= at < len(steps):
            raise ValueError
        lengths.append(1 + (lengths[at] if at >= 0 else 0))
        if lengths[-1] > MOST_STEPS:
            raise ValueError
        steps.append(_step(*step))
        before.append(at)
    lines: dict[Any, Line] = {-1: ()}
    for end in dict.fromkeys(ends):
        if type(end) is not int or not -1 <= end < len(steps):
            raise ValueError
        line, at = [], end
        while at >= 0:
            line.append(steps[at])
            at = before[at]
        lines[end] = tuple(line[::-1])
    return [lines[end] for end in ends]


def _step(generation: Any, move: Any, error: Any, flops: Any) -> Step:
    step = Step(generation, move, error, flops)
    check(step._asdict())
    return step


def check(step: Record) -> None:
    """Raises ValueError, TypeError or LookupError for a step that is none, whatever its stage."""
    if not all(type(step[name]) is int and 0 <= step[name] < 10**15 for name in ("generation", "flops")):
        raise ValueError
    if type(step["error"]) is not float or not 0 <= step["error"] < float("inf"):
        raise ValueError
    if type(step["move"]) is not str or len(step["move"]) > 200:
        raise TypeError
