"""How a run ends: by a limit, by a signal, or because its folder cannot be written."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

import gpfft
from gpfft import Algorithm, Codelet, GpfftError, Listener
from gpfft.folder import Folder, make_folder
from gpfft.signals import SIGNALS
from gpfft.stop import Stop

from .test_engine import of_any_size, short, unrolled
from .test_record import contents
from .test_resume import same


class Signals(Listener):
    """Sends signals to this process in a generation."""

    def __init__(self, at: int, *numbers: signal.Signals) -> None:
        self.at, self.numbers = at, numbers
        self.heard = 0

    def generation(self, run, row):
        if len(run.history) == self.at:
            for number in self.numbers:
                os.kill(os.getpid(), number)

    def stopping(self, run):
        self.heard += 1


# Limits


def test_a_number_of_generations_ends_a_run_and_counts_those_of_all_stages():
    run = gpfft.evolve(config=replace(short(8, 1), generations=6))
    assert run.stopped == "limit of 6 generations reached"
    assert [row["generation"] for row in run.history] == [0, 1, 2, 3, 4, 0, 1, 2]
    run = gpfft.evolve(config=replace(short(8, 1), generations=3))
    assert [row["generation"] for row in run.history] == [0, 1, 2, 3]


def test_with_any_limit_the_last_stage_goes_on_past_its_own_generations():
    run = gpfft.evolve(config=replace(short(8, 1), generations=30))
    assert run.history[-1]["generation"] == 26 > run.config.stage("rescaled").generations


def test_a_number_of_evaluations_ends_a_run_and_counts_those_of_all_islands():
    run = gpfft.evolve(config=replace(short(8, 1), evaluations=57, islands=2), workers=1)
    assert run.stopped == "limit of 57 evaluations reached"
    totals = [row["evaluations"] for row in run.history]
    done = totals[4]  # of the first stage
    assert done + totals[-1] >= 57 > done + totals[-2]


def test_a_target_ends_a_run_when_an_exact_program_costs_no_more():
    run = gpfft.evolve(config=replace(unrolled(16), target_flops=168))
    assert run.stopped == "target of 168 flops reached"
    assert run.verdict.exact and run.champion.cost.flops == 168  # split radix, Yavne 1968
    before = [row for row in run.history if row["stage"] == "rescaled"][:-1]
    assert all(row["champion_flops"] > 168 for row in before)


def test_a_target_that_an_inexact_program_undercuts_is_not_reached():
    run = gpfft.evolve(config=replace(short(4, 0, "plain"), target_flops=1000))
    assert run.champion.error and run.stopped == "all generations done"


def test_a_target_counts_what_the_run_counts():
    least = gpfft.evolve(config=replace(unrolled(16), cost="muls")).champion.cost.muls
    run = gpfft.evolve(config=replace(unrolled(16), target_flops=least, cost="muls"))
    assert run.stopped == f"target of {least} muls reached" and run.champion.cost.muls == least


def test_limits_wait_until_there_is_a_program_of_the_size_that_is_wanted():
    run = gpfft.evolve(config=replace(unrolled(32), generations=1, evaluations=1, budget=1e-9))
    assert run.champion.size == 32 and run.stopped.startswith("limit of 1 generations")


# Signals


@pytest.mark.parametrize("number", list(SIGNALS), ids=str)
@pytest.mark.parametrize("islands", [1, 2])
def test_the_first_signal_ends_a_run_after_its_generation(tmp_path, number, islands):
    config = replace(short(8, 1), islands=islands)
    ear = Signals(3, number)
    run = gpfft.evolve(config=config, out=tmp_path / "run", workers=1, listeners=(ear,))
    assert run.stopped == SIGNALS[number] and len(run.history) == 3 and ear.heard == 1
    assert json.loads((tmp_path / "run/environment.json").read_text())["stopped"] == SIGNALS[number]
    assert gpfft.load(tmp_path / "run").champion == run.champion and run.verdict.exact
    whole = gpfft.evolve(config=config, out=tmp_path / "whole", workers=1)
    assert gpfft.resume(tmp_path / "run", workers=1).stopped == whole.stopped
    assert same(tmp_path / "run", tmp_path / "whole")


def test_the_second_signal_ends_it_at_once_and_what_is_kept_can_be_gone_on_with(tmp_path):
    config = short(8, 1)
    twice = Signals(3, signal.SIGINT, signal.SIGINT)
    run = gpfft.evolve(config=config, out=tmp_path / "run", listeners=(twice,))
    assert run.stopped == "interrupted" and not (tmp_path / "run/verdict.json").exists()
    whole = gpfft.evolve(config=config, out=tmp_path / "whole")
    assert gpfft.resume(tmp_path / "run").stopped == whole.stopped
    assert same(tmp_path / "run", tmp_path / "whole")


def test_signals_are_as_they_were_after_a_run():
    before = [signal.getsignal(number) for number in SIGNALS]
    gpfft.evolve(config=short(4, 0, "pool"))
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_that_is_ignored_stays_ignored():
    """As in a job that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = gpfft.evolve(config=short(4, 0, "pool"), listeners=(Signals(1, signal.SIGINT),))
    finally:
        signal.signal(signal.SIGINT, before)
    assert run.stopped == "all generations done"


def test_a_run_in_another_thread_leaves_signals_alone():
    found: list[gpfft.Run] = []
    thread = threading.Thread(target=lambda: found.append(gpfft.evolve(config=short(4, 0, "pool"))))
    thread.start()
    thread.join()
    assert found[0].stopped == "all generations done"


def test_nothing_is_asked_to_stop_when_nothing_is_heard():
    with Stop(lambda: None) as stop:
        assert stop.reason == ""


# A folder that cannot be written


class Deletes(Listener):
    """Deletes the folder of a run under it."""

    def __init__(self, after: int = 4) -> None:
        self.after = after

    def generation(self, run, row):
        if len(run.history) == self.after:
            shutil.rmtree(run.folder, ignore_errors=True)  # the history may not have grown since


def rescued(error: pytest.ExceptionInfo[GpfftError]) -> Path:
    """Returns the folder that the message names."""
    kept = r"; what was found is kept in (\S+): gpfft resume \1 goes on from there$"
    found = re.search(kept, str(error.value))
    assert found, error.value
    return Path(found[1])


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """Returns the folder in which temporary files are made."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def test_when_the_folder_is_deleted_under_a_run_what_was_found_is_kept_and_can_be_gone_on_with(
    tmp_path, elsewhere
):
    config = short(8, 1)
    with pytest.raises(GpfftError, match="cannot write .*history.csv: No such file or directory") as error:
        gpfft.evolve(config=config, out=tmp_path / "run", listeners=(Deletes(),))
    kept = rescued(error)
    assert kept.parent == elsewhere and gpfft.load(kept).verdict.exact
    whole = gpfft.evolve(config=config, out=tmp_path / "whole")
    assert gpfft.resume(kept).stopped == whole.stopped
    assert (kept / "history.csv").read_bytes() == (tmp_path / "whole/history.csv").read_bytes()
    assert (kept / "champion.json").read_bytes() == (tmp_path / "whole/champion.json").read_bytes()


class Moves(Listener):
    """Moves the folder of a run away and begins another in its place."""

    def generation(self, run, row):
        if len(run.history) == 4:
            run.folder.rename(run.folder.with_name("moved"))
            self.other = make_folder(short(4, 0, "pool"), run.folder)
            self.other.champion(row, run.champion, run.ancestry)
            self.before = contents(run.folder)


def test_a_run_does_not_write_into_the_folder_that_another_made_in_the_place_of_its_own(tmp_path, elsewhere):
    config, moves = short(8, 1), Moves()
    with pytest.raises(GpfftError, match="run: it is not the folder that the run began in; what") as error:
        gpfft.evolve(config=config, out=tmp_path / "run", listeners=(moves,))
    assert contents(tmp_path / "run") == moves.before
    assert gpfft.resume(rescued(error)).stopped == "all generations done"
    whole = gpfft.evolve(config=config, out=tmp_path / "whole")
    assert gpfft.load(rescued(error)).champion == whole.champion
    with moves.other.held():
        moves.other.check()


@pytest.mark.parametrize("what", ["generation", "champion", "checkpoint", "end"])
def test_when_the_disk_is_full_what_was_found_is_kept(tmp_path, elsewhere, monkeypatch, what):
    config, write = short(8, 1), getattr(Folder, what)
    left = {"generation": 3, "champion": 0, "checkpoint": 1, "end": 0}

    def full(self, *arguments):
        left[what] -= 1
        if left[what] < 0 and self.path == tmp_path / "run":
            raise GpfftError(f"cannot write {self.path}: No space left on device")
        write(self, *arguments)

    monkeypatch.setattr(Folder, what, full)
    monkeypatch.setattr("gpfft.writer.SHARE", 0)
    monkeypatch.setattr("gpfft.writer.EVERY", 1)
    with pytest.raises(GpfftError, match="No space left on device") as error:
        gpfft.evolve(config=config, out=tmp_path / "run")
    kept = rescued(error)
    monkeypatch.undo()
    whole = gpfft.evolve(config=config, out=tmp_path / "whole")
    if what != "end":
        assert gpfft.resume(kept).stopped == "all generations done"
    assert gpfft.load(kept).champion == whole.champion
    assert (kept / "history.csv").read_bytes() == (tmp_path / "whole/history.csv").read_bytes()


@pytest.mark.parametrize("name", ["an algorithm that is unrolled", "for one size", "thinned out"])
def test_what_a_run_adds_at_its_end_is_kept_though_it_does_not_go_on_from_that(
    tmp_path, elsewhere, monkeypatch, name
):
    config = {
        "an algorithm that is unrolled": replace(of_any_size(2, radix=3), unroll=9),
        "for one size": unrolled(16, seed=2),
        "thinned out": short(8, 1, "pool", generations=31),
    }[name]
    monkeypatch.setattr("gpfft.run.is_kept", lambda row: row["generation"] % 7 == 0)
    whole = gpfft.evolve(config=config, out=tmp_path / "whole", workers=1)
    with pytest.raises(GpfftError, match="cannot write") as error:
        gpfft.evolve(config=config, out=tmp_path / "run", workers=1, listeners=(Deletes(2),))
    run = gpfft.resume(rescued(error), workers=1)
    assert run.stopped == whole.stopped and list(run.history) == list(whole.history)
    assert same(rescued(error), tmp_path / "whole")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_an_algorithm_as_it_is_for_the_run_that_goes_on(tmp_path, number):
    config = replace(of_any_size(2, radix=3), unroll=9)
    run = gpfft.evolve(config=config, out=tmp_path / "run", workers=1, listeners=(Signals(2, number),))
    assert isinstance(run.champion, Algorithm)
    assert isinstance(gpfft.resume(tmp_path / "run", workers=1).champion, Codelet)


def test_a_run_from_a_program_or_for_a_matrix_is_kept_with_what_it_began_with(tmp_path, elsewhere):
    run = gpfft.evolve(config=short(4, 0, "pool"), out=tmp_path / "four")
    with pytest.raises(GpfftError) as error:
        gpfft.refine(run.folder, out=tmp_path / "run", listeners=(Deletes(),))
    assert (rescued(error) / "start.json").exists()
    assert gpfft.resume(rescued(error)).champion.cost == run.champion.cost
    with pytest.raises(GpfftError) as error:
        dct = gpfft.matrices.dct2(3)
        gpfft.evolve(matrix=dct, generations=9, out=tmp_path / "dct", listeners=(Deletes(),))
    assert gpfft.resume(rescued(error)).verdict.exact


def test_when_nothing_can_be_written_anywhere_that_is_said(tmp_path, monkeypatch):
    def full(**more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(GpfftError, match="No such file or directory; nothing can be written in .* either"):
        gpfft.evolve(config=short(8, 1), out=tmp_path / "run", listeners=(Deletes(),))


def test_a_run_says_where_its_time_went():
    run = gpfft.evolve(config=short(8, 1))
    assert set(run.spent) == {"evaluation", "variation", "selection", "judging", "writing", "checkpoints"}
    assert 0 < run.spent["variation"] < sum(run.spent.values()) <= run.seconds
    assert run.spent["checkpoints"] == 0 or run.spent["checkpoints"] < run.seconds


def test_the_last_line_of_a_killed_write_is_cut_off(tmp_path):
    run = gpfft.evolve(config=short(8, 1), out=tmp_path / "run", listeners=(Signals(5, signal.SIGINT),))
    for name in ("history.csv", "archive.jsonl"):
        with (tmp_path / "run" / name).open("a") as file:
            file.write('rescaled,7,"')
    rows = len(run.history)
    assert gpfft.resume(tmp_path / "run").history[rows - 1] == run.history[-1]
    assert contents(tmp_path / "run")
