"""What is exported does what the program does, with the operations that were counted."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings

from gpfft import Codelet, GpfftError, Program, simplify
from gpfft.emit.job import Job, Options
from gpfft.emit.listing import listing
from gpfft.emit.lower import lower
from gpfft.emit.python import python
from gpfft.field import field_of
from gpfft.transform import matrix
from tests import naive, programs
from tests.strategies import sized_programs

CODELETS = {
    **{f"definition at {size}": Codelet(programs.definition(size)) for size in range(1, 13)},
    "definition at 5, simplified": Codelet(simplify(programs.definition(5))),
    "fft at 4": Codelet(programs.fft4()),
    "fft at 8": Codelet(programs.fft8(), made="by hand", given="the FFT"),
    "fft at 8, simplified": Codelet(simplify(programs.fft8())),
    "fft at 64": Codelet(programs.radix2(64)),
}
every_codelet = pytest.mark.parametrize("codelet", CODELETS.values(), ids=CODELETS)


def load(text: str) -> dict[str, Any]:
    """Returns the names that an exported module defines."""
    names: dict[str, Any] = {"__builtins__": {}}
    exec(compile(text, "exported", "exec"), names)
    return names


def function(codelet: Codelet) -> Callable[..., Any]:
    """Returns the exported function."""
    return load(codelet.export("python"))[f"dft{codelet.size}"]


def test_a_codelet_of_512_points_does_what_a_small_one_does() -> None:
    codelet = Codelet(simplify(programs.radix2(512)), made="by hand")
    assert codelet.error == 0
    assert codelet.verdict.exact
    assert codelet.cost.flops < 20_000
    assert codelet.rounding < 1e-15
    assert codelet.listing().splitlines()[-1].startswith("X511")
    assert Codelet.from_json(codelet.to_json()) == codelet
    parts = np.random.default_rng(0).standard_normal((2, 512))
    re, im = function(codelet)(*parts.tolist())
    assert np.allclose(np.array(re) + 1j * np.array(im), np.fft.fft(parts[0] + 1j * parts[1]))


def test_the_error_is_the_distance_of_matrices_beyond_256_points_too() -> None:
    identity = Codelet(Program(300, (), tuple(range(300))))
    distance = np.linalg.norm(np.eye(300) - matrix(300)) / np.linalg.norm(matrix(300))
    assert identity.error == pytest.approx(distance)
    fft = programs.radix2(512)
    assert Codelet(replace(fft, outputs=(*fft.outputs[:-1], fft.outputs[0]))).error > 0.01


# Python


@every_codelet
def test_exported_python_agrees_with_numpy_on_floats(codelet: Codelet) -> None:
    parts = np.random.default_rng(0).standard_normal((2, codelet.size))
    re, im = function(codelet)(*parts.tolist())
    assert type(re) is type(im) is list
    assert {type(number) for number in re + im} == {float}
    assert np.allclose(np.array(re) + 1j * np.array(im), np.fft.fft(parts[0] + 1j * parts[1]))


@every_codelet
def test_exported_python_agrees_with_numpy_on_arrays(codelet: Codelet) -> None:
    parts = np.random.default_rng(0).standard_normal((2, codelet.size, 2, 3))
    before = parts.copy()
    re, im = function(codelet)(*parts)
    wanted = np.fft.fft(parts[0] + 1j * parts[1], axis=0)
    assert np.allclose(np.array(re) + 1j * np.array(im), wanted)
    assert np.array_equal(parts, before)


@pytest.mark.parametrize("kind", [int, Fraction])
@every_codelet
def test_exported_python_takes_whole_numbers_and_fractions(codelet: Codelet, kind: type) -> None:
    re = [kind(j * j % 7) for j in range(codelet.size)]
    im = [kind(3 - j) for j in range(codelet.size)]
    found_re, found_im = function(codelet)(tuple(re), iter(im))
    wanted = np.fft.fft(np.array(re, dtype=float) + 1j * np.array(im, dtype=float))
    assert np.allclose(np.array(found_re, dtype=float), wanted.real)
    assert np.allclose(np.array(found_im, dtype=float), wanted.imag)


def test_where_no_constant_is_needed_fractions_stay_exact() -> None:
    codelet = CODELETS["fft at 4"]
    re, im = function(codelet)([Fraction(1, 3), 0, 0, 0], [Fraction(1, 7)] * 4)
    assert re == [Fraction(1, 3)] * 4
    assert im == [Fraction(4, 7), 0, 0, 0]


@every_codelet
def test_exported_python_does_the_operations_that_are_counted(codelet: Codelet) -> None:
    assert naive.count(function(codelet), codelet.size) == (codelet.cost.adds, codelet.cost.muls)
    assert str(codelet.cost) in codelet.export("python")


@every_codelet
def test_exported_python_has_one_public_function(codelet: Codelet) -> None:
    names = [name for name in load(codelet.export("python")) if not name.startswith("_")]
    assert names == [f"dft{codelet.size}"]


@every_codelet
def test_exported_python_only_adds_subtracts_multiplies_and_negates(codelet: Codelet) -> None:
    (body,) = [n for n in ast.parse(codelet.export("python")).body if isinstance(n, ast.FunctionDef)]
    operators = {type(node) for node in ast.walk(body) if isinstance(node, (ast.operator, ast.unaryop))}
    assert operators <= {ast.Add, ast.Sub, ast.Mult, ast.USub}
    allowed = (ast.Assign, ast.Return, ast.Expr)
    assert all(isinstance(statement, allowed) for statement in body.body)
    forbidden = (ast.Call, ast.Subscript, ast.Attribute, ast.IfExp, ast.Lambda, ast.comprehension)
    assert not any(isinstance(node, forbidden) for node in ast.walk(body))


@every_codelet
def test_every_operation_of_exported_python_has_a_name_of_its_own(codelet: Codelet) -> None:
    (body,) = [n for n in ast.parse(codelet.export("python")).body if isinstance(n, ast.FunctionDef)]
    named = [s for s in body.body if isinstance(s, ast.Assign) and isinstance(s.value, ast.BinOp)]
    names = [statement.targets[0].id for statement in named]
    assert len(set(names)) == len(names) == codelet.cost.flops
    assert sum(isinstance(node, ast.BinOp) for node in ast.walk(body)) == len(names)
    operands = [side for s in named for side in (s.value.left, s.value.right)]
    assert all(isinstance(operand, ast.Name) for operand in operands)


@every_codelet
def test_a_wrong_number_of_points_is_an_error(codelet: Codelet) -> None:
    with pytest.raises(ValueError, match="unpack"):
        function(codelet)([0.0] * (codelet.size + 1), [0.0] * (codelet.size + 1))


@given(sized_programs())
def test_any_program_that_is_written_as_python_counts_and_computes_the_same(program: Program) -> None:
    lowered = lower(program)
    written = load(python(Job(program, lowered, "f", ["any"], "it", program.to_json)))["f"]
    assert naive.count(written, program.size) == (lowered.cost.adds, lowered.cost.muls)
    numbers = [0.5 + j for j in range(2 * program.size)]
    wanted = lowered.run(numbers, [complex(c).real for c in lowered.constants], 0.0)
    re, im = written(numbers[::2], numbers[1::2])
    assert [x for pair in zip(re, im) for x in pair] == pytest.approx(wanted, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", programs.WRONG)
def test_a_wrong_program_is_not_exported(name: str) -> None:
    make, failed = programs.WRONG[name]
    for options in (Options(), Options(real="input"), Options(real="output"), Options(inverse=True)):
        with pytest.raises(GpfftError, match=f"not exported, because it is no exact DFT .refused: {failed}"):
            Codelet(make(4)).export("python", options)


# Python for real input and output


@every_codelet
def test_exported_python_for_real_input_agrees_with_numpy(codelet: Codelet) -> None:
    x = np.random.default_rng(0).standard_normal((codelet.size, 3))
    re, im = load(codelet.export("python", Options(real="input")))[f"rdft{codelet.size}"](x)
    found = np.array(re) + 1j * np.array([part + 0 * x[0] for part in im])
    assert np.allclose(found, np.fft.rfft(x, axis=0))


@every_codelet
def test_exported_python_for_real_output_is_the_inverse_of_halves(codelet: Codelet) -> None:
    size = codelet.size
    half = np.fft.rfft(np.random.default_rng(0).standard_normal(size))
    half[[2 * k % size != 0 for k in range(len(half))]] *= 2
    function = load(codelet.export("python", Options(real="output")))[f"rdft{size}_transposed"]
    found = function(half.real.tolist(), half.imag.tolist())
    assert np.allclose(found, size * np.random.default_rng(0).standard_normal(size))


@every_codelet
def test_what_cannot_count_is_not_read_for_real_output(codelet: Codelet) -> None:
    size = codelet.size
    function = load(codelet.export("python", Options(real="output")))[f"rdft{size}_transposed"]
    im = [None if 2 * k % size == 0 else 1.0 for k in range(size // 2 + 1)]
    assert len(function([1.0] * (size // 2 + 1), im)) == size


@every_codelet
def test_exported_python_for_real_numbers_does_the_operations_that_are_counted(codelet: Codelet) -> None:
    size, real = codelet.size, load(codelet.export("python", Options(real="input")))[f"rdft{codelet.size}"]
    cost = codelet.real_input.cost
    assert naive.count(lambda re, im: real(re), size) == (cost.adds, cost.muls)
    assert f"# cost: {cost}\n" in codelet.export("python", Options(real="input"))
    turned = load(codelet.export("python", Options(real="output")))[f"rdft{size}_transposed"]
    cost = codelet.real_output.cost
    assert naive.count(turned, size // 2 + 1) == (cost.adds, cost.muls)
    assert f"# cost: {cost}\n" in codelet.export("python", Options(real="output"))


def test_what_real_input_costs_is_told_with_the_count() -> None:
    assert CODELETS["fft at 8"].account[0].endswith("; real input: 22")
    assert "real input" not in Codelet(programs.inverse(4)).account[0]


def test_the_exported_header_says_what_it_is_how_it_was_made_and_what_it_costs() -> None:
    text = CODELETS["fft at 8"].export("python")
    header = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    assert header == CODELETS["fft at 8"].header
    assert header[1:3] == ["made: by hand", "given: the FFT"]
    assert "52 additions + 4 multiplications = 56 flops; best published: 56 (FFTW" in header[3]


def from_file(**entries: str) -> Codelet:
    """Returns a codelet read from a file in which somebody has changed the header."""
    return Codelet.from_json(json.dumps({**json.loads(Codelet(programs.fft4()).to_json()), **entries}))


@pytest.mark.parametrize("entry", ["made", "given"])
@pytest.mark.parametrize(
    "text",
    ['""" + str(print("run")) + """', '"""; injected = 1; """', "\\x", "a\\N", "\0"],
    ids=["a call", "a statement", "backslash x", "backslash N", "NUL"],
)
def test_nothing_in_a_file_is_executed_by_its_export(entry: str, text: str) -> None:
    tree = ast.parse(from_file(**{entry: text}).export("python"))
    kinds = [type(node) for node in tree.body]
    assert kinds == [ast.FunctionDef]


# The codelet and its file


def test_a_codelet_survives_its_file() -> None:
    codelet = CODELETS["fft at 8"]
    assert Codelet.from_json(codelet.to_json()) == codelet


def test_what_a_file_does_not_say_is_unknown_and_what_it_says_is_one_short_line() -> None:
    assert Codelet.from_json(programs.fft4().to_json()).made == "unknown"
    assert from_file(made="by\n  hand ").made == "by hand"
    assert len(from_file(given="x" * 9999).given) == 5000


@every_codelet
def test_a_codelet_is_exact_without_error_and_rounds_as_doubles_do(codelet: Codelet) -> None:
    assert codelet.verdict.exact
    assert codelet.error == 0
    assert codelet.rounding < 1e-15


def test_a_wrong_codelet_has_an_error() -> None:
    assert Codelet(programs.inverse(4)).error == 1  # four entries off by 2i, over 4
    assert Codelet(programs.permuted(4)).error > 0.1


def test_a_codelet_is_called_like_its_program() -> None:
    x = np.arange(8) * (1 - 2j)
    assert np.allclose(CODELETS["fft at 8"](x), np.fft.fft(x))


# The listing


def test_the_listing_of_the_4_point_fft_can_be_read() -> None:
    assert listing(simplify(programs.fft4()), ["4 points"]).splitlines() == [
        "# 4 points",
        "v4  = x0 + x2",
        "v7  = x0 - x2",
        "v8  = x1 + x3",
        "v10 = x1 - x3",
        "v11 = v4 + v8",
        "v14 = v7 - i v10",
        "v16 = v4 - v8",
        "v19 = v7 + i v10",
        "X0  = v11",
        "X1  = v14",
        "X2  = v16",
        "X3  = v19",
    ]


def as_python(text: str) -> str:
    """Returns an expression of a listing as Python: powers, the unit i, products by a space."""
    text = re.sub(r"W\^(\d+)", r"W**\1", text)
    text = re.sub(r"(?<![\w.)])i\b", "1j", text)
    return re.sub(r"(?<=[\w)]) (?=[\w(]|-[\w(])", "*", text)


def run_listing(text: str, x: list[complex]) -> list[complex]:
    """Returns the outputs of a listing, read as Python line by line."""
    names: dict[str, Any] = {f"x{j}": number for j, number in enumerate(x)}
    names["W"] = np.exp(-2j * np.pi / len(x))
    for row in text.splitlines():
        if not row.startswith("#"):
            name, expression = row.split(" = ")
            names[name.strip()] = eval(as_python(expression), {"__builtins__": {}}, names)
    return [names[f"X{k}"] for k in range(len(x))]


def the_listing_computes(program: Program, listed: Program) -> None:
    """The listing of one program, read as arithmetic, has the outputs of another."""
    parts = np.random.default_rng(0).standard_normal((2, program.size))
    x = parts[0] + 1j * parts[1]
    wanted = program(x)
    found = run_listing(listing(listed, []), list(x))
    assert np.allclose(found, wanted, rtol=1e-9, atol=1e-9 * (1 + np.abs(wanted).max()))


@settings(max_examples=200)
@given(sized_programs("affine"))
def test_the_listing_of_a_simplified_program_computes_what_it_does(program: Program) -> None:
    the_listing_computes(program, simplify(program))


def test_one_times_minus_x_is_listed_with_its_sign() -> None:
    lines = (("twiddle", 1), ("multiply", 2, 0), ("twiddle", 0), ("multiply", 4, 3))
    assert listing(Program(2, lines, (5, 1)), []) == "X0 = -x0\nX1 = x1\n"


@settings(max_examples=200)
@example(Program(2, (("twiddle", 1), ("multiply", 2, 0), ("twiddle", 0), ("multiply", 4, 3)), (5, 1)))
@given(sized_programs("affine"))
def test_the_listing_of_any_program_computes_what_it_does(program: Program) -> None:
    the_listing_computes(program, program)


@every_codelet
def test_the_listing_of_a_codelet_computes_the_dft(codelet: Codelet) -> None:
    x = [complex(j * j % 5, 1 - j) for j in range(codelet.size)]
    assert np.allclose(run_listing(codelet.listing(), x), naive.dft(x))
    assert codelet.listing().startswith(f"# dft{codelet.size}: X[k] = sum over j")


def test_a_dead_line_is_not_listed_and_a_product_of_values_is() -> None:
    program = Program(2, (("add", 0, 1), ("multiply", 0, 1), ("reference", 3)), (4, 0))
    assert listing(program, []) == "v3 = (x0) * (x1)\nX0 = v3\nX1 = x0\n"


def test_a_constant_of_the_programs_own_is_listed_by_its_value() -> None:
    third = field_of(2).rational(Fraction(1, 4))
    program = Program(2, (("twiddle", 2), ("multiply", 2, 0)), (3, 2), (third,))
    assert listing(program, []) == "X0 = (0.25+0j) x0\nX1 = (0.25+0j)\n"
