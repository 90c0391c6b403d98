"""The champions that come with gpfft, beside the published counts."""

from __future__ import annotations

import re
from pathlib import Path

from gpfft.records import published, sizes


def committed() -> dict[int, Path]:
    """Returns the run folder of the best champion of each size, {size: folder}.

    A folder's name is its claim, `dft<size>_flops<count>`; the tests judge and recount each.
    """
    here = Path(__file__).parent
    root = here / "runs" if (here / "runs").is_dir() else here.parent / "runs"  # installed, or a tree
    found: dict[int, tuple[int, Path]] = {}
    for folder in sorted(root.glob("dft*_flops*")):
        claim = re.fullmatch(r"dft(\d+)_flops(\d+)", folder.name)
        if claim:
            size, flops = int(claim[1]), int(claim[2])
            found[size] = min(found.get(size, (flops, folder)), (flops, folder))
    return {size: folder for size, (_, folder) in sorted(found.items())}


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


HEADINGS = ("N", "published", "gpfft", "source of the published count")


def as_text() -> str:
    """Returns the table of all sizes in columns."""
    table = [HEADINGS, *rows()]
    widths = [max(len(row[i]) for row in table) for i in range(3)]
    lines = ["  ".join([*(f"{c:>{w}}" for c, w in zip(row, widths)), row[3]]) for row in table]
    return "\n".join([*lines, "?: derived from parts by a formula, never constructed"])


def as_markdown() -> str:
    """Returns the table of the sizes that have a champion, as in the README."""
    mine = committed()
    table = [HEADINGS, ("---:",) * 3 + ("---",), *(row for row in rows() if int(row[0]) in mine)]
    return "\n".join("| " + " | ".join(row) + " |" for row in table)
