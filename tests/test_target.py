"""A target says which linear map is sought, is written down exactly, and is read back or refused."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpfft import GpfftError, Program
from gpfft.field import field_of
from gpfft.target import Target, dft
from gpfft.transform import matrix
from tests import naive
from tests.strategies import targets
from tests.test_program import json_values


@pytest.mark.parametrize("size", [1, 2, 3, 8, 12])
def test_the_dft_is_the_dft(size: int) -> None:
    target = dft(size)
    assert target.is_dft and target.exact and not target.real
    assert (target.inputs, target.outputs) == (size, size)
    assert np.array_equal(target.matrix, matrix(size))
    entries = np.array([[complex(target.entry(k, j)) for j in range(size)] for k in range(size)])
    assert np.allclose(entries, np.fft.fft(np.eye(size)))
    assert naive.computes_dft(target.definition())


def test_the_dft_of_4096_points_is_made_without_its_entries() -> None:
    target = dft(4096)
    assert len(target.numbers) == 4096
    assert target.entry(4095, 4095) is field_of(4096).twiddle(1)
    assert list(target.row(4095))[:3] == [0, 4095, 4094]


@given(targets())
def test_entries_rows_and_matrix_say_the_same(target: Target) -> None:
    for k in range(target.outputs):
        row = target.row(k)
        assert len(row) == target.inputs
        for j, place in enumerate(row):
            assert target.entry(k, j) is target.numbers[place]
            assert abs(complex(target.entry(k, j)) - target.matrix[k, j]) < 1e-12


@given(targets())
def test_the_definition_computes_it_in_any_number_system(target: Target) -> None:
    program, field = target.definition(), field_of(target.size)
    target.check(program)
    x = [field.polynomial({0: Fraction(j + 2), 1: Fraction(1 - j, 3)}) for j in range(target.inputs)]
    found = program.run(x, program.exact_table)
    assert all(a is b for a, b in zip(found, target.apply(x, target.numbers)))
    assert np.allclose(program(np.eye(target.inputs)), target.matrix.T)


@given(targets())
def test_a_target_survives_its_file(target: Target) -> None:
    assert Target.from_json(target.size, json.loads(json.dumps(target.as_json()))) == target


def test_its_text_is_one_line_that_says_what_is_computed() -> None:
    one, two = field_of(4).one, field_of(4).rational(2)
    shape = ((0, 1, 1), (1, 0, 0))
    assert dft(4).text == "X[k] = sum over j of x[j] W^(j k), W = exp(-2 pi i / 4)"
    real = Target(4, (one, two), shape, True, name="my")
    assert real.text == "X = A x, A the 2 x 3 matrix of my.npy, x real"
    rough = Target(4, (one, two), shape, False, 1e-12, name="my")
    assert "known to 1e-12, x complex" in rough.text and "W = exp(-2 pi i / 4)" in rough.text


@pytest.mark.parametrize(
    "program, words",
    [
        (Program(8, (), (0, 1), inputs=3), "the program's size is 8, that of the matrix 4"),
        (Program(4, (), (0, 1), inputs=2), "2 inputs and 2 outputs, the matrix 3 and 2"),
        (Program(4, (), (0,), inputs=3), "3 inputs and 1 outputs, the matrix 3 and 2"),
    ],
    ids=["another size", "too few inputs", "too few outputs"],
)
def test_a_program_of_another_shape_is_refused(program: Program, words: str) -> None:
    with pytest.raises(GpfftError, match=words):
        Target(4, (field_of(4).one,), ((0, 0, 0), (0, 0, 0)), name="my").check(program)


GOOD = {
    "name": "my", "real": True, "tolerance": 0.0,
    "numbers": [{"0": "1"}, {"0": "-1/2"}, {}], "rows": [[0, 1, 2], [2, 0, 0]],
}  # fmt: skip


def test_the_good_target_is_good() -> None:
    assert np.array_equal(Target.from_json(4, GOOD).matrix, [[1, -0.5, 0], [0, 1, 1]])


MALFORMED = [
    ("a list", [], "a target must be an object"),
    ("no rows", {**GOOD, "rows": None}, '"rows" must be lists'),
    ("rows that are numbers", {**GOOD, "rows": [1, 2]}, '"rows" must be lists'),
    ("no row", {**GOOD, "rows": []}, "1 to 64 rows and columns, not 0 x 0"),
    ("empty rows", {**GOOD, "rows": [[], []]}, "1 to 64 rows and columns, not 2 x 0"),
    ("65 rows", {**GOOD, "rows": [[0]] * 65}, "1 to 64 rows and columns, not 65 x 1"),
    ("a wide row", {**GOOD, "rows": [[0] * 10**5]}, "1 to 64 rows and columns, not 1 x 100000"),
    ("ragged rows", {**GOOD, "rows": [[0, 1], [0]]}, "must have one length"),
    ("a place past the end", {**GOOD, "rows": [[3]]}, "a number that is not there"),
    ("a negative place", {**GOOD, "rows": [[-1]]}, "a number that is not there"),
    ("a place that is true", {**GOOD, "rows": [[True]]}, 'must be places in its "numbers"'),
    ("half a place", {**GOOD, "rows": [[0.5]]}, 'must be places in its "numbers"'),
    ("no numbers", {**GOOD, "numbers": None}, '"numbers" must be a list'),
    ("too many numbers", {**GOOD, "numbers": [{"0": "1"}] * 4097}, "a list of at most 4096"),
    ("a number that is one", {**GOOD, "numbers": [1, 2, 3]}, "a constant must be an object"),
    ("a number that divides by zero", {**GOOD, "numbers": [{"0": "1/0"}] * 3}, "divides by zero"),
    ("a number that is code", {**GOOD, "numbers": [{"0": "exit()"}] * 3}, "constant '0'"),
    ("a huge number", {**GOOD, "numbers": [{"0": "1" + "0" * 200}] * 3}, "from 1e-100 to 1e.100, or 0"),
    ("all zero", {**GOOD, "rows": [[2, 2]]}, "all zero"),
    ("no name", {**GOOD, "name": None}, '"name" .text.'),
    ("an empty name", {**GOOD, "name": ""}, "the name of a matrix"),
    ("a name of two lines", {**GOOD, "name": "a\nb"}, "the name of a matrix"),
    ("a name that ends a line", {**GOOD, "name": "a\n"}, "the name of a matrix"),
    ("a path", {**GOOD, "name": "../a"}, "the name of a matrix"),
    ("real a number", {**GOOD, "real": 1}, '"real" .true or false.'),
    ("tolerance NaN", {**GOOD, "tolerance": float("nan")}, "a tolerance must be from 0 to 1e-06"),
    ("tolerance 1", {**GOOD, "tolerance": 1}, "a tolerance must be from 0 to 1e-06, not 1"),
    ("tolerance negative", {**GOOD, "tolerance": -1e-12}, "a tolerance must be from 0"),
    ("tolerance text", {**GOOD, "tolerance": "0"}, '"tolerance"'),
]


@pytest.mark.parametrize("data, words", [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_a_malformed_target_is_refused_in_one_line(data: object, words: str) -> None:
    with pytest.raises(GpfftError, match=words) as error:
        Target.from_json(4, data)
    assert "\n" not in str(error.value)


@given(st.sampled_from(sorted(GOOD)), json_values)
def test_junk_in_any_entry_gives_a_target_or_one_clear_error(key: str, junk: object) -> None:
    data = {**copy.deepcopy(GOOD), key: junk}
    try:
        target = Target.from_json(4, data)
    except GpfftError as error:
        assert "\n" not in str(error)
    else:
        assert Target.from_json(4, target.as_json()) == target


def test_entries_of_another_field_are_refused() -> None:
    with pytest.raises(GpfftError, match="of the field for 4"):
        Target(4, (field_of(8).one,), ((0,),), name="my")
