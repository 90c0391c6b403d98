"""The stages of a run, one after the other: each starts from what the one before found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from gpfft.algorithm import Algorithm
from gpfft.approximation import Approximation
from gpfft.champion import Champion
from gpfft.checkpoint import Checkpoint, as_json
from gpfft.codelet import Codelet
from gpfft.compose import composition
from gpfft.config import COLD, ENDLESS, ISLANDS, UNSCALED, Config
from gpfft.emit.halfcomplex import for_complex_input
from gpfft.encodings.base import Chromosome
from gpfft.encodings.inlined import Inlined
from gpfft.encodings.two_sided import TwoSided
from gpfft.front import Front, front_of
from gpfft.outcome import Listener, Run
from gpfft.program import Program
from gpfft.recursion import Recursion
from gpfft.search.descent import Record, Step, records
from gpfft.search.islands import Archipelago, Task
from gpfft.search.toolbox import Individual
from gpfft.search.workers import Workers
from gpfft.simplify import simplify
from gpfft.target import Target


class Stages:
    """Iterate to let them happen, a record a generation; champions are added to the run.

    Attributes:
        settled: whether the last stage had nothing to vary, or does not go on past its generations.
    """

    def __init__(
        self, run: Run, workers: Workers, hearers: Sequence[Listener], given: Codelet | None,
        target: Target | None, at: Checkpoint,
    ) -> None:  # fmt: skip
        self._run, self._workers, self._hearers = run, workers, hearers
        self._given, self._target, self._at = given, target, at
        self._number, self._told = at.stage, list(at.told)
        self._before = at.generations, at.evaluations  # of the stages that are over
        self._now = 0, 0  # of the present stage
        self._spent = dict(at.spent)  # of the stages that are over
        self._inherited = [*at.ancestry[: at.inherited]]  # steps of the stages that are over
        self._archipelago: Archipelago | None = None
        self.settled = False

    def __iter__(self) -> Iterator[Record]:
        """Yields the generations of all stages.

        The search for an algorithm that is to be unrolled at once ends when a generation brings none
        that is better than an exact one.
        """
        run, config = self._run, self._run.config
        seeds = np.random.SeedSequence(config.seed).generate_state(len(config.stages), np.uint32)
        for number in range(self._at.stage, len(config.stages)):
            if self._archipelago is not None:  # the stage before is over
                self._before, self._now = (self.generations, self.evaluations), (0, 0)
                self._spent, self._archipelago = self.spent, None
            self._number, name = number, config.stage_names[number]
            for hearer in self._hearers:
                hearer.stage(run, name)
            again = number == self._at.stage and bool(self._at.states)
            if not again and run.champions and name == "rescaled" and isinstance(run.champion, Algorithm):
                unrolled(run, config.size, self._hearers)
                if run.champion.worth[0]:
                    self.settled = True
                    return  # no factor makes it right
            if not again:
                self._inherited = run.ancestry
            task = replace(self._bare, start=self._at.start) if again else self._task()
            states = self._at.islands(task) if again else []
            if again:
                self._now = states[0].generation, sum(state.evaluations for state in states)
            settled = isinstance(task.encoding, TwoSided) and task.encoding.settled
            self.settled = settled or name not in ENDLESS
            endless = config.limited and not self.settled and number == len(config.stages) - 1
            seed = int(seeds[number])
            self._archipelago = Archipelago(task, config, seed, self._workers, states, endless)
            if not (again and run.history and self._found(run.history[-1])):
                yield from self._stage(self._archipelago)

    @property
    def generations(self) -> int:
        """Returns the generations of all stages so far."""
        return self._before[0] + self._now[0]

    @property
    def evaluations(self) -> int:
        """Returns the individuals evaluated in all stages so far."""
        return self._before[1] + self._now[1]

    @property
    def spent(self) -> dict[str, float]:
        """Returns the seconds spent so far, those of islands added up."""
        now = {} if self._archipelago is None else self._archipelago.seconds
        return {part: self._spent.get(part, 0.0) + now.get(part, 0.0) for part in {**self._spent, **now}}

    @property
    def at_rest(self) -> bool:
        """Tells whether a checkpoint is to be had for nothing."""
        return self._archipelago is not None and self._archipelago.at_rest

    def checkpoint(self) -> Checkpoint | None:
        """Returns the run as it is at the generation yielded last, None before the first."""
        if self._archipelago is None or not (states := self._archipelago.states):
            return None
        return Checkpoint(
            self._number, self._archipelago.task.start, tuple(self._told), tuple(map(as_json, states)),
            *self._before, self._run.elapsed, self._run.found, self.spent,
            tuple(self._run.ancestry), len(self._inherited),
        )  # fmt: skip

    def _task(self) -> Task:
        """Returns what the stage works on, from what was found so far, and notes what it is told."""
        run, given, told = self._run, self._given, self._told
        task = self._bare
        if task.name == COLD:
            return self._of_front(task)
        if run.champions:
            task = replace(task, start=run.champion.program.to_json())
            cuts = f", {task.encoding.cuts}" if isinstance(task.encoding, Inlined) else ""
            told.append(f"{task.name}: the program evolved before{cuts}")
        else:
            start = given is not None and given.size == run.config.size
            if given is not None and start:
                task = replace(task, start=given.program.to_json())
            told.append(f"{task.name}: {task.encoding.given}{', passed in' if start else ''}")
            told.extend(composition(given.given) if given else [])
        if given is not None and task.sown:
            told[-1] += f", the factors of a program of {given.size} points that was passed in"
        return task

    def _of_front(self, task: Task) -> Task:
        """Returns what the stage for a front works on: what was found or passed in, as one for real input."""
        run, given = self._run, self._given
        before, known = "", list[str]()
        if run.champions:
            before, start = "the program evolved before; ", run.champion
        elif given is not None:
            before, start, known = "a program that was passed in; ", given, composition(given.given)
        if before:
            task = replace(task, start=for_complex_input(start.real_input).to_json())
        self._told.extend([f"{task.name}: {before}{task.encoding.given}", *known])
        return task

    def front(self) -> Front | None:
        """Returns the programs so far that none is better than, None before a stage looked for them."""
        if self._archipelago is None or not self._archipelago.encoding.is_front or not self._run.history:
            return None
        row = {**self._run.history[-1], "generation": self._now[0]}
        made, decode = self._made(row, alone=True), self._archipelago.encoding.decode
        programs = [self._champion(decode(one.genes), made) for one in self._archipelago.front]
        return front_of((p for p in programs if isinstance(p, Approximation)), self._run.config.cost)

    @property
    def _bare(self) -> Task:
        """Returns what the stage works on but for where it starts."""
        config, given, target = self._run.config, self._given, self._target
        name, stage = config.stage_names[self._number], config.stages[self._number]
        sown = given is not None and given.size != config.size and name == "rescaled"
        return Task(
            name, stage, config.size, config.radix, config.cost if name == COLD else config.measure,
            sown=given.program.to_json() if given is not None and sown else "",
            target="" if target is None else json.dumps([target.size, target.as_json()]),
            conditions=config.conditions,
        )  # fmt: skip

    def _stage(self, archipelago: Archipelago) -> Iterator[Record]:
        """Yields the generations of one stage, their champions those of the run."""
        run, config = self._run, self._run.config
        last: tuple[Chromosome, object] | None = None
        for row in archipelago:
            self._now = row["generation"], row["evaluations"]
            newest = archipelago.champion.genes, archipelago.encoding.meaning
            if last is None or last[1] != newest[1] or not np.array_equal(last[0], newest[0]):
                begin, last = perf_counter(), newest
                decoded = archipelago.encoding.decode(archipelago.champion.genes)
                found = self._champion(decoded, self._made(row))
                of_front = isinstance(found, Approximation)
                first = not run.champions or (of_front and not isinstance(run.champion, Approximation))
                better = first or found.worth < run.champion.worth
                self._spent["judging"] = self._spent.get("judging", 0.0) + perf_counter() - begin
                if better:
                    run.ancestry = self._descent(archipelago.champion)
                    crown(run, row, found, self._hearers)
            error, flops = run.champion.worth
            whole = {**row, "champion_error": error, "champion_flops": flops}
            if config.front:
                whole = {"hypervolume": 0.0, **whole}
            yield whole
            if self._found(whole):
                return

    def _champion(self, decoded: Program | Recursion, made: str) -> Champion:
        """Returns what a chromosome decoded to, simplified, with all that can be said of it."""
        config, given = self._run.config, "; ".join(self._told)
        if isinstance(decoded, Recursion):
            return Algorithm(decoded.tidied, made, given)
        if config.stage_names[self._number] == COLD:
            return Approximation(
                decoded, made, given, config.cost, real=config.real, scaled=config.scaled
            )
        return Codelet(simplify(decoded), made, given, config.measure, self._target)

    def _descent(self, individual: Individual) -> list[Record]:
        """Returns the steps to an individual, those of earlier stages first."""
        steps = records(individual.line, self._bare.name)
        if self._inherited and steps[0]["move"] == "start":  # which is where the stage before ended
            del steps[0]
        return [*self._inherited, *steps]

    def _found(self, row: Record) -> bool:
        """Tells whether an algorithm to be unrolled is right, and a generation brought no better one."""
        run, place = self._run, (row["stage"], row["generation"])
        champion, newest = run.champions[-1][1], run.champions[-1][0]
        exact = bool(run.config.size) and isinstance(champion, Algorithm) and row["champion_error"] == 0
        return exact and (newest["stage"], newest["generation"]) != place

    def _made(self, row: Record, alone: bool = False) -> str:
        """Returns the command that makes the champion of a generation again, or all of it `alone`."""
        config = self._run.config
        bare = config.unlimited
        plain = replace(bare, stages=())
        unscaled = plain.with_settings("rescaled", **UNSCALED) if "rescaled" in config.stage_names else plain
        if config.start or bare not in (plain, unscaled):
            return f"gpfft evolve with the config.toml beside ({config.target}, seed {config.seed})"
        planned = config.stages[self._number].generations
        beyond = row["generation"] > planned or (alone and row["generation"] < planned)
        options = {
            "radix": config.radix if config.any_size else 2, "seed": config.seed, "encoding": config.encoding,
            "scales": "none" if bare != plain else "", "cost": config.cost,
            "generations": self.generations if beyond else 0,
            **{name: getattr(config, name) for name in ISLANDS},
        }  # fmt: skip
        silent = {"radix": 2, "encoding": "auto", "scales": "", "cost": "flops", "generations": 0}
        silent |= {name: getattr(Config(), name) for name in ISLANDS}
        words = ["--any-size" if config.any_size else f"--size {config.size}"]
        words += [f"--{name}" for name in ("front", "real", "scaled") if getattr(config, name)]
        words += [f"--max-muls {config.max_muls}"] if config.max_muls >= 0 else []
        if config.matrix:
            words = [f"--matrix {config.matrix_name}.npy", *(["--complex"] if config.complex else [])]
        words += [f"--{key} {value}" for key, value in options.items() if silent.get(key) != value]
        return " ".join(["gpfft evolve", *words])


def crown(run: Run, row: Record, champion: Champion, hearers: Sequence[Listener]) -> None:
    """Makes what a generation found the champion of the run."""
    run.champions.append((row, champion))
    run.found = run.elapsed
    for hearer in hearers:
        hearer.champion(run, row)


def unrolled(run: Run, size: int | None, hearers: Sequence[Listener]) -> None:
    """Unrolls the run's champion, if it is an algorithm and a size is wanted."""
    if size and isinstance(run.champion, Algorithm):
        row = run.champions[-1][0]
        codelet = replace(run.champion.unroll(size), measure=run.config.measure)
        step = Step(row["generation"], f"unrolled at {size} points", *codelet.worth)
        run.ancestry = [*run.ancestry, *records((step,), row["stage"])]
        crown(run, row, codelet, hearers)
