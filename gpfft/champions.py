"""The champions that come with gpfft, beside the published counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gpfft.algorithm import Algorithm
from gpfft.records import published, sizes
from gpfft.recursion import RADICES, reference_size
from gpfft.scaling import KNOWN, in_columns, known


def committed() -> dict[int, Path]:
    """Returns the run folder of the best champion of each size, {size: folder}.

    A folder's name is its claim, `dft<size>_flops<count>`; the tests judge and recount each.
    """
    found: dict[int, tuple[int, Path]] = {}
    for folder in sorted(_root().glob("dft*_flops*")):
        claim = re.fullmatch(r"dft(\d+)_flops(\d+)", folder.name)
        if claim:
            size, flops = int(claim[1]), int(claim[2])
            found[size] = min(found.get(size, (flops, folder)), (flops, folder))
    return {size: folder for size, (_, folder) in sorted(found.items())}


def algorithms() -> list[Path]:
    """Returns the run folders of the algorithms for every size, the best one of 2^k points first."""
    names = ("anysize", *(f"anysize_radix{radix}" for radix in RADICES))
    return [_root() / name for name in names if (_root() / name).is_dir()]


def _root() -> Path:
    here = Path(__file__).parent
    return here / "runs" if (here / "runs").is_dir() else here.parent / "runs"  # installed, or a tree


def rows() -> list[tuple[str, str, str, str]]:
    """Returns (size, best published flops, this project's, source) for each size known."""
    mine = committed()
    table = []
    for size in sorted({*sizes(), *mine}):
        record = published(size)
        best = f"{record.flops}{'?' if record.derived else ''}" if record else "-"
        found = mine[size].name.partition("_flops")[2] if size in mine else "-"
        table.append((str(size), best, found, record.source if record else "none found"))
    return table


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


ALGORITHM_HEADINGS = ("run", "sizes", "n", "gpfft", *(row.label for row in KNOWN.values()))
HEADINGS = ("N", "published", "gpfft", "source of the published count")


def as_text() -> str:
    """Returns the table of all sizes in columns, and that of the algorithms."""
    lines = [*in_columns([HEADINGS, *rows()], last=False)]
    lines += ["?: derived from parts by a formula, never constructed", ""]
    return "\n".join([*lines, *in_columns([ALGORITHM_HEADINGS, *algorithm_rows()])])


def as_markdown() -> str:
    """Returns the table of the sizes that have a champion, as in the README."""
    mine = committed()
    table = [HEADINGS, ("---:",) * 3 + ("---",), *(row for row in rows() if int(row[0]) in mine)]
    return _piped(table)


def algorithms_as_markdown() -> str:
    """Returns the table of the algorithms, as in the README."""
    numbers = ("---:",) * (len(ALGORITHM_HEADINGS) - 2)
    return _piped([ALGORITHM_HEADINGS, ("---", "---", *numbers), *algorithm_rows()])


def _piped(table: Sequence[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in table)
