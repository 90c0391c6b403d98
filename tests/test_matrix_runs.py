"""A run for a matrix, from its file to the exported program, and what is refused on the way."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import gpfft
from gpfft import Config, GpfftError, matrices
from gpfft.cli import main
from gpfft.config import TwoSidedStage
from gpfft.encodings.two_sided import TwoSided
from gpfft.record import read_champion, read_config
from gpfft.search.toolbox import encoding_for
from gpfft.target import dft

from .test_record import ORDINARY, TIMED

QUICK = (TwoSidedStage(population=2, generations=1, steps=200),)
SHORTEST = 1e-6  # seconds: a run stops with what it starts from
FILES = ORDINARY | {"matrix.npy"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Every test has a working directory with a matrix and the settings of a short search in it."""
    monkeypatch.chdir(tmp_path)
    np.save("dct4.npy", matrices.dct2(4))
    Path("quick.toml").write_text(Config(matrix="dct4.npy", stages=QUICK).to_toml())
    return tmp_path


@pytest.fixture
def cli(capsys):
    """Returns a function that runs a command line: (exit code, stdout, stderr)."""

    def run(line: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(shlex.split(line))
        return code, *capsys.readouterr()

    return run


def quick(matrix: str, **settings) -> Config:
    return Config(matrix=matrix, stages=QUICK, **settings)


def test_a_run_for_a_matrix_leaves_its_files_and_a_copy_of_the_matrix(cli):
    code, out, err = cli("evolve quick.toml")
    assert (code, err) == (0, "")
    assert out.startswith("matrix dct4: two-sided\n")
    assert "verdict: exact: all 4 impulse responses equal the matrix's in Q(zeta_16)" in out
    assert "best published: 14" in out and "kept in runs/matrix_dct4_seed0" in out
    folder = Path("runs/matrix_dct4_seed0")
    assert {path.name for path in folder.iterdir()} == FILES
    assert np.array_equal(np.load(folder / "matrix.npy"), matrices.dct2(4))
    settings = (folder / "config.toml").read_text()
    assert 'matrix = "matrix.npy"\nmatrix_name = "dct4"\ncomplex = false\n' in settings


def test_the_command_takes_a_matrix_and_what_its_input_is():
    from gpfft.arguments import parser
    from gpfft.cli import COMMANDS, chosen

    args = parser(COMMANDS).parse_args(["evolve", "--matrix", "my.npy", "--complex", "--seed", "3"])
    config = Config(**chosen(args, "matrix", "complex", "seed"))
    assert config == Config(matrix="my.npy", complex=True, seed=3)


def test_the_configuration_of_a_run_repeats_it_bit_for_bit_without_the_first_file(cli):
    assert cli("evolve quick.toml --quiet --out first") == (0, "", "")
    Path("dct4.npy").unlink()
    assert cli("evolve first/config.toml --quiet --out second") == (0, "", "")
    assert cli("evolve second --quiet") == (0, "", "")
    for folder in (Path("second"), Path("runs/matrix_dct4_seed0")):
        for name in FILES - TIMED:
            assert (folder / name).read_bytes() == Path("first", name).read_bytes()


def test_a_matrix_on_the_command_line_wins_over_the_one_in_a_configuration(cli):
    np.save("wht4.npy", matrices.walsh_hadamard(4))
    cli("evolve quick.toml --quiet --out first")
    assert cli("evolve first/config.toml --matrix wht4.npy --quiet") == (0, "", "")
    assert gpfft.load("runs/matrix_wht4_seed0").champion.name == "wht4"


def test_every_command_works_on_a_run_for_a_matrix(cli):
    cli("evolve quick.toml --quiet --out run")
    code, out, err = cli("show run")
    assert (code, err) == (0, "")
    assert out.startswith("# dct4: X = A x, A the 4 x 4 matrix of dct4.npy, x real\n# made: gpfft evolve")
    for line in ("verify run", "verify run --proof"):
        code, out, err = cli(line)
        assert (code, err) == (0, "") and out.startswith("exact: ")
    code, out, err = cli("export run --to python")
    names: dict = {}
    exec(out, names)
    assert np.allclose(names["dct4"]([1.0, 2.0, 3.0, 4.0]), matrices.dct2(4) @ [1, 2, 3, 4])
    for what in ("flow", "history"):
        assert cli(f"plot run --what {what}")[0] == 0
        assert Path(f"dct4_{what}.png").stat().st_size > 1000


def test_a_run_for_a_matrix_is_loaded_as_it_was_written():
    run = gpfft.evolve(config=quick("dct4.npy"), out="run")
    loaded = gpfft.load("run")
    assert loaded.champion == run.champion
    assert loaded.config == quick("run/matrix.npy", matrix_name="dct4")
    assert list(loaded.history) == list(run.history)
    assert np.allclose(loaded.champion(np.eye(4)), matrices.dct2(4).T)


@pytest.mark.parametrize("how", ["array", "list", "name", "path"])
def test_python_takes_an_array_or_a_file(how: str):
    whole = np.array([[1, 2], [3, 4], [5, 6]])
    np.save("whole.npy", whole)
    given = {"array": whole, "list": whole.tolist(), "name": "whole.npy", "path": Path("whole.npy")}[how]
    run = gpfft.evolve(matrix=given, out="run", budget=SHORTEST)
    assert run.verdict.exact
    assert run.champion.name == ("whole" if how in ("name", "path") else "matrix")
    assert np.allclose(run.champion([1, 10]), whole @ [1, 10])
    assert gpfft.evolve(config=read_config(Path("run"))).champion == run.champion


def test_equal_seeds_give_equal_runs_for_a_matrix_too():
    first, second = (gpfft.evolve(config=quick("dct4.npy", seed=5), threads=n) for n in (1, 2))
    assert first.champion.to_json() == second.champion.to_json()
    assert list(first.history) == list(second.history)


def test_complex_input_is_counted_as_complex():
    real, both = (gpfft.evolve(config=quick("dct4.npy", complex=c)).champion for c in (False, True))
    assert both.cost.flops >= real.cost.flops
    assert both.sought.real is False and real.sought.real is True
    assert "--matrix dct4.npy --complex" in gpfft.evolve(
        matrix="dct4.npy", complex=True, budget=SHORTEST
    ).champion.made


def test_a_complex_matrix_has_complex_input():
    champion = gpfft.evolve(matrix=np.fft.fft(np.eye(3)), budget=SHORTEST).champion
    assert champion.verdict.exact and not champion.sought.real
    assert np.allclose(champion([1, 2j, 3]), np.fft.fft([1, 2j, 3]))


def test_a_random_matrix_is_said_to_be_known_to_a_tolerance_only(cli):
    np.save("random.npy", np.random.default_rng(0).standard_normal((3, 4)))
    assert cli("evolve --matrix random.npy --quiet --budget 0.001s --out run") == (0, "", "")
    code, out, err = cli("verify run")
    assert (code, err) == (0, "")
    assert out.startswith("to 1e-12: all 3") or out.startswith("to 1e-12: all 4")
    written = json.loads(Path("run/verdict.json").read_text())
    assert written["exact"] is False and written["failed"] == "" and written["error"] == 0.0
    assert cli("export run --to python")[0] == 0


def test_a_wrong_program_for_a_matrix_is_refused_by_its_own_matrix(cli):
    cli("evolve quick.toml --quiet --out run")
    data = json.loads(Path("run/champion.json").read_text())
    Path("wrong.json").write_text(json.dumps({**data, "outputs": data["outputs"][::-1]}))
    code, out, _ = cli("verify wrong.json")
    assert code == 1 and out.startswith("refused: impulse response: X[0] holds ")
    assert "another order" in out
    assert "no exact product with the matrix dct4" in cli("export wrong.json --to python")[2]


REFUSED = [
    ("evolve --matrix none.npy", "matrix none.npy: there is no such file"),
    ("evolve --matrix ''", "matrix .: it is no file"),
    ("evolve --matrix quick.toml", "matrix quick.toml: it is no NumPy file"),
    ("evolve --matrix wide.npy", "is 2 x 100000: at most 64 rows and columns"),
    ("evolve --matrix dct4.npy --size 8", "for a matrix or for size 8, not for both"),
    ("evolve --matrix dct4.npy --any-size", "for a matrix or for any size, not for both"),
    ("evolve --matrix dct4.npy --encoding pool", "must be one of auto, two-sided for a matrix"),
    ("evolve --matrix dct4.npy --scales none", "--scales is of searches with the encoding rescaled"),
    ("evolve --matrix dct4.npy --start run", "--start goes with"),
    ("evolve --complex", "for runs of a matrix only"),
    ("evolve quick.toml --size 4", "for a matrix or for size 4, not for both"),
    ("refine run", "holds a program for a matrix"),
    ("evolve --start run", "holds a program for a matrix"),
    ("unroll run --size 4", "holds a program for a matrix, no algorithm"),
    ("scaling run", "holds a program for a matrix, no algorithm"),
]


@pytest.mark.parametrize("line, words", REFUSED, ids=[row[0] for row in REFUSED])
def test_a_bad_command_line_is_refused_in_one_line_and_nothing_is_left(cli, line: str, words: str):
    np.save("wide.npy", np.ones((2, 10**5)))
    gpfft.evolve(config=quick("dct4.npy"), out="run")
    code, out, err = cli(line)
    assert code == 2 and out == ""
    assert words in err and len(err.splitlines()) == 1 and err.startswith("gpfft: ")
    assert not Path("runs").exists()


@pytest.mark.parametrize("matrix", [[[1, float("nan")]], [[1, 2], [3]], [[0, 0]], "none.npy", ""])
def test_a_bad_matrix_in_python_is_refused_in_one_line(matrix: object):
    with pytest.raises(GpfftError, match="matrix") as error:
        gpfft.evolve(matrix=matrix, out="run")
    assert "\n" not in str(error.value) and not Path("run").exists()


def test_a_target_damaged_in_a_file_is_refused_by_every_command(cli):
    cli("evolve quick.toml --quiet --out run")
    data = json.loads(Path("run/champion.json").read_text())
    data["target"]["rows"][0] = [99]
    Path("bad.json").write_text(json.dumps(data))
    for line in ("show", "verify", "export --to python", "plot", "refine"):
        code, out, err = cli(line.replace(" ", " bad.json ", 1) if " " in line else f"{line} bad.json")
        assert code == 2 and re.fullmatch(r"gpfft: bad\.json: .*\n", err)


def test_the_search_for_a_matrix_is_the_two_sided_one_and_so_is_that_for_a_size_if_asked():
    target = gpfft.recognise(matrices.dct2(4))
    assert encoding_for("two-sided", None, target=target).target is target
    assert encoding_for("two-sided", 7).target is dft(7)
    assert isinstance(encoding_for("two-sided", 7), TwoSided)
    run = gpfft.evolve(config=Config(3, encoding="two-sided", stages=QUICK))
    assert run.verdict.exact and run.champion.name == "dft3"


def test_a_toolbox_takes_a_target():
    target = gpfft.recognise(matrices.dct2(4))
    box = gpfft.toolbox(encoding="two-sided", target=target)
    assert all(error == 0 for error, _ in box.map(box.evaluate, box.population(n=2)))
    with pytest.raises(GpfftError, match="a target is for the two-sided encoding only"):
        gpfft.toolbox(encoding="pool", target=target)


def test_a_folder_of_a_run_for_a_matrix_is_replaced_when_it_is_forced(cli):
    cli("evolve quick.toml --quiet --out run")
    assert cli("evolve quick.toml --quiet --out run")[0] == 2
    assert cli("evolve quick.toml --quiet --out run --force") == (0, "", "")
    assert read_champion(Path("run")).verdict.exact
