"""A run that was stopped or killed goes on as if it never had been."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import gpfft
from gpfft import Codelet, Config, GpfftError, Listener, matrices
from gpfft.checkpoint import FORMAT, VERSION
from gpfft.folder import open_folder
from gpfft.lock import LOCK, OWNER
from gpfft.record import CHECKPOINTS, COLUMNS, read_history
from gpfft.run import is_kept
from gpfft.status import status

from .test_engine import Interrupts, few, of_any_size, radix2, short, unrolled
from .test_record import contents

ROOT = Path(__file__).parent.parent
SAME = ("history.csv", "archive.jsonl", "ancestry.csv", "champion.json", "listing.txt", "verdict.json")


def same(a: Path, b: Path) -> bool:
    """Tells whether two folders hold the same run, but for what time it took."""
    names = [*SAME, *(["front.jsonl", "front.csv"] if (b / "front.jsonl").exists() else [])]
    return all((a / name).read_bytes() == (b / name).read_bytes() for name in names)


def front(size: int) -> Config:
    """Returns a short run for a front of three objectives, from random chromosomes."""
    config = Config(size, 3, "approximate", front=True, real=True, cost="adds,muls")
    return config.with_settings("approximate", population=12, generations=6, steps=60, rows=20)


def kinds(folder: Path) -> dict[str, Config]:
    """Returns a short run of every kind, with what it starts from in `folder`."""
    (folder / "start.json").write_text(Codelet(radix2(16)).to_json())
    np.save(folder / "dct3.npy", matrices.dct2(3))
    grown = Config(32, 1, "unrolled", start=str(folder / "start.json"))
    runs = {name: short(few(name), 2, name) for name in ("plain", "pool", "two-sided", "auto")}
    return {
        **runs,
        "unrolled": unrolled(seed=2),
        "rescaled, from a program": replace(
            Config(16, 1, "rescaled", start=str(folder / "start.json"), generations=9)
        ).with_settings("rescaled", steps=100, generations=2, epoch=2, populations=2),
        "grown": grown.with_settings("rescaled", steps=300, generations=2),
        "any size": of_any_size(3),
        "any size, unrolled": replace(of_any_size(2, radix=3), unroll=9),
        "a matrix": Config(matrix=str(folder / "dct3.npy"), seed=1).with_settings("two-sided", steps=50),
        "islands": replace(short(8, 1), islands=3, interval=2, migration="random", migrants=2),
        "terms that come and go": short(8, 1, "pool", generations=8, terms_first=2),
        "front": front(4),
        "front on islands": replace(front(5), islands=2, interval=2),
    }


KINDS = [
    "plain", "pool", "two-sided", "auto", "unrolled", "rescaled, from a program", "grown", "any size",
    "any size, unrolled", "a matrix", "islands", "terms that come and go", "front", "front on islands",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_was_stopped_anywhere_ends_like_one_that_never_was(kind, tmp_path):
    config = kinds(tmp_path)[kind]
    whole = gpfft.evolve(config=config, out=tmp_path / "whole", workers=1)
    dice = random.Random(kind)
    for number in range(3):
        at = dice.randrange(len(whole.history))
        out = tmp_path / f"stopped{number}"
        run = gpfft.evolve(config=config, out=out, workers=1, listeners=(Interrupts(at),))
        while run.stopped == "interrupted":
            run = gpfft.resume(out, workers=1, listeners=(Interrupts(dice.randrange(9)),))
        assert run.stopped == whole.stopped and list(run.history) == list(whole.history)
        assert run.champion == whole.champion and run.champions[-1][0] == whole.champions[-1][0]
        assert same(out, tmp_path / "whole")
        checkpoints = [folder / CHECKPOINTS[0] for folder in (out, tmp_path / "whole")]
        if checkpoints[1].exists():  # random states and populations
            states = [json.loads(file.read_text().splitlines()[1])["states"] for file in checkpoints]
            assert states[0] == states[1]
        assert not (out / CHECKPOINTS[1]).exists()


def forked(work: Callable[[], object]) -> int:
    """Returns the number of a process that does something and ends."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def killed(work: Callable[[], object], after: float) -> None:
    """Kills a process that does something after some seconds, as `kill -9` does."""
    child = forked(work)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kills(tmp_path: Path, times: int) -> int:
    """Returns in how many of so many runs a kill in the middle, and one while resuming, left no trace."""
    config = short(16, 1, "auto", generations=12)
    begin = time.perf_counter()
    gpfft.evolve(config=config, out=tmp_path / "whole", threads=1)
    took = time.perf_counter() - begin
    equal = 0
    for number in range(times):
        dice, out = random.Random(number), tmp_path / f"killed{number}"
        killed(lambda: gpfft.evolve(config=config, out=out, threads=1), dice.uniform(0, took))
        if (out / "config.toml").exists():
            with_rest(out, lambda: killed(lambda: gpfft.resume(out, threads=1), dice.uniform(0, took)))
            with_rest(out, lambda: gpfft.resume(out, threads=1))
        else:  # killed before there was anything
            shutil.rmtree(out, ignore_errors=True)
            gpfft.evolve(config=config, out=out, threads=1)
        equal += same(out, tmp_path / "whole")
        shutil.rmtree(out)
    return equal


def with_rest(out: Path, go_on: Callable[[], object]) -> None:
    """Goes on with a run unless it had come to its end."""
    environment = out / "environment.json"
    if not environment.exists() or "stopped" not in json.loads(environment.read_text()):
        go_on()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_ten_random_kills_leave_no_trace(tmp_path):
    assert kills(tmp_path, 10) == 10


ENDS = {
    "a number of generations": replace(short(8, 1), generations=12),
    "a target": replace(short(8, 1), target_flops=56),
    "all generations of a stage that ends": short(8, 1, "pool", generations=12),
    "all generations of one that does not": short(8, 1),
    "an algorithm that is unrolled": unrolled(seed=2),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("name", ENDS)
def test_a_kill_while_the_verdict_is_written_leaves_no_trace(tmp_path, monkeypatch, name):
    whole = gpfft.evolve(config=ENDS[name], out=tmp_path / "whole", threads=1)

    def dies() -> None:
        monkeypatch.setattr("gpfft.folder.Folder.end", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        gpfft.evolve(config=ENDS[name], out=tmp_path / "run", threads=1)

    os.waitpid(forked(dies), 0)
    made: list[object] = []

    class Counts(Listener):
        def generation(self, run, row):
            made.append(row)

    run = gpfft.resume(tmp_path / "run", threads=1, listeners=(Counts(),))
    assert run.stopped == whole.stopped and same(tmp_path / "run", tmp_path / "whole")
    assert len(made) <= 1  # what comes after the last checkpoint, of which there is one a generation here


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_hundred_random_kills_leave_no_trace(tmp_path):
    equal = kills(tmp_path, 100)
    print(f"{equal} of 100 runs that were killed twice are identical")
    assert equal == 100


def test_a_kill_before_the_first_checkpoint_begins_anew(tmp_path):
    config = short(8)
    gpfft.evolve(config=config, out=tmp_path / "whole")
    folder = gpfft.folder.make_folder(config, tmp_path / "run")
    (folder.path / "history.csv").write_text(",".join(COLUMNS) + "\npool,0,4,0.")
    (folder.path / "environment.json").unlink()
    run = gpfft.resume(tmp_path / "run")
    assert run.stopped == "all generations done" and same(tmp_path / "run", tmp_path / "whole")


@pytest.fixture
def stopped(tmp_path) -> Path:
    """Returns the folder of a run that was killed in its rescaled stage, two checkpoints in it."""
    config = replace(short(8, 1), generations=20)
    killed = Killed(12)
    assert gpfft.evolve(config=config, out=tmp_path / "run", listeners=(killed,)).stopped == "interrupted"
    shutil.rmtree(tmp_path / "run")
    killed.copy.rename(tmp_path / "run")
    assert all((tmp_path / "run" / name).exists() for name in CHECKPOINTS)
    return tmp_path / "run"


class Killed(Listener):
    """Ends a run and keeps what a kill would leave: what happens to be on the disk then."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.copy = Path()

    def generation(self, run, row):
        self.left -= 1
        if self.left == 0:
            self.copy = run.folder.with_name("copy")
            shutil.copytree(run.folder, self.copy, ignore=shutil.ignore_patterns(LOCK, OWNER))
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Checkpoints are written after each generation."""
    monkeypatch.setattr("gpfft.writer.EVERY", 1)
    monkeypatch.setattr("gpfft.writer.SHARE", 0)


def newest(folder: Path) -> Path:
    """Returns the newest checkpoint in a folder."""
    return max((folder / name for name in CHECKPOINTS), key=lambda file: file.stat().st_mtime_ns)


DAMAGE = [
    pytest.param(lambda text: "", id="empty"),
    pytest.param(lambda text: text[: len(text) // 2], id="cut off"),
    pytest.param(lambda text: text.replace("0", "1", 1), id="a digit changed"),
    pytest.param(lambda text: "[1, 2]\n[]\n", id="other JSON"),
    pytest.param(lambda text: "\x00" * len(text), id="zeros"),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(stopped, tmp_path, damage):
    gpfft.evolve(config=replace(short(8, 1), generations=20), out=tmp_path / "whole")
    file = newest(stopped)
    file.write_text(damage(file.read_text()))
    heard: list[str] = []

    class Ear(Listener):
        def resumed(self, run, notes):
            heard.extend(notes)

    gpfft.resume(stopped, listeners=(Ear(),))
    assert len(heard) == 1 and heard[0].startswith(f"{file} is damaged: ")
    assert same(stopped, tmp_path / "whole")


@pytest.mark.parametrize("name", ["history.csv", "archive.jsonl"])
def test_a_checkpoint_whose_history_or_archive_is_another_is_not_used(stopped, name):
    file = stopped / name
    file.write_bytes(file.read_bytes()[:-1][::-1])
    before = contents(stopped)
    with pytest.raises(GpfftError, match=f"damaged: {name} does not begin as it did then.*gpfft evolve"):
        gpfft.resume(stopped)
    after = contents(stopped)
    assert {name: after[name] for name in before} == before


def test_two_damaged_checkpoints_are_refused_and_nothing_is_lost(stopped):
    for name in CHECKPOINTS:
        (stopped / name).write_text("{}")
    before = contents(stopped)
    with pytest.raises(GpfftError, match="checkpoint_0.jsonl is damaged: .*checkpoint_1.jsonl is damaged: "):
        gpfft.resume(stopped)
    assert contents(stopped) == before


def test_what_was_found_after_the_last_checkpoint_is_found_again_before_any_limit_counts(stopped):
    rows = read_history(stopped)
    newest(stopped).unlink()
    (file,) = [stopped / name for name in CHECKPOINTS if (stopped / name).exists()]
    at = json.loads(file.read_text().splitlines()[1])["states"][0]["generation"]
    assert (rows[-1]["stage"], rows[-1]["generation"]) > ("rescaled", at)
    run = gpfft.resume(stopped, budget=1e-9)
    assert list(run.history)[: len(rows)] == rows and run.stopped.startswith("budget of")


def test_a_limit_that_is_reached_is_lifted_by_more(tmp_path):
    config = short(8, 1)
    whole = gpfft.evolve(config=replace(config, generations=15), out=tmp_path / "whole")
    run = gpfft.evolve(config=replace(config, generations=6), out=tmp_path / "run")
    assert run.stopped == "limit of 6 generations reached"
    with pytest.raises(GpfftError, match=r"at its end \(limit of 6 generations reached\): say with --budget"):
        gpfft.resume(tmp_path / "run")
    run = gpfft.resume(tmp_path / "run", generations=9)
    assert run.stopped == "limit of 15 generations reached" and run.config.generations == 15
    assert list(run.history) == list(whole.history) and same(tmp_path / "run", tmp_path / "whole")
    assert (tmp_path / "run/config.toml").read_bytes() == (tmp_path / "whole/config.toml").read_bytes()


def test_a_run_that_is_done_goes_on_with_a_limit_if_its_last_stage_can(tmp_path):
    gpfft.evolve(config=replace(short(8, 1), evaluations=60), out=tmp_path / "whole")
    run = gpfft.evolve(config=short(8, 1), out=tmp_path / "run")
    assert run.stopped == "all generations done"
    with pytest.raises(GpfftError, match="at its end"):
        gpfft.resume(tmp_path / "run")
    done = run.history[4]["evaluations"] + run.history[-1]["evaluations"]
    assert gpfft.resume(tmp_path / "run", evaluations=60 - done).stopped.startswith("limit of 60 evaluations")
    assert same(tmp_path / "run", tmp_path / "whole")


@pytest.mark.parametrize("config", [short(8, 1, "pool"), of_any_size(1)], ids=["pool", "any size"])
def test_a_run_that_cannot_go_on_says_so_and_stays_as_it_is(config, tmp_path):
    gpfft.evolve(config=config, out=tmp_path / "run")
    before = contents(tmp_path)
    with pytest.raises(GpfftError, match=r"at its end \(all generations done\): gpfft refine starts another"):
        gpfft.resume(tmp_path / "run", generations=5)
    assert contents(tmp_path) == before


def test_a_resumed_run_says_when_and_how_long_in_all(stopped):
    environment = json.loads((stopped / "environment.json").read_text())
    run = gpfft.resume(stopped)
    written = json.loads((stopped / "environment.json").read_text())
    assert written["date"] == environment["date"] and len(written["resumed"]) == 1
    assert written["seconds"] == round(run.seconds, 3) and written["stopped"] == run.stopped
    parts = {"evaluation", "variation", "selection", "judging", "writing", "checkpoints"}
    assert set(written["spent"]) == parts


def test_folders_that_are_no_runs_are_refused(tmp_path):
    with pytest.raises(GpfftError, match="there is no run"):
        gpfft.resume(tmp_path / "nothing")
    with pytest.raises(GpfftError, match="has no config.toml: it is no run"):
        gpfft.resume(tmp_path)


@pytest.mark.parametrize("name", ["history.csv", "champion.json", "checkpoint_0.jsonl", "run.lock"])
def test_a_run_does_not_write_through_links_that_lead_out_of_its_folder(stopped, tmp_path, name):
    (tmp_path / "mine.txt").write_text("mine")
    (stopped / name).unlink(missing_ok=True)
    (stopped / name).symlink_to(tmp_path / "mine.txt")
    with pytest.raises(GpfftError, match=f"{name} leads elsewhere"):
        gpfft.resume(stopped)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_no_lines_that_are_no_generations_keep_a_limit_from_counting(stopped):
    run = gpfft.resume(stopped)
    before = run.history[-1]["generation"]
    with (stopped / "history.csv").open("a") as file:
        file.write("\n" * 500)
    run = gpfft.resume(stopped, generations=1)
    assert run.stopped == f"limit of {run.config.generations} generations reached"
    assert run.history[-1]["generation"] == before + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", ["history.csv", "archive.jsonl", "owner.json", "checkpoint_0.jsonl"])
def test_a_pipe_in_a_runs_folder_is_refused_by_its_name(stopped, name):
    (stopped / name).unlink(missing_ok=True)
    os.mkfifo(stopped / name)
    for reads in (gpfft.resume, lambda path: list(status(path))):
        with pytest.raises(GpfftError, match=f"{name} is no file: no run writes that"):
            reads(stopped)


def forged(file: Path, **changes: object) -> None:
    """Changes what a checkpoint says, its checksum made right."""
    data = {**json.loads(file.read_text().splitlines()[1]), **changes}
    body = json.dumps(data)
    head = {"format": FORMAT, "version": VERSION, "sha256": hashlib.sha256(body.encode()).hexdigest()}
    file.write_text(f"{json.dumps(head)}\n{body}\n")


def test_the_champion_of_a_run_for_another_size_is_not_taken_over(stopped, tmp_path):
    gpfft.evolve(config=short(4, 0, "pool"), out=tmp_path / "other")
    archive = (tmp_path / "other/archive.jsonl").read_bytes()
    (stopped / "archive.jsonl").write_bytes(archive)
    prefix = {"length": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    forged(newest(stopped), archive=prefix)
    with pytest.raises(GpfftError, match="the champion in archive.jsonl and config.toml are of two runs"):
        gpfft.resume(stopped)


def test_a_stage_does_not_start_from_a_program_for_another_size(stopped):
    forged(newest(stopped), start=radix2(4).to_json())
    with pytest.raises(GpfftError, match="a stage for 8 points starts from a program of 4"):
        gpfft.resume(stopped)


@pytest.mark.parametrize("line", ['start = "../start.json"', 'start = "/etc/passwd"', 'start = ".."'])
def test_a_run_reads_nothing_outside_of_its_folder(stopped, tmp_path, line):
    (stopped / "config.toml").write_text(f'{line}\nencoding = "rescaled"\nsize = 8\n')
    with pytest.raises(GpfftError, match="is outside of the run's folder"):
        gpfft.resume(stopped)


# How often


@pytest.fixture
def written(monkeypatch) -> list[int]:
    """Returns a list into which the generations go of which a checkpoint is written."""
    generations: list[int] = []
    save = gpfft.folder.Folder.checkpoint

    def note(self, checkpoint):
        generations.append(checkpoint.generation)
        save(self, checkpoint)

    monkeypatch.setattr("gpfft.folder.Folder.checkpoint", note)
    return generations


def test_checkpoints_come_every_ten_generations(tmp_path, monkeypatch, written):
    monkeypatch.setattr("gpfft.writer.EVERY", 10)
    gpfft.evolve(config=short(4, 0, "pool", generations=45), out=tmp_path / "run")
    assert written == [0, 10, 20, 30, 40]


def test_checkpoints_that_take_long_come_seldom(tmp_path, monkeypatch, written):
    monkeypatch.setattr("gpfft.writer.SHARE", 100)
    ticks = count()
    monkeypatch.setattr("gpfft.writer.time.perf_counter", lambda: next(ticks))  # a look takes a second
    gpfft.evolve(config=short(4, 0, "pool", generations=200), out=tmp_path / "run")
    assert len(written) == 2 and written[1] > 50


def test_a_checkpoint_that_takes_no_time_comes_after_a_minute(tmp_path, monkeypatch, written):
    monkeypatch.setattr("gpfft.writer.EVERY", 1000)
    ticks = count()
    monkeypatch.setattr("gpfft.writer.time.perf_counter", lambda: next(ticks))
    gpfft.evolve(config=short(4, 0, "pool", generations=100), out=tmp_path / "run")
    assert len(written) > 3


def test_long_histories_are_thinned_out():
    rows = [n for n in range(200_000) if is_kept({"generation": n})]
    assert rows[:1000] == list(range(1000)) and rows[1000:1003] == [1000, 1010, 1020]
    assert len(rows) == 1000 + 900 + 900 + 100
    assert rows[-1] == 199_000


def test_a_last_generation_that_is_not_kept_is_shown_and_the_run_goes_on_without(tmp_path, monkeypatch):
    monkeypatch.setattr("gpfft.run.is_kept", lambda row: row["generation"] % 5 == 0)
    config = short(8, 1, "auto", generations=30)
    whole = gpfft.evolve(config=replace(config, generations=60), out=tmp_path / "whole")
    run = gpfft.evolve(config=replace(config, generations=43), out=tmp_path / "run")
    assert run.history[-1]["generation"] == 13
    assert [row["generation"] for row in whole.history][-4:] == [15, 20, 25, 30]
    assert gpfft.resume(tmp_path / "run", generations=1).history[-1]["generation"] == 14
    gpfft.resume(tmp_path / "run", generations=16)
    assert same(tmp_path / "run", tmp_path / "whole")


@pytest.mark.slow
def test_the_command_goes_on_after_kills_of_its_own_process(tmp_path):
    """What a user does: the command in a process of its own, killed, and resumed."""
    words = [sys.executable, "-m", "gpfft"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = [*words, "evolve", "--size", "64", "--generations", "40", "--quiet", "--islands", "2", "--out"]
    subprocess.run([*run, "whole"], cwd=tmp_path, env=environment, check=True)
    for number in range(5):
        out = f"killed{number}"
        process = subprocess.Popen([*run, out], cwd=tmp_path, env=environment)
        time.sleep(random.Random(number).uniform(2, 6))
        process.kill()
        process.wait()
        if (tmp_path / out / "config.toml").exists():
            with_rest(tmp_path / out, lambda: subprocess.run(
                [*words, "resume", out, "--quiet"], cwd=tmp_path, env=environment, check=True
            ))  # fmt: skip
            assert same(tmp_path / out, tmp_path / "whole")


def test_a_folder_that_is_opened_is_not_changed(stopped):
    before = contents(stopped)
    folder = open_folder(stopped)
    folder.recall()
    folder.reached()
    assert contents(stopped) == before
