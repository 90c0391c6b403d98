"""The command as a user types it: what it prints, what it leaves, and how it refuses."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gpfft
from gpfft.bench.search import FIELDS
from gpfft.cli import main
from gpfft.compiler import SUFFIX

from . import programs
from .test_record import FINAL, ORDINARY, QUICK, SHORT, TIMED, contents
from .test_recursion import DAMAGED

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Every test has an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(capsys):
    """Returns a function that runs a command line: (exit code, stdout, stderr)."""

    def run(line: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(shlex.split(line))
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def run_folder(here):
    """Returns the name of a finished run of 4 points."""
    gpfft.evolve(config=QUICK, out="run")
    return "run"


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash, `gpfft` in it being the command, in a process of its own."""
    command = f"{shlex.quote(sys.executable)} -m gpfft"
    return subprocess.run(
        ["bash", "-c", f"gpfft() {{ {command} \"$@\"; }}; {line}"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, errors="replace", timeout=300, check=False,
    )  # fmt: skip


def assert_refused(code: int, out: str, err: str) -> None:
    """One clear line, an exit code, and no traceback."""
    assert code not in (0, None)
    assert len(err.splitlines()) == 1 and err.strip() and err.endswith("\n")
    assert err.startswith("gpfft: ")
    assert "Traceback" not in err and "usage" not in err.lower()
    assert out == ""


# The commands of the first page


def test_evolve_prints_progress_a_listing_the_verdict_and_the_count_beside_the_record(cli, here):
    code, out, err = cli("evolve")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "8 points: pool, then rescaled" and "compiling" in out.splitlines()[1]
    assert "pool generation 0: best" in out and "new champion" in out
    assert "# made: gpfft evolve --size 8 --seed 0" in out
    assert "X7 = " in out or "X7  = " in out
    assert "verdict: exact" in out
    assert "= 56 flops; best published: 56" in out  # FFTW 3.3.10, header of the codelet
    assert f"kept in {Path('runs/dft8_seed0')}" in out
    assert {path.name for path in Path("runs/dft8_seed0").iterdir()} == ORDINARY


def test_a_quiet_evolve_prints_nothing(cli):
    assert cli("evolve --size 2 --seed 1 --out mine --quiet") == (0, "", "")
    assert gpfft.load("mine").champion.cost.flops == 4


def test_a_second_run_gets_another_folder(cli):
    for _ in range(3):
        assert cli("evolve --size 2 --quiet")[0] == 0
    assert {path.name for path in Path("runs").iterdir()} == {
        "dft2_seed0", "dft2_seed0_2", "dft2_seed0_3"
    }  # fmt: skip


def test_the_configuration_of_a_run_repeats_it_bit_for_bit(cli):
    cli("evolve --size 4 --seed 3 --out first --quiet")
    assert cli("evolve first/config.toml --out second --quiet") == (0, "", "")
    cli("evolve first --out third --quiet --threads 3")
    for folder in ("second", "third"):
        for name in ("champion.json", "history.csv", "config.toml", "listing.txt", "verdict.json"):
            assert Path(folder, name).read_bytes() == Path("first", name).read_bytes()


def test_a_configuration_run_again_without_out_gets_a_folder_of_its_own(cli):
    cli("evolve --size 2 --quiet")
    cli("evolve runs/dft2_seed0/config.toml --quiet")
    assert Path("runs/dft2_seed0/champion.json").read_bytes() == Path(
        "runs/dft2_seed0_2/champion.json"
    ).read_bytes()


def test_options_win_over_a_configuration(cli, run_folder):
    assert cli("evolve run/config.toml --seed 9 --out other --quiet")[0] == 0
    assert gpfft.load("other").config == gpfft.Config(4, 9, "auto", QUICK.stages)


def test_there_is_exactly_one_champion_file(cli, here):
    cli("evolve --size 4 --out run --quiet")
    assert [str(path.relative_to(here)) for path in here.rglob("champion*.json")] == ["run/champion.json"]


def test_the_encoding_can_be_chosen(cli):
    cli("evolve --size 4 --encoding pool --out run --quiet")
    run = gpfft.load("run")
    assert run.config.encoding == "pool"
    assert {row["stage"] for row in run.history} == {"pool"}
    assert "gpfft evolve --size 4 --seed 0 --encoding pool" in run.champion.made


def test_force_replaces_a_run(cli, run_folder):
    assert cli("evolve --size 2 --out run --force --quiet") == (0, "", "")
    assert gpfft.load("run").champion.size == 2


def test_show_prints_the_listing_with_how_it_was_made_and_what_it_costs(cli, run_folder):
    code, out, err = cli("show run")
    assert (code, err) == (0, "")
    assert out == Path("run/listing.txt").read_text()
    assert "# made: " in out and "# cost: 16 additions + 0 multiplications = 16 flops" in out
    assert cli("show run/champion.json")[1] == out


def test_verify_accepts_a_dft(cli, run_folder):
    code, out, err = cli("verify run")
    assert (code, err) == (0, "")
    assert out.startswith("exact: all 4 impulse responses")
    assert "= 16 flops" in out and "rounding: relative error" in out
    assert "; real input: 6\n" in out


WRONG = [
    pytest.param({"lines": [], "outputs": [0, 1, 2, 3]}, "impulse response", id="the inputs themselves"),
    pytest.param({"lines": [["multiply", 0, 1]], "outputs": [4] * 4}, "linearity", id="x0 times x1"),
    pytest.param({"lines": [["twiddle", 0]], "outputs": [4] * 4}, "zero response", id="a constant"),
    pytest.param(
        {"constants": [{}], "lines": [["twiddle", 4]], "outputs": [4] * 4}, "impulse response", id="zeros"
    ),
]


@pytest.mark.parametrize("changes, property_", WRONG)
def test_verify_refuses_a_wrong_program_and_names_the_property(cli, run_folder, changes, property_):
    champion = Path("run/champion.json")
    champion.write_text(json.dumps({**json.loads(champion.read_text()), **changes}))
    code, out, err = cli("verify run")
    assert (code, err) == (1, "")
    assert out.startswith(f"refused: {property_}")


def test_verify_refuses_a_permuted_dft(cli, run_folder):
    champion = Path("run/champion.json")
    data = json.loads(champion.read_text())
    champion.write_text(json.dumps({**data, "outputs": data["outputs"][::-1]}))
    code, out, err = cli("verify run")
    assert (code, err) == (1, "")
    assert out.startswith("refused: impulse response: X[0]")


def test_verify_names_the_line_of_a_product_of_inputs(cli, run_folder):
    champion = Path("run/champion.json")
    data = {**json.loads(champion.read_text()), "lines": [["add", 0, 1], ["multiply", 4, 2]]}
    champion.write_text(json.dumps({**data, "outputs": [5] * 4}))
    assert "line 1 (value 5)" in cli("verify run")[1]


def test_a_wrong_program_is_shown_but_not_exported(cli, run_folder):
    champion = Path("run/champion.json")
    champion.write_text(json.dumps({**json.loads(champion.read_text()), "outputs": [0, 1, 2, 3]}))
    assert cli("show run")[0] == 0
    result = cli("export run --to python")
    assert_refused(*result)
    assert "no exact DFT" in result[2]


def test_the_exported_python_is_one_public_function_that_works(cli, run_folder):
    code, out, err = cli("export run --to python")
    assert (code, err) == (0, "")
    module: dict[str, Any] = {}
    exec(compile(out, "dft4.py", "exec"), module)
    assert [name for name in module if not name.startswith("_")] == ["dft4"]
    re, im = module["dft4"]([1, 2, 3, 5], [0, 0, 7, 0])
    assert [complex(a, b) for a, b in zip(re, im)] == [11 + 7j, -2 - 4j, -3 + 7j, -2 - 10j]


def test_the_exported_python_for_real_input_and_output_works(cli, run_folder):
    module: dict[str, Any] = {}
    for real in ("input", "output"):
        code, out, err = cli(f"export run --to python --real {real}")
        assert (code, err) == (0, "")
        exec(compile(out, "rdft4.py", "exec"), module)
    assert [name for name in module if not name.startswith("_")] == ["rdft4", "rdft4_transposed"]
    assert module["rdft4"]([1, 2, 3, 5]) == ([11, -2, -3], [0, 3, 0])
    assert module["rdft4_transposed"]([11, -4, -3], [0, 6, 0]) == [4, 8, 12, 20]


def test_records_prints_counts_with_their_sources(cli):
    code, out, err = cli("records")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line}
    assert rows["anysize"][:4] == ["anysize", "2^k", "1024", "34824"]  # 4 n lg n - 6 n + 8, Yavne 1968
    assert rows["8"][1:5] == ["56", "56", "22", "22"] and "FFTW" in rows["8"]
    assert rows["3"][1] == "16" and rows["3"][3] == "6"
    assert any(line.split()[:5] == ["Hartley", "16", "16", "x", "16"] for line in out.splitlines() if line)


@pytest.mark.parametrize("what", ["flow", "history", "front"])
@pytest.mark.parametrize("ending, magic", [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_plot_saves_a_picture(cli, run_folder, what, ending, magic):
    code, out, err = cli(f"plot run --what {what} --save x.{ending}")
    assert (code, out, err) == (0, f"saved x.{ending}\n", "")
    assert Path(f"x.{ending}").read_bytes().startswith(magic)


def test_plot_draws_the_history_of_several_runs_and_nothing_else_of_them(cli, run_folder):
    code, out, err = cli("plot run run --what history")
    assert (code, out) == (2, "") and err.startswith("gpfft: run is named twice")
    gpfft.evolve(config=QUICK, seed=1, out="other")
    assert cli("plot run other --what history --dark --save x.pdf") == (0, "saved x.pdf\n", "")
    code, out, err = cli("plot run run --what front")
    assert (code, out) == (2, "") and err.startswith("gpfft: --what front is of one RUN")


def test_plot_draws_the_ancestry_that_a_run_noted(cli, run_folder):
    Path("run/ancestry.csv").unlink(missing_ok=True)
    code, out, err = cli("plot run --what ancestry")
    assert (code, out) == (2, "") and "gpfft evolve run/config.toml makes one" in err
    steps = "stage,generation,move,error,flops\npool,0,random,0.0,20\npool,1,change,0.0,16\n"
    Path("run/ancestry.csv").write_text(steps)
    assert cli("plot run --what ancestry --save x.png") == (0, "saved x.png\n", "")


def test_plot_animates_the_champions(cli, run_folder):
    assert cli("plot run --what animation") == (0, "saved dft4_animation.gif\n", "")
    assert Path("dft4_animation.gif").read_bytes().startswith(b"GIF8")


def test_plot_has_a_name_for_the_picture_by_default(cli, run_folder):
    assert cli("plot run") == (0, "saved dft4_flow.png\n", "")
    assert Path("dft4_flow.png").is_file()


def test_version_and_help_are_printed(cli):
    assert cli("--version") == (0, f"gpfft {gpfft.__version__}\n", "")
    code, out, err = cli("--help")
    assert (code, err) == (0, "")
    for command in (
        "evolve", "refine", "show", "verify", "export", "unroll", "compose", "scaling", "records", "plot",
        "bench",
    ):  # fmt: skip
        assert command in out
        code, text, err = cli(f"{command} --help")
        assert (code, err) == (0, "") and text.startswith(f"usage: gpfft {command}")


def test_the_help_says_what_auto_stands_for_and_what_a_budget_lengthens(cli):
    text = " ".join(cli("evolve --help")[1].split()).replace("- ", "-")  # lines may break behind a hyphen
    assert "or auto: two-sided, for 2^k points pool then rescaled, from 32 on unrolled;" in text
    assert "with --any-size recursive, or auto: recursive then inlined; with --matrix two-sided," in text
    assert "this or another limit, rescaled, two-sided and approximate go on until it is reached" in text
    assert gpfft.Config(7).stage_names == gpfft.Config(matrix="m.npy").stage_names == ("two-sided",)


def test_bench_prints_what_each_seed_reaches_and_the_share_and_keeps_both(cli, here):
    code, out, err = cli("bench records --size 2 --seeds 0-2")
    assert (code, err) == (0, "")
    assert out.count("4 flops, exact, found after ") == 3
    assert "3 of 3 exact, 3 of 3 reach 4" in out
    assert set(contents(here)) == {"runs", "runs/records.csv"}
    assert cli("bench records --size 4 --seeds 7 --scales none")[0] == 0
    header, *rows = [line.split(",") for line in Path("runs/records.csv").read_text().splitlines()]
    assert tuple(header) == FIELDS
    kept = [dict(zip(header, row)) for row in rows]
    assert [(row["size"], row["seed"], row["scales"], row["flops"], row["exact"]) for row in kept] == [
        ("2", "0", "cosine", "4", "True"), ("2", "1", "cosine", "4", "True"),
        ("2", "2", "cosine", "4", "True"), ("4", "7", "none", "16", "True"),
    ]  # fmt: skip
    assert all(re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", row["date"]) for row in kept)
    assert all(0 <= float(row["found_after"]) <= float(row["seconds"]) for row in kept)


def test_bench_measures_islands_and_memory(cli, monkeypatch):
    assert "too short to measure: give more time" in cli("bench islands --size 4 --budget 0.001s")[2]
    monkeypatch.setattr("gpfft.bench.long_runs.TOGETHER", 0)
    monkeypatch.setattr("gpfft.bench.long_runs.ROUNDS", 1)
    code, out, err = cli("bench islands --size 4 --budget 10s")
    assert (code, err) == (0, "") and out.count("evaluations a second") == 1
    assert re.search(r"N = 4, 10 s: two islands on two cores make \S+ times the evaluations of one$", out)
    code, out, err = cli("bench soak --size 4 --budget 0.5s")
    assert (code, err) == (0, "")
    if "not measured" not in out:
        assert re.search(r"s: \d+ MB, generation \d+, \d+ rows of history", out)
        assert re.search(r"N = 4, \d s: checkpoints took \d+\.\d\d % of the time$", out.strip())


def test_bench_measures_what_the_table_takes_of_a_run(cli):
    code, out, err = cli("bench progress --size 4 --budget 1.5s")
    assert (code, err) == (0, "")
    picture = "a picture takes [0-9.]+ ms, and one each 0.5 s is [0-9.]+ % of the time"
    assert re.fullmatch(f"N = 4, [0-9]+ s: {picture}\n", out)


def test_bench_gives_each_seed_a_budget(cli):
    cli("evolve --size 4 --quiet")  # to compile: that would take from the time
    code, out, err = cli("bench records --size 4 --seeds 0-1 --budget 1s")
    assert (code, err) == (0, "")
    assert "N = 4, 1 s: 2 of 2 exact, 2 of 2 reach 16" in out
    header, *rows = [line.split(",") for line in Path("runs/records.csv").read_text().splitlines()]
    kept = [dict(zip(header, row)) for row in rows]
    found = [(row["seed"], row["budget"], row["flops"]) for row in kept]
    assert found == [("0", "1", "16"), ("1", "1", "16")]
    assert all(1 <= float(row["seconds"]) < 30 for row in kept)
    usual = gpfft.Config(4)
    assert all(int(row["generations"]) > sum(s.generations + 1 for s in usual.stages) for row in kept)


def test_bench_measures_the_encoding_that_is_wanted(cli):
    assert cli("bench records --size 4 --seeds 3 --encoding pool")[0] == 0
    header, row = [line.split(",") for line in Path("runs/records.csv").read_text().splitlines()]
    kept = dict(zip(header, row))
    assert (kept["seed"], kept["scales"]) == ("3", "")
    assert int(kept["generations"]) == gpfft.Config(4, encoding="pool").stages[0].generations + 1


@pytest.mark.slow
def test_bench_tries_the_two_sided_encoding_with_less_of_its_populations(cli, here):
    code, out, err = cli("bench parts --size 3 --seeds 0-1 --budget 0.01s")
    assert (code, err, contents(here)) == (0, "", {})
    lines = out.splitlines()
    assert len(lines) == 5 and all(line.startswith("N = 3 ") and ": 2 of 2 exact, " in line for line in lines)
    assert [line[6:46].strip() for line in lines] == [
        "parts apart, the best of each crossed", "parts apart, no crossover", "parts apart, one individual",
        "all as one part", "all as one part, one individual",
    ]  # fmt: skip


def test_bench_compares_encodings_at_several_sizes(cli, monkeypatch):
    asked = []

    def reached(label, size, seeds, plan):
        asked.append((size, plan(7)[0]))
        yield f"{label}: done"

    monkeypatch.setattr("gpfft.bench.search._reached", reached)
    code, out, err = cli("bench encodings --seeds 0-1")
    assert (code, err) == (0, "")
    labels = [line.split(":")[0].split() for line in out.splitlines()]
    assert [label[3] for label in labels[:4]] == ["plain", "rescaled", "pool", "two-sided"]
    assert len({line.index(":") for line in out.splitlines()}) == 1
    for (_, _, points, name), (size, config) in zip(labels, asked, strict=True):
        assert int(points) == size and config == gpfft.Config(size, 7, name)


# Scales, costs, budgets


def history(folder: str) -> list[str]:
    return Path(folder, "history.csv").read_text().splitlines()


@pytest.mark.slow
def test_sixty_four_points_without_scales_are_no_dearer_than_split_radix(cli):
    code, out, err = cli("evolve --size 64 --scales none --out run")
    assert (code, err) == (0, "") and out.startswith("64 points: recursive, then rescaled\n")
    run = gpfft.load("run")
    assert run.verdict.exact and run.champion.cost.flops <= 1160  # 4 N lg N - 6 N + 8, Yavne 1968
    assert all(constant.power is not None for constant in run.champion.program.exact_table)
    assert run.champion.made == "gpfft evolve --size 64 --seed 0 --scales none"
    assert run.config.stage("rescaled").scales == "none"
    cli(f"{run.champion.made.removeprefix('gpfft ')} --out again --quiet")
    for name in ("champion.json", "history.csv", "config.toml"):
        assert Path("again", name).read_bytes() == Path("run", name).read_bytes()


def test_a_budget_ends_a_run_at_the_end_of_a_generation_and_changes_nothing_before(cli):
    cli("evolve --size 4 --quiet")  # to compile: that would take from the time
    code, out, err = cli("evolve --size 16 --scales none --budget 1s --out short")
    assert (code, err) == (0, "") and "\nbudget of 1 s spent after " in out
    assert cli("evolve --size 16 --scales none --budget 0.05m --out long --quiet") == (0, "", "")
    assert gpfft.load("short").config.budget == 1 and gpfft.load("long").config.budget == 3
    short, long = history("short"), history("long")
    fewer = min(len(short), len(long))
    assert short[:fewer] == long[:fewer] and fewer > 2
    for name in ("short", "long"):
        assert json.loads(Path(name, "verdict.json").read_text())["exact"]
        assert len(Path(name, "archive.jsonl").read_text().splitlines()) >= 1


def test_the_budget_of_a_run_for_any_size_is_kept(cli):
    Path("short.toml").write_text(SHORT.to_toml())
    assert cli("evolve short.toml --budget 2h --out run --quiet") == (0, "", "")
    assert gpfft.load("run").config.budget == 7200


@pytest.mark.parametrize("line", [
    "--size 32 --generations 12 --islands 2 --interval 2 --migration random --migrants 2 --workers 1",
    "--size 5 --encoding two-sided --evaluations 9",
    pytest.param("--any-size --radix 3 --budget 300h", marks=pytest.mark.slow),
    "--size 2 --encoding pool --budget 0.000001s", "--size 16 --target-flops 168",
])  # fmt: skip
def test_a_run_says_a_command_that_makes_its_champion_again_whatever_ended_it(cli, line):
    assert cli(f"evolve {line} --out run --quiet") == (0, "", "")
    run = gpfft.load("run")
    assert cli(f"{run.champion.made.removeprefix('gpfft ')} --out again --quiet") == (0, "", "")
    again = gpfft.load("again")
    assert again.champion.to_json() == run.champion.to_json()
    assert set(map(str, again.history)) >= set(map(str, run.history[: len(again.history)]))


@pytest.mark.parametrize("cost", ["muls", "fma"])
def test_what_is_counted_can_be_chosen(cli, cost):
    code, out, err = cli(f"evolve --size 8 --cost {cost} --out run")
    assert (code, err) == (0, "") and f": best {gpfft.load('run').history[0]['champion_flops']} {cost}" in out
    run = gpfft.load("run")
    assert run.config.cost == cost and f"--cost {cost}" in run.champion.made
    assert run.history[-1]["champion_flops"] == run.champion.lowered.count(cost)


# Going on


def test_a_run_is_refined_at_its_own_size(cli, here):
    code, out, err = cli(f"refine {ROOT}/runs/dft8_flops56 --out run")
    assert (code, err) == (0, "") and out.startswith("8 points: rescaled\n")
    run = gpfft.load("run")
    assert run.champion.cost.flops <= 56 and {row["stage"] for row in run.history} == {"rescaled"}
    assert run.config.size == 8 and run.config.start == "run/start.json"
    committed = ROOT / "runs" / "dft8_flops56" / "champion.json"
    assert Path("run/start.json").read_bytes() == committed.read_bytes()
    assert "passed in" in run.champion.given and str(ROOT) not in Path("run/config.toml").read_text()
    assert {path.name for path in Path("run").iterdir()} == ORDINARY | {"start.json"}


def test_an_algorithm_is_refined_at_thirty_two_points(cli):
    assert cli(f"refine {ROOT}/runs/anysize --size 32 --scales none --out run --quiet") == (0, "", "")
    run = gpfft.load("run")
    assert run.verdict.exact and run.champion.size == 32 and run.champion.cost.flops <= 456  # Yavne 1968
    result = cli(f"refine {ROOT}/runs/anysize --quiet")
    assert_refused(*result)
    assert "say with --size at how many points" in result[2]


def test_what_was_evolved_at_thirty_two_points_is_refined_at_sixty_four_and_repeats_from_its_folder(cli):
    assert cli("evolve --size 32 --out small --quiet") == (0, "", "")
    assert cli("refine small --size 64 --seed 5 --out large --quiet --threads 2") == (0, "", "")
    large = gpfft.load("large")
    assert large.verdict.exact and large.champion.size == 64 and large.champion.cost.flops < 1160
    assert large.config.stage_names == ("recursive", "rescaled") and large.config.seed == 5
    assert "the factors of a program of 32 points that was passed in" in large.champion.given
    assert Path("large/start.json").read_bytes() == Path("small/champion.json").read_bytes()
    shutil.rmtree("small")
    Path("else").mkdir()
    shutil.copytree("large", "else/where")
    shutil.rmtree("large")
    assert cli("evolve else/where/config.toml --out again --quiet --threads 1") == (0, "", "")
    for name in ORDINARY - TIMED | {"start.json"}:
        assert Path("again", name).read_bytes() == Path("else/where", name).read_bytes()


POOL = 'encoding = "pool"\n[pool]\ngenerations = 2'
TWO_SIDED = "[two-sided]\ngenerations = 1\nsteps = 200"


@pytest.mark.parametrize("size", [9, 12])
@pytest.mark.parametrize("settings", [POOL, TWO_SIDED], ids=["pool", "two-sided"])
def test_what_was_evolved_without_scales_at_any_number_of_points_can_be_refined(cli, size, settings):
    Path("short.toml").write_text(f"size = {size}\n{settings}")
    assert cli("evolve short.toml --out small --quiet") == (0, "", "")
    assert cli("refine small --out again --quiet") == (0, "", "")
    assert gpfft.load("again").champion.worth <= gpfft.load("small").champion.worth


def test_scales_are_taken_up_again_at_any_number_of_points(cli):
    Path("short.toml").write_text(f"size = 15\n{POOL}")
    assert cli("evolve short.toml --out turned --quiet") == (0, "", "")
    assert cli("refine turned --out small --quiet") == (0, "", "")
    assert gpfft.load("small").champion.program.constants
    assert cli("refine small --out again --quiet") == (0, "", "")
    assert gpfft.load("again").champion.worth <= gpfft.load("small").champion.worth
    assert cli("verify again")[0] == 0


def test_two_runs_are_composed_and_what_they_make_is_a_run_like_any_other(cli, here):
    for size in (3, 4):
        assert cli(f"evolve --size {size} --encoding pool --out part{size} --quiet") == (0, "", "")
    parts = [gpfft.load(f"part{size}").champion.cost.flops for size in (3, 4)]
    code, out, err = cli("compose part3 part4/champion.json")
    assert (code, err) == (0, "") and out.startswith("cost: ") and out.endswith("; kept in dft12\n")
    assert gpfft.load("dft12").champion.cost.flops == 4 * parts[0] + 3 * parts[1]
    assert {path.name for path in Path("dft12").iterdir()} == ORDINARY | {"start.json"}
    assert "given: rescaled: a start program of " in cli("show dft12")[1]
    assert "; Good-Thomas over programs of 3 and 4 points" in cli("show dft12")[1]
    assert cli("verify dft12")[0] == 0 and "def dft12(" in cli("export dft12 --to python")[1]
    assert cli("evolve dft12/config.toml --out again --quiet") == (0, "", "")
    assert Path("again/champion.json").read_bytes() == Path("dft12/champion.json").read_bytes()
    assert cli("compose part3 part4 --how cooley-tukey --out dft12 --force")[0] == 0
    dearer = gpfft.load("dft12").champion
    assert cli("refine dft12 --out refined --quiet") == (0, "", "")
    assert gpfft.load("refined").champion.worth <= dearer.worth
    assert gpfft.load("refined").champion.given.endswith("Cooley-Tukey over programs of 3 and 4 points")


@pytest.mark.parametrize("line, message", [
    ("compose run", "the following arguments are required: RUN2"),
    ("compose run nothing", "there is no run nothing"),
    ("compose run foreign", "foreign has no champion.json"),
    ("compose file run", "file: not a program"),
    (f"compose run {ROOT}/runs/anysize", "is an algorithm: unroll it at the number of points"),
    (f"compose run {ROOT}/runs/dft2048_flops75512", "4 times 2048 points are 8192: a program has at most"),
    ("compose run wrong.json", "wrong.json is no exact DFT to compose with"),
    ("compose run run --how good-thomas", "Good-Thomas needs coprime sizes, not 4 and 4"),
    ("compose run run --how winograd", "invalid choice: 'winograd'"),
    ("compose run run --out run", "run exists"),
    ("compose run run --out foreign --force", "which no run writes: not replaced"),
])  # fmt: skip
def test_what_cannot_be_composed_is_refused(cli, here, run_folder, line, message):
    Path("foreign").mkdir()
    Path("foreign/mine.txt").write_text("kept")
    Path("file").write_text("no JSON")
    Path("wrong.json").write_text(programs.permuted(4).to_json())
    before = contents(here)
    result = cli(line)
    assert_refused(*result)
    assert message in result[2] and contents(here) == before


def test_evolve_with_a_start_is_refine(cli):
    program = f"{ROOT}/runs/dft8_flops56"
    assert cli(f"evolve --start {program}/champion.json --seed 4 --out one --quiet") == (0, "", "")
    assert cli(f"refine {program} --seed 4 --out two --quiet") == (0, "", "")
    for name in ORDINARY - TIMED | {"start.json"}:
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_a_run_is_refined_in_its_own_folder(cli, run_folder):
    before = Path("run/champion.json").read_bytes()
    assert cli("refine run --out run --force --quiet") == (0, "", "")
    assert Path("run/start.json").read_bytes() == before
    assert gpfft.load("run").champion.cost.flops == 16
    assert cli("evolve run --out run --force --quiet") == (0, "", "")
    assert Path("run/start.json").read_bytes() == before


SEARCH_LINES = [
    ("refine nothing", "there is no run nothing"),
    ("refine", "the following arguments are required: RUN"),
    ("refine run --size 8 --encoding pool", "unrecognized arguments: --encoding pool"),
    ("refine run --size 2", "run holds a program of 4 points: no search for 2 points"),
    ("refine run --size 6", "run holds a program of 4 points: no search for 6 points"),
    ("refine run --size 12", "for powers of two, a larger one"),
    ("refine run --size 0", "no search for 0 points"),
    ("refine run --size eight", "no search for .eight. points|size must be"),
    ("refine run --size 8192", "size must be a whole number from 1 to 4096"),
    ("refine run --out run", "exists"),
    ("refine foreign", "no champion.json"),
    ("refine file", "file: "),
    ("refine run --seed -1", "seed must be a whole number"),
    ("evolve --start run --size 6", "run holds a program of 4 points"),
    ("evolve --start nothing", "there is no run nothing"),
    ("evolve --start run --encoding pool", "--start goes with no CONFIG, --encoding"),
    ("evolve --start run --any-size", "--start goes with no CONFIG, --encoding"),
    ("evolve run --start run", "--start goes with no CONFIG, --encoding"),
    ("evolve --start run --self-taught", "are of --any-size only"),
    ("evolve --budget 0", "a budget is a time like 90s, 10m or 1.5h, not '0'"),
    ("evolve --budget 0s", "a budget is a time like"),
    ("evolve --budget tomorrow", "a budget is a time like 90s, 10m or 1.5h, not 'tomorrow'"),
    ("evolve --budget -1s", "budget"),
    ("evolve --budget 1d", "a budget is a time like"),
    ("evolve --budget nan", "a budget is a time like"),
    ("evolve --budget ''", "a budget is a time like"),
    ("evolve --budget 999999999h", "budget must be a number of seconds from 0 to 1e8"),
    ("refine run --budget 0", "a budget is a time like"),
    ("bench records --budget 0", "a budget is a time like"),
    ("bench evaluate --budget 1s", "--encoding, --scales and --budget are of bench records"),
    ("bench evaluate --scales none", "--encoding, --scales and --budget are of bench records"),
    ("bench search --encoding pool", "--encoding, --scales and --budget are of bench records"),
    ("bench factors --scales none", "--encoding, --scales and --budget are of bench records"),
    ("bench records --encoding magic", "encoding must be one of"),
    ("bench records --encoding plain --scales none", "--scales is of searches with the encoding rescaled"),
    ("evolve --scales fish", "invalid choice: 'fish'"),
    ("evolve --encoding pool --scales none", "--scales is of searches with the encoding rescaled only"),
    ("evolve --encoding plain --scales cosine", "--scales is of searches with the encoding rescaled only"),
    ("evolve --size 15 --scales none", "--scales is of searches with the encoding rescaled only"),
    ("bench records --size 15 --scales none", "--scales is of searches with the encoding rescaled only"),
    ("evolve --any-size --scales none", "--scales is of searches with the encoding rescaled only"),
    ("evolve --cost apples", "cost must be one of flops, muls, fma, not 'apples'"),
    ("refine run --cost apples", "cost must be one of flops, muls, fma, not 'apples'"),
    ("evolve --cost muls --any-size", "cost 'muls' is for runs of one size only"),
    ("evolve --size 96", "is for 1 to 64 points, and for powers of two up to 4096, not 96"),
    ("evolve --size 128 --encoding pool", "'pool' is for 1 to 64 points, not 128"),
    ("evolve --size 128 --encoding rescaled", "'rescaled' is for 1 to 64 points, not 128"),
    ("evolve --size 24 --encoding unrolled", "unrolled is for powers of two up to 4096 points, not 24"),
    ("evolve --size 8192", "size must be a whole number from 1 to 4096"),
]


def assert_refused_without_loss(cli, here, line, message):
    """One line that says this, exit code 2, and every file as it was."""
    before = contents(here)
    code, out, err = cli(line)
    assert_refused(code, out, err)
    assert code == 2 and re.search(message, err)
    assert contents(here) == before


@pytest.mark.parametrize("line, message", SEARCH_LINES, ids=[line for line, _ in SEARCH_LINES])
def test_a_bad_search_is_refused_in_one_line_and_nothing_is_lost(cli, here, run_folder, line, message):
    Path("file").write_text("no run at all")
    Path("foreign").mkdir()
    Path("foreign/diary.txt").write_text("mine")
    assert_refused_without_loss(cli, here, line, message)


WRONG_STARTS = [
    pytest.param("refine wrong.json", "is no exact DFT to start from", id="refused by the judge"),
    pytest.param("refine wrong.json --size 8", "is no exact DFT to start from", id="refused, larger"),
    pytest.param("evolve --start wrong.json", "is no exact DFT to start from", id="refused, with evolve"),
    pytest.param("refine run/champion.json --out run --force --size 12", "powers of two", id="no size"),
    pytest.param("evolve eight.toml", "holds a program of 4 points, not 8", id="another size"),
    pytest.param("evolve gone.toml", "gone.json", id="a start that is not there"),
    pytest.param("evolve gone.toml --out run --force", "gone.json", id="a run to be replaced by none"),
    pytest.param("evolve algorithm.toml", "power of 3, not 8", id="an algorithm of other sizes"),
]


@pytest.mark.parametrize("line, message", WRONG_STARTS)
def test_a_start_that_does_not_serve_is_refused_in_one_line_and_nothing_is_lost(
    cli, here, run_folder, line, message
):
    data = json.loads(Path("run/champion.json").read_text())
    Path("wrong.json").write_text(json.dumps({**data, "outputs": data["outputs"][::-1]}))
    Path("eight.toml").write_text('size = 8\nencoding = "rescaled"\nstart = "run/champion.json"')
    Path("gone.toml").write_text('size = 8\nencoding = "rescaled"\nstart = "gone.json"')
    start = ROOT / "runs" / "anysize_radix3" / "champion.json"
    Path("algorithm.toml").write_text(f'size = 8\nencoding = "rescaled"\nstart = "{start}"')
    assert_refused_without_loss(cli, here, line, message)


# Bad input


BAD_LINES = [
    "evolve --size 0", "evolve --size -3", "evolve --size 2.5", "evolve --size 1000000000",
    "evolve --size eight", "evolve --size 65", "evolve --size ''", "evolve --size", "evolve --size=-1",
    "evolve --size 1_6e", "evolve --size 99999999999999999999999999999999",
    "evolve --seed -1", "evolve --seed x", "evolve --seed 1.5", "evolve --seed 9223372036854775808",
    "evolve --encoding magic", "evolve --threads 0", "evolve --threads many", "evolve --threads -1",
    "evolve --sizes 8", "evolve --siz 8", "evolve --what", "evolve one two",
    "evolve no/such/config.toml", "evolve 8", "evolve .",
    "evolve --size 2 --out file", "evolve --size 2 --out file --force", "evolve --size 2 --out file/run",
    "evolve --size 2 --out /dev/null", "evolve --size 2 --out /dev/null/run",
    "evolve --size 2 --out /proc/gpfft-run", "evolve --size 2 --out run", "evolve --size 2 --out foreign",
    "evolve --size 2 --out foreign --force", "evolve --size 2 --out . --force", "evolve --size 2 --out ''",
    f"evolve --size 2 --out {'x' * 300}",
    "show", "show nothing", "show file", "show foreign", "show run run", "show run --size 3", "show ''",
    "verify", "verify nothing", "verify file", "verify foreign", "verify run/config.toml", "verify /dev/null",
    "export run", "export run --to cobol", "export nothing --to python", "export foreign --to python",
    "export run --to python --real", "export run --to python --real numbers", "export run --real input",
    "plot nothing", "plot foreign", "plot run --what magic", "plot run --save x.bad", "plot run --save x",
    "plot run --save no/such/x.png", "plot run --save foreign", "plot run/champion.json --what history",
    "bench", "bench nothing", "bench records --size eight", "bench records --size 0",
    "bench records --size 65",
    "bench records --seeds x", "bench records --seeds 5-2", "bench records --seeds -3", "bench records 8",
    "records --size 3", "", "nothing", "--nothing", "--size 8", "evolve --version",
]  # fmt: skip


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_command_line_is_refused_in_one_line_and_nothing_is_lost(cli, here, run_folder, line):
    Path("file").write_text("no run at all")
    Path("foreign").mkdir()
    Path("foreign/diary.txt").write_text("mine")
    before = contents(here)
    assert_refused(*cli(line))
    assert contents(here) == before


BAD_CONFIGS = [
    pytest.param(b"size = 0", "size", id="size 0"),
    pytest.param(b"size = 2.5", "size", id="size 2.5"),
    pytest.param(b'size = "eight"', "size", id="size in words"),
    pytest.param(b"size = 1000000000", "size", id="size a thousand million"),
    pytest.param(b"colour = 3", "colour", id="unknown key"),
    pytest.param(b"[pool]\ncolour = 3", "colour", id="unknown key of a stage"),
    pytest.param(b"[pool]\nsteps = []", "pool.steps", id="wrong type"),
    pytest.param(b"[pool]\nhot = nan", "pool.hot", id="not a number"),
    pytest.param(b"[pool]\npopulation = 0", "pool.population", id="out of range"),
    pytest.param(b"encoding = []", "encoding", id="encoding a list"),
    pytest.param(b"{size: 8}", "TOML", id="no TOML"),
    pytest.param(b"size = 8\n\xff\xfe", "UTF-8", id="no UTF-8"),
    pytest.param(b"\x00" * 100, "TOML", id="zeros"),
    pytest.param(b"\x1b[31msize = 8", "TOML", id="an escape sequence"),
]


@pytest.mark.parametrize("text, named", BAD_CONFIGS)
def test_a_bad_configuration_is_refused_in_one_line_that_names_file_and_setting(cli, here, text, named):
    Path("bad.toml").write_bytes(text)
    before = contents(here)
    result = cli("evolve bad.toml")
    assert_refused(*result)
    assert "bad.toml" in result[2] and named in result[2]
    assert "\x1b" not in result[2]
    assert contents(here) == before


GOOD = {
    "format": "gpfft program", "version": 1, "made": "by hand", "given": "all", "size": 2,
    "constants": [], "lines": [["twiddle", 1], ["multiply", 2, 1], ["add", 0, 1], ["add", 0, 3]],
    "outputs": [4, 5],
}  # fmt: skip
BAD_CHAMPIONS = [
    pytest.param(json.dumps(GOOD)[:150], id="truncated"),
    pytest.param("", id="empty"),
    pytest.param("null", id="null"),
    pytest.param("[" * 100_000, id="a hundred thousand brackets"),
    pytest.param(json.dumps([GOOD]), id="a list"),
    pytest.param(json.dumps({**GOOD, "format": "gpfft"}), id="another format"),
    *[
        pytest.param(json.dumps({**GOOD, "version": version}), id=f"version {version!r}")
        for version in (0, 2, "1", True, None, [1])
    ],
    *[
        pytest.param(json.dumps({**GOOD, "size": size}), id=f"size {size!r}")
        for size in (0, -3, 2.5, 10**9, "2", True, None, 1, 3, float("nan"), float("inf"))
    ],
    *[
        pytest.param(json.dumps({**GOOD, "lines": [*GOOD["lines"], line]}), id=f"line {line!r}")
        for line in (
            ["add", 6, 0], ["add", 0, 7], ["add", -1, 0], ["add", 0], ["add", 0, 1, 1], ["add", 0, 1.0],
            ["add", 0, True], ["add", 0, float("nan")], ["add", 0, "1"], ["add", 0, None], ["add", 0, [1]],
            ["twiddle", 2], ["twiddle", -1], ["twiddle", float("nan")], ["divide", 0, 1], [[], 0, 1],
            [{}, 0], [None], [], "add", 5, None, {"add": [0, 1]}, ["add", 10**30, 0], ["__import__", "os"],
        )
    ],
    *[
        pytest.param(json.dumps({**GOOD, "outputs": outputs}), id=f"outputs {outputs!r}")
        for outputs in ([4], [4, 5, 5], [4, 6], [4, -1], [4, 5.0], [4, None], [4, float("nan")], [4, True],
                        "45", None, {"0": 4})
    ],
    *[
        pytest.param(json.dumps({**GOOD, "constants": constants}), id=f"constants {constants!r}")
        for constants in ("1", None, [1], [float("nan")], [{"0": 1}], [{"0": "nan"}], [{"0": "1/0"}],
                          [{"zero": "1"}], [{"-1": "1"}], [{"0": "1e9"}], [{"0": ""}], [[]])
    ],
    pytest.param(json.dumps({**GOOD, "lines": [["add", 0, 1]] * 1_000_001}), id="a million and one lines"),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_CHAMPIONS)
def test_a_bad_champion_file_is_refused_in_one_line_by_every_command(cli, here, text):
    Path("run").mkdir()
    Path("run/champion.json").write_text(text)
    commands = ["verify run", "show run/champion.json", "export run --to python", "plot run --save x.png"]
    for line in commands[: 1 if len(text) > 10**6 else 4]:
        result = cli(line)
        assert_refused(*result)
        assert "champion.json" in result[2] and len(result[2]) < 2000
    assert set(contents(here)) == {"run", "run/champion.json"}


def test_the_good_champion_file_beside_the_bad_ones_is_good(cli):
    Path("good.json").write_text(json.dumps(GOOD))
    assert cli("verify good.json")[0] == 0
    assert "# made: by hand" in cli("show good.json")[1]


def test_a_champion_file_that_is_no_text_is_refused(cli):
    Path("champion.json").write_bytes(b"\xff\xfe\x00")
    result = cli("verify champion.json")
    assert_refused(*result)
    assert "no UTF-8" in result[2]


def test_what_a_champion_file_says_of_itself_cannot_steer_the_terminal(cli):
    made = "\x1b[2J\x07 by hand\r\n# cost: 0 flops"
    Path("champion.json").write_text(json.dumps({**GOOD, "made": made, "given": "\x9b31m"}))
    code, out, err = cli("show champion.json")
    assert code == 0
    assert not set(out) & {"\x1b", "\x07", "\r", "\x9b"}
    assert sum(line.startswith("# cost:") for line in out.splitlines()) == 1


def test_what_a_champion_file_says_of_itself_is_not_executed_by_an_export(cli):
    made = 'x"""; import os; raise SystemExit(9); """'
    Path("champion.json").write_text(json.dumps({**GOOD, "made": made, "given": "\\"}))
    code, out, _ = cli("export champion.json --to python")
    assert code == 0
    module: dict[str, Any] = {}
    exec(compile(out, "dft2.py", "exec"), module)
    assert module["dft2"]([1, 2], [0, 0]) is not None and "os" not in module


LINE_BREAKS = [
    "show 'a\nb'", "evolve 'a\nb'", "evolve '--a\nb'", "show a 'b\nc'", "'a\nb'", "evolve --size '\n'",
    "evolve --size 2 --out '/dev/null/a\nb'", "show 'a\rb'",
]  # fmt: skip


@pytest.mark.parametrize("line", LINE_BREAKS)
def test_a_refusal_of_a_word_with_a_line_break_is_one_line(cli, line):
    assert_refused(*cli(line))


@pytest.mark.slow
def test_a_champion_file_of_ten_million_lines_is_refused(cli):
    Path("champion.json").write_text(json.dumps({**GOOD, "lines": [["add", 0, 1]] * 10**7}))
    assert_refused(*cli("verify champion.json"))


def test_a_constant_of_a_vast_exponent_is_the_root_of_unity_that_it_names(cli):
    Path("champion.json").write_text(json.dumps({**GOOD, "constants": [{"999999999": "1"}]}))
    code, out, err = cli("verify champion.json")
    assert (code, err) == (0, "")


def test_a_constant_that_is_squared_without_end_is_refused(cli):
    lines = [["twiddle", 0], ["add", 4, 4], *(["multiply", 5 + i, 5 + i] for i in range(45))]
    lines.append(["multiply", 0, 4 + len(lines) - 1])
    data = {**GOOD, "size": 4, "constants": [], "lines": lines, "outputs": [3 + len(lines)] * 4}
    Path("champion.json").write_text(json.dumps(data))
    code, out, err = cli("verify champion.json")
    assert (code, out) == (2, "")
    assert "grows beyond" in err


def test_a_constant_beyond_doubles_is_refused(cli):
    Path("champion.json").write_text(json.dumps({**GOOD, "constants": [{"0": "1" + "0" * 900}]}))
    assert cli("verify champion.json") == (2, "", cli("verify champion.json")[2])
    assert "range of a double" in cli("show champion.json")[2]


def test_a_device_is_no_configuration(cli):
    code, out, err = cli("evolve /dev/zero")
    assert (code, out, err) == (2, "", "gpfft: cannot read /dev/zero: it is no file\n")


# Whatever it is connected to


def test_a_terminal_of_twenty_columns_shows_everything():
    result = shell("gpfft --help && gpfft evolve --help && gpfft evolve --size 2 --out run", COLUMNS="20")
    assert (result.returncode, result.stderr) == (0, "")
    assert "verdict: exact" in result.stdout


@pytest.mark.parametrize("command", ["evolve --size 4 --out run", "evolve --size 4 --out run --threads 2"])
def test_a_reader_that_goes_away_does_not_stop_a_run(command):
    result = shell(f"gpfft {command} | head -1")
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1
    assert {path.name for path in Path("run").iterdir()} == ORDINARY
    assert len(gpfft.load("run").history) > 5


def test_a_reader_that_goes_away_is_no_error(run_folder):
    lines = ["show run", "records", "verify run", "export run --to python", "--help"]
    result = shell("set -o pipefail; " + "; ".join(f"gpfft {line} | head -0" for line in lines))
    assert result.stderr == ""


@pytest.mark.parametrize(
    "streams", ["<&-", ">&-", "<&- >&-", "</dev/null >/dev/null", ">&- 2>&-", "<&- >&- 2>&-"]
)
def test_evolve_works_without_a_terminal(streams):
    result = shell(f"gpfft evolve --size 2 --out run {streams}")
    assert (result.returncode, result.stderr) == (0, "")
    assert gpfft.load("run").verdict.exact


@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&-"])
def test_a_refusal_that_nobody_can_read_has_its_exit_code(streams):
    result = shell(f"gpfft show nothing {streams}")
    assert result.returncode == 2
    assert result.stdout == ""


@pytest.mark.slow
def test_a_locale_without_utf8_can_name_any_folder():
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    lines = [
        "gpfft evolve --size 2 --out 'größe Ω'", "gpfft show 'größe Ω'", "gpfft verify 'größe Ω'",
        "gpfft evolve 'größe Ω/config.toml' --out again", "gpfft plot 'größe Ω' --save 'bild Ω.png'",
        "gpfft records", "gpfft records --markdown", "gpfft --help",
    ]  # fmt: skip
    result = shell("unset PYTHONIOENCODING; " + " && ".join(lines), **ascii_only)
    assert (result.returncode, result.stderr) == (0, "")
    assert Path("größe Ω/champion.json").read_bytes() == Path("again/champion.json").read_bytes()
    assert Path("bild Ω.png").is_file()
    refused = shell("unset PYTHONIOENCODING; gpfft show 'nichts Ω'", **ascii_only)
    assert_refused(refused.returncode, refused.stdout, refused.stderr)


def test_a_folder_name_that_is_no_text_can_be_used_and_refused():
    result = shell("n=$'caf\\xe9'; gpfft evolve --size 2 --out $n && gpfft show $n && gpfft verify $n")
    assert (result.returncode, result.stderr) == (0, "")
    refused = shell("gpfft show $'th\\xe9'")
    assert_refused(refused.returncode, refused.stdout, refused.stderr)


def test_ctrl_c_ends_a_long_run_with_what_was_found():
    command = [sys.executable, "-m", "gpfft", "evolve", "--size", "24", "--out", "run"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background jobs
    )
    try:
        while process.poll() is None and not Path("run/history.csv").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err and len(err.splitlines()) <= 1
    assert "interrupted after" in out
    assert json.loads(Path("run/environment.json").read_text())["stopped"] == "interrupted"
    assert json.loads(Path("run/verdict.json").read_text())["exact"]
    assert main(["verify", "run"]) == 0


def test_a_fresh_process_says_its_version_and_refuses_in_one_line():
    result = shell("gpfft --version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"gpfft {gpfft.__version__}\n", "")
    result = shell("gpfft evolve --size eight")
    assert_refused(result.returncode, result.stdout, result.stderr)


def test_a_history_with_other_columns_is_refused(cli, tmp_path):
    gpfft.evolve(config=QUICK, out="run")
    Path("run/history.csv").write_text("stage,generation\npool,1\n")
    code, out, err = cli("plot run --what history")
    assert (code, out) == (2, "")
    assert err.startswith("gpfft: run/history.csv: its columns must be stage, generation")


def test_a_champion_file_alone_has_no_history_to_draw(cli):
    gpfft.evolve(config=QUICK, out="run")
    code, out, err = cli("plot run/champion.json --what history")
    assert (code, out) == (2, "")
    assert "a history is in a run's folder" in err


def test_a_program_that_is_refused_is_not_shown_without_a_word(cli):
    gpfft.evolve(config=QUICK, out="run")
    data = json.loads(Path("run/champion.json").read_text())
    Path("wrong.json").write_text(json.dumps({**data, "outputs": data["outputs"][::-1]}))
    assert "verdict: refused: impulse response" in cli("show wrong.json")[1]
    assert "verdict" not in cli("show run")[1]


def test_a_byte_order_mark_is_no_part_of_a_configuration(cli):
    Path("c.toml").write_text("\ufeffsize = 99\n", encoding="utf-8")
    assert "is for 1 to 64 points, and for powers of two up to 4096, not 99" in cli("evolve c.toml")[2]


def test_an_interrupt_stops_a_measurement(monkeypatch, cli):
    def interrupted(config):
        run = gpfft.Run(config)
        run.stopped = "interrupted"
        return run

    monkeypatch.setattr("gpfft.bench.search.evolve", interrupted)
    assert cli("bench records --size 2") == (130, "", "gpfft: interrupted\n")


# Any size


@pytest.fixture
def quick(monkeypatch):
    """Algorithms are compared with numpy up to 4096 points only."""
    monkeypatch.setattr("gpfft.algorithm.TRIED", 2**12)


@pytest.fixture(scope="module")
def evolved(tmp_path_factory):
    """Returns a folder that `gpfft evolve --any-size` wrote, as it is for every user."""
    folder = tmp_path_factory.mktemp("algorithms") / "algorithm"
    assert main(["evolve", "--any-size", "--out", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture
def algorithm(here, evolved, quick):
    """Returns the name of a folder with the algorithm of seed 0."""
    shutil.copytree(evolved, "algorithm")
    return "algorithm"


@pytest.fixture
def wrong_algorithm(algorithm):
    """The algorithm with each W^j made W^(9 j): right at 4 and 8 points."""
    champion = Path("algorithm/champion.json")
    data = json.loads(champion.read_text())
    for _, *terms in (line for body in data["bodies"] for line in body["lines"]):
        for _, _, factor in terms:
            factor[0] *= 9
    champion.write_text(json.dumps(data))
    return algorithm


def test_evolve_for_any_size_prints_progress_a_listing_the_verdict_and_the_count(cli, quick):
    Path("short.toml").write_text(SHORT.to_toml())
    code, out, err = cli("evolve short.toml")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "any power of 3 points: recursive, then inlined"
    assert "compiling" in out.splitlines()[1]
    assert "recursive generation 0: best" in out and "flops at n = 729" in out
    assert "# fft_radix3: X[k] = " in out and "n any power of 3" in out
    assert "\nverdict: " in out and "\ncost: " in out
    assert f"kept in {Path('runs/anysize_radix3_seed1')}" in out
    assert {path.name for path in Path("runs/anysize_radix3_seed1").iterdir()} == FINAL | {"scaling.csv"}


def test_an_algorithm_goes_through_every_command(cli, algorithm):
    code, out, err = cli("show algorithm")
    assert (code, err) == (0, "") and out == Path("algorithm/listing.txt").read_text()
    assert "# made: gpfft evolve --any-size --seed 0" in out and "flops at n = 1024" in out
    assert cli("show algorithm/champion.json")[1] == out
    code, out, err = cli("verify algorithm")
    assert (code, err) == (0, "")
    assert out.startswith("exact: all impulse responses equal the DFT's at n = 1, 2, 4, 8, 16, 32, 64, ")
    assert "counted: 4, 16, 56, " in out and "rounding: relative error" in out
    code, out, err = cli("scaling algorithm --save x.csv")
    assert (code, err) == (0, "") and out.endswith("saved x.csv\n")
    assert out.splitlines()[0].split() == [
        "n", "evolved", "definition", "radix", "2", "split", "radix", "tangent", "FFT"
    ]  # fmt: skip
    assert Path("x.csv").read_bytes() == Path("algorithm/scaling.csv").read_bytes()


def test_the_exported_algorithm_is_one_public_function_that_works(cli, algorithm):
    code, out, err = cli("export algorithm --to numpy")
    assert (code, err) == (0, "")
    module: dict[str, Any] = {}
    exec(compile(out, "fft.py", "exec"), module)
    assert [name for name in module if not name.startswith("_")] == ["np", "fft"]
    for n in (1, 2, 4, 32, 1024):
        x = np.random.default_rng(n).standard_normal(n) * (1 + 2j)
        assert np.allclose(module["fft"](x), np.fft.fft(x))
    with pytest.raises(ValueError, match="a power of 2"):
        module["fft"](np.ones(3))


@pytest.mark.parametrize("what", ["scaling", "history"])
def test_plot_saves_a_picture_of_an_algorithm(cli, algorithm, what):
    assert cli(f"plot algorithm --what {what}") == (0, f"saved fft_{what}.png\n", "")
    assert Path(f"fft_{what}.png").read_bytes().startswith(b"\x89PNG")
    assert cli(f"plot algorithm --what {what} --save x.svg") == (0, "saved x.svg\n", "")


def test_an_algorithm_is_unrolled_into_an_ordinary_run(cli, algorithm):
    code, out, err = cli("unroll algorithm --size 16")
    assert (code, err) == (0, "")
    assert "flops; best published: 168" in out and out.endswith("kept in dft16\n")
    code, out, err = cli("verify dft16")
    assert (code, err) == (0, "") and out.startswith("exact: all 16 impulse responses")
    assert "# made: gpfft evolve --any-size --seed 0, unrolled" in cli("show dft16")[1]
    assert cli("plot dft16")[0] == cli("export dft16 --to python")[0] == 0
    result = cli("unroll algorithm --size 8 --out dft16")
    assert_refused(*result)
    assert "--force" in result[2]
    assert cli("unroll algorithm --size 8 --out dft16 --force")[0] == 0
    assert gpfft.load("dft16").champion.size == 8


def test_the_configuration_of_what_was_unrolled_makes_it_again(cli, algorithm):
    assert cli("unroll algorithm --size 16")[0] == 0
    assert cli("evolve dft16/config.toml --out again --quiet") == (0, "", "")
    for name in ("champion.json", "config.toml", "history.csv", "listing.txt", "verdict.json"):
        assert Path("again", name).read_bytes() == Path("dft16", name).read_bytes()


def test_self_taught_and_free_views_are_settings_of_the_run(cli, quick):
    Path("short.toml").write_text(SHORT.to_toml())
    for words, told in (
        ("--self-taught", "answered by itself"),
        ("--free-views", "views (offset, start, stride)"),
        ("--self-taught --free-views", "answered by itself"),
    ):
        out = cli(f"evolve short.toml {words} --out run --force")[1]
        assert told in out
        stage = gpfft.load("run").config.stages[0]
        assert (stage.self_taught, stage.free_views) == ("--self" in words, "--free" in words)
        assert stage.steps == SHORT.stages[0].steps


def test_a_wrong_algorithm_is_refused_shown_and_not_exported(cli, wrong_algorithm):
    code, out, err = cli("verify algorithm")
    assert (code, err) == (1, "")
    assert out.startswith("refused: impulse response: at 16 points: ")
    code, out, err = cli("show algorithm")
    assert (code, err) == (0, "") and "\nverdict: refused: impulse response: at 16 points: " in out
    result = cli("export algorithm --to numpy")
    assert_refused(*result)
    assert result[0] == 2 and "no exact DFT" in result[2]


ANY_SIZE_LINES = [
    ("evolve --radix 4", "radix must be one of 2, 3, 5, not 4"),
    ("evolve --any-size --radix 4", "radix must be one of 2, 3, 5, not 4"),
    ("evolve --any-size --radix two", "radix must be one of 2, 3, 5, not 'two'"),
    ("evolve --any-size --radix", "expected one argument"),
    ("evolve --radix 3", "for runs of any size only"),
    ("evolve --radix 3 --size 9", "for runs of any size only"),
    ("evolve --any-size --size 8", "for any size or for size 8, not for both"),
    ("evolve --any-size --size eight", "for any size or for size 'eight', not for both"),
    ("evolve --any-size 8", "there is no run 8|cannot read 8"),
    ("evolve --any-size --encoding pool", "encoding must be one of auto, recursive for any size"),
    ("evolve --any-size --encoding inlined", "encoding must be one of auto, recursive for any size"),
    ("evolve --encoding recursive", "encoding must be one of auto, plain, pool, rescaled"),
    ("evolve --encoding inlined", "encoding must be one of auto, plain, pool, rescaled"),
    ("evolve --self-taught", "are of --any-size only"),
    ("evolve --free-views --size 4", "are of --any-size only"),
    ("evolve run --self-taught", "are of --any-size only"),
    ("evolve run --any-size", "for any size or for size 4, not for both"),
    ("evolve algorithm --size 8", "for any size or for size 8, not for both"),
    ("evolve algorithm --radix 3 --encoding pool", "encoding must be one of"),
    ("evolve --any-size --seed -1", "seed must be a whole number"),
    ("evolve --any-size --out run", "exists"),
    ("unroll algorithm", "the following arguments are required: --size"),
    ("unroll algorithm --size 48", "power of 2, not 48"),
    ("unroll algorithm --size 0", "power of 2, not 0"),
    ("unroll algorithm --size -8", "power of 2, not -8"),
    ("unroll algorithm --size eight", "power of 2, not 'eight'"),
    ("unroll algorithm --size 8.0", "power of 2, not '8.0'"),
    ("unroll algorithm --size 1048576", "too many to unroll"),
    ("unroll algorithm --size 8192", "too many to unroll"),
    (f"unroll algorithm --size 1{'0' * 29}", "power of 2, not 1000"),
    ("unroll algorithm --size 16 --out run", "exists"),
    ("unroll algorithm --size 16 --out foreign --force", "which no run writes"),
    ("unroll algorithm --size 16 --out algorithm", "holds the algorithm itself"),
    ("unroll algorithm --size 16 --out algorithm --force", "holds the algorithm itself"),
    ("unroll run --size 4", "holds a program of 4 points, no algorithm"),
    ("unroll nothing --size 4", "there is no run nothing"),
    ("unroll foreign --size 4", "no champion.json"),
    ("unroll algorithm/champion.json --size 4", "a run.s folder is needed"),
    ("scaling run", "holds a program of 4 points, no algorithm"),
    ("scaling nothing", "there is no run nothing"),
    ("scaling", "the following arguments are required"),
    ("plot algorithm", "gpfft unroll it first"),
    ("plot algorithm --what flow", "gpfft unroll it first"),
    ("plot run --what scaling", "holds a program of 4 points, no algorithm"),
    ("plot algorithm --what scaling --save x.bad", "x.bad"),
    ("plot algorithm/champion.json --what history", "a history is in a run's folder"),
    ("export algorithm --to latex", "gpfft unroll it first"),
    ("export algorithm --to numpy --real input", "numpy takes no --real; no export of an algorithm does"),
]


@pytest.mark.parametrize("line, message", ANY_SIZE_LINES, ids=[line for line, _ in ANY_SIZE_LINES])
def test_a_bad_command_line_for_any_size_is_refused_in_one_line_and_nothing_is_lost(
    cli, here, run_folder, algorithm, line, message
):
    Path("foreign").mkdir()
    Path("foreign/diary.txt").write_text("mine")
    assert_refused_without_loss(cli, here, line, message)


def test_a_table_that_cannot_be_saved_is_printed_and_then_refused(cli, algorithm):
    code, out, err = cli("scaling algorithm --save no/such.csv")
    assert code == 2 and "34824" in out
    assert len(err.splitlines()) == 1 and "no/such.csv" in err


@pytest.mark.parametrize("text", [case.values[0] for case in DAMAGED], ids=[case.id for case in DAMAGED])
def test_a_bad_algorithm_file_is_refused_in_one_line_by_every_command(cli, here, text):
    Path("run").mkdir()
    Path("run/champion.json").write_text(text)
    for line in (
        "verify run", "show run/champion.json", "export run --to python", "scaling run",
        "unroll run --size 4", "plot run --what scaling --save x.png",
    ):  # fmt: skip
        result = cli(line)
        assert_refused(*result)
        assert "champion.json" in result[2] and len(result[2]) < 2000
    assert set(contents(here)) == {"run", "run/champion.json"}


def test_what_an_algorithm_says_of_itself_is_neither_executed_nor_steers_the_terminal(cli, algorithm):
    champion = Path("algorithm/champion.json")
    made = 'x"""; import os; raise SystemExit(9); """\x1b[2J\r\n# cost: 0 flops'
    champion.write_text(json.dumps({**json.loads(champion.read_text()), "made": made, "given": "\\"}))
    code, out, _ = cli("show algorithm")
    assert code == 0 and not set(out) & {"\x1b", "\r"}
    assert sum(line.startswith("# cost:") for line in out.splitlines()) == 1
    code, out, _ = cli("export algorithm --to numpy")
    assert code == 0
    module: dict[str, Any] = {}
    exec(compile(out, "fft.py", "exec"), module)
    assert np.allclose(module["fft"](np.arange(4)), np.fft.fft(np.arange(4))) and "os" not in module


def test_an_algorithm_that_calls_itself_without_end_is_refused(cli, quick):
    """A file of a few lines may ask for any amount of work: a thousand calls of half the length."""
    half, one = [0, [0, 0, 1, 2], [0, 0, "0"]], [0, [0, 0, 1, 1], [0, 0, "0"]]
    lines = [["self", half], ["self", half]]
    for _ in range(1000):
        call = len(lines)
        lines += [["add", [call - 1, *one[1:]], [call, *one[1:]]], ["self", [call + 1, *one[1:]]]]
    lines = [line if line[0] == "add" or i < 2 else ["self", half] for i, line in enumerate(lines)]
    outputs = [[[0, 0, 2, 2], [len(lines) - 1, *one[1:]]]]
    data = {"format": "gpfft algorithm", "version": 1, "radix": 2}
    text = json.dumps({**data, "bodies": [{"lines": lines, "outputs": outputs}]})
    Path("champion.json").write_text(text)
    code, out, err = cli("verify champion.json")
    assert (code, err) == (1, "") and out.startswith("refused: ")
    code, out, err = cli("show champion.json")
    assert (code, err) == (0, "") and "verdict: refused: " in out
    assert_refused(*cli("export champion.json --to numpy"))


@pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")
def test_a_program_is_built_and_the_files_are_named(cli, run_folder):
    code, out, err = cli("build run --out made --name mine")
    assert (code, err) == (0, "")
    assert out == f"made made/mine.c, made/mine.h, made/__init__.py, made/libmine{SUFFIX}\n"
    assert_refused(*cli("build run --out made"))
    assert cli("build run --out made --force")[0] == 0


@pytest.mark.parametrize("line, message", [
    ("build run", "--out"),
    ("build run --out made --name 8dft", "no digit first"),
    ("build run --out made --name while", "a keyword of Python, C or C++"),
    ("build run --out made --batch", "unrecognized arguments"),
    ("build nothing --out made", "nothing"),
    ("bench fft run", "a RUN is for bench codelet and speed"),
    ("bench fft --size 9", "--size is of bench records, factors, parts,"),
    ("bench codelet run --size 8", "--size is of bench records, factors, parts,"),
    ("bench codelet run --seeds 0-2", "--seeds are of bench search, encodings,"),
    ("export run --to c --out .", "cannot write .: it is a folder"),
])  # fmt: skip
def test_a_bad_build_is_refused_in_one_line(cli, run_folder, line, message):
    result = cli(line)
    assert_refused(*result)
    assert message in result[2]
