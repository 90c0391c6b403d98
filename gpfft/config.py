"""What a run was asked to do: every setting with its meaning, unit and default, in one place.

A run's `config.toml` is a `Config` written out in full, so that the same file gives the same search
whatever later defaults are.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import PurePath
from typing import Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError

from gpfft.errors import GpfftError, short
from gpfft.matrix_file import MATRIX_NAME
from gpfft.recursion import check_radix, check_unrolled
from gpfft.transform import LARGEST, LARGEST_SEARCH, check_size, is_power_of_two

Stages = dict[str, tuple[str, ...]]  # by encoding

ENCODINGS: Stages = {
    "auto": ("pool", "rescaled"), "plain": ("plain",), "pool": ("pool",), "rescaled": ("rescaled",),
    "unrolled": ("recursive", "rescaled"), "two-sided": ("two-sided",),
}  # fmt: skip
ENDLESS = ("rescaled", "two-sided", "approximate")  # with a limit the last stage goes on past its generations
LIMITS = ("budget", "generations", "evaluations", "target_flops")  # what may end a run; 0: none
ISLANDS = ("islands", "migration", "interval", "migrants")  # how many populations, and what they exchange
OF_FRONT = ("front", "real", "scaled", "max_muls")  # what is said of a front alone
UNROLLED = 32  # "auto" is "unrolled" for 2^k points from here on; for sizes other than 2^k it is "two-sided"
ANY_SIZE: Stages = {"auto": ("recursive", "inlined"), "recursive": ("recursive",)}  # for algorithms
MATRIX: Stages = {"auto": ("two-sided",), "two-sided": ("two-sided",)}  # for any matrix
COLD = "approximate"  # the encoding of a front; alone it begins with random chromosomes


@dataclass(frozen=True)
class Stage:
    """Settings that every encoding's stage has."""

    population: int = 8  # individuals
    generations: int = 20  # a stage ends after so many
    crossover: float = 0.5  # probability that a child has two parents
    plus: bool = False  # children compete with their parents for survival; else they replace them
    epoch: int = 0  # generations after which another population begins; 0: never
    populations: int = 4  # as many begin anew, one after the other; the next is made of the best of each


@dataclass(frozen=True)
class PlainStage(Stage):
    """Settings of the plain encoding: rows of primitives, NSGA-II on error and flops."""

    population: int = 200
    generations: int = 500
    plus: bool = True
    rows: int = 32  # most rows of a chromosome, outputs apart
    insert_rate: float = 0.15  # probability that a mutation inserts a row
    delete_rate: float = 0.15  # probability that it deletes one; otherwise it changes a few
    changes: float = 3.0  # mean number of rows changed


@dataclass(frozen=True)
class PoolMoves:
    """Relative frequencies of the moves of a burst on a pool chromosome; 0 switches one off."""

    insert_random: float = 0.0  # a gene of random operands and twiddles
    insert_guided: float = 0.0  # random operands, the twiddle on which they agree at an output
    insert_pair: float = 4.0  # two values that some output adds, with that twiddle
    delete: float = 8.0  # a gene goes, one of its operands takes its place
    operand: float = 1.0  # a gene gets another operand, and the twiddle on which they agree
    twiddle: float = 0.0  # a gene gets another twiddle
    replace: float = 1.0  # delete and insert_pair at once


@dataclass(frozen=True)
class PoolStage(Stage):
    """Settings of the pool encoding: values with reference readout, annealed bursts."""

    population: int = 4
    generations: int = 60
    crossover: float = 0.3
    plus: bool = True
    steps: int = 1280  # proposals in one mutation, a compiled burst
    hot: float = 0.8  # temperature at which bursts begin at first, in complex additions
    cold: float = 0.4  # the same in the last generation; geometric between
    rest: float = 0.1  # temperature at which every burst ends; linear on the way
    phase_steps: int = 64  # proposals a gene of the neutral rescaling after a burst; 0: none
    terms_first: int = 0  # most values that an output sums in the first generation; 0: no limit
    terms_last: int = 0  # the same in the last generation; linear between, 0 standing for N
    moves: PoolMoves = field(default_factory=PoolMoves)


@dataclass(frozen=True)
class RescaledStage(Stage):
    """Settings of the rescaled encoding: a factor on each butterfly of a given program."""

    population: int = 4
    generations: int = 5
    crossover: float = 1.0
    epoch: int = 4
    scales: str = "cosine"  # factors are twiddles times powers of cosines; "none": twiddles alone
    steps: int = 20000  # proposals in one mutation, a compiled burst
    hot: float = 0.6  # temperature at the start of a burst, in flops
    cold: float = 0.3  # temperature at its end; geometric between
    scaling: float = 0.85  # share of moves that change scales, where there are any; others turn
    single: float = 0.1  # share of moves of one butterfly; others may spread
    reach: float = 8.0  # a spreading move holds up to 2^(1 + reach) butterflies
    warmth: float = 2.0  # how much hotter than acceptance spreading is
    images: int = 20  # images of itself that a chromosome is crossed with after a burst
    mates: int = 10  # images of its mate that it is crossed with


@dataclass(frozen=True)
class RecursiveMoves:
    """Relative frequencies of the moves of a burst on a recursive chromosome."""

    insert: float = 2.0  # a random gene, mostly put between a user and what it used
    guided: float = 1.0  # an output gets another value added, with the factor that fits
    refit: float = 1.0  # a term of a sum in an output gets the factor that fits
    delete: float = 2.0  # a gene goes, one of its terms takes its place
    change: float = 3.0  # one thing about one gene is drawn anew
    output: float = 2.0  # an output refers to another value or place


@dataclass(frozen=True)
class RecursiveStage(Stage):
    """Settings of the recursive encoding: vectors, views and self-reference."""

    population: int = 4
    generations: int = 6
    crossover: float = 0.3
    plus: bool = True
    genes: int = 16  # most genes of a chromosome
    self_taught: bool = False  # self-references are answered by the program itself, not the true DFT
    free_views: bool = False  # views (offset, start, stride) evolve; else halves and parities are given
    steps: int = 30000  # proposals in one mutation, a compiled burst
    hot: float = 0.05  # temperature at the start of a burst, in shares of the squared error
    cold: float = 0.002  # temperature at its end; geometric between
    weight: float = 0.001  # what a live gene adds to the energy
    moves: RecursiveMoves = field(default_factory=RecursiveMoves)


@dataclass(frozen=True)
class InlinedStage(Stage):
    """Settings of the inlined encoding: neutral rewriting of a given algorithm."""

    population: int = 8
    generations: int = 2
    crossover: float = 0.3
    plus: bool = True
    steps: int = 150  # proposals in one mutation
    hot: float = 0.3  # temperature at the start of a burst, in flops over n log n
    cold: float = 0.01  # temperature at its end; geometric between
    inline_rate: float = 0.05  # probability that a proposal writes out a self-reference; else a twiddle moves
    depth: int = 2  # how often a vector may be divided: 2 allows views of views


@dataclass(frozen=True)
class TwoSidedMoves:
    """Relative frequencies of the moves of a burst on a two-sided chromosome."""

    flip: float = 60.0  # a multiple of a gate moves between it and its operands, in one line of the core
    gate: float = 12.0  # two values that a line of the core sums become a gate
    butterfly: float = 4.0  # two values are replaced by their sum and difference, in all lines
    remove: float = 6.0  # a gate is written out
    regroup: float = 9.0  # (a + b) + c becomes a + (b + c)
    resum: float = 9.0  # a gate becomes another sum with the same value


@dataclass(frozen=True)
class TwoSidedStage(Stage):
    """Settings of the two-sided encoding: gates on inputs and outputs, constants between them."""

    population: int = 4
    generations: int = 10
    apart: bool = True  # independent parts evolve apart; else everything is one
    frames: int = 8  # how often the butterflies that part them are drawn
    steps: int = 20000  # proposals in one mutation, a compiled burst, for each entry of the part's matrix
    most_steps: int = 1_000_000  # and no more than that
    hot: float = 0.5  # temperature at the start of a burst, times 0.6 to 1.4, in complex additions
    cold: float = 0.15  # temperature at its end; geometric between
    drift: int = 12  # a burst goes back to the best it met when so much above it
    moves: TwoSidedMoves = field(default_factory=TwoSidedMoves)


@dataclass(frozen=True)
class ApproximateMoves:
    """Relative frequencies of the moves of a burst on an approximate chromosome."""

    constant: float = 6.0  # a constant moves along the ladder: a neighbour, a cheaper or a dearer one, or 1
    prune: float = 3.0  # one of the two values that a sum refers to goes
    merge: float = 2.0  # a value becomes the multiple of an earlier one that is nearest to it
    term: float = 2.0  # an output gets another value added, what comes nearest to the error that it has
    output: float = 1.0  # an output becomes the multiple of a value that is nearest to it, or 0
    operand: float = 1.0  # a row refers to another value
    scale: float = 1.0  # one of the two values of a sum gets a constant
    sign: float = 0.5  # a sum becomes a difference


@dataclass(frozen=True)
class ApproximateStage(Stage):
    """Settings of the approximate encoding: real sums, cheap constants, error and cost both scored."""

    population: int = 100
    generations: int = 100
    crossover: float = 0.05
    plus: bool = True
    rows: int = 64  # most rows of a chromosome beyond those of its start, outputs apart
    steps: int = 1920  # proposals in one mutation, a compiled burst
    hot: float = 0.5  # temperature at the start of a burst, in operations
    cold: float = 0.05  # temperature at its end; geometric between
    pull: float = 0.05  # operations that a burst gives for an error e times as small
    gentle: float = 4.0  # the same of error / (1 - error), above the one that it aims at, at least
    steep: float = 240.0  # at most; between them each burst draws, log-uniform
    floor: float = 1e-5  # the least error but for none that bursts aim at
    moves: ApproximateMoves = field(default_factory=ApproximateMoves)


PRICE_LISTS = {  # what a front has besides the error: weights of additions, multiplications and shifts
    "flops": ((1, 1, 1),), "adds,muls": ((1, 0, 0), (0, 1, 0)),
}  # fmt: skip
UNSCALED = {"scales": "none", "hot": 1.5, "cold": 0.4}  # settings of "rescaled" without scales


def default_stage(name: str, size: int, radix: int = 2) -> Stage:
    """Returns the default settings of an encoding for a size, or a radix, chosen by measurement."""
    additions = max(1, round(size * math.log2(size)))  # a budget: about as many as an FFT needs
    if name == "plain":
        return PlainStage(rows=8 + 3 * additions)
    if name == "pool":
        generations = min(5 * size, 80)
        steps = max(40, min(size**4 // 13, 800_000_000 // size**3))  # below a minute at any size
        return PoolStage(steps=steps, generations=generations, hot=max(size / 10, 0.4))
    if name == "recursive":
        return RECURSIVE[radix]
    if name == "inlined":
        return InlinedStage()
    if name == "two-sided":
        return TwoSidedStage(frames=8 if size <= 32 else 2)  # a draw takes 0.3 s at 30 points, 1.1 s at 63
    if name == "approximate":
        return ApproximateStage(
            rows=32 + 2 * additions, steps=max(1920, 20 * additions), gentle=additions / 6,
            steep=10.0 * additions,
        )
    generations = 5 if size < 256 else 10 if size == 256 else 20
    return RescaledStage(steps=max(100 * additions, 800 * size), generations=generations)


RECURSIVE = {
    2: RecursiveStage(),
    3: RecursiveStage(genes=24, hot=0.03, generations=8),
    5: RecursiveStage(genes=40, hot=0.03, cold=0.001, steps=200_000, generations=12),
}


class Conditions(NamedTuple):
    """What the programs of a front are for, see `Config`."""

    real: bool = False
    scaled: bool = False
    max_muls: int = -1


@dataclass(frozen=True)
class Config:
    """One run: a search for a program of one size, for an algorithm for any size, or for a matrix.

    Attributes:
        size: number of points N, 1 to 64, or a power of two up to 4096, by default 8; None where the
            size is any, or a matrix is given.
        seed: any whole number from 0 to 2^63 - 1; equal configurations give equal runs, but for where a
            budget ends them.
        encoding: "auto" ("two-sided"; for 2^k points pool, then rescaled, and from 32 on "unrolled"),
            "plain", "pool", "rescaled", "two-sided", or "unrolled": recursive, and what it finds unrolled
            at N and rescaled; for any size "auto" (recursive, then inlined) or "recursive"; for a matrix
            "auto" or "two-sided", which are one.
        stages: the settings of each encoding that takes part, in order.
        any_size: whether an algorithm is sought, right for all n = radix^k.
        radix: 2, 3 or 5; for any size only.
        unroll: the champion is the algorithm unrolled at so many points; 0: the algorithm itself.
        cost: what `rescaled` and the choice of the champion count: "flops", "muls" (multiplications
            alone) or "fma" (flops, an addition and a product that goes into it counted once).
        budget: seconds after which the run stops, at the end of a generation; 0: none. With this or
            another of `LIMITS` those in `ENDLESS` go on past their number of generations.
        generations: generations of all stages together after which the run stops; 0: none. The number of
            a stage's own, which its schedule reads, is among its settings.
        evaluations: individuals of all stages and islands after which the run stops; 0: none.
        target_flops: the run stops when its champion is exact and costs no more; 0: none.
        islands: populations that evolve apart, in each stage.
        migration: where migrants go: "ring", to the next island, or "random", a ring drawn anew each time.
        interval: generations between two migrations.
        migrants: how many of an island's best take the place of as many of the next one's worst.
        start: a file with a champion: of N points, or for any size, which "rescaled" starts from; or of
            fewer points, whose factors "unrolled" puts on all blocks like it; "": none.
        matrix: a .npy file with the matrix that is sought in the place of the DFT, rows being outputs;
            "": the DFT.
        complex: whether a real matrix is for complex input; one of a complex type always is.
        matrix_name: what the matrix is called in files; by default the file's name without its ending.
        front: whether all programs are sought, from exact to free, that no other is better than in error and
            cost. "auto" begins with the stages for one exact program, and goes on with "approximate" from
            what they found; "approximate" alone begins with random chromosomes, or with a start. `cost`
            is then "flops", or "adds,muls": two costs, and shifts free.
        real: whether the programs of a front are for real input, and counted so.
        scaled: whether each output of a front's programs may be multiplied by a real factor, which is not
            counted, before its error is taken.
        max_muls: the most multiplications of a front's programs; -1: any number.

    Raises GpfftError when a setting does not make sense.

    >>> import gpfft
    >>> gpfft.Config(8).stage_names
    ('pool', 'rescaled')
    >>> gpfft.Config(7, seed=3).stage_names
    ('two-sided',)
    >>> gpfft.Config(any_size=True).with_settings("recursive", self_taught=True).stages[0].self_taught
    True
    """

    size: int | None = None
    seed: int = 0
    encoding: str = "auto"
    stages: tuple[Stage, ...] = ()
    any_size: bool = False
    radix: int = 2
    unroll: int = 0
    cost: str = "flops"
    budget: float = 0.0
    generations: int = 0
    evaluations: int = 0
    target_flops: int = 0
    islands: int = 1
    migration: str = "ring"
    interval: int = 5
    migrants: int = 1
    start: str = ""
    matrix: str = ""
    complex: bool = False
    matrix_name: str = ""
    front: bool = False
    real: bool = False
    scaled: bool = False
    max_muls: int = -1

    def __post_init__(self) -> None:
        self._check_matrix()
        self._check_front()
        self._check_target()
        if type(self.seed) is not int or not 0 <= self.seed < 2**63:
            raise GpfftError(f"seed must be a whole number from 0 to 2^63 - 1, not {short(self.seed)}")
        known = self._encodings
        if not isinstance(self.encoding, str) or self.encoding not in known:
            where = " for any size" if self.any_size else " for a matrix" if self.matrix else ""
            where = " for a front" if self.front else where
            raise GpfftError(f"encoding must be one of {', '.join(known)}{where}, not {short(self.encoding)}")
        defaults = tuple(default_stage(name, self.size or 1, self.radix) for name in self.stage_names)
        if not self.stages:
            object.__setattr__(self, "stages", defaults)
        kinds = [type(stage) for stage in defaults]
        if [type(stage) for stage in self.stages] != kinds:
            wanted = ", ".join(kind.__name__ for kind in kinds)
            raise GpfftError(f"encoding {self.encoding!r} takes the stages ({wanted})")
        for name, stage in zip(self.stage_names, self.stages):
            _check(stage, name)
        self._check_search()

    def _check_search(self) -> None:
        """Raises GpfftError when how it is sought does not make sense."""
        costs = tuple(PRICE_LISTS) if self.front else CHOICES["cost"]
        if self.cost not in costs:
            known = " or ".join(costs) + " for a front" if self.front else ", ".join(costs)
            raise GpfftError(f"cost must be one of {known}, not {short(self.cost)}")
        if self.cost != "flops" and self.any_size:
            raise GpfftError(f"cost {self.cost!r} is for runs of one size only")
        if type(self.budget) not in (int, float) or not 0 <= self.budget <= 1e8:
            raise GpfftError(f"budget must be a number of seconds from 0 to 1e8, not {short(self.budget)}")
        for name, least, most in COUNTED:
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise GpfftError(f"{name} must be a whole number from {least} to {most}, not {short(value)}")
        if self.migration not in CHOICES["migration"]:
            known = ", ".join(CHOICES["migration"])
            raise GpfftError(f"migration must be one of {known}, not {short(self.migration)}")
        if not isinstance(self.start, str):
            raise GpfftError(f"start must be the name of a file, not {short(self.start)}")
        if self.start and self.matrix:
            raise GpfftError("a start program is for the DFT, not for a matrix")
        if self.start and self.encoding not in ("rescaled", "unrolled", COLD):
            raise GpfftError(f"a start program is for the encodings rescaled and unrolled, and for {COLD}")

    def _check_matrix(self) -> None:
        """Raises GpfftError when what is said of a matrix does not make sense."""
        if not isinstance(self.matrix, str) or "\0" in self.matrix:
            raise GpfftError(f"matrix must be the name of a .npy file, not {short(self.matrix)}")
        if not isinstance(self.complex, bool):
            raise GpfftError(f"complex must be true or false, not {short(self.complex)}")
        if not self.matrix:
            if self.complex or self.matrix_name:
                raise GpfftError("complex input, or a matrix's name, is for runs of a matrix only")
            return
        if self.size is not None or self.any_size is not False:
            what = "any size" if self.size is None else f"size {short(self.size)}"
            raise GpfftError(f"a run is for a matrix or for {what}, not for both")
        if self.matrix_name == "":
            object.__setattr__(self, "matrix_name", matrix_name(self.matrix))
        if not isinstance(self.matrix_name, str) or not re.fullmatch(MATRIX_NAME, self.matrix_name):
            found = short(self.matrix_name)
            raise GpfftError(f"matrix_name must be letters, digits, '.', '_' and '-', up to 60, not {found}")

    def _check_front(self) -> None:
        """Raises GpfftError when what is said of a front does not make sense."""
        for name in ("front", "real", "scaled"):
            if not isinstance(getattr(self, name), bool):
                raise GpfftError(f"{name} must be true or false, not {short(getattr(self, name))}")
        if type(self.max_muls) is not int or not -1 <= self.max_muls <= 10**9:
            raise GpfftError(f"max_muls must be a whole number from 0 on, not {short(self.max_muls)}")
        if not self.front:
            if self.real or self.scaled or self.max_muls >= 0:
                raise GpfftError("real input, scaled outputs and a most of multiplications are for fronts")
            return
        if self.target_flops:
            raise GpfftError("target_flops is for one exact program, not for a front")
        large = type(self.size) is int and self.size > LARGEST_SEARCH
        if self.any_size is not False or self.matrix or large:
            what = "any size" if self.any_size else "a matrix" if self.matrix else f"size {self.size}"
            raise GpfftError(f"a front is for 1 to {LARGEST_SEARCH} points, not for {what}")

    def _check_target(self) -> None:
        """Raises GpfftError when what is sought does not make sense."""
        if not isinstance(self.any_size, bool):
            raise GpfftError(f"any_size must be true or false, not {short(self.any_size)}")
        check_radix(self.radix)
        if self.any_size:
            if self.size is not None:
                raise GpfftError(f"a run is for any size or for size {short(self.size)}, not for both")
            if self.unroll != 0 or type(self.unroll) is not int:
                check_unrolled(self.unroll, self.radix)
            return
        if self.radix != 2 or self.unroll != 0:
            raise GpfftError("a radix, or a size to unroll at, is for runs of any size only")
        if self.matrix:
            return
        size = check_size(8 if self.size is None else self.size, LARGEST)
        powers = self.encoding in ("auto", "unrolled")
        if self.encoding == "unrolled" and not is_power_of_two(size):
            raise GpfftError(f"unrolled is for powers of two up to {LARGEST} points, not {size}")
        if size > LARGEST_SEARCH and not (self.start or (powers and is_power_of_two(size))):
            more = f", and for powers of two up to {LARGEST}" if powers else ""
            raise GpfftError(f"{short(self.encoding)} is for 1 to {LARGEST_SEARCH} points{more}, not {size}")
        object.__setattr__(self, "size", size)

    @property
    def _encodings(self) -> Stages:
        """Returns the encodings that there are for what is sought, with the stages of each."""
        if self.front:
            return {"auto": (*self._exact_stages, COLD), COLD: (COLD,)}
        return MATRIX if self.matrix else ANY_SIZE if self.any_size else ENCODINGS

    @property
    def stage_names(self) -> tuple[str, ...]:
        """Returns the encodings that take part, in order."""
        if self.encoding == "auto" and self.size is not None and not self.front:
            return self._exact_stages
        return self._encodings[self.encoding]

    @property
    def _exact_stages(self) -> tuple[str, ...]:
        """Returns the encodings that "auto" is for one program of the size."""
        if not is_power_of_two(self.size or 1):
            return ENCODINGS["two-sided"]
        return ENCODINGS["unrolled" if (self.size or 1) >= UNROLLED else "auto"]

    @property
    def measure(self) -> str:
        """Returns what the stages for one exact program count: of a front, the flops."""
        return "flops" if self.front else self.cost

    def stage(self, name: str) -> Stage:
        """Returns the settings of an encoding that takes part."""
        return self.stages[self.stage_names.index(name)]

    def with_settings(self, name: str, **settings: Any) -> Config:
        """Returns the configuration with settings of one stage changed."""
        stages = [
            replace(stage, **settings) if stage_name == name else stage
            for stage_name, stage in zip(self.stage_names, self.stages)
        ]
        return replace(self, stages=tuple(stages))

    @property
    def head(self) -> dict[str, Any]:
        """Returns what the configuration says outside its stages."""
        if self.matrix:
            keys = ["matrix", "matrix_name", "complex", "seed", "encoding", "cost"]
        elif self.any_size:
            keys = ["any_size", "radix", "seed", "encoding", *(["unroll"] if self.unroll else [])]
        else:
            keys = ["size", "seed", "encoding", "cost", *(["start"] if self.start else [])]
            keys += OF_FRONT if self.front else ()
        return {key: getattr(self, key) for key in (*keys, *LIMITS, *ISLANDS)}

    @property
    def conditions(self) -> Conditions:
        """Returns what the programs of a front are for."""
        return Conditions(self.real, self.scaled, self.max_muls)

    @property
    def unlimited(self) -> Config:
        """Returns the configuration without `LIMITS`."""
        return replace(self, budget=0.0, generations=0, evaluations=0, target_flops=0)

    @property
    def limited(self) -> bool:
        """Tells whether the run has a limit besides its stages' own."""
        return any(getattr(self, name) for name in LIMITS)

    @property
    def target(self) -> str:
        """Returns in words what is sought."""
        if self.matrix:
            return f"matrix {self.matrix_name}"
        if self.any_size:
            return f"any power of {self.radix} points"
        real = " for real input" if self.real else ""
        return f"{self.size} points" + (f", a front{real}" if self.front else "")

    @property
    def name(self) -> str:
        """Returns the name of the run's folder."""
        if self.any_size:
            return f"anysize{'' if self.radix == 2 else f'_radix{self.radix}'}_seed{self.seed}"
        if self.matrix:
            return f"matrix_{self.matrix_name}_seed{self.seed}"
        return f"{'front' if self.front else 'dft'}{self.size}_seed{self.seed}"

    def to_toml(self, comment: str = "") -> str:
        """Returns the configuration as a document, all settings written out."""
        document = tomlkit.document()
        for line in comment.splitlines():
            document.add(tomlkit.comment(line))
        for key, value in self.head.items():
            document.add(key, value)
        for name, stage in zip(self.stage_names, self.stages):
            document[name] = asdict(stage)
        return document.as_string()

    @classmethod
    def from_toml(cls, text: str, **changes: Any) -> Config:
        """Returns the configuration that a document describes; `changes` win over it.

        What it leaves out keeps its default. Raises GpfftError for a key that does not exist, a
        value of the wrong type, or a text that is no TOML.
        """
        try:
            data = tomlkit.parse(text).unwrap()
        except TOMLKitError as error:
            wrong = str(error)
            if "\0" not in text:  # tomlkit's mark for the end
                wrong = wrong.replace(r"character: '\x00'", "end of the file")
            raise GpfftError(f"no valid TOML: {wrong}") from None
        names = [item.name for item in fields(cls) if item.name != "stages"]
        head: dict[str, Any] = {key: data.pop(key) for key in names if key in data}
        if "matrix" in changes:
            head.pop("matrix_name", None)  # another matrix has its own
        bare = cls(**{**head, **changes})
        unknown = sorted(data.keys() - set(bare.stage_names))
        if unknown:
            known = (*names, *bare.stage_names)
            raise GpfftError(f"unknown key {short(unknown[0])}, known here are {', '.join(known)}")
        stages = [
            _changed(stage, data.get(name, {}), name)
            for name, stage in zip(bare.stage_names, bare.stages)
        ]
        return replace(bare, stages=tuple(stages))


def matrix_name(path: str) -> str:
    """Returns what the matrix in a file is called: the file's name without its ending, in ASCII."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", PurePath(path).stem)[:60] or "matrix"


def _changed(settings: Any, table: object, where: str) -> Any:
    """Returns the settings with what the TOML table says; nested tables likewise."""
    if not isinstance(table, dict):
        raise GpfftError(f"{where} must be a table of settings, not {short(table)}")
    known = {item.name for item in fields(settings)}
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise GpfftError(f"unknown key {short(key)} in [{where}], known are {', '.join(sorted(known))}")
        old = getattr(settings, key)
        if type(old) in KINDS:
            accepted, kind = KINDS[type(old)]
            if type(value) not in accepted:
                raise GpfftError(f"{where}.{key} must be {kind}, not {short(value)}")
            try:
                changes[key] = type(old)(value)
            except OverflowError:
                raise GpfftError(f"{where}.{key} is too large a number") from None
        else:
            changes[key] = _changed(old, value, f"{where}.{key}")
    return replace(settings, **changes)


KINDS: dict[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "text"),
}
CHOICES = {
    "scales": ("cosine", "none"), "cost": ("flops", "muls", "fma"), "migration": ("ring", "random"),
}  # fmt: skip
COUNTED = (  # whole numbers outside the stages: name, least, most
    ("generations", 0, 10**9), ("evaluations", 0, 10**15), ("target_flops", 0, 10**9),
    ("islands", 1, 1000), ("interval", 1, 10**9), ("migrants", 0, 100_000),
)  # fmt: skip


LEAST = {
    "population": 1, "generations": 0, "hot": 1e-6, "warmth": 1e-6, "cold": 1e-6,
    "rest": 1e-6, "changes": 1, "genes": 1, "depth": 1, "populations": 1,
}  # fmt: skip
MOST = {
    "population": 100_000, "rows": 100_000, "crossover": 1, "insert_rate": 1, "delete_rate": 1,
    "inline_rate": 1, "scaling": 1, "single": 1, "reach": 20, "genes": 500, "depth": 2,
}  # fmt: skip


def _check(settings: Any, where: str) -> None:
    """Raises GpfftError when a number is out of its range; it must be 0 or more by default."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        if item.name in CHOICES:
            if value not in CHOICES[item.name]:
                known = ", ".join(CHOICES[item.name])
                raise GpfftError(f"{where}.{item.name} must be one of {known}, not {short(value)}")
            continue
        if not isinstance(value, (int, float)):
            _check(value, f"{where}.{item.name}")
            if not sum(getattr(value, move.name) for move in fields(value)) > 0:
                raise GpfftError(f"{where}.{item.name}: at least one frequency must be above 0")
            continue
        least, most = LEAST.get(item.name, 0), MOST.get(item.name, 1e9)
        if not least <= value <= most:  # false for NaN as well
            raise GpfftError(f"{where}.{item.name} must be from {least} to {most:g}, not {short(value)}")
