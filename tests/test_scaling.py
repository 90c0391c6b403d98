"""Flops against n: the formulas of the known algorithms, the table, and its picture."""

from __future__ import annotations

import csv
import io
from functools import lru_cache

import matplotlib
import pytest
from primitives import multiply, twiddle

from gpfft import GpfftError, plot, scaling
from gpfft.counting import recurrence
from gpfft.emit.lower import lower
from gpfft.records import published
from gpfft.recursion import family
from gpfft.simplify import simplify
from tests import programs
from tests.recursions import KNOWN, dif, split_radix

POWERS = [2**k for k in range(1, 21)]


def priced(exponents: range, n: int) -> int:
    """Returns the operations in products with these powers of W."""
    return sum(multiply.price(twiddle.power(k, n)) for k in exponents)


@lru_cache(maxsize=None)
def radix_2_by_recurrence(n: int) -> int:
    """Returns what Cooley & Tukey's butterflies cost: n/2 products and n sums, and two halves."""
    return 2 * radix_2_by_recurrence(n // 2) + priced(range(n // 2), n) + 2 * n if n > 1 else 0


@lru_cache(maxsize=None)
def split_radix_by_recurrence(n: int) -> int:
    """Returns what L-shaped butterflies cost: W^j and W^3j on quarters, 3n/2 sums, and three parts."""
    if n <= 2:
        return 4 * (n - 1)
    products = priced(range(n // 4), n) + priced(range(0, 3 * (n // 4), 3), n)
    parts = split_radix_by_recurrence(n // 2) + 2 * split_radix_by_recurrence(n // 4)
    return parts + products + 3 * n


@pytest.mark.parametrize("n", [1, *(2**k for k in range(1, 15))])
def test_the_formulas_follow_from_the_recurrences_and_the_prices(n: int) -> None:
    assert scaling.radix_2(n) == radix_2_by_recurrence(n)
    assert scaling.split_radix(n) == split_radix_by_recurrence(n)


@pytest.mark.parametrize("n", POWERS)
def test_the_formulas_are_what_the_known_recursions_cost(n: int) -> None:
    assert scaling.radix_2(n) == recurrence(dif(), n) == recurrence(KNOWN["dit"], n)
    assert scaling.split_radix(n) == recurrence(split_radix(), n)


@pytest.mark.parametrize("n", [2**k for k in range(1, 13)])
def test_the_tangent_fft_is_the_record_at_powers_of_two(n: int) -> None:
    assert scaling.tangent(n) == published(n).flops  # split radix up to 32, Johnson & Frigo from 64 on


@pytest.mark.parametrize(
    "n, flops",
    [(64, 1152), (128, 2792), (256, 6552), (512, 15048), (1024, 33968), (2048, 75688)],
)
def test_the_tangent_fft_takes_what_its_authors_say(n: int, flops: int) -> None:
    assert scaling.tangent(n) == flops  # Johnson & Frigo 2007, table I


@pytest.mark.parametrize("n", POWERS)
def test_each_known_algorithm_is_as_good_as_the_one_before(n: int) -> None:
    counts = list(scaling.known(n, 2).values())
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("n", [2, 4, 8, 16])
def test_radix_2_is_what_the_textbook_program_costs(n: int) -> None:
    assert scaling.radix_2(n) == lower(simplify(programs.radix2(n))).cost.flops


def test_only_the_definition_is_known_for_other_radices() -> None:
    assert scaling.known(9, 3) == {"definition": 2 * 9 * 8 + 6 * 64}
    assert list(scaling.known(16, 2)) == ["definition", "radix 2", "split radix", "tangent FFT"]


def test_every_known_algorithm_has_a_source() -> None:
    assert all(known.source and known.label for known in scaling.KNOWN.values())


def rows(name: str = "split radix", most: int = 1024) -> list[scaling.Row]:
    recursion = KNOWN[name]
    return scaling.table(lambda n: recurrence(recursion, n), recursion.radix, most)


def test_a_table_has_a_row_for_every_length_of_the_family() -> None:
    assert [row["n"] for row in rows()] == family(2, 1024)[1:]
    assert rows()[-1] == {
        "n": 1024, "evolved": 34824, "definition": 8374278,
        "radix2": 40976, "split_radix": 34824, "tangent": 33968,
    }  # fmt: skip
    assert scaling.table(lambda n: 0, 2)[-1]["n"] == 2**20


def test_where_a_formula_does_not_hold_there_is_nothing() -> None:
    assert [row["radix2"] for row in rows("radix 3", 100)] == [None] * 4
    read = list(csv.DictReader(io.StringIO(scaling.as_csv(rows("radix 3", 100)))))
    assert read[1] == {
        "n": "9", "evolved": "240", "definition": "528", "radix2": "", "split_radix": "", "tangent": "",
    }  # fmt: skip


def test_csv_holds_the_rows() -> None:
    text = scaling.as_csv(rows())
    assert text.startswith("n,evolved,definition,radix2,split_radix,tangent\n2,4,10,4,4,4\n")
    read = csv.DictReader(io.StringIO(text))
    assert [{column: int(cell) for column, cell in row.items()} for row in read] == rows()


def test_text_is_a_table_of_what_there_is() -> None:
    assert scaling.as_text(rows(most=8)) == (
        "n  evolved  definition  radix 2  split radix  tangent FFT\n"
        "2        4          10        4            4            4\n"
        "4       16          78       16           16           16\n"
        "8       56         406       56           56           56\n"
    )
    assert scaling.as_text(rows("radix 3", 9)) == (
        "n  evolved  definition\n3       36          36\n9      240         528\n"
    )


@pytest.fixture
def no_display(monkeypatch):
    """There is no screen, and no figure is left open."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    matplotlib.use("Agg")
    yield
    matplotlib.pyplot.close("all")


def test_the_picture_has_points_for_what_evolved_and_a_line_for_each_known(no_display) -> None:
    figure, axes = plot.scaling(rows())
    assert [line.get_label() for line in axes.lines] == [
        "definition", "radix 2", "split radix", "tangent FFT",
    ]  # fmt: skip
    (points,) = axes.collections
    assert points.get_label() == "evolved"
    assert points.get_offsets()[-1].tolist() == [1024, 34824 / 10240]
    assert axes.lines[2].get_ydata()[-1] == 34824 / 10240
    assert axes.get_ylim()[1] < 6  # the definition leaves the frame
    figure.canvas.draw()


def test_the_picture_of_another_radix_has_the_definition_alone(no_display) -> None:
    figure, axes = plot.scaling(rows("radix 5", 3125))
    assert [line.get_label() for line in axes.lines] == ["definition"]
    figure.canvas.draw()


def test_no_sizes_are_no_picture() -> None:
    with pytest.raises(GpfftError, match="no sizes"):
        plot.scaling([])
