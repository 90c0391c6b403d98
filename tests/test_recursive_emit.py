"""What is listed and exported of a recursive program does what the program does, at every length."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from fractions import Fraction
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from primitives import multiply

from gpfft.bench import speed
from gpfft.emit.lower import lower
from gpfft.emit.recursive import LONGEST_TABLE, listing, python
from gpfft.recursion import WHOLE, Body, Factor, Recursion, Term, View, family
from gpfft.simplify import simplify
from tests import naive
from tests.recursions import EVEN, HIGH, KNOWN, LOW, MINUS, dif, odd, recursions, split_radix

every_known = pytest.mark.parametrize("name", KNOWN)


def vector(n: int) -> np.ndarray:
    """Returns a random complex vector."""
    parts = np.random.default_rng(n).standard_normal((2, n))
    return parts[0] + 1j * parts[1]


def run(recursion: Recursion, x: np.ndarray) -> np.ndarray:
    """Returns what the program itself computes."""

    def constants(factor: Factor, n: int, m: int) -> np.ndarray:
        numerators, denominator = factor.turns(n, m)
        return np.exp(-2j * np.pi * (numerators / denominator))

    return recursion.run(x, constants)


def load(text: str) -> dict[str, Any]:
    """Returns the names that an exported module defines."""
    names: dict[str, Any] = {}
    exec(compile(text, "exported", "exec"), names)
    return names


def close(found: np.ndarray, wanted: np.ndarray, tolerance: float = 1e-13) -> bool:
    return bool(np.linalg.norm(found - wanted) <= tolerance * (1 + np.linalg.norm(wanted)))


# The listing


def test_decimation_in_frequency_reads_like_this() -> None:
    assert listing(dif(), "fft", ["by hand"]) == (
        "# by hand\n"
        "# W = exp(-2 pi i / n); W^j v is v with each element j times W^j\n"
        "fft(x), n = 1:  X = x\n"
        "fft(x), n >= 2:\n"
        "  v1 = x[:n/2] + x[n/2:]\n"
        "  v2 = x[:n/2] - x[n/2:]\n"
        "  X[0::2] = fft(v1)\n"
        "  X[1::2] = fft(W^j v2)\n"
    )


def test_decimation_in_time_reads_like_this() -> None:
    assert listing(KNOWN["dit"], "fft", []).splitlines()[3:] == [
        "  v1 = fft(x[0::2])",
        "  v2 = fft(x[1::2])",
        "  X[:n/2] = v1 + W^j v2",
        "  X[n/2:] = v1 - W^j v2",
    ]


def test_a_listing_has_a_block_for_each_range_of_lengths() -> None:
    assert listing(split_radix(), "fft", []).splitlines()[2:] == [
        "fft(x), n = 2:",
        "  v1 = x[:n/2] + x[n/2:]",
        "  v2 = x[:n/2] - x[n/2:]",
        "  X[0::2] = fft(v1)",
        "  X[1::2] = fft(W^j v2)",
        "fft(x), n >= 4:",
        "  v1 = x[:n/2] + x[n/2:]",
        "  v2 = x[:n/2] - x[n/2:]",
        "  v3 = v2[:n/4] - i v2[n/4:]",
        "  v4 = v2[:n/4] + i v2[n/4:]",
        "  X[0::2] = fft(v1)",
        "  X[1::4] = fft(W^j v3)",
        "  X[3::4] = fft(W^(3j) v4)",
    ]


def test_a_body_that_is_never_used_is_not_listed() -> None:
    first, second = split_radix().bodies
    twice = Recursion(2, (second, first, Body(first.lines, first.outputs)))
    assert listing(twice, "fft", []) == listing(dif(), "fft", [])


class Power:
    """W^(...) in a listing: multiplies a vector once its length is known."""

    def __init__(self, text: str, n: int, scale: complex = 1) -> None:
        self.text, self.n, self.scale = text, n, scale

    def __mul__(self, vector: np.ndarray) -> np.ndarray:
        exponent = eval(self.text, {"j": np.arange(len(vector)), "n": self.n})
        return self.scale * np.exp(-2j * np.pi * exponent / self.n) * vector

    def __rmul__(self, scale: complex) -> Power:
        return Power(self.text, self.n, scale * self.scale)

    def __neg__(self) -> Power:
        return -1 * self


def as_python(text: str) -> str:
    """Returns a line of a listing as Python: signs of multiplication, exact divisions, places."""
    text = re.sub(r"W\^(?:\(([^()]*)\)|(\w+)) ", lambda m: f"W('{m[1] or m[2]}') * ", text)
    text = re.sub(r"\bi ", "1j * ", text)
    text = re.sub(r"(\d)([jn])\b", r"\1 * \2", text).replace("1 * j * ", "1j * ")
    text = re.sub(r"\[(\(.*?\)) mod (.*?), j < (.*?)\]", r"[at(lambda j: \1 % (\2), \3)]", text)
    return re.sub(r"(?<!')/", "//", text) if "W('" not in text else _outside_quotes(text)


def _outside_quotes(text: str) -> str:
    return "'".join(part.replace("/", "//") if i % 2 == 0 else part for i, part in enumerate(text.split("'")))


def listed(text: str, x: np.ndarray) -> np.ndarray:
    """Returns what a listing computes: the slow twin that reads it as a person does."""
    n = len(x)
    names = {"x": x, "n": n, "X": np.zeros(n, complex), "fft": lambda v: listed(text, v)}
    names["W"] = lambda exponent: Power(exponent, n)
    names["at"] = lambda place, count: place(np.arange(count))
    if n == 1:
        return x
    blocks = re.split(r"^fft\(x\), (.*):(?:  X = x)?$", text, flags=re.M)[1:]
    for lengths, block in zip(blocks[::2], blocks[1::2]):
        if all(eval(condition.replace(" = ", " == "), {"n": n}) for condition in lengths.split(", ")):
            for line in block.strip().splitlines():
                target, _, value = line.strip().partition(" = ")
                target = "X[:]" if target == "X" else target
                exec(f"{as_python(target)} = {as_python(value)}", names)
            return names["X"]
    raise AssertionError(f"no block for {n}")


@every_known
def test_a_listing_read_line_by_line_is_the_dft(name: str) -> None:
    text = listing(KNOWN[name], "fft", [])
    for n in family(KNOWN[name].radix, 64):
        assert close(listed(text, vector(n)), np.array(naive.dft(vector(n).tolist())))


@given(recursions())
@settings(max_examples=60, deadline=None)
def test_a_listing_read_line_by_line_does_what_the_program_does(recursion: Recursion) -> None:
    text = listing(recursion, "fft", [])
    for n in family(recursion.radix, 27):
        assert close(listed(text, vector(n)), run(recursion, vector(n))), n


def test_a_listing_of_odd_views_and_factors_does_what_the_program_does() -> None:
    for n in family(2, 256):
        assert close(listed(listing(odd(), "fft", []), vector(n)), run(odd(), vector(n))), n


# Python


@every_known
@pytest.mark.parametrize("leaf", [1, 9, 32])
def test_exported_python_is_the_dft(name: str, leaf: int) -> None:
    fft = load(python(KNOWN[name], "fft", ["made: by hand"], leaf))["fft"]
    for n in family(KNOWN[name].radix, 243):
        x = vector(n)
        before = x.copy()
        found = fft(x)
        assert found.dtype == np.complex128 and not np.shares_memory(found, x)
        assert np.array_equal(x, before)
        assert close(found, np.array(naive.dft(x.tolist())))


@given(recursions())
@settings(max_examples=60, deadline=None)
def test_exported_python_does_what_the_program_does(recursion: Recursion) -> None:
    for leaf in (1, 9):
        function = load(python(recursion, "f", [], leaf))["f"]
        for n in family(recursion.radix, 27):
            assert close(function(vector(n)), run(recursion, vector(n))), n


@pytest.mark.parametrize("leaf", [1, 9])
def test_exported_python_of_odd_views_and_factors_does_what_the_program_does(leaf: int) -> None:
    function = load(python(odd(), "f", [], leaf))["f"]
    for n in family(2, 256):
        assert close(function(vector(n)), run(odd(), vector(n))), n


def test_lengths_beyond_the_table_of_roots_are_as_exact() -> None:
    fft = load(python(dif(), "fft", [], 512))["fft"]
    x = vector(4 * LONGEST_TABLE)
    assert close(fft(x), np.fft.fft(x), 1e-14)


@pytest.mark.parametrize("kind", [list, tuple, np.array], ids=["list", "tuple", "real vector"])
def test_exported_python_takes_what_numpy_takes_for_a_vector(kind: Any) -> None:
    fft = load(python(dif(), "fft", []))["fft"]
    assert close(fft(kind([3.0, 1, 4, 1])), np.fft.fft([3, 1, 4, 1]))


@pytest.mark.parametrize(
    "x", [np.ones(0), np.ones(3), np.ones(6), np.ones(24), np.ones((2, 2)), np.ones((0, 2)), 3.0],
    ids=["no elements", "3", "6", "24", "a matrix", "an empty matrix", "a number"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["dif", "split radix"])
def test_exported_python_refuses_other_lengths_in_one_line(name: str, x: Any) -> None:
    fft = load(python(KNOWN[name], "fft", []))["fft"]
    with pytest.raises(ValueError, match="^a vector is needed, its length a power of 2$"):
        fft(x)


def test_a_program_that_never_calls_itself_refuses_other_lengths_too() -> None:
    body = Body((("add", Term(0), Term(0, WHOLE, MINUS)),), ((WHOLE, Term(1)),))
    function = load(python(Recursion(3, (body,)), "f", []))["f"]
    with pytest.raises(ValueError, match="a power of 3"):
        function(np.ones(12))
    assert not function(np.ones(9)).any()


@every_known
def test_exported_python_has_one_public_function_and_needs_numpy_alone(name: str) -> None:
    text = python(KNOWN[name], "fft", ["made: by hand"])
    module = ast.parse(text)
    assert [node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)] == ["fft"]
    imports = [node for node in ast.walk(module) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [alias.name for node in imports for alias in node.names] == ["numpy"]
    assert text.startswith("# made: by hand\n")
    assert max(map(len, text.splitlines())) <= 110


def test_a_recursion_without_twiddles_is_exported_without_a_table() -> None:
    walsh = Body(
        (("add", Term(0, LOW), Term(0, HIGH)), ("add", Term(0, LOW), Term(0, HIGH, MINUS)),
         ("self", Term(1)), ("self", Term(2))),
        ((LOW, Term(3)), (HIGH, Term(4))),
    )  # fmt: skip
    text = python(Recursion(2, (walsh,)), "walsh", [])
    assert "_ROOTS" not in text
    assert np.array_equal(load(text)["walsh"]([1, 0, 2, 0]), [3, 3, -1, -1])


@pytest.mark.parametrize("name", ["dif", "dit", "split radix"])
@pytest.mark.parametrize("n", [8, 16])
def test_what_is_written_out_does_the_operations_that_are_counted(name: str, n: int) -> None:
    (function,) = [s for s in ast.parse(python(KNOWN[name], "fft", [], n)).body if hasattr(s, "args")]
    conditions = {ast.unparse(s.test): s.body for s in function.body if isinstance(s, ast.If)}
    values = [s.value for s in conditions[f"n == {n}"] if isinstance(s, ast.Assign)]
    products = [v for v in values if isinstance(v, ast.BinOp) and isinstance(v.op, ast.Mult)]
    sums = [v for v in values if isinstance(v, ast.BinOp) and not isinstance(v.op, ast.Mult)]
    flops = 2 * len(sums) + sum(multiply.price(eval(ast.unparse(v.left))) for v in products)
    assert flops == lower(simplify(KNOWN[name].unroll(n))).cost.flops


def test_a_product_that_is_used_twice_is_computed_once() -> None:
    text = python(KNOWN["dit"], "fft", [])
    assert text.count("w[: n // 2] * v2") == 1
    assert "X[: n // 2] = v1 + t1" in text and "X[n // 2 :] = v1 - t1" in text


def test_quarters_of_a_turn_are_no_twiddles() -> None:
    turned = Term(0, HIGH, Factor(1, 0, Fraction(3, 4)))
    lines = (("add", Term(0, LOW, Factor(1)), turned), ("add", Term(0, LOW, Factor(1)), turned))
    text = python(Recursion(2, (Body(lines, ((LOW, Term(1)), (HIGH, Term(2)))),)), "f", [])
    assert text.count(" * x[") == 2  # W^j of either half


def test_where_nothing_is_written_there_is_zero() -> None:
    body = Body((), ((View(1, 0, 2, 2), Term(0, EVEN)),))
    recursion = Recursion(2, (body,))
    assert "  X = 0\n" in listing(recursion, "fft", [])
    assert load(python(recursion, "f", []))["f"]([3, 4]).tolist() == [0, 3]


# Compiled


def module(text: str, name: str, folder: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns the exported text as a module that was imported from a file."""
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    return importlib.import_module(name)


def test_numba_compiles_the_export_as_its_docstring_says(tmp_path, monkeypatch) -> None:
    dft = module(python(split_radix(), "fft", []), "dft", tmp_path, monkeypatch)
    assert "    dft.fft = numba.njit(dft.fft)\n" in dft.__doc__

    dft.fft = numba.njit(dft.fft)

    for n in family(2, 2**20):
        assert close(dft.fft(vector(n)), np.fft.fft(vector(n)), 1e-14)
    assert close(dft.fft(vector(64)[::2]), np.fft.fft(vector(64)[::2]))
    assert close(dft.fft(np.arange(16)), np.fft.fft(np.arange(16)))
    for n in (0, 3, 24):
        with pytest.raises(ValueError, match="its length a power of 2"):
            dft.fft(vector(n))


@pytest.mark.parametrize("name", ["dit", "radix 3"])
def test_numba_compiles_other_recursions(name: str, tmp_path, monkeypatch) -> None:
    exported = module(python(KNOWN[name], "fft", []), "other", tmp_path, monkeypatch)
    exported.fft = numba.njit(exported.fft)
    for n in family(KNOWN[name].radix, 3**11):
        assert close(exported.fft(vector(n)), np.fft.fft(vector(n)), 1e-14)


def test_numba_compiles_odd_views_and_factors(tmp_path, monkeypatch) -> None:
    exported = module(python(odd(), "f", [], 1), "odd", tmp_path, monkeypatch)
    exported.f = numba.njit(exported.f)
    for n in family(2, 256):
        assert close(exported.f(vector(n)), run(odd(), vector(n))), n


def test_the_bench_compares_the_compiled_export_with_recursions_by_hand() -> None:
    title, line = speed.measure(dif(), longest=64)
    assert title.startswith("compiled with numba")
    assert re.match(r"n = +64: .* ms; evolved \S+, radix 2 by hand \S+, split radix by hand \S+;", line)
    assert float(line.split()[-1]) < 1e-14


@pytest.mark.parametrize("n", [1, 2, 4, 8, 64])
def test_the_recursions_by_hand_are_the_dft(n: int) -> None:
    roots = speed.table(64)
    for by_hand in (speed.radix_2_by_hand, speed.split_radix_by_hand):
        assert close(by_hand(vector(n), roots), np.fft.fft(vector(n)))
