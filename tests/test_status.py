"""How a run is doing, seen from another terminal."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace

import pytest

import gpfft
from gpfft import GpfftError, Listener
from gpfft.cli import main
from gpfft.lock import OWNER
from gpfft.outcome import span
from gpfft.status import status

from .test_engine import Interrupts, short
from .test_record import contents


def test_a_run_that_goes_on_is_seen_with_its_owner_its_best_its_rate_and_the_time_left(tmp_path):
    seen: list[list[str]] = []

    class Looks(Listener):
        def generation(self, run, row):
            seen.append(list(status(run.folder)))

    config = replace(short(8, 1), budget=3600.0, generations=12, evaluations=1000)
    gpfft.evolve(config=config, out=tmp_path / "run", listeners=(Looks(),))
    first, *others = seen[-1]
    assert first.startswith(f"{tmp_path / 'run'}: 8 points, seed 1; running, by process {os.getpid()} on ")
    assert others[0] == "best so far: 56 flops, exact (rescaled generation 8); best published: 56"
    place, rate = r"\w+ generation \d+", r"\d+ evaluations in [\d.]+ s, \S+ a second"
    assert re.match(f"at the last checkpoint: {place}, {rate}$", others[1])
    assert re.match(r"limit: \d+ of 12 generations$", others[2])
    assert re.match(r"limit: \d+ of 1000 evaluations$", others[3])
    assert re.match(r"time: \d+\.\d s of 1 h 00 min, (59 min \d\d s|1 h 00 min) left$", others[4])


def test_a_run_that_ended_says_why_and_how_long_it_took(tmp_path, capsys):
    run = gpfft.evolve(config=short(8, 1), out=tmp_path / "run")
    before = contents(tmp_path)
    assert main(["status", str(tmp_path / "run")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("; ended: all generations done") and lines[-1] == f"time: {run.seconds:.1f} s"
    assert contents(tmp_path) == before


def test_a_budget_that_is_spent_is_said_to_be(tmp_path):
    config = replace(short(8, 1), budget=0.001)
    run = gpfft.evolve(config=config, out=tmp_path / "run")
    assert run.stopped == "budget of 0.001 s spent"
    assert list(status(tmp_path / "run"))[-1] == f"time: {run.seconds:.1f} s; budget of 0.0 s spent"


def test_a_run_that_was_killed_is_said_to_be_resumed(tmp_path):
    class Copies(Listener):
        def generation(self, run, row):
            if len(run.history) == 4:
                shutil.copytree(run.folder, tmp_path / "killed")

    gpfft.evolve(config=short(8, 1), out=tmp_path / "run", listeners=(Copies(),))
    assert (tmp_path / "killed" / OWNER).exists()
    first = next(status(tmp_path / "killed"))
    assert first.endswith("; ended in the middle: gpfft resume goes on from its last checkpoint")


def test_a_damaged_checkpoint_is_named(tmp_path):
    gpfft.evolve(config=short(8, 1), out=tmp_path / "run", listeners=(Interrupts(2),))
    (tmp_path / "run/checkpoint_0.jsonl").write_text("{}")
    assert any("checkpoint_0.jsonl is damaged: not a checkpoint" in line for line in status(tmp_path / "run"))


def test_a_run_before_its_first_generation_has_found_nothing(tmp_path):
    gpfft.folder.make_folder(short(8, 1), tmp_path / "run")
    assert "nothing was found yet" in list(status(tmp_path / "run"))


def test_no_run_has_no_status(tmp_path):
    with pytest.raises(GpfftError, match="there is no run"):
        list(status(tmp_path / "nothing"))


@pytest.mark.parametrize("seconds, text", [
    (0, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (60, "1 min 00 s"), (119.7, "2 min 00 s"),
    (3599, "59 min 59 s"), (3599.6, "1 h 00 min"), (3660, "1 h 01 min"), (360_000, "100 h 00 min"),
])  # fmt: skip
def test_times_are_told_in_the_units_that_people_use(seconds, text):
    assert span(seconds) == text
