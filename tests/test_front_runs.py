"""Runs for a front: the command, its folder, and what can be done with one."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gpfft
from gpfft import Approximation, Config, GpfftError
from gpfft.cli import main
from gpfft.front import MOST_ROWS, Front
from gpfft.record import FRONT, FRONT_COLUMNS, read_history, read_program

from .test_record import ORDINARY

SHORT = {"population": 12, "generations": 4, "steps": 60, "rows": 20}


def front(size: int, **settings: object) -> Config:
    """Returns a short run for a front, with a warm start unless `encoding` says otherwise."""
    config = Config(size, front=True, **settings)  # type: ignore[arg-type]
    return config.with_settings("approximate", **SHORT)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Returns a finished run for the front of 4 points, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return gpfft.evolve(config=front(4), out="run", threads=1)


def cli(line: str, capsys) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(shlex.split(line))
    return code, *capsys.readouterr()


def test_a_front_reaches_from_exact_to_free(run):
    first, *_, last = run.front
    assert first.verdict.exact and first.cost.flops == 16
    assert last.cost.flops == 0 and last.error > 0 and not last.verdict.exact
    assert run.champion.cost.flops == 16 and run.champion.verdict.exact


def test_its_programs_are_counted_and_measured_anew_and_none_is_better_than_another(run):
    worths = [(program.error, program.lowered.cost.flops) for program in run.front]
    assert worths == run.front.worths == sorted(worths)
    assert all(a[1] > b[1] for a, b in zip(worths, worths[1:]))
    assert all(program.verdict.accepted for program in run.front)


def test_its_folder_has_the_front_and_is_loaded_as_it_was(run):
    assert {path.name for path in Path("run").iterdir()} == ORDINARY | {"front.jsonl", "front.csv"}
    again = gpfft.load("run")
    assert again.front == run.front and list(again.history) == list(run.history)
    rows = list(csv.DictReader(Path("run/front.csv").read_text().splitlines()))
    assert [float(row["error"]) for row in rows] == [program.error for program in run.front]


def test_its_history_has_the_hypervolume_which_never_falls(run):
    volumes = [row["hypervolume"] for row in read_history(Path("run")) if row["stage"] == "approximate"]
    assert Path("run/history.csv").read_text().startswith(",".join(FRONT_COLUMNS))
    assert volumes == sorted(volumes) and 0 < volumes[0] and volumes[-1] <= run.front.hypervolume < 1


def test_what_it_was_told_is_in_the_header(run):
    given = run.front[0].given
    assert "approximate: the program evolved before" in given and "pool: random chromosomes" in given
    assert run.front[0].made.startswith("gpfft evolve with the config.toml beside")


def test_the_command_in_the_header_makes_the_same_front(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    line = "gpfft evolve --size 2 --front --real --scaled --max-muls 3 --seed 1 --cost adds,muls"
    line += " --generations 1"
    assert cli(line.removeprefix("gpfft ") + " --encoding approximate --out a --quiet", capsys)[0] == 0
    its = gpfft.load("a")
    assert set(its.front[0].made.split(" --")) == set((line + " --encoding approximate").split(" --"))
    assert cli(its.front[0].made.removeprefix("gpfft ") + " --out b --quiet", capsys)[0] == 0
    assert Path("a/front.jsonl").read_bytes() == Path("b/front.jsonl").read_bytes()


def test_a_cold_start_is_of_random_chromosomes_alone():
    run = gpfft.evolve(config=front(3, encoding="approximate"), threads=1)
    assert run.config.stage_names == ("approximate",) and run.ancestry[0]["move"] == "random"
    assert "evolved before" not in run.front[0].given


def test_workers_and_threads_change_nothing(tmp_path):
    config = replace(front(3, encoding="approximate"), islands=2, interval=1)
    one, two = (gpfft.evolve(config=config, workers=n, threads=n) for n in (1, 2))
    assert one.front == two.front and list(one.history) == list(two.history)


def test_a_limit_lets_the_last_stage_go_on_and_no_other(tmp_path):
    config = replace(front(2), evaluations=2000)
    run = gpfft.evolve(config=config, threads=1)
    stages = [row["stage"] for row in run.history]
    assert stages.count("rescaled") <= 6 and stages.count("approximate") > 5


def test_without_multiplications_no_program_has_one_and_none_is_better_for_real_input(tmp_path):
    run = gpfft.evolve(config=front(8, real=True, max_muls=0, cost="adds,muls"), threads=1)
    assert all(program.counts[1] == 0 for program in run.front)
    assert not run.champion.verdict.exact and run.champion.error == run.front[0].error


def test_the_most_multiplications_are_kept_to_from_a_warm_start(run):
    config = replace(front(8, real=True, max_muls=1), start="", encoding="auto")
    its = gpfft.evolve(config=config, threads=1).front
    assert its[0].counts[1] <= 1 and all(program.counts[1] <= 1 for program in its)


def test_a_run_that_ends_before_the_front_says_so(run, capsys):
    code, out, _ = cli("evolve --size 4 --front --generations 2 --out early", capsys)
    assert code == 0 and "no front yet: it ended before stage approximate; gpfft resume goes on" in out


def test_a_run_starts_from_a_program_that_is_passed_in(run, capsys):
    line = "evolve --size 4 --front --start run --generations 2 --out again --quiet"
    assert cli(line, capsys)[0] == 0
    again = gpfft.load("again")
    assert again.front[0].cost.flops == 16 and "a program that was passed in" in again.front[0].given


def test_the_cli_shows_a_front_as_a_table(run, capsys):
    code, out, _ = cli("show run", capsys)
    assert code == 0 and "SNR, dB" in out and f"{len(run.front)} programs" in out
    assert len(out.splitlines()) <= MOST_ROWS + 5


def test_the_cli_shows_verifies_and_exports_the_cheapest_program_within_an_error(run, capsys):
    cheap = run.front.within(0.9)
    assert f"cost: {cheap.cost}" in cli("show run --at-error 0.9", capsys)[1]
    code, out, _ = cli("verify run --at-error 0.9", capsys)
    assert code == 0 and out.startswith("approximate: error at most") and "exact" not in out
    code, out, _ = cli("export run --at-error 0.9 --to python", capsys)
    names: dict[str, object] = {}
    exec(out, names)
    x = np.random.default_rng(0).standard_normal((2, 4))
    re, im = names["dft4"](*x.tolist())
    assert np.array(re) + 1j * np.array(im) == pytest.approx(cheap(x[0] + 1j * x[1]))
    assert cli("plot run --what front --save front.svg", capsys)[0] == 0 and Path("front.svg").exists()
    assert cli("plot run --at-error 0.9 --save flow.svg", capsys)[0] == 0
    assert cli("status run", capsys)[0] == 0
    line = "evolve --front --encoding approximate --generations 1 --progress plain"
    assert "hypervolume" in cli(line, capsys)[1]


def test_verify_fails_where_the_proved_error_is_more_than_was_allowed(run, capsys, monkeypatch):
    least = run.front[1].error
    assert cli(f"verify run --at-error {least * 1.001!r}", capsys)[0] == 0
    too_much = gpfft.Bound(2 * least, 2 * least)
    monkeypatch.setattr(gpfft.Approximation, "bound", too_much)
    assert cli(f"verify run --at-error {least * 1.001!r}", capsys)[0] == 1


def test_a_front_that_is_not_what_its_run_asks_for_is_refused(run, capsys):
    shutil.copytree("run", "other")
    config = Path("other/config.toml")
    config.write_text(config.read_text().replace("real = false", "real = true"))
    code, _, err = cli("show other", capsys)
    assert code == 2 and "are not what the run's config.toml asks for" in err


def test_a_front_that_is_not_there_yet_is_said_to_be_so(run, capsys):
    shutil.copytree("run", "without")
    Path("without/front.jsonl").unlink()
    code, _, err = cli("export without --at-error 0.5 --to c", capsys)
    assert code == 2 and "has no front yet: gpfft resume without goes on" in err


@pytest.mark.parametrize("line, wrong", [
    ("show run --at-error 0", None),
    ("show run --at-error -1", "an error is a number from 0 on"),
    ("show run --at-error x", "an error is a number from 0 on"),
    ("show single --at-error 0.5", "has no front: --at-error is for runs of gpfft evolve --front"),
    ("plot run --what history --at-error 0.5", "--at-error is of --what flow"),
    ("evolve --real", "are for fronts"),
    ("evolve --size 8 --max-muls 3", "are for fronts"),
    ("evolve --front --max-muls -2", "the most multiplications are a whole number from 0 on"),
    ("evolve --front --target-flops 16", "target_flops is for one exact program, not for a front"),
    ("export run --at-error 0.9 --to c --real output", "no export with --real output"),
    ("evolve --front --cost muls", "cost must be one of flops or adds,muls for a front, not 'muls'"),
    ("evolve --front --any-size", "a front is for 1 to 64 points, not for any size"),
    ("evolve --front --size 128", "a front is for 1 to 64 points, not for size 128"),
    ("evolve --front --encoding pool", "encoding must be one of auto, approximate for a front"),
    ("evolve --encoding approximate", "encoding must be one of"),
    ("evolve --front --size 3 --start run", "holds a program of 4 points, not 3"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(run, capsys, line, wrong):
    gpfft.evolve(2, generations=1, out="single", threads=1)
    code, _, err = cli(line, capsys)
    assert (code == 0) == (wrong is None)
    assert wrong is None or (wrong in err and len(err.splitlines()) == 1)


@pytest.mark.parametrize("damage", ["", "{}", "not json", "\0"])
def test_a_damaged_front_is_refused_by_its_name(run, damage):
    (Path("run") / FRONT).write_text(damage)
    with pytest.raises(GpfftError, match="run/front.jsonl"):
        gpfft.load("run")


def test_a_damaged_program_of_a_front_is_refused(run):
    head, first, *rest = (Path("run") / FRONT).read_text().splitlines()
    data = json.loads(first)
    data["outputs"][0] = 10**6
    (Path("run") / FRONT).write_text("\n".join([head, json.dumps(data), *rest]))
    with pytest.raises(GpfftError, match="output 0 reads value"):
        read_program(Path("run"), 0.5)


def test_a_front_that_leads_elsewhere_is_not_followed(run):
    shutil.move("run/front.jsonl", "elsewhere")
    (Path("run") / FRONT).symlink_to(Path("elsewhere").resolve())
    with pytest.raises(GpfftError, match="leads elsewhere"):
        gpfft.load("run")


def test_jupyter_shows_the_table_of_a_front(run):
    assert "SNR, dB" in run._repr_html_() and "hypervolume" in run.front._repr_html_()
    assert isinstance(run.front, Front) and isinstance(run.front[0], Approximation)
    assert len(run.front[:2]) == 2


def test_a_deap_toolbox_has_the_encoding():
    box = gpfft.toolbox(4, 1, "approximate")
    population = box.population(n=4)
    for one, worth in zip(population, box.map(box.evaluate, population)):
        one.fitness.values = worth
    assert len(box.select(population + population, 4)) == 4 and len(box.select(population, 4)) == 4
