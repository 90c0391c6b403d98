"""The champions that come with gpfft, beside the published counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from gpfft.algorithm import Algorithm
from gpfft.codelet import Codelet
from gpfft.records import Published, published, sizes, transform_matrix, transform_of, transforms
from gpfft.recursion import RADICES, reference_size
from gpfft.scaling import KNOWN, known
from gpfft.table import Table, Tables

SHOWN = 32  # points up to which the README's table has every size
MOST_REAL = 64  # points up to which real input is counted for the table: 1 s at 64, 4 s at 128

Key = TypeVar("Key", int, str)


def committed() -> dict[int, Path]:
    """Returns the run folder of the best champion of each size, {size: folder}.

    A folder's name is its claim, `dft<size>_flops<count>`; the tests judge and recount each.

    >>> from gpfft import champions
    >>> champions.committed()[8].name
    'dft8_flops56'
    """
    best = _best((int(name[3:]), flops, folder) for name, flops, folder in _claims() if _is_dft(name))
    return dict(sorted(best.items()))


def committed_matrices() -> dict[str, Path]:
    """Returns the run folder of the best champion of each matrix, {name: folder}.

    The name is that of `records.transforms` where the matrix is one of them, whatever the folder is called;
    else the folder's, up to `_flops<count>`. The tests judge and recount each.

    >>> from gpfft import champions
    >>> champions.committed_matrices()["Hartley 8"].name
    'hartley8_flops24'
    """
    claims = [claim for claim in _claims() if not _is_dft(claim[0])]
    return _best((_transform(folder) or name, flops, folder) for name, flops, folder in claims)


def _claims() -> Iterator[tuple[str, int, Path]]:
    """Yields (name, flops, folder) for each run folder `<name>_flops<count>` that holds a champion."""
    for folder in sorted(_root().glob("*_flops*")):
        claim = re.fullmatch(r"(.+)_flops(\d+)", folder.name)
        if claim and (folder / "champion.json").is_file():
            yield claim[1], int(claim[2]), folder


def _is_dft(name: str) -> bool:
    return re.fullmatch(r"dft\d+", name) is not None


def _best(claims: Iterable[tuple[Key, int, Path]]) -> dict[Key, Path]:
    """Returns for each key the folder that claims fewest flops."""
    found: dict[Key, tuple[int, Path]] = {}
    for key, flops, folder in claims:
        found[key] = min(found.get(key, (flops, folder)), (flops, folder))
    return {key: folder for key, (_, folder) in found.items()}


def _codelet(folder: Path) -> Codelet:
    return _parsed((folder / "champion.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=None)  # programs of up to 64 points or rows
def _parsed(text: str) -> Codelet:
    return Codelet.from_json(text)


def _transform(folder: Path) -> str | None:
    """Returns which of the transforms with a published count, all for real input, a champion computes."""
    target = _codelet(folder).sought
    return transform_of(target.matrix) if target.real else None


def algorithms() -> list[Path]:
    """Returns the run folders of the algorithms for every size, the best one of 2^k points first.

    >>> from gpfft import champions
    >>> champions.algorithms()[0].name
    'anysize'
    """
    names = ("anysize", *(f"anysize_radix{radix}" for radix in RADICES))
    return [_root() / name for name in names if (_root() / name).is_dir()]


def _root() -> Path:
    here = Path(__file__).parent
    return here / "runs" if (here / "runs").is_dir() else here.parent / "runs"  # installed, or a tree


def rows() -> list[tuple[str, ...]]:
    """Returns (size, best published flops, this project's, both for real input, source), a row a size."""
    mine, table = committed(), list[tuple[str, ...]]()
    for size in sorted({*sizes(), *mine}):
        record, real = published(size), published(size, "rdft")
        found, half = "-", "-"
        if size in mine:
            found = _claimed(mine[size])
            half = str(_codelet(mine[size]).real_input.cost.flops) if size <= MOST_REAL else "-"
        source = record.source if record else "none found"
        if real and (record is None or real.source != record.source):
            source += f"; real input: {real.source}"
        table.append((str(size), _count(record), found, _count(real), half, source))
    return table


def matrix_rows() -> list[tuple[str, ...]]:
    """Returns (name, rows x columns, best published flops, this project's, source) for each matrix known."""
    mine, records, table = committed_matrices(), transforms(), list[tuple[str, ...]]()
    for name in [*records, *sorted(mine.keys() - records.keys())]:
        record = records.get(name)
        matrix = transform_matrix(name) if record else _codelet(mine[name]).sought.matrix
        found = _claimed(mine[name]) if name in mine else "-"
        shape = " x ".join(map(str, matrix.shape))
        table.append((name, shape, _count(record), found, record.source if record else "none found"))
    return table


def _count(record: Published | None) -> str:
    return f"{record.flops}{'?' if record.derived else ''}" if record else "-"


def _claimed(folder: Path) -> str:
    return folder.name.rpartition("_flops")[2]


def algorithm_rows() -> list[tuple[str, ...]]:
    """Returns (run, sizes, n, flops at n, and those of the known algorithms) for each algorithm."""
    table = []
    for folder in algorithms():
        algorithm = Algorithm.from_json((folder / "champion.json").read_text(encoding="utf-8"))
        n = reference_size(algorithm.radix)
        beside = known(n, algorithm.radix)
        counts = [str(beside.get(row.label, "-")) for row in KNOWN.values()]
        table.append((folder.name, f"{algorithm.radix}^k", str(n), str(algorithm.flops(n)), *counts))
    return table


HEADINGS = (
    "N", "published", "gpfft", "real input, published", "real input, gpfft", "source of the published counts"
)  # fmt: skip
MATRIX_HEADINGS = ("transform", "matrix", "published", "gpfft", "source of the published count")
ALGORITHM_HEADINGS = ("run", "sizes", "n", "gpfft", *(row.label for row in KNOWN.values()))
NOTE = "?: derived from parts by a formula, never constructed"


def sizes_table(every: bool = True) -> Table:
    """Returns the table of all sizes; or of those up to 32 and with a champion alone, as in the README."""
    mine = committed()
    kept = (row for row in rows() if every or int(row[0]) <= SHOWN or int(row[0]) in mine)
    return Table(HEADINGS, tuple(kept), "rrrrrl", NOTE)


def matrices_table() -> Table:
    """Returns the table of the matrices.

    >>> from gpfft import champions
    >>> champions.matrices_table().headings[:4]
    ('transform', 'matrix', 'published', 'gpfft')
    """
    return Table(MATRIX_HEADINGS, tuple(matrix_rows()), "llrrl")


def algorithms_table() -> Table:
    """Returns the table of the algorithms."""
    return Table(ALGORITHM_HEADINGS, tuple(algorithm_rows()), "ll" + "r" * (len(ALGORITHM_HEADINGS) - 2))


def tables(every: bool = True) -> Tables:
    """Returns the tables of the sizes, see `sizes_table`, of the matrices and of the algorithms.

    It takes seconds, as real input is counted anew. Printed they are text, in Jupyter HTML, and
    `tables().markdown()` is Markdown.
    """
    return Tables((sizes_table(every), matrices_table(), algorithms_table()))
