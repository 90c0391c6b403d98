"""The table of published counts is well formed and holds what was published."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from gpfft.records import published, sizes

DATA = json.loads(files("gpfft").joinpath("records.json").read_text(encoding="utf-8"))
ROWS = [(table, size, row) for table in ("dft", "rdft") for size, row in DATA[table].items()]


@pytest.mark.parametrize("table, size, row", ROWS, ids=[f"{table} {size}" for table, size, _ in ROWS])
def test_a_row_is_well_formed_and_names_its_source(table: str, size: str, row: dict) -> None:
    assert size == str(int(size))
    assert row["source"] in DATA["sources"]
    assert row["status"] in ("published", "derived")
    assert (row["status"] == "derived") == row["source"].startswith("derived")
    assert row["flops"] > 0


COUNTS = [
    (name, counts)
    for size, row in DATA["dft"].items()
    for name, counts in ((f"{size} best", row), *((f"{size} {k}", v) for k, v in row.items()))
    if isinstance(counts, dict) and "adds" in counts
]


@pytest.mark.parametrize("counts", [row for _, row in COUNTS], ids=[name for name, _ in COUNTS])
def test_additions_and_multiplications_add_up(counts: dict) -> None:
    assert counts["adds"] + counts["muls"] == counts["flops"]


def test_no_count_of_a_program_is_below_the_best() -> None:
    for size, row in DATA["dft"].items():
        for counts in (value for value in row.values() if isinstance(value, dict)):
            assert row["flops"] <= counts["flops"], size


def test_a_derived_count_is_lower_than_the_published_one_beside_it() -> None:
    both = [row for row in DATA["dft"].values() if "derived_flops" in row]
    assert both
    assert all(row["derived_flops"] < row["flops"] and row["status"] == "published" for row in both)


@pytest.mark.parametrize(
    "size, flops",
    [
        (3, 16),  # FFTW 3.3.10, n1_3: 12 additions, 4 multiplications
        (5, 44),  # FFTW 3.3.10, n1_5: 32 additions, 12 multiplications
        (8, 56),  # Yavne 1968, 4 N lg N - 6 N + 8
        (16, 168),  # Yavne 1968
        (32, 456),  # Yavne 1968
        (64, 1152),  # Johnson & Frigo 2007, table I: 1160 by split radix, 1152 by the tangent FFT
        (128, 2792),  # Johnson & Frigo 2007, table I
        (256, 6552),  # Johnson & Frigo 2007, table I
    ],
)
def test_a_published_number_is_in_the_table(size: int, flops: int) -> None:
    record = published(size)
    assert record is not None
    assert record.flops == flops
    assert not record.derived


@pytest.mark.parametrize("lg", range(1, 13))
def test_powers_of_two_are_split_radix_or_better_from_64_on(lg: int) -> None:
    size = 2**lg
    split_radix = 4 * size * lg - 6 * size + 8  # Yavne 1968
    if size < 64:
        assert DATA["dft"][str(size)]["flops"] == split_radix
    else:
        assert DATA["dft"][str(size)]["flops"] < split_radix


def test_what_was_not_published_is_none_and_what_was_derived_says_so() -> None:
    assert published(37) is None
    assert published(33).derived
    assert published(8).source.startswith("FFTW")


def test_sizes_are_in_order_and_each_has_a_record() -> None:
    assert sizes() == sorted(sizes())
    assert {2, 3, 8, 64} <= set(sizes())
    assert all(published(size) for size in sizes())
