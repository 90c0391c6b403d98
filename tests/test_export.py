"""Every language that programs are exported to is run, compared with numpy, and counted by tracing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from gpfft import Algorithm, Codelet, GpfftError, matrices, recognise, simplify
from gpfft.cli import main
from gpfft.emit.job import Options
from gpfft.emit.languages import ALGORITHMS, CODELETS
from gpfft.record import read_champion
from tests import naive, programs
from tests.recursions import split_radix

ROOT = Path(__file__).parent.parent
SIZES = {size: Codelet(simplify(programs.definition(size))) for size in range(2, 17)}
MATRIX = recognise(matrices.dct2(8), "dct8")
FOUND = [read_champion(ROOT / "runs" / name) for name in ("dft8_flops56", "dft11_flops192", "dft15_flops196")]
PROGRAMS = {
    **{codelet.name: codelet for codelet in SIZES.values()},
    "dct8": Codelet(simplify(MATRIX.definition()), target=MATRIX),
    **{f"{codelet.name}, evolved": codelet for codelet in FOUND},
}
every_program = pytest.mark.parametrize("codelet", PROGRAMS.values(), ids=PROGRAMS)
FEW = [SIZES[2], SIZES[5], SIZES[8], PROGRAMS["dct8"], FOUND[1]]
few_programs = pytest.mark.parametrize("codelet", FEW, ids=lambda codelet: codelet.name)


def load(text: str, name: str) -> Any:
    """Returns a function of an exported module, and the module's names."""
    names: dict[str, Any] = {}
    exec(compile(text, "exported", "exec"), names)
    return names[name], names


def drawn(codelet: Codelet, *shape: int) -> np.ndarray:
    """Returns a random array, real where the codelet's input is."""
    parts = np.random.default_rng(0).standard_normal((2, *shape))
    return parts[0] if codelet.sought.real else parts[0] + 1j * parts[1]


# NumPy


@every_program
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_numpy_works_along_any_axis(codelet: Codelet, axis: int) -> None:
    function, _ = load(codelet.export("numpy"), codelet.name)
    x = np.moveaxis(drawn(codelet, codelet.sought.inputs, 3, 2), 0, axis)
    before, found = x.copy(), function(x, axis=axis)
    wanted = np.moveaxis(np.tensordot(codelet.sought.matrix, x, (1, axis)), 0, axis)
    assert found.shape == wanted.shape and np.allclose(found, wanted)
    assert found.dtype == (np.float64 if codelet.sought.real else np.complex128)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("kind", [int, bool, np.float32, np.complex64, list])
def test_numpy_takes_what_numpy_takes_for_numbers(kind: Any) -> None:
    function, _ = load(SIZES[5].export("numpy"), "dft5")
    x = [3, 1, 4, 1, 5] if kind is list else np.array([3, 1, 4, 1, 5]).astype(kind)
    assert np.allclose(function(x), np.fft.fft(x)) and function(x).dtype == np.complex128


def test_single_precision_computes_and_returns_single() -> None:
    x = drawn(SIZES[8], 4, 8)
    for language in ("numpy", "numba"):
        function, _ = load(SIZES[8].export(language, Options(precision="single")), "dft8")
        found = np.array([function(row) for row in x])
        assert found.dtype == np.complex64 and np.allclose(found, np.fft.fft(x), atol=1e-5)
        assert np.abs(found - np.fft.fft(x)).max() > 1e-12  # it is not double in disguise


def test_a_wrong_axis_or_kind_of_numbers_is_an_error() -> None:
    function, _ = load(SIZES[5].export("numpy"), "dft5")
    with pytest.raises(ValueError, match="the axis must have length 5, not 4"):
        function(np.ones((5, 4)))
    with pytest.raises(TypeError, match="real numbers are needed"):
        load(PROGRAMS["dct8"].export("numpy"), "dct8")[0](np.ones(8) * 1j)


class Counted(np.ndarray):
    """An array that writes down each of its additions and multiplications."""

    tally: dict[str, int] = {}

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **others: Any) -> Any:
        kind = {"add": "adds", "subtract": "adds", "multiply": "muls"}.get(ufunc.__name__)
        if kind:
            Counted.tally[kind] += 1
        plain = [x.view(np.ndarray) if isinstance(x, Counted) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **others).view(Counted)


class AnyArray:
    """numpy, in which `asarray` leaves the counting arrays as they are."""

    def __getattr__(self, name: str) -> Any:
        return np.asanyarray if name == "asarray" else getattr(np, name)


@every_program
def test_numpy_does_the_operations_that_are_counted(codelet: Codelet) -> None:
    function, names = load(codelet.export("numpy"), codelet.name)
    names["np"] = AnyArray()
    Counted.tally = {"adds": 0, "muls": 0}
    function(drawn(codelet, 3, codelet.sought.inputs).view(Counted))
    assert (Counted.tally["adds"], Counted.tally["muls"]) == (codelet.cost.adds, codelet.cost.muls)


# Numba


@few_programs
def test_numba_compiles_one_transform_and_many(codelet: Codelet) -> None:
    x = drawn(codelet, 3, codelet.sought.inputs)
    one, _ = load(codelet.export("numba"), codelet.name)
    assert np.allclose(one(x[0]), codelet.sought.matrix @ x[0])
    many, _ = load(codelet.export("numba", Options(batch=True)), codelet.name)
    assert np.allclose(many(x), x @ codelet.sought.matrix.T)
    assert one.signatures and many.signatures  # compiled
    with pytest.raises(ValueError, match="is needed"):
        one(x[0, 1:])


class Point:
    """A complex input whose parts count."""

    def __init__(self, re: Any, im: Any) -> None:
        self.real, self.imag = re, im


class Untyped:
    """numpy, as far as an export for Numba needs it, for arrays of any objects."""

    complex128 = None

    @staticmethod
    def float64(number: Any) -> Any:
        return number

    @staticmethod
    def empty(shape: Any, kind: Any) -> Any:
        return np.empty(shape, object)


@every_program
def test_numba_does_the_operations_that_are_counted(codelet: Codelet) -> None:
    function, names = load(codelet.export("numba"), codelet.name)
    names["np"] = Untyped()
    names["complex"] = lambda re, im: (re, im)

    def traced(re: list[Any], im: list[Any]) -> None:
        points = re if codelet.sought.real else list(map(Point, re, im))
        function.py_func(np.array(points, dtype=object))

    assert naive.count(traced, codelet.sought.inputs) == (codelet.cost.adds, codelet.cost.muls)


def test_what_numba_compiled_is_kept_beside_the_file(tmp_path, monkeypatch) -> None:
    (tmp_path / "kept8.py").write_text(SIZES[8].export("numba"))
    program = (
        "import numpy as np, kept8; x = np.arange(8) * (1 + 2j)\n"
        "assert np.allclose(kept8.dft8(x), np.fft.fft(x))\n"
        "print(sum(kept8.dft8.stats.cache_hits.values()))"
    )
    hits = []
    for _ in range(2):
        run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        hits.append(run.stdout)
    assert hits == ["0\n", "1\n"]


# SymPy


def expressions(codelet: Codelet, options: Options = Options()) -> tuple[list[Any], list[Any]]:
    names: dict[str, Any] = {}
    exec(codelet.export("sympy", options), names)
    (function,) = [names[name] for name in names if name not in ("sympy", "__builtins__")]
    found: tuple[list[Any], list[Any]] = function()
    return found


@every_program
def test_sympy_computes_the_transform_in_the_operations_that_are_counted(codelet: Codelet) -> None:
    replacements, reduced = expressions(codelet)
    x = drawn(codelet, codelet.sought.inputs)
    values: dict[Any, float] = {}
    for j, number in enumerate(x):
        values[sympy.Symbol(f"a{j}")], values[sympy.Symbol(f"b{j}")] = number.real, number.imag
    adds = muls = 0
    for symbol, expression in replacements:
        if expression.free_symbols:
            adds, muls = adds + expression.is_Add, muls + expression.is_Mul
            assert len(expression.args) == 2
        values[symbol] = float(expression.subs({s: values[s] for s in expression.free_symbols}))
    assert (adds, muls) == (codelet.cost.adds, codelet.cost.muls)
    found = np.array([float(expression.subs(values)) for expression in reduced])
    both = found if codelet.sought.real else found[::2] + 1j * found[1::2]
    assert np.allclose(both, codelet.sought.matrix @ x)


def test_sympys_expressions_put_together_are_the_dft_exactly_and_can_be_printed() -> None:
    replacements, reduced = expressions(SIZES[8])
    whole = reduced[2]
    for symbol, expression in reversed(replacements):
        whole = whole.subs(symbol, expression)
    parts = [(sympy.pi * j / 4, sympy.Symbol(f"a{j}"), sympy.Symbol(f"b{j}")) for j in range(8)]
    wanted = sum(sympy.cos(angle) * a + sympy.sin(angle) * b for angle, a, b in parts)
    assert sympy.expand(whole - wanted) == 0  # re X[1]
    assert "t0 = a0 + a1;" in [sympy.ccode(e, assign_to=s) for s, e in replacements]


# LaTeX and Graphviz


@every_program
def test_the_latex_document_is_complete_and_has_an_equation_for_each_output(codelet: Codelet) -> None:
    text = codelet.export("latex")
    assert len(re.findall(r"^X_\{\d+\} &= ", text, re.M)) == codelet.sought.outputs
    assert text.rstrip().endswith(r"\end{document}") and text.count("{") == text.count("}")


@pytest.mark.parametrize("codelet", [*FEW, Codelet(simplify(programs.radix2(64)))], ids=lambda c: c.name)
def test_latex_compiles(codelet: Codelet, tmp_path) -> None:
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    (tmp_path / "x.tex").write_text(codelet.export("latex"))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:]
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")


def factor(label: str, size: int) -> complex:
    """Returns the number that stands beside an edge."""
    text = re.sub(r"W\^(\d+)", lambda m: f"w**{m[1]}", label or "1")
    text = re.sub(r"(?<![\w.])i", "1j", text).replace("i", "j")
    return complex(eval(text, {"w": np.exp(-2j * np.pi / size)}))


@every_program
def test_the_flow_graph_computes_the_transform(codelet: Codelet) -> None:
    x = drawn(codelet, codelet.sought.inputs)
    values = {f"x{j}": complex(number) for j, number in enumerate(x)}
    sums: dict[str, complex] = {}
    for source, target, label in re.findall(
        r'^  (\w+) -> (\w+)(?: \[label="([^"]*)".*\])?;$', codelet.export("dot"), re.M
    ):
        value = values[source] if source in values else sums[source]
        sums[target] = sums.get(target, 0) + factor(label, codelet.size) * value
    found = [sums[f"X{k}"] for k in range(codelet.sought.outputs)]
    assert np.allclose(found, codelet.sought.matrix @ x, rtol=1e-4, atol=1e-4)  # labels have six digits


@few_programs
def test_the_flow_graph_is_rendered(codelet: Codelet) -> None:
    if not shutil.which("dot"):
        pytest.skip("dot (Graphviz) is not installed")
    run = subprocess.run(["dot", "-Tsvg"], input=codelet.export("dot"), capture_output=True, text=True)
    assert run.returncode == 0 and not run.stderr and run.stdout.count("X0</text>") == 1


# JSON, the inverse, names, and what is refused


@every_program
def test_json_comes_back(codelet: Codelet) -> None:
    assert Codelet.from_json(codelet.export("json")) == Codelet(
        codelet.program, codelet.made, codelet.given, target=codelet.target
    )


def test_an_algorithm_comes_back_from_json() -> None:
    algorithm = Algorithm(split_radix())
    assert Algorithm.from_json(algorithm.export("json")) == algorithm


@pytest.mark.parametrize("size", SIZES)
def test_the_inverse_is_unscaled_and_costs_as_much(size: int) -> None:
    codelet, x = SIZES[size], drawn(SIZES[size], size)
    text = codelet.export("numpy", Options(inverse=True))
    function, _ = load(text, f"idft{size}")
    assert np.allclose(function(x), size * np.fft.ifft(x))
    assert "W^(-j k)" in text and f"# cost: {codelet.cost};" in text
    re_, im = load(codelet.export("python", Options(inverse=True)), f"idft{size}")[0](x.real, x.imag)
    assert np.allclose(np.array(re_) + 1j * np.array(im), size * np.fft.ifft(x))


@pytest.mark.parametrize("language", ["numpy", "numba"])
@pytest.mark.parametrize("inverse", [False, True])
def test_an_algorithm_is_exported_with_its_inverse(language: str, inverse: bool) -> None:
    text = Algorithm(split_radix()).export(language, Options(name="mine", inverse=inverse))
    function, _ = load(text, "mine")
    for n in (1, 2, 16, 256, 2**15):
        x = np.random.default_rng(0).standard_normal(n) + 1j
        assert np.allclose(function(x), n * np.fft.ifft(x) if inverse else np.fft.fft(x))


@pytest.mark.parametrize("language", [name for name, row in CODELETS.items() if "real" in row.takes])
def test_real_input_and_output_are_exported(language: str) -> None:
    x = np.random.default_rng(0).standard_normal(5)
    for real, name in (("input", "rdft5"), ("output", "rdft5_transposed")):
        text = SIZES[5].export(language, Options(real=real))
        assert f"{'void' if language in ('c', 'h') else 'def'} {name}(" in text
        program = SIZES[5].real_input if real == "input" else SIZES[5].real_output
        assert f" cost: {program.cost}" in text
        if language in ("numpy", "numba"):
            function, _ = load(text, name)
            half = np.fft.rfft(x)
            if real == "output":
                half[1:] *= 2
                assert np.allclose(function(half), 5 * x)
            else:
                assert np.allclose(function(x), half)


@pytest.mark.parametrize("language", [name for name, row in CODELETS.items() if "name" in row.takes])
def test_an_export_says_how_it_was_made_and_has_the_name_that_was_given(language: str) -> None:
    text = SIZES[5].export(language, Options(name="mine"))
    mark = {"latex": "%", "dot": "//", "c": "/*", "h": "/*"}.get(language, "#")
    inside = "  " if mark == "/*" else mark
    assert text.startswith(f"{mark} mine: X[k] = sum over j") and f"\n{inside} cost: {SIZES[5].cost}" in text
    assert "dft5" not in text


@pytest.mark.parametrize("language", CODELETS)
def test_a_wrong_program_is_exported_unchecked_only_and_says_so(language: str) -> None:
    wrong = Codelet(programs.plus_product(4))
    with pytest.raises(GpfftError, match="not exported, because it is no exact DFT .refused: linearity"):
        wrong.export(language)
    text = wrong.export(language, unchecked=True)
    assert language == "json" or "not checked" in text
    assert "not checked" not in SIZES[4].export(language)


REFUSED = [
    ("cobol", {}, "a codelet is exported to python, numpy, .*json, not to 'cobol'"),
    ("latex", {"precision": "single"}, "latex takes no --precision; it goes with .*numpy, numba"),
    ("numpy", {"batch": True}, "numpy takes no --batch; it goes with .*numba"),
    ("json", {"inverse": True}, "json takes no --inverse; it goes with "),
    ("dot", {"real": "input"}, "dot takes no --real; it goes with python"),
    ("python", {"name": "8dft"}, "a name is of letters, digits"),
    ("python", {"name": "a b"}, "a name is of letters, digits"),
    ("python", {"name": "class"}, "class is a keyword of Python, C or C\\+\\+"),
    ("python", {"name": "double"}, "double is a keyword of Python, C or C\\+\\+"),
    ("c", {"name": "nullptr"}, "nullptr is a keyword of Python, C or C\\+\\+"),
    ("c", {"name": "memset"}, "memset means something else in what is exported"),
    ("c", {"name": "offsetof"}, "offsetof means something else in what is exported"),
    ("numpy", {"name": "np"}, "np means something else in what is exported"),
    ("numba", {"name": "complex"}, "complex means something else in what is exported"),
    ("python", {"precision": "half"}, "precision must be one of double, single"),
    ("python", {"real": "numbers"}, "real must be one of input, output"),
    ("python", {"real": "input", "inverse": True}, "real and inverse do not go together"),
]


@pytest.mark.parametrize("language, options, message", REFUSED, ids=lambda value: str(value)[:30])
def test_what_cannot_be_exported_is_refused_in_one_line(language: str, options: Any, message: str) -> None:
    with pytest.raises(GpfftError, match=f"^{message}") as error:
        SIZES[4].export(language, Options(**options))
    assert "\n" not in str(error.value)


def test_a_matrix_has_no_inverse_and_an_algorithm_its_own_languages() -> None:
    with pytest.raises(GpfftError, match="only a DFT is inverted"):
        PROGRAMS["dct8"].export("numpy", Options(inverse=True))
    algorithm = Algorithm(split_radix())
    with pytest.raises(GpfftError, match="an algorithm is exported to .*, not to 'latex': gpfft unroll it"):
        algorithm.export("latex")
    with pytest.raises(GpfftError, match="numpy takes no --precision; it goes with c, h, ctypes"):
        algorithm.export("numpy", Options(precision="single"))


# The command, and the README


def test_the_command_writes_a_file_and_its_help_names_every_language(tmp_path, capsys) -> None:
    path, run = tmp_path / "x.py", str(ROOT / "runs/dft5_flops44")
    assert main(["export", run, "--to", "numpy", "--name", "five", "--inverse", "--out", str(path)]) == 0
    x = drawn(SIZES[5], 5)
    assert np.allclose(load(path.read_text(), "five")[0](x), 5 * np.fft.ifft(x))
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}: {row.text}"[:30] in text for name, row in CODELETS.items())


def test_the_readme_has_the_table_of_languages_and_commands_that_work(capsys, monkeypatch, tmp_path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Programs out\n")[1].split("\n## ")[0]
    for name, row in CODELETS.items():
        takes = ", ".join(f"`--{option}`" for option in row.takes) or "-"
        algorithm = ALGORITHMS[name].text if name in ALGORITHMS else "-"
        assert f"| `{name}` | {row.text} | {takes} | {algorithm} |" in section
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").symlink_to(ROOT / "runs")
    commands = re.findall(r"^gpfft ((?:export|build) .*?)(?: +#.*)?$", section, re.M)
    assert len(commands) > len(CODELETS)
    for command in commands:
        assert main(command.split()) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", ["c34", "x", "sin", "class", "8x8", "print"])
def test_a_matrix_whose_name_means_something_else_is_exported_under_another(name: str) -> None:
    target = replace(recognise([[1.0, 1], [1, -1]]), name=name)
    text = Codelet(simplify(target.definition()), target=target).export("python")
    assert f"def matrix_{name}(" in text
