"""A front: programs that no other is better than in error and in all costs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import overload

import moocore
import numpy as np

from gpfft import html, matrices, transform
from gpfft.approximation import ROUNDING, Approximation
from gpfft.champion import origin
from gpfft.config import PRICE_LISTS
from gpfft.errors import GpfftError, short
from gpfft.records import Published, published
from gpfft.search.front import hypervolume
from gpfft.table import Table, csv_text

MOST_ROWS = 24  # of a table that is shown
MOST = 10_000  # programs in a file
SLACK = 1e-9  # what equal errors may differ by from one machine to another, relative to them
COLUMNS = ("error", "worst", "decibels", "adds", "muls", "shifts")
HEADINGS = ("error", "worst output", "SNR, dB", "adds", "muls", "shifts")


@dataclass(frozen=True)
class Front(Sequence[Approximation]):
    """Programs from the most exact to the cheapest one.

    Attributes:
        programs: in the order of their errors; `front_of` makes one of any programs.
        cost: the price list, see `Config`: "flops" or "adds,muls".

    >>> import gpfft
    >>> cheap = gpfft.Approximation(gpfft.Program(2, (), outputs=(0, 0)))
    >>> front = gpfft.front_of([gpfft.Approximation(gpfft.codelet(2).program), cheap], "flops")
    >>> [program.cost.flops for program in front], front.within(0.5).cost.flops
    ([4, 0], 4)
    """

    programs: tuple[Approximation, ...]
    cost: str = "flops"

    def __len__(self) -> int:
        return len(self.programs)

    @overload
    def __getitem__(self, index: int) -> Approximation: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Approximation, ...]: ...

    def __getitem__(self, index: int | slice) -> Approximation | tuple[Approximation, ...]:
        return self.programs[index]

    def __iter__(self) -> Iterator[Approximation]:
        return iter(self.programs)

    @cached_property
    def worths(self) -> list[tuple[float, ...]]:
        """Returns (error, cost ...) of each, as counted after lowering."""
        return [worth(program, self.cost) for program in self.programs]

    @property
    def hypervolume(self) -> float:
        """Returns how much of what there could be is worse than it, see `search.front.hypervolume`."""
        if not self.programs:
            return 0.0
        return hypervolume(self.worths, self.programs[0].size, self.programs[0].real)

    def within(self, error: float) -> Approximation:
        """Returns the cheapest program with no more than an error.

        Of equally cheap ones, the sum of all costs counting, it is the most exact. Raises GpfftError where
        there is none.
        """
        fit = [program for program in self.programs if program.error <= error]
        if not fit:
            best = f"the least is {self.programs[0].error:g}" if self.programs else "it is empty"
            raise GpfftError(f"the front has no program with an error of {error:g} or less: {best}")
        return min(fit, key=lambda program: (sum(worth(program, self.cost)[1:]), program.error))

    def table(self, most: int = MOST_ROWS) -> Table:
        """Returns the front as a table of at most so many rows, both ends among them."""
        count = len(self.programs)
        places = range(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int)
        rows = [_row(self.programs[place]) for place in places]
        left = f"{count} program" + ("s" if count != 1 else "")
        left += f", {len(rows)} of them shown" if len(rows) < count else ""
        return Table(HEADINGS, tuple(rows), "r" * len(HEADINGS), "\n".join([left, *self._beside]))

    @property
    def by_hand(self) -> Published | None:
        """Returns what was published of programs for real input without multiplications, made by hand."""
        if not self.programs or not self.programs[0].real or self.cost == "flops":
            return None
        return published(self.programs[0].size, "rounded_rdft")

    @property
    def _beside(self) -> list[str]:
        """Returns how it stands beside what was made by hand, in a line, where there is that."""
        if (known := self.by_hand) is None:
            return []
        fit = [one for one in self.programs if one.counts[0] <= known.flops and not one.counts[1]]
        best = min(fit, key=lambda one: one.error, default=None)
        mine = f"; here {best.counts[0]} additions, error {best.error:.3g}" if best else ""
        theirs = f"{known.flops} additions, error {rounded_error(known.size):.3g}"
        return [f"published, made by hand: {theirs} ({known.source}){mine}"]

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_() + html.paragraph(f"hypervolume {self.hypervolume:.4f}")

    def as_csv(self) -> str:
        """Returns a row for each program, with the columns `COLUMNS`."""
        rows = [(p.error, p.worst, p.decibels, *p.counts) for p in self.programs]
        return csv_text((dict(zip(COLUMNS, row)) for row in rows), COLUMNS)

    def to_text(self) -> str:
        """Returns a line of JSON that says what all have in common, and one for each program."""
        head = {"format": FORMAT, "version": VERSION, "cost": self.cost}
        if self.programs:
            head |= {"made": self.programs[0].made, "given": self.programs[0].given}
        return "".join(f"{line}\n" for line in (json.dumps(head), *map(_compact, self.programs)))

    @classmethod
    def from_text(cls, text: str) -> Front:
        """Returns the front that `to_text` wrote. Raises GpfftError for anything else."""
        head, *lines = text.splitlines() or [""]
        try:
            data = json.loads(head)
            if data["format"] != FORMAT or data["version"] != VERSION or data["cost"] not in PRICE_LISTS:
                raise ValueError
        except (ValueError, LookupError, TypeError, RecursionError):
            raise GpfftError("not a front: its first line must say so") from None
        made, given = origin(head)
        if len(lines) > MOST:
            raise GpfftError(f"a front has at most {MOST} programs")
        programs = []
        for number, line in enumerate(lines, start=2):
            try:
                program = Approximation.from_json(line)
            except GpfftError as error:
                raise GpfftError(f"line {number}: {error}") from None
            if not isinstance(program, Approximation):
                raise GpfftError(f"line {number} of a front is no approximate program")
            programs.append(replace(program, made=made, given=given, measure=data["cost"]))
        _alike(programs)
        for number, (one, other) in enumerate(zip(programs, programs[1:]), start=3):
            if other.error < one.error * (1 - SLACK):
                raise GpfftError(f"line {number}: its error is less than that of the program before it")
        return cls(tuple(programs), data["cost"])


def rounded_error(size: int) -> float:
    """Returns the relative Frobenius distance of `matrices.rounded_dft` to the DFT."""
    target = transform.matrix(size)
    return float(np.linalg.norm(matrices.rounded_dft(size) - target) / np.linalg.norm(target))


FORMAT, VERSION = "gpfft front", 1


def front_of(programs: Iterable[Approximation], cost: str = "flops") -> Front:
    """Returns the front of some programs, each counted after lowering: those that none is better than.

    `cost` is a price list, see `Config`. Of equal ones the first is kept. Raises GpfftError for programs of
    several sizes, or for several kinds of input.

    >>> import gpfft
    >>> len(gpfft.front_of([gpfft.Approximation(gpfft.codelet(n).program) for n in (4, 4)]))
    1
    """
    if cost not in PRICE_LISTS:
        raise GpfftError(f"a front is counted in {' or '.join(PRICE_LISTS)}, not {short(cost)}")
    programs = list(programs)
    _alike(programs)
    best: dict[tuple[float, ...], Approximation] = {}
    for program in programs:
        best.setdefault(worth(program, cost), program)
    if not best:
        return Front((), cost)
    kept = moocore.is_nondominated(np.array(list(best)))
    its = [(key, program) for (key, program), is_kept in zip(best.items(), kept) if is_kept]
    return Front(tuple(program for _, program in sorted(its, key=lambda pair: pair[0])), cost)


def worth(program: Approximation, cost: str) -> tuple[float, ...]:
    """Returns (error, cost ...) of a program by a price list."""
    return program.error, *(sum(w * n for w, n in zip(row, program.counts)) for row in PRICE_LISTS[cost])


def _alike(programs: Sequence[Approximation]) -> None:
    """Raises GpfftError for programs that cannot be compared."""
    if len({(program.size, program.real, program.scaled) for program in programs}) > 1:
        raise GpfftError("the programs of a front are of one size, and for one kind of input")


def _row(program: Approximation) -> tuple[str, ...]:
    none = "exact" if program.is_exact else f"<{ROUNDING:g}"
    errors = [f"{program.error:.3g}" if program.error else none, f"{program.worst:.3g}",
              f"{program.decibels:.1f}"]  # fmt: skip
    return (*errors, *map(str, program.counts))


def _compact(program: Approximation) -> str:
    data = json.loads(program.to_json())
    return json.dumps({key: data[key] for key in data if key not in ("made", "given")}, separators=(",", ":"))
