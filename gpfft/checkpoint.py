"""Checkpoints: all that a run goes on from, as two lines of JSON. Reading one executes nothing.

The first line has the SHA-256 of the second. What is read is data of unknown origin: every chromosome
is checked by its encoding and evaluated again before it takes part.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gpfft.encodings.base import Chromosome, Encoding
from gpfft.errors import GpfftError
from gpfft.program import json_object
from gpfft.search import descent
from gpfft.search.descent import Record, Step, check
from gpfft.search.evolve import State, progress
from gpfft.search.islands import Task
from gpfft.search.toolbox import Individual

FORMAT, VERSION = "gpfft checkpoint", 3
GROUPS = ("population", "hall", "best", "front")  # of a state's individuals
MOST = 1e15  # of any count in a checkpoint
MOST_OF_FRONT = 100_000  # individuals


@dataclass(frozen=True)
class Prefix:
    """The first bytes of a file that only grows, and their SHA-256."""

    length: int = 0
    sha256: str = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """A run between two generations.

    Attributes:
        stage: the number of the stage, the first being 0.
        start: the program that the stage started from, if an earlier one found it, as JSON.
        told: what the search was told, a text for each stage begun.
        states: the islands, as JSON takes them.
        generations, evaluations: those of the stages before.
        seconds: how long the run took, compiling and all.
        found: after how many of them its champion was found, infinite for none.
        spent: seconds by what they were spent on.
        ancestry: how the run's champion came about, see `outcome.Run`.
        inherited: how many of these steps are those of earlier stages.
        history, archive: how much of history.csv and archive.jsonl was written.
    """

    stage: int = 0
    start: str = ""
    told: tuple[str, ...] = ()
    states: tuple[dict[str, Any], ...] = ()
    generations: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    found: float = math.inf
    spent: dict[str, float] = field(default_factory=dict)
    ancestry: tuple[Record, ...] = ()
    inherited: int = 0
    history: Prefix = Prefix()
    archive: Prefix = Prefix()

    @property
    def generation(self) -> int:
        """Returns the generation of its stage, -1 before the first."""
        return int(self.states[0]["generation"]) if self.states else -1

    @property
    def all_generations(self) -> int:
        """Returns the generations of all stages."""
        return self.generations + max(0, self.generation)

    @property
    def all_evaluations(self) -> int:
        """Returns the individuals evaluated in all stages, on all islands."""
        return self.evaluations + sum(int(state["evaluations"]) for state in self.states)

    def to_text(self) -> str:
        """Returns the two lines."""
        data = {**vars(self), "history": vars(self.history), "archive": vars(self.archive)}
        body = json.dumps(data, separators=(",", ":"))
        head = {"format": FORMAT, "version": VERSION, "sha256": hashlib.sha256(body.encode()).hexdigest()}
        return f"{json.dumps(head)}\n{body}\n"

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Returns the checkpoint that `to_text` wrote. Raises GpfftError, with what is wrong."""
        head, _, body = text.rstrip("\n").partition("\n")
        claimed = json_object(head, "a checkpoint", FORMAT, VERSION).get("sha256")
        if claimed != hashlib.sha256(body.encode()).hexdigest():
            raise GpfftError("its checksum is another")
        try:
            data = json.loads(body)
            data["history"], data["archive"] = Prefix(**data["history"]), Prefix(**data["archive"])
            for name in ("told", "states", "ancestry"):
                data[name] = tuple(data[name])
            checkpoint = cls(**data)
            checkpoint._check()
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
            raise GpfftError("it holds what no run writes") from None
        return checkpoint

    def _check(self) -> None:
        """Raises ValueError or TypeError for what no run writes."""
        lengths = [self.inherited, self.history.length, self.archive.length]
        counts = [self.stage, self.generations, self.evaluations, *lengths]
        times = [self.seconds, *self.spent.values()]
        texts = [self.start, *self.told, self.history.sha256, self.archive.sha256, *self.spent]
        if not all(type(t) is float and 0 <= t < MOST for t in times) or not self.found >= 0:
            raise ValueError
        if not all(type(text) is str for text in texts):
            raise TypeError
        counts += [state[name] for state in self.states for name in ("generation", "evaluations")]
        if not all(type(n) is int and 0 <= n < MOST for n in counts):
            raise ValueError
        for step in self.ancestry:
            check(step)
            if len(step) != 1 + len(Step._fields) or type(step["stage"]) is not str:
                raise ValueError
        if any(state["generation"] != self.generation for state in self.states):
            raise ValueError
        if self.states and not self.archive.length:  # each generation has a champion
            raise ValueError

    def islands(self, task: Task) -> list[State]:
        """Returns the islands of a task. Raises GpfftError for chromosomes that are none of its encoding."""
        return [from_json(state, task) for state in self.states]


def as_json(state: State) -> dict[str, Any]:
    """Returns an island as JSON takes it; chromosomes that individuals share are there once.

    An individual is the place of its chromosome, and that of the last step on its line of descent.
    """
    everyone = [individual for name in GROUPS for individual in getattr(state, name)]
    chromosomes: dict[int, Chromosome] = {}
    for individual in everyone:
        chromosomes.setdefault(id(individual.genes), individual.genes)
    places = {key: place for place, key in enumerate(chromosomes)}
    nodes, ends = descent.as_json([individual.line for individual in everyone])
    found = iter(zip((places[id(individual.genes)] for individual in everyone), ends))
    groups = {name: [list(next(found)) for _ in getattr(state, name)] for name in GROUPS}
    version, numbers, gauss = state.python
    return {
        "generation": state.generation, "evaluations": state.evaluations, **groups,
        "chromosomes": [genes.tolist() for genes in chromosomes.values()], "steps": nodes,
        "python": [version, list(numbers), gauss], "numpy": state.numpy,
    }  # fmt: skip


def from_json(data: Any, task: Task) -> State:
    """Returns the island, its individuals evaluated again.

    Raises GpfftError for what `as_json` never makes.
    """
    try:
        return _state(data, task)
    except GpfftError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
        raise GpfftError("an island is damaged") from None


def _state(data: Any, task: Task) -> State:
    generation, evaluations = data["generation"], data["evaluations"]
    encoding: Encoding = task.encoding.at(progress(generation, task.stage))
    population, best, front = data["population"], data["best"], data["front"]
    if len(population) != task.stage.population or len(data["hall"]) != 1:
        raise ValueError
    most = len(population) + len(best) + len(front) + 1
    if len(front) > MOST_OF_FRONT:
        raise ValueError
    if len(best) > task.stage.populations or len(data["chromosomes"]) > most:
        raise ValueError
    chromosomes = [encoding.checked(rows) for rows in data["chromosomes"]]
    worth = encoding.evaluate(chromosomes)

    everyone = [tuple(found) for name in GROUPS for found in data[name]]
    lines = iter(descent.from_json(data["steps"], [end for _, end in everyone]))

    def individual(place: int) -> Individual:
        if type(place) is not int or place < 0:
            raise ValueError
        found = Individual(chromosomes[place], line=next(lines), objectives=encoding.objectives)
        found.fitness.values = worth[place]
        return found

    version, numbers, gauss = data["python"]
    python = (version, tuple(numbers), gauss)
    _check_dice(python, data["numpy"])
    groups = {name: [individual(place) for place, _ in data[name]] for name in GROUPS}
    return State(generation, evaluations, **groups, python=python, numpy=data["numpy"])


def _check_dice(python: Any, numpy: Any) -> None:
    """Raises an error, as these do, when one of the two generators does not take the state."""
    if type(python[2]) not in (float, type(None)):
        raise TypeError
    random.Random().setstate(python)
    np.random.default_rng(0).bit_generator.state = numpy
