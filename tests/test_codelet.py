"""A codelet for a matrix is called, counted, judged, written down and exported like one for the DFT."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

import gpfft
from gpfft import Codelet, GpfftError, Program, matrices, recognise, simplify
from gpfft.emit.job import Options
from gpfft.target import Target, dft
from tests import naive, programs
from tests.strategies import targets


def codelet_of(matrix, name: str = "my", complex_input: bool = False) -> Codelet:
    """Returns the definition of a matrix as a codelet."""
    target = recognise(matrix, name, complex_input)
    return Codelet(simplify(target.definition()), target=target)


def walsh_hadamard(n: int) -> Codelet:
    """Returns the fast Walsh-Hadamard transform, n lg n additions (Fino & Algazi 1976)."""
    target = recognise(matrices.walsh_hadamard(n), "wht")
    lines: list[tuple] = [("twiddle", 2)]  # -1
    values, step = list(range(n)), 1
    while step < n:
        for j in (j for j in range(n) if not j & step):
            a, b = values[j], values[j + step]
            at = n + len(lines)
            lines += [("add", a, b), ("multiply", n, b), ("add", a, at + 1)]
            values[j], values[j + step] = at, at + 2
        step *= 2
    return Codelet(Program(4, tuple(lines), tuple(values), inputs=n), target=target)


def function(codelet: Codelet):
    """Returns the exported function."""
    names: dict = {}
    exec(codelet.export("python"), names)
    (public,) = [name for name in names if not name.startswith("_")]
    assert public == codelet.name
    return names[public]


def test_a_fast_walsh_hadamard_transform_costs_n_lg_n_and_stands_beside_its_record() -> None:
    codelet = walsh_hadamard(8)
    assert (codelet.cost.adds, codelet.cost.muls) == (24, 0)
    assert codelet.verdict.exact and codelet.error == 0.0
    assert codelet.worth == (0.0, 24)
    assert codelet.record.flops == 24
    assert codelet.header[0] == "wht: X = A x, A the 8 x 8 matrix of wht.npy, x real"
    assert "24 additions + 0 multiplications = 24 flops; best published: 24 (Fino" in codelet.header[3]


def test_complex_input_costs_twice_as_much_and_has_no_record() -> None:
    real, both = codelet_of(matrices.dct2(8)), codelet_of(matrices.dct2(8), complex_input=True)
    assert both.cost.flops == 2 * real.cost.flops
    assert real.record.flops == 42 and both.record is None


@settings(max_examples=50)
@given(targets())
def test_what_is_exported_is_the_matrix_and_takes_the_operations_counted(target: Target) -> None:
    codelet = Codelet(simplify(target.definition()), target=target)
    assert codelet.verdict.exact and codelet.error == 0.0
    call, x = function(codelet), np.random.default_rng(0).standard_normal((2, target.inputs))
    if target.real:
        assert np.allclose(call(x[0].tolist()), target.matrix @ x[0])
        counted = naive.count(lambda re, im: call(re), target.inputs)
    else:
        re, im = call(*x.tolist())
        assert np.allclose(np.array(re) + 1j * np.array(im), target.matrix @ (x[0] + 1j * x[1]))
        counted = naive.count(call, target.inputs)
    assert counted == (codelet.cost.adds, codelet.cost.muls)


@given(targets())
def test_a_codelet_for_a_matrix_survives_its_file(target: Target) -> None:
    codelet = Codelet(target.definition(), "by me", "all", target=target)
    assert Codelet.from_json(codelet.to_json()) == codelet


def test_a_codelet_for_the_dft_names_no_target_in_its_file() -> None:
    for target in (None, dft(4)):
        codelet = Codelet(programs.fft4(), target=target)
        assert {"target", "inputs"}.isdisjoint(json.loads(codelet.to_json()))
        assert codelet.name == "dft4" and codelet.verdict.exact


def test_real_input_with_complex_entries_gives_real_and_imaginary_parts() -> None:
    target = replace(recognise(np.fft.fft(np.eye(5)), "dft5"), real=True)
    codelet = Codelet(simplify(target.definition()), target=target)
    x = [1.0, -2.0, 3.5, 0.25, 7.0]
    re, im = function(codelet)(x)
    assert np.allclose(np.array(re) + 1j * np.array(im), np.fft.fft(x))
    assert codelet.verdict.exact


@pytest.mark.parametrize(
    "name, called",
    [("my", "my"), ("dct-8.b", "dct_8_b"), ("8", "matrix_8"), ("class", "matrix_class"), ("_", "matrix__"),
     ("None", "matrix_None")],
)  # fmt: skip
def test_the_function_has_the_matrixs_name_as_python_can_read_it(name: str, called: str) -> None:
    assert codelet_of(np.eye(2), name).name == called
    compile(codelet_of(np.eye(2), name).export("python"), "exported", "exec")


def test_the_listing_writes_real_constants_plainly() -> None:
    text = codelet_of([[0.5, -3], [1, 0]]).listing()
    assert text.splitlines()[-1] == "X1 = x0"
    assert "0.5 x0" in text and "3 x1" in text and "0j" not in text


HALVES = [
    lambda codelet: codelet.real_input,
    lambda codelet: codelet.real_output,
    lambda codelet: codelet.export("python", Options(real="input")),
    lambda codelet: codelet.export("python", Options(real="output")),
]


@pytest.mark.parametrize("half", HALVES)
def test_no_outputs_of_a_matrix_are_left_out(half) -> None:
    with pytest.raises(GpfftError, match="only a DFT is pruned for real input: a real matrix has that"):
        half(walsh_hadamard(4))


def test_a_wrong_program_is_refused_and_not_exported() -> None:
    good = walsh_hadamard(4)
    wrong = replace(good, program=replace(good.program, outputs=good.program.outputs[::-1]))
    assert wrong.verdict.failed == "impulse response"
    assert wrong.error > 0.5
    with pytest.raises(GpfftError, match="no exact product with the matrix wht .refused: impulse"):
        wrong.export("python")


def test_a_product_of_inputs_is_found_by_the_error_too() -> None:
    good = walsh_hadamard(4)
    program, end = good.program, good.program.inputs + len(good.program.lines)
    lines = (*program.lines, ("multiply", 0, 1), ("add", program.outputs[0], end))
    wrong = replace(good, program=replace(program, lines=lines, outputs=(end + 1, *program.outputs[1:])))
    assert wrong.error > 0 and wrong.verdict.failed == "linearity"


def test_numbers_that_are_not_recognised_get_an_honest_verdict_and_are_exported() -> None:
    matrix = np.random.default_rng(0).standard_normal((3, 4))
    codelet = codelet_of(matrix)
    assert str(codelet.verdict).startswith("to 1e-12: ") and not codelet.verdict.exact
    assert "known to 1e-12" in codelet.header[0]
    assert np.allclose(function(codelet)([1.0, 2.0, 3.0, 4.0]), matrix @ [1, 2, 3, 4], rtol=1e-11)
    assert codelet.cost.flops == 12 + 9  # a product an entry, and an addition less: nothing to gain


@pytest.mark.parametrize(
    "change, words",
    [
        ({"inputs": 5}, "the program has 5 inputs and 2 outputs, the matrix 4 and 2"),
        ({"outputs": [0]}, "the program has 4 inputs and 1 outputs, the matrix 4 and 2"),
        ({"target": None}, "a target must be an object"),
        ({"target": 3}, "a target must be an object"),
    ],
    ids=["more inputs", "fewer outputs", "null", "a number"],
)
def test_a_file_whose_program_and_target_do_not_fit_is_refused(change: dict, words: str) -> None:
    data = json.loads(codelet_of(np.ones((2, 4))).to_json())
    with pytest.raises(GpfftError, match=words) as error:
        Codelet.from_json(json.dumps({**data, **change}))
    assert "\n" not in str(error.value)


def test_a_program_with_its_own_shape_needs_its_target() -> None:
    data = json.loads(codelet_of(np.ones((2, 3))).to_json())
    del data["target"]
    with pytest.raises(GpfftError, match="the program has 3 inputs and 2 outputs, the DFT 4 and 4"):
        Codelet.from_json(json.dumps(data))


@pytest.mark.parametrize("size", [2, 3, 11, 64])
def test_a_codelet_is_copied_and_goes_to_other_processes(size):
    codelet = gpfft.codelet(size)
    for twin in (pickle.loads(pickle.dumps(codelet)), copy.deepcopy(codelet)):
        assert twin == codelet and twin.cost == codelet.cost
    assert pickle.loads(pickle.dumps(codelet)) == codelet  # now that its cost is known, too
