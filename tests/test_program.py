"""A program runs in any number system, survives its file format, and is never malformed."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpfft import GpfftError, Program
from gpfft.field import field_of, nth_residue_root
from gpfft.program import Builder
from tests import naive, programs
from tests.strategies import exact_numbers, number_systems, shaped_programs, sized_programs, sizes
from tests.test_field import scaled_numbers
from tests.test_rescaling import encoding_of, wandered


def residues(program: Program, seed: int = 1) -> tuple[list, list]:
    """Returns inputs and the table of a program in a finite field."""
    root = nth_residue_root(program.size, 2)
    inputs = [root**0 * (seed + 7919 * j * j + j) for j in range(program.size)]
    return inputs, [constant.residue(root) for constant in program.exact_table]


@given(sized_programs())
def test_running_is_the_same_as_evaluating_line_by_line(program: Program) -> None:
    inputs, table = residues(program)
    assert program.run(inputs, table) == naive.evaluate(program, inputs, table)


@given(sized_programs("affine"), st.data())
def test_running_exactly_and_converting_is_converting_and_running(
    program: Program, data: st.DataObject
) -> None:
    numbers = [data.draw(exact_numbers(program.size)) for _ in range(program.size)]
    exact = program.run(numbers, program.exact_table)
    for system in number_systems(program.size):
        table = [system.of(constant) for constant in program.exact_table]
        found = program.run([system.of(number) for number in numbers], table)
        if system.name != "complex128" or max(abs(complex(e)) for e in exact) < 1e3:
            assert all(map(system.same, found, map(system.of, exact)))


@given(sized_programs())
def test_only_live_lines_run_and_values_are_forgotten_after_their_last_use(program: Program) -> None:
    live = {address for address in program.outputs}
    for number in reversed(range(len(program.lines))):
        if program.size + number in live:
            live.update(program.operands(number))
    assert set(program.last_use) == live
    inputs, table = residues(program)
    ran = [number for number, _ in program.steps(inputs, table)]
    assert ran == sorted(a - program.size for a in live if a >= program.size) + [len(program.lines)]
    for address, last in program.last_use.items():
        users = [n for n in ran[:-1] if address in program.operands(n)]
        assert last == (len(program.lines) if address in program.outputs else users[-1])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)], ids=str)
def test_it_is_called_along_the_last_axis_like_numpy_fft(size: int, shape: tuple[int, ...]) -> None:
    parts = np.random.default_rng(0).standard_normal((2, *shape, size))
    x = parts[0] + 1j * parts[1]
    found = programs.definition(size)(x)
    assert found.shape == x.shape
    assert found.dtype == np.complex128
    assert np.allclose(found, np.fft.fft(x), rtol=0, atol=1e-12)


def test_integers_and_lists_are_transformed_too() -> None:
    assert np.allclose(programs.fft4()([1, 2, 3, 4]), np.fft.fft([1, 2, 3, 4]))


def test_a_constant_output_takes_the_shape_of_the_input() -> None:
    program = Program(2, (("twiddle", 1),), (2, 0))
    assert program(np.ones((3, 2))).tolist() == [[-1, 1]] * 3


@pytest.mark.parametrize("shape", [(), (3,), (4, 1)], ids=str)
def test_another_length_is_refused_with_the_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(GpfftError, match=r"the last axis must have length 4, the shape is \("):
        programs.fft4()(np.zeros(shape))


def test_a_program_may_have_4096_points_and_no_more() -> None:
    same = Program(4096, (), tuple(range(4096)))
    assert Program.from_json(same.to_json()) == same
    with pytest.raises(GpfftError, match="size must be a whole number from 1 to 4096, not 4097"):
        Program(4097, (), tuple(range(4097)))


def test_an_fft_of_1024_points_is_called_and_kept_like_a_small_one() -> None:
    program = programs.radix2(1024)
    x = np.random.default_rng(0).standard_normal((2, 1024))
    assert np.allclose(program(x), np.fft.fft(x), rtol=0, atol=1e-11)
    assert Program.from_json(program.to_json()) == program
    assert program.exact_table is program.exact_table


# The builder


def test_the_builder_writes_equal_lines_and_constants_once() -> None:
    build = Builder(4)
    third = field_of(4).rational(Fraction(1, 3))
    assert build.line("add", 0, 1) == build.line("add", 0, 1) == 4
    assert build.constant(third) == build.constant(third) == 5
    assert build.turned(2, 8) == 2
    assert build.turned(2, 5) == build.line("multiply", build.constant(field_of(4).twiddle(1)), 2)
    program = build.program([4, 4, 4, 4])
    assert program.constants == (third,)
    assert program.lines == (("add", 0, 1), ("twiddle", 4), ("twiddle", 1), ("multiply", 6, 2))


def test_the_builder_keeps_a_power_of_zeta_that_is_no_twiddle_as_a_constant() -> None:
    build = Builder(3)
    build.constant(field_of(3).i)
    assert build.program([0, 0, 0]).constants == (field_of(3).i,)


def test_a_total_adds_from_left_to_right_and_one_value_is_itself() -> None:
    build = Builder(3)
    assert build.total([2]) == 2
    build.total([0, 1, 2])
    assert list(build.lines) == [("add", 0, 1), ("add", 3, 2)]


# The file format


@settings(max_examples=60)
@given(sized_programs())
def test_a_program_survives_its_file(program: Program) -> None:
    again = Program.from_json(program.to_json(made="by hand", given="nothing"))
    assert again == program
    assert all(a is b for a, b in zip(again.constants, program.constants))
    assert again.to_json() == program.to_json()


@given(sizes.flatmap(lambda size: st.tuples(st.just(size), exact_numbers(size))))
def test_a_constant_survives_its_file_exactly(pair) -> None:
    size, constant = pair
    program = Program(size, (("twiddle", size),), (size,) * size, (constant,))
    assert Program.from_json(program.to_json()).constants[0] is constant


def test_the_file_is_what_is_documented() -> None:
    half = field_of(2).polynomial({0: Fraction(1, 2), 1: Fraction(-3)})
    program = Program(2, (("twiddle", 2), ("multiply", 2, 0)), (3, 1), (half,))
    assert json.loads(program.to_json(made="by hand")) == {
        "format": "gpfft program",
        "version": 1,
        "made": "by hand",
        "size": 2,
        "constants": [{"0": "1/2", "1": "-3"}],
        "lines": [["twiddle", 2], ["multiply", 2, 0]],
        "outputs": [3, 1],
    }
    assert Program.from_json(Program(1, (), (0,)).to_json()) == Program(1, (), (0,))


@pytest.mark.parametrize("size", [8, 12, 16, 64])
def test_a_program_with_powers_of_sines_survives_its_file(size: int) -> None:
    encoding = encoding_of(f"grown {size} 0" if size == 12 else f"fft {size}")
    scaled = 0
    for seed in range(8):
        program = encoding.decode(wandered(encoding, seed))
        again = Program.from_json(program.to_json())
        assert again == program
        assert all(a is b for a, b in zip(again.constants, program.constants))
        assert again.to_json() == program.to_json()
        scaled += sum(bool(constant.polar and constant.polar[1]) for constant in program.constants)
    assert scaled > 0 or size == 12  # whose powers of sines are written as polynomials


@given(scaled_numbers(1, [4, 8, 16, 64, 5, 12]))
def test_a_power_of_sines_survives_its_file_exactly(numbers: list) -> None:
    ((constant, _),) = numbers
    size = constant.field.size
    program = Program(size, (("twiddle", size),), (size,) * size, (constant,))
    assert Program.from_json(program.to_json()).constants[0] is constant


def test_powers_of_sines_are_written_by_their_exponents() -> None:
    constant = field_of(16).scaled(5, {1: 2, 2: -1})
    program = Program(16, (("twiddle", 16),), (16,) * 16, (constant,))
    assert json.loads(program.to_json())["constants"] == [{"turn": "5", "sine 1": "2", "sine 2": "-1"}]
    doubled = {"turn": "5", "sine 4": "-1", "sine 2": "1", "sine 1": "2"}  # 2 = (2 sin 45 degrees)^2
    for entry in ({"turn": "-11", "sine 1": "2", "sine 2": "-1"}, doubled):
        data = {**json.loads(program.to_json()), "constants": [entry]}
        assert Program.from_json(json.dumps(data)) == program


@given(shaped_programs())
def test_a_program_with_its_own_numbers_of_inputs_and_outputs_is_one_like_any_other(program: Program) -> None:
    field = field_of(program.size)
    inputs = [field.polynomial({0: Fraction(j + 2), 1: Fraction(1 - j, 3)}) for j in range(program.inputs)]
    found = program.run(inputs, program.exact_table)
    assert all(a is b for a, b in zip(found, naive.evaluate(program, inputs, program.exact_table)))
    assert len(found) == len(program.outputs)
    assert Program.from_json(program.to_json(made="by hand")) == program
    assert program(np.ones((2, 3, program.inputs))).shape == (2, 3, len(program.outputs))


def test_inputs_are_written_where_they_are_not_the_size_and_nowhere_else() -> None:
    assert '"inputs": 3' in Program(4, (("add", 0, 2),), (3,), inputs=3).to_json()
    assert '"inputs": 2' in Program(2, (), (1,), inputs=2).to_json()
    for inputs in (0, 2):
        program = Program(2, (), (1, 0), inputs=inputs)
        assert "inputs" not in program.to_json()
        assert program.inputs == 2


def test_the_builder_begins_after_the_inputs() -> None:
    build = Builder(4, 3)
    assert build.line("add", 0, 1) == 3
    assert build.constant(field_of(4).rational(3)) == 4
    assert build.program([3, 4]) == Program(
        4, (("add", 0, 1), ("twiddle", 4)), (3, 4), (field_of(4).rational(3),), 3
    )


GOOD = {
    "format": "gpfft program",
    "version": 1,
    "size": 2,
    "constants": [{"0": "1/2"}],
    "lines": [["twiddle", 1], ["multiply", 2, 1], ["add", 0, 3], ["add", 0, 1]],
    "outputs": [5, 4],
}


def changed(**entries: object) -> str:
    """Returns a good file with some entries changed."""
    return json.dumps({**GOOD, **entries})


def with_line(*line: object) -> str:
    """Returns a good file with its last line changed."""
    return changed(lines=[*GOOD["lines"][:-1], list(line)])


def test_the_good_file_is_good() -> None:
    assert Program.from_json(json.dumps(GOOD)).lines[-1] == ("add", 0, 1)


MALFORMED = [
    # id, text, what the error names
    ("empty", "", "no valid JSON"),
    ("truncated", json.dumps(GOOD)[:-9], "no valid JSON"),
    ("nested too deep", "[" * 100_000, "no valid JSON"),
    ("objects nested too deep", '{"a":' * 100_000, "no valid JSON"),
    ("5000 digits", with_line("add", 0, 1).replace("0, 1]]", "9" * 5000 + ", 1]]"), "no valid JSON"),
    ("null", "null", "format"),
    ("a list", "[]", "format"),
    ("another format", changed(format="gpfft run"), "format"),
    ("no format", json.dumps({"version": 1}), "format"),
    ("version 2", changed(version=2), "version 2"),
    ("version as text", changed(version="1"), "version '1'"),
    ("version true", changed(version=True), "version True"),
    ("version a list", changed(version=[1]), "version"),
    ("size 0", changed(size=0), "size"),
    ("size 4097", changed(size=4097), "size"),
    ("size true", changed(size=True), "size"),
    ("size a float", changed(size=2.0), "size"),
    ("size missing", json.dumps({k: v for k, v in GOOD.items() if k != "size"}), "size"),
    ("lines missing", json.dumps({k: v for k, v in GOOD.items() if k != "lines"}), "list"),
    ("lines null", changed(lines=None), "list"),
    ("lines an object", changed(lines={}), "list"),
    ("constants text", changed(constants="1"), "list"),
    ("outputs a number", changed(outputs=2), "list"),
    ("a line as text", changed(lines=["add"]), "line"),
    ("a line as an object", changed(lines=[{"add": [0, 1]}]), "line"),
    ("an empty line", with_line(), "line 3"),
    ("unknown primitive", with_line("divide", 0, 1), "line 3: 'divide'"),
    ("primitive a number", with_line(7, 0, 1), "line 3: 7"),
    ("primitive a list", with_line(["add"], 0, 1), "line 3"),
    ("primitive null", with_line(None, 0, 1), "line 3"),
    ("one operand too few", with_line("add", 0), "line 3: add takes 2 operands, not 1"),
    ("one operand too many", with_line("reference", 0, 1), "line 3: reference takes 1 operands, not 2"),
    ("forward reference", with_line("add", 0, 6), "line 3: operand 6"),
    ("reference to itself", with_line("add", 0, 5), "line 3: operand 5"),
    ("negative operand", with_line("add", -1, 0), "line 3: operand -1"),
    ("huge operand", with_line("add", 10**30, 0), "line 3: operand 1000"),
    ("NaN operand", with_line("add", float("nan"), 0), "line 3: operand nan"),
    ("infinite operand", with_line("add", 0, float("inf")), "line 3: operand inf"),
    ("1e999 operand", with_line("add", 0, 1).replace("0, 1]]", "0, 1e999]]"), "line 3: operand inf"),
    ("float operand", with_line("add", 0, 1.0), "line 3: operand 1.0"),
    ("bool operand", with_line("add", False, 1), "line 3: operand False"),
    ("text operand", with_line("add", "0", 1), "line 3: operand '0'"),
    ("null operand", with_line("add", None, 1), "line 3: operand None"),
    ("list operand", with_line("add", [0], 1), r"line 3: operand \[0\]"),
    ("twiddle past the table", with_line("twiddle", 3), "line 3: no twiddle or constant 3"),
    ("negative twiddle", with_line("twiddle", -1), "line 3: no twiddle or constant -1"),
    ("bool twiddle", with_line("twiddle", True), "line 3: no twiddle or constant True"),
    ("NaN twiddle", with_line("twiddle", float("nan")), "line 3: no twiddle or constant nan"),
    ("too few outputs", changed(outputs=[4]), "2 outputs are needed, not 1"),
    ("too many outputs", changed(outputs=[4, 5, 4]), "2 outputs are needed, not 3"),
    ("no inputs", changed(inputs=0), "inputs must be a whole number from 1 to 4096, not 0"),
    ("negative inputs", changed(inputs=-1), "inputs must be a whole number"),
    ("null inputs", changed(inputs=None), "inputs must be a whole number"),
    ("bool inputs", changed(inputs=True), "inputs must be a whole number"),
    ("half an input", changed(inputs=0.5), "inputs must be a whole number"),
    ("a million inputs", changed(inputs=10**6), "inputs must be a whole number"),
    ("no outputs", changed(inputs=2, outputs=[]), "1 to 4096 outputs, not 0"),
    ("too many outputs for any", changed(inputs=2, outputs=[4] * 4097), "1 to 4096 outputs, not 4097"),
    ("fewer inputs", changed(inputs=1), "line 1: operand 2: only earlier values, 0 to 1"),
    ("output past the end", changed(outputs=[4, 6]), "output 1 reads value 6"),
    ("negative output", changed(outputs=[-1, 4]), "output 0 reads value -1"),
    ("bool output", changed(outputs=[True, 4]), "output 0 reads value True"),
    ("list output", changed(outputs=[[4], 4]), r"output 0 reads value \[4\]"),
    ("null output", changed(outputs=[None, 4]), "output 0 reads value None"),
    ("constant a number", changed(constants=[1]), "constant"),
    ("constant null", changed(constants=[None]), "constant"),
    ("constant a float", changed(constants=[{"0": 0.5}]), "constant"),
    ("constant with a huge power of ten", changed(constants=[{"0": "1e999999999"}]), "constant '0'"),
    ("constant with a huge exponent", changed(constants=[{"1e999999999": "1"}]), "constant '1e9"),
    ("constant with a negative exponent", changed(constants=[{"-1": "1"}]), "constant '-1'"),
    ("constant with too many digits", changed(constants=[{"0": "1" * 1000}]), "constant '0'"),
    ("constant not a number", changed(constants=[{"0": "nan"}]), "constant '0'"),
    ("constant with a decimal point", changed(constants=[{"0": "0.5"}]), "constant '0'"),
    ("constant divided by zero", changed(constants=[{"0": "1/0"}]), "divides by zero"),
    ("turn a number", changed(constants=[{"turn": 1}]), "a constant must be an object"),
    ("turn null", changed(constants=[{"turn": None}]), "a constant must be an object"),
    ("turn a list", changed(constants=[{"turn": ["1"]}]), "a constant must be an object"),
    ("turn a fraction", changed(constants=[{"turn": "1/2"}]), "constant 'turn': '1/2'"),
    ("turn with a decimal point", changed(constants=[{"turn": "1.0"}]), "constant 'turn': '1.0'"),
    ("turn without digits", changed(constants=[{"turn": ""}]), "constant 'turn': ''"),
    ("turn with too many digits", changed(constants=[{"turn": "1" * 10}]), "constant 'turn': '1111111111'"),
    ("turn with another script's digit", changed(constants=[{"turn": "\u0661"}]), "constant 'turn'"),
    ("sine without a turn", changed(constants=[{"sine 1": "1"}]), "constant 'sine 1': '1'"),
    ("sine and a term", changed(constants=[{"turn": "0", "0": "1"}]), "constant '0': '1': a turn, and sines"),
    ("sine without a number", changed(constants=[{"turn": "0", "sine": "1"}]), "constant 'sine': '1'"),
    ("sine of nothing", changed(constants=[{"turn": "0", "sine ": "1"}]), "constant 'sine '"),
    ("sine of a line's end", changed(constants=[{"turn": "0", "sine 1\n": "1"}]), r"constant 'sine 1\\n'"),
    ("sine 0", changed(constants=[{"turn": "0", "sine 0": "1"}]), "constant 'sine 0'"),
    ("sine -1", changed(constants=[{"turn": "0", "sine -1": "1"}]), "constant 'sine -1': '1'"),
    ("sine past the quarter", changed(constants=[{"turn": "0", "sine 2": "1"}]), "the sine 2 of 1 to the"),
    ("sine of a huge place", changed(constants=[{"turn": "0", "sine " + "9" * 99: "1"}]), "constant .sine"),
    ("power a fraction", changed(constants=[{"turn": "0", "sine 1": "1/2"}]), "constant 'sine 1': '1/2'"),
    ("power 1001", changed(constants=[{"turn": "0", "sine 1": "1001"}]), "the sine 1 of 1 to the"),
    ("power -999999999", changed(constants=[{"turn": "0", "sine 1": "-999999999"}]), "power -999999999"),
    ("power of 301 digits", changed(constants=[{"turn": "0", "sine 1": "999"}]), "out of the range"),
    ("tiny power", changed(constants=[{"turn": "0", "sine 1": "-999"}]), "out of the range"),
    ("constant that is code", changed(constants=[{"0": "__import__('os')"}]), "constant '0'"),
]


@pytest.mark.parametrize("text, names", [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_a_malformed_file_is_refused_in_one_line_that_names_what_is_wrong(
    text: str, names: str
) -> None:
    with pytest.raises(GpfftError, match=names) as error:
        Program.from_json(text)
    assert "\n" not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(GpfftError, match="at most 1000000 lines, not 1000001"):
        Program(1, (("reference", 0),) * 1_000_001, (0,))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@given(st.sampled_from(sorted(GOOD)), json_values)
def test_junk_in_any_entry_gives_a_program_or_one_clear_error(key: str, junk: object) -> None:
    try:
        program = Program.from_json(changed(**{key: junk}))
    except GpfftError as error:
        assert "\n" not in str(error)
    else:
        assert Program.from_json(program.to_json()) == program


@given(st.integers(0, 3), st.integers(0, 2), json_values)
def test_junk_in_any_line_gives_a_program_or_one_clear_error(number: int, at: int, junk: object) -> None:
    lines = [list(line) for line in GOOD["lines"]]
    lines[number][at : at + 1] = [junk]
    try:
        program = Program.from_json(changed(lines=lines))
    except GpfftError as error:
        assert "\n" not in str(error)
    else:
        assert Program.from_json(program.to_json()) == program


exponents = st.sampled_from(["0", "1", "-1", "7", "30", "-1000", "999999999", "1/2", "", "nan", "1e5", "x"])
names = st.sampled_from(["sine 1", "sine 2", "sine 3", "sine 4", "sine 5", "sine", "0", "turn ", ""])


@given(st.sampled_from([2, 8, 12, 16]), exponents, st.dictionaries(names, exponents, max_size=3))
def test_a_hostile_power_of_sines_gives_a_program_or_one_clear_error(
    size: int, turn: str, sines: dict[str, str]
) -> None:
    text = json.loads(Program(size, (("twiddle", size - 1),), (size,) * size).to_json())
    text["constants"] = [{"turn": turn, **sines}]
    try:
        program = Program.from_json(json.dumps(text))
    except GpfftError as error:
        assert "\n" not in str(error) and len(str(error)) < 300
    else:
        assert Program.from_json(program.to_json()) == program


@pytest.mark.parametrize(
    "text",
    [with_line("x" * 100_000, 0, 1), changed(version="x" * 100_000), with_line("add", [0] * 100_000, 1)],
    ids=["name", "version", "operand"],
)
def test_the_line_that_names_what_is_wrong_is_short(text: str) -> None:
    with pytest.raises(GpfftError) as error:
        Program.from_json(text)
    assert len(str(error.value)) < 1000


def test_version_one_as_a_float_is_refused() -> None:
    with pytest.raises(GpfftError, match="version"):
        Program.from_json(changed(version=1.0))
