"""The run folder: what is in it, what is never lost, and what is refused when it is read."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path

import pytest
import tomlkit

import gpfft
from gpfft import Algorithm, Codelet, Config, GpfftError, Listener
from gpfft.cli import main
from gpfft.config import PoolStage, RescaledStage
from gpfft.folder import make_folder
from gpfft.lock import LOCK, OWNER
from gpfft.record import (
    COLUMNS,
    MOST_ROWS,
    read_ancestry,
    read_archive,
    read_champion,
    read_config,
    read_history,
    write_text,
)
from gpfft.start import started

QUICK = Config(4, 1, "auto", (PoolStage(generations=3, steps=100), RescaledStage(steps=100, generations=1)))
# What is in the folder of a run for the DFT that starts from random chromosomes.
ORDINARY = {
    "config.toml", "environment.json", "history.csv", "champion.json", "archive.jsonl", "ancestry.csv",
    "verdict.json", "listing.txt", "checkpoint_0.jsonl",
}  # fmt: skip
FINAL = ORDINARY - {"checkpoint_0.jsonl"}  # where there is nothing to go on with
TIMED = {"environment.json", "checkpoint_0.jsonl"}  # what says how long it took


@pytest.fixture
def folder(tmp_path):
    """Returns the folder of a finished run."""
    return gpfft.evolve(config=QUICK, out=tmp_path / "run").folder


def contents(root: Path) -> dict[str, bytes | None]:
    """Returns every path below `root` with the bytes of its file, None for a folder."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }


def test_a_run_leaves_its_files_and_no_others(folder):
    assert {path.name for path in folder.iterdir()} == ORDINARY


def test_the_configuration_is_kept_as_it_was_used(folder):
    assert read_config(folder) == read_config(folder / "config.toml") == QUICK
    assert tomlkit.parse((folder / "config.toml").read_text())["pool"]["steps"] == 100


def test_the_champion_holds_no_date_no_path_and_no_host(folder, tmp_path):
    import platform

    text = (folder / "champion.json").read_text()
    assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    assert str(tmp_path) not in text and "/tmp" not in text and str(Path.home()) not in text
    assert platform.node() not in text
    assert {"format", "version", "made", "given", "size", "constants", "lines", "outputs"} == set(
        json.loads(text)
    )


def test_equal_runs_leave_equal_bytes_whatever_the_folder(folder, tmp_path):
    again = gpfft.evolve(config=QUICK, out=tmp_path / "deep" / "er").folder
    for name in ORDINARY - TIMED:
        assert (folder / name).read_bytes() == (again / name).read_bytes()


def test_the_environment_says_versions_and_how_it_ended(folder):
    written = json.loads((folder / "environment.json").read_text())
    assert {"gpfft", "numpy", "numba", "deap", "python-flint"} <= set(written["versions"])
    assert written["stopped"] == "all generations done"
    assert written["seconds"] >= 0
    assert {"date", "python", "platform", "commit"} <= set(written)


def test_the_archive_keeps_every_champion_and_ends_with_the_last(folder):
    run = gpfft.evolve(config=QUICK)
    archive = [json.loads(line) for line in (folder / "archive.jsonl").read_text().splitlines()]
    assert len(archive) == len(run.champions)
    assert archive[-1]["program"] == json.loads((folder / "champion.json").read_text())


def test_a_run_is_loaded_as_it_was_written(folder):
    run = gpfft.evolve(config=QUICK)
    loaded = gpfft.load(folder)
    assert loaded.config == QUICK
    assert list(loaded.history) == list(run.history)
    assert loaded.champion.to_json() == run.champion.to_json()
    assert loaded.champion.cost == run.champion.cost
    assert loaded.verdict == run.verdict


def test_the_folder_and_its_configuration_are_there_before_anything_slow(tmp_path):
    seen: list[set[str]] = []

    class Look(Listener):
        def stage(self, run, name):
            seen.append({path.name for path in run.folder.iterdir()})

    gpfft.evolve(config=QUICK, out=tmp_path / "run", listeners=(Look(),))
    assert seen[0] == {"config.toml", "environment.json", LOCK, OWNER}


def test_each_generation_is_on_disk_before_the_next_begins(tmp_path):
    class Look(Listener):
        def generation(self, run, row):
            assert len(read_history(run.folder)) == len(run.history)
            assert read_champion(run.folder).to_json() == run.champion.to_json()

    run = gpfft.evolve(config=QUICK, out=tmp_path / "run", listeners=(Look(),))
    assert len(run.history) == 6


def test_a_folder_that_exists_is_refused_and_stays(folder):
    before = contents(folder)
    with pytest.raises(GpfftError, match="exists: choose another, or --force to replace it"):
        gpfft.evolve(config=QUICK, out=folder)
    assert contents(folder) == before


def test_force_replaces_a_run_and_nothing_else(folder):
    (folder / "notes.txt").write_text("mine")
    before = contents(folder)
    with pytest.raises(GpfftError, match="'notes.txt', which no run writes: not replaced"):
        make_folder(QUICK, folder, force=True)
    assert contents(folder) == before
    (folder / "notes.txt").unlink()
    make_folder(QUICK, folder, force=True)
    assert set(contents(folder)) == {"config.toml", "environment.json"}


def test_force_refuses_a_folder_with_a_folder_of_a_runs_file_name(tmp_path):
    """A folder named champion.json is nothing that a run writes."""
    (tmp_path / "run" / "champion.json").mkdir(parents=True)
    (tmp_path / "run" / "champion.json" / "precious").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(GpfftError):
        make_folder(QUICK, tmp_path / "run", force=True)
    assert contents(tmp_path) == before


def test_force_makes_a_folder_that_is_not_there(tmp_path):
    assert make_folder(QUICK, tmp_path / "new", force=True).path.is_dir()


def test_force_refuses_a_run_that_holds_a_folder_among_its_files_and_loses_nothing(folder):
    (folder / "champion.json").unlink()
    (folder / "champion.json").mkdir()
    before = contents(folder)
    with pytest.raises(GpfftError, match="which no run writes"):
        make_folder(QUICK, folder, force=True)
    assert contents(folder) == before


def test_force_replaces_a_run_that_was_killed_while_it_wrote(folder):
    (folder / "champion.json.partial").write_text("{")
    assert set(contents(make_folder(QUICK, folder, force=True).path)) == {"config.toml", "environment.json"}


def test_a_run_that_is_replaced_is_kept_until_the_new_one_has_a_champion(folder):
    before = contents(folder)
    new = make_folder(QUICK, folder, force=True)
    assert new.replaced is not None and contents(new.replaced) == before
    run = gpfft.run.carry_out(QUICK, new, 1, ())
    assert run.champions and sorted(item.name for item in folder.parent.iterdir()) == [folder.name]


@pytest.mark.parametrize("text", ["config.toml", "environment.json"])
def test_a_run_that_is_to_be_replaced_stays_where_the_new_one_cannot_be_begun(folder, monkeypatch, text):
    before = contents(folder.parent)

    def full(path, *arguments):
        if path.name == text:
            path.write_text("half")
            raise GpfftError(f"cannot write {path}: No space left on device")
        write_text(path, *arguments)

    monkeypatch.setattr("gpfft.folder.write_text", full)
    monkeypatch.setattr("gpfft.folder.write_json", lambda path, data: full(path, json.dumps(data)))
    with pytest.raises(GpfftError, match="No space left on device"):
        make_folder(QUICK, folder, force=True)
    assert contents(folder.parent) == before
    with pytest.raises(GpfftError, match="No space left on device"):
        make_folder(QUICK, folder.parent / "new")
    assert contents(folder.parent) == before


def test_where_the_run_is_that_was_to_be_replaced_is_said(folder, capsys, monkeypatch):
    before = contents(folder)
    command = ["evolve", "--size", "4", "--out", str(folder), "--force"]

    def interrupted(config, kept, *arguments, **more):
        return gpfft.outcome.Run(config, folder=kept.path, stopped="interrupted")

    monkeypatch.setattr("gpfft.cli.carry_out", interrupted)
    assert main(command) == 130
    aside = folder.with_name("run_replaced")
    assert f"the run that stood there before is in {aside}\n" in capsys.readouterr().out
    assert contents(aside) == before


@pytest.mark.parametrize("name, lines", [
    ("champion.json", ["show", "verify", "export --to python", "status", "resume"]),
    ("config.toml", ["plot --what history", "status", "evolve"]),
    ("history.csv", ["plot --what history", "resume"]), ("archive.jsonl", ["plot --what history"]),
    ("environment.json", ["plot --what history"]), ("ancestry.csv", ["plot --what history"]),
])  # fmt: skip
def test_a_link_that_leads_out_of_a_runs_folder_is_refused_by_name(folder, tmp_path, capsys, name, lines):
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    for line in lines:
        command, *others = line.split()
        assert main([command, str(folder), *others]) == 2
        said = f"gpfft: {folder / name} leads elsewhere: the files of a run are in its own folder\n"
        assert capsys.readouterr().err == said


def test_a_champions_file_may_be_a_link(folder, tmp_path):
    (tmp_path / "link.json").symlink_to(folder / "champion.json")
    assert read_champion(tmp_path / "link.json") == read_champion(folder)


def test_a_loaded_run_knows_how_it_ended_and_which_generation_brought_its_champion(folder):
    run, loaded = gpfft.evolve(config=QUICK), gpfft.load(folder)
    assert loaded.stopped == run.stopped
    assert loaded.champions[-1][0] == run.champions[-1][0]
    assert list(loaded.history) == list(run.history)


def test_a_link_that_leads_nowhere_is_no_free_name(tmp_path):
    (tmp_path / "run").symlink_to(tmp_path / "nowhere")
    with pytest.raises(GpfftError, match="exists"):
        make_folder(QUICK, tmp_path / "run")
    assert not (tmp_path / "nowhere").exists()


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    file = tmp_path / "x.txt"
    write_text(file, "old")

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(GpfftError, match="cannot write .*x.txt: No space left on device"):
        write_text(file, "new")
    assert file.read_text() == "old"


def test_a_folder_that_may_not_be_made_is_refused(tmp_path, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(GpfftError, match="cannot make the folder .*: Permission denied"):
        make_folder(QUICK, tmp_path / "run")


def test_a_file_that_is_larger_than_any_run_writes_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("gpfft.record.LARGEST_FILE", 10)
    (tmp_path / "champion.json").write_text("x" * 11)
    with pytest.raises(GpfftError, match="larger than"):
        read_champion(tmp_path / "champion.json")


ROW = "pool,0,4,0.0,16,0.0,16.0,5.0,1.0,0.5,0.0,16"
DAMAGED = [
    pytest.param(ROW.replace("16.0", "many"), id="a word for a number"),
    pytest.param(ROW.rpartition(",")[0], id="a number missing"),
    pytest.param(ROW + ",2", id="a number too many"),
    pytest.param(ROW.replace("16.0", ""), id="an empty number"),
    pytest.param(ROW.replace(",4,", ",inf,"), id="an endless count"),
]


@pytest.mark.parametrize("row", DAMAGED)
def test_a_damaged_history_is_refused(folder, row):
    (folder / "history.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n")
    with pytest.raises(GpfftError, match="history.csv: row 1 is damaged"):
        read_history(folder)


def test_a_sound_history_is_read(folder):
    (folder / "history.csv").write_text(f"{','.join(COLUMNS)}\n{ROW}\n")
    (row,) = read_history(folder)
    assert (row["stage"], row["flops"], row["median_flops"]) == ("pool", 16, 16.0)


@pytest.mark.parametrize("name", ["champion.json", "config.toml", "history.csv"])
def test_a_run_without_one_of_its_files_is_refused_by_name(folder, name):
    (folder / name).unlink()
    with pytest.raises(GpfftError, match=re.escape(name)) as refusal:
        gpfft.load(folder)
    assert len(str(refusal.value).splitlines()) == 1


# A run that starts from a champion


LINES = (("twiddle", 1), ("multiply", 2, 1), ("add", 0, 1), ("add", 0, 3))
BUTTERFLY = Codelet(gpfft.Program(2, LINES, (4, 5)))


@pytest.fixture
def refined(tmp_path):
    """Returns the folder of a run that started from a file."""
    (tmp_path / "two.json").write_text(BUTTERFLY.to_json())
    config = started(tmp_path / "two.json", 4, seed=3).with_settings("rescaled", steps=50, generations=1)
    return gpfft.evolve(config=config, out=tmp_path / "refined").folder


def test_a_run_keeps_the_file_that_it_started_from(refined, tmp_path):
    assert {path.name for path in refined.iterdir()} == ORDINARY | {"start.json"}
    assert (refined / "start.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert tomlkit.parse((refined / "config.toml").read_text())["start"] == "start.json"
    for name in ORDINARY - TIMED:
        assert str(tmp_path) not in (refined / name).read_text()


def test_a_run_that_started_from_a_file_is_the_same_from_its_folder_wherever_that_is(refined, tmp_path):
    (tmp_path / "far").mkdir()
    copy = refined.rename(tmp_path / "far" / "away")
    (tmp_path / "two.json").unlink()
    again = gpfft.evolve(config=read_config(copy), out=tmp_path / "again").folder
    for name in ORDINARY - TIMED | {"start.json"}:
        assert (again / name).read_bytes() == (copy / name).read_bytes()
    assert gpfft.load(again).champion == gpfft.load(copy).champion


def test_a_run_that_started_from_a_file_is_replaced_by_itself(refined, tmp_path):
    before = contents(refined)
    folder = make_folder(read_config(refined), refined, force=True)
    gpfft.run.carry_out(read_config(refined), folder, 1, ())
    after = contents(refined)
    for name in TIMED:
        del before[name], after[name]
    assert after == before and not list(tmp_path.glob("*_replaced*"))


def test_a_file_to_start_from_that_is_not_there_leaves_nothing_behind(refined, tmp_path):
    (refined / "start.json").unlink()
    before = contents(tmp_path)
    for out, force in ((tmp_path / "new", False), (refined, True)):
        with pytest.raises(GpfftError, match="start.json"):
            make_folder(read_config(refined), out, force)
        assert contents(tmp_path) == before


# An algorithm


SHORT = (
    Config(any_size=True, seed=1, radix=3)
    .with_settings("recursive", generations=1, population=2, steps=200)
    .with_settings("inlined", generations=1, population=2, steps=10)
)


@pytest.fixture
def algorithm_folder(tmp_path):
    """Returns the folder of a short run for any size."""
    return gpfft.evolve(config=SHORT, out=tmp_path / "any").folder


def test_a_run_for_any_size_leaves_all_files(algorithm_folder):
    assert {path.name for path in algorithm_folder.iterdir()} == FINAL | {"scaling.csv"}
    assert set(json.loads((algorithm_folder / "champion.json").read_text())) == {
        "format", "version", "made", "given", "radix", "bodies"
    }  # fmt: skip
    assert read_config(algorithm_folder) == SHORT
    written = json.loads((algorithm_folder / "verdict.json").read_text())
    assert {"exact", "failed", "detail", "size", "flops", "error", "rounding"} == set(written)
    assert written["size"] == 729


def test_the_scaling_of_an_algorithm_is_kept_for_plots(algorithm_folder):
    rows = [line.split(",") for line in (algorithm_folder / "scaling.csv").read_text().splitlines()]
    assert rows[0][:3] == ["n", "evolved", "definition"]
    algorithm = read_champion(algorithm_folder)
    assert [(int(n), int(evolved)) for n, evolved, *_ in rows[1:]] == [
        (3**k, algorithm.flops(3**k)) for k in range(1, 13)
    ]


def test_equal_runs_for_any_size_leave_equal_bytes(algorithm_folder, tmp_path):
    again = gpfft.evolve(config=read_config(algorithm_folder), out=tmp_path / "again").folder
    for name in FINAL - TIMED | {"scaling.csv"}:
        assert (algorithm_folder / name).read_bytes() == (again / name).read_bytes()


def test_a_run_for_any_size_is_loaded_as_it_was_written(algorithm_folder):
    run, loaded = gpfft.evolve(config=SHORT), gpfft.load(algorithm_folder)
    assert isinstance(loaded.champion, Algorithm)
    assert loaded.config == SHORT and list(loaded.history) == list(run.history)
    assert loaded.champion == run.champion and loaded.verdict == run.verdict
    assert loaded.champions[-1][0] == run.champions[-1][0]


def test_force_replaces_a_run_for_any_size(algorithm_folder):
    make_folder(QUICK, algorithm_folder, force=True)
    assert set(contents(algorithm_folder)) == {"config.toml", "environment.json"}


def test_a_champion_file_says_which_kind_it_is(algorithm_folder, folder, tmp_path):
    assert isinstance(read_champion(algorithm_folder / "champion.json"), Algorithm)
    assert isinstance(read_champion(folder / "champion.json"), Codelet)
    for source, other in ((algorithm_folder, "gpfft program"), (folder, "gpfft algorithm")):
        text = (source / "champion.json").read_text()
        (tmp_path / "x.json").write_text(re.sub(r"gpfft (program|algorithm)", other, text, count=1))
        with pytest.raises(GpfftError, match="x.json: "):
            read_champion(tmp_path / "x.json")


def test_what_a_champion_says_of_itself_does_not_change_its_kind(folder, tmp_path):
    data = json.loads((folder / "champion.json").read_text())
    made = {"made": '"format": "gpfft algorithm"', **{key: data[key] for key in data if key != "made"}}
    (tmp_path / "x.json").write_text(json.dumps(made))
    assert isinstance(read_champion(tmp_path / "x.json"), Codelet)


def test_a_run_for_any_size_whose_last_champion_is_unrolled_is_the_same_from_its_configuration(tmp_path):
    """The folder of an unrolled algorithm is made again from its own config.toml."""
    gpfft.evolve(config=SHORT, out=tmp_path / "any")
    unrolled = gpfft.unroll(tmp_path / "any", 9, tmp_path / "nine").folder
    assert read_config(unrolled).unroll == 9
    assert {path.name for path in unrolled.iterdir()} == FINAL
    again = gpfft.evolve(config=read_config(unrolled), out=tmp_path / "again").folder
    for name in FINAL - {"environment.json", "archive.jsonl"}:
        assert (unrolled / name).read_bytes() == (again / name).read_bytes()
    last = [(path / "archive.jsonl").read_text().splitlines()[-1] for path in (unrolled, again)]
    assert last[0] == last[1]


# Files that a user names


def test_a_link_is_followed_and_its_target_gets_the_text(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for text in ("one", "two"):
        write_text(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_text()))
    reader.start()
    write_text(tmp_path / "pipe", "text")
    reader.join()
    assert found == ["text"] and (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("name", [".", "folder", "/"])
def test_a_folder_is_no_file_to_write(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(GpfftError, match="cannot write .*: it is a folder"):
        write_text(Path(name), "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_that_may_not_be_written_stays_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("mine")
    monkeypatch.setattr("os.access", lambda *given: False)
    with pytest.raises(GpfftError, match="cannot write .*mine: Permission denied"):
        write_text(tmp_path / "mine", "yours")
    assert (tmp_path / "mine").read_text() == "mine"


STEPS = "stage,generation,move,error,flops\npool,0,random,0.5,118\npool,3,insert pair,0.0,106\n"


def test_an_ancestry_is_read_with_numbers_as_numbers(tmp_path):
    (tmp_path / "ancestry.csv").write_text(STEPS)
    assert read_ancestry(tmp_path) == [
        {"stage": "pool", "generation": 0, "move": "random", "error": 0.5, "flops": 118},
        {"stage": "pool", "generation": 3, "move": "insert pair", "error": 0.0, "flops": 106},
    ]


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "its columns must be stage, generation, move, error, flops"),
        (STEPS.replace("move", "moves"), "its columns must be"),
        (STEPS + "pool,4,change,0.0,1e3\n", "row 3 is damaged"),
        (STEPS + "pool,4,change,nan,10\n", "row 3 is damaged"),
        (STEPS + "pool,4,change\n", "row 3 is damaged"),
        (STEPS + "pool,4,change,0.0,10\n" * MOST_ROWS, "has more rows than any run writes"),
    ],
)
def test_a_damaged_ancestry_is_refused(tmp_path, text, why):
    (tmp_path / "ancestry.csv").write_text(text)
    with pytest.raises(GpfftError, match=why):
        read_ancestry(tmp_path)


def test_a_run_without_an_ancestry_says_what_makes_one(tmp_path):
    with pytest.raises(GpfftError, match="has no ancestry.csv.* makes one"):
        read_ancestry(tmp_path)


@pytest.mark.parametrize("damage", ["{}", "[]", "x", '{"stage": 1, "program": {}}'])
def test_a_damaged_archive_is_refused_by_its_line(folder, damage):
    lines = (folder / "archive.jsonl").read_text().splitlines()
    (folder / "archive.jsonl").write_text("\n".join([*lines, damage]) + "\n")
    with pytest.raises(GpfftError, match=f"line {len(lines) + 1} is damaged"):
        read_archive(folder)


def test_the_whole_archive_is_read(folder):
    found = read_archive(folder)
    assert len(found) == len((folder / "archive.jsonl").read_text().splitlines())
    assert found[-1][1].program == read_champion(folder).program
