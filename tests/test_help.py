"""The help of the command: as complete as a man page, and every example in it runs as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gpfft import manual
from gpfft.arguments import OPTIONS
from gpfft.bench import MEASURES
from gpfft.cli import COMMANDS, main
from gpfft.compiler import NAMES

ROOT = Path(__file__).parent.parent
NAMED = [function.__name__.rstrip("_") for function in COMMANDS]


def run(line: str) -> int:
    """Runs an example as a shell would, and returns its exit code."""
    first, *words = shlex.split(line)
    if first == "gpfft":
        return main(words)
    assert first == "python3"
    done = subprocess.run([sys.executable, *words], env={"PYTHONPATH": f"{ROOT}:."}, timeout=100, check=False)
    return done.returncode


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code in (0, None)
    out, err = capsys.readouterr()
    assert err == ""
    return out


def examples(text: str) -> list[str]:
    """Returns the lines of the examples in a help text."""
    section = text.partition("\nexamples:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in section.splitlines() if not line.strip().startswith("#")]


@pytest.fixture(scope="module")
def evolved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder in which the examples of evolve ran, on which the others build."""
    folder = tmp_path_factory.mktemp("help")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert [run(line) for line, _ in manual.EXAMPLES["evolve"]] == [0] * len(manual.EXAMPLES["evolve"])
    return folder


@pytest.fixture
def workshop(evolved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a copy of that folder, as the working directory."""
    folder = tmp_path / "workshop"
    shutil.copytree(evolved, folder)
    monkeypatch.chdir(folder)
    return folder


def test_the_examples_of_evolve_leave_the_runs_that_they_name(evolved):
    again, first = (evolved / name / "champion.json" for name in ("again", "runs/dft8_seed0"))
    assert again.read_bytes() == first.read_bytes()
    assert (evolved / "runs/anysize_seed0").is_dir() and (evolved / "runs/matrix_my_seed0").is_dir()


@pytest.mark.parametrize("command", [name for name in NAMED if name != "evolve"])
def test_every_example_of_a_command_runs(command, workshop, capsys):
    if command == "build" and not any(map(shutil.which, NAMES)):
        pytest.skip("no C compiler is installed")
    for line in examples(help_of(capsys, command)):
        assert (line, run(line), capsys.readouterr().err) == (line, 0, "")


def test_the_examples_of_the_first_page_run_in_an_empty_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in examples(help_of(capsys)):
        assert (line, run(line), capsys.readouterr().err) == (line, 0, "")
    assert (tmp_path / "flow.svg").is_file()


@pytest.mark.parametrize("command", NAMED)
def test_every_command_has_an_example_of_itself_and_says_its_exit_codes(command, capsys):
    text = help_of(capsys, command)
    lines = examples(text)
    assert lines == [line for line, _ in manual.EXAMPLES[command]]
    assert any(line.startswith(f"gpfft {command}") for line in lines)
    codes = text.partition("\nexit codes:\n")[2]
    assert codes.startswith("  0") and "the input was bad" in codes
    assert ("Ctrl-C" in codes) == (command in ("evolve", "refine", "resume"))
    assert ("the judge refuses" in codes) == (command in ("verify", "unroll", "compose"))


def test_the_first_page_groups_all_commands_by_what_they_are_for(capsys):
    text = help_of(capsys)
    assert text.startswith("usage: gpfft [--version] COMMAND ...\n\ngpfft evolves programs")
    places = [text.index(f"\n{heading}:\n") for heading in
              (*manual.GROUPS, "options", "examples", "exit codes", "files", "environment")]  # fmt: skip
    assert places == sorted(places)
    assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in NAMED)
    assert sorted(NAMED) == sorted(name for names in manual.GROUPS.values() for name in names)
    assert set(OPTIONS) == set(NAMED) == set(manual.EXAMPLES) - {""}


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_what_the_first_page_says_fits_the_terminal(columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = help_of(capsys)
    widest = max(map(len, text.partition("\nexamples:\n")[0].splitlines()))
    assert widest <= columns


def test_the_help_of_bench_says_what_each_measurement_is(capsys):
    text = help_of(capsys, "bench").partition("\nmeasurements:\n")[2]
    assert {name for name, _ in manual.MEASUREMENTS} == set(MEASURES)
    assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in MEASURES)


def test_examples_are_short_enough_to_read():
    lines = [line for pairs in manual.EXAMPLES.values() for pair in pairs for line in pair]
    assert max(map(len, lines)) <= 90


def test_no_command_at_all_is_refused_in_one_line(capsys):
    assert main([]) == 2
    said = "gpfft: the following arguments are required: COMMAND (see gpfft --help)\n"
    assert capsys.readouterr().err == said


def test_a_command_that_does_not_exist_is_refused_in_one_line(capsys):
    assert main(["evovle"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "invalid choice: 'evovle'" in err and "see gpfft --help" in err


def test_the_files_that_the_first_page_names_are_those_of_a_run(evolved):
    names = [name for name, _ in manual.FILES if name != "runs/"]
    for name in names:
        folder = evolved / ("front4" if name.startswith("front") else "runs/dft8_seed0")
        assert list(folder.glob(name)) or name.startswith("checkpoint"), name
