"""The table of published counts is well formed and holds what was published."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import numpy as np
import pytest

from gpfft import matrices
from gpfft.records import published, published_matrix, sizes, transform_matrix, transform_of, transforms

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


def test_the_counts_of_real_input_are_there_too() -> None:
    assert published(16, "rdft").flops == 70  # FFTW 3.3.10, r2cf_16
    assert published(7, "rdft").flops == 38  # Burrus & Selesnick
    assert set(sizes("rdft")) >= {2, 3, 8, 64}


# Further transforms


@pytest.mark.parametrize("name", transforms())
def test_a_transform_has_a_source_a_matrix_and_a_count_that_adds_up(name: str) -> None:
    row, record = DATA["matrices"][name], transforms()[name]
    assert row["source"] in DATA["sources"] and row["status"] == "published"
    assert row.get("adds", row["flops"]) + row.get("muls", 0) == row["flops"] == record.flops
    assert transform_matrix(name).shape == (row["size"], row["size"])
    assert f" {row['size']}" in name


@pytest.mark.parametrize("lg", [2, 3, 4])
def test_walsh_hadamard_takes_n_lg_n(lg: int) -> None:
    assert transforms()[f"Walsh-Hadamard {2**lg}"].flops == 2**lg * lg  # Fino & Algazi 1976


@pytest.mark.parametrize("lg", [3, 4])
def test_hartley_is_the_split_radix_count(lg: int) -> None:
    n, odd = 2**lg, (-1) ** lg
    muls, adds = 2 * n * lg / 3 - 19 * n / 9 + 3 + odd / 9, 4 * n * lg / 3 - 14 * n / 9 + 3 + 5 * odd / 9
    row = DATA["matrices"][f"Hartley {n}"]
    assert (row["muls"], row["adds"]) == (round(muls), round(adds))


@pytest.mark.parametrize("lg, flops", [(2, 14), (3, 42)])
def test_the_unitary_cosine_transform_is_at_shao_and_johnsons_previous_best(lg: int, flops: int) -> None:
    assert transforms()[f"DCT-II {2**lg}, unitary"].flops == 2 * 2**lg * lg - 2**lg + 2 == flops


def test_a_matrix_is_known_by_its_entries() -> None:
    assert published_matrix(matrices.walsh_hadamard(8)).flops == 24
    assert published_matrix(matrices.dct2(8)).flops == 42
    assert published_matrix(matrices.dct2(8, scale=math.sqrt(8))).flops == 40  # Loeffler et al.: 29 + 11
    assert published_matrix(matrices.dct2(8) + 1e-15).flops == 42
    assert published_matrix(matrices.dct2(16)).flops == 112  # Shao & Johnson 2008, table I
    for other in (matrices.dct2(8) + 1e-9, 2 * matrices.dct2(8), matrices.dct2(8)[:4], np.eye(8)):
        assert published_matrix(other) is None and transform_of(other) is None
    assert all(transform_of(transform_matrix(name)) == name for name in transforms())
