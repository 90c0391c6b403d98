"""What a person sees of a search while it runs; what it finds does not depend on that."""

from __future__ import annotations

import io
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from rich.console import Console

import gpfft
from gpfft import GpfftError, Listener
from gpfft.progress import BARS, WAYS, WIDTH, Lines, Screen, Table, View, Watch, sparkline, watching

from .test_engine import Interrupts, of_any_size, short


class Pictures(Watch):
    """Keeps what is shown; as often as there is something new."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[dict[str, str]] = []

    def show(self) -> None:
        self._shown = 0.0
        self.kept.append(dict(self.rows))


def pictures(config: gpfft.Config, *others: Listener) -> list[dict[str, str]]:
    ear = Pictures()
    gpfft.evolve(config=config, workers=1, listeners=(ear, *others))
    return ear.kept


def on_terminal(width: int = 100) -> Table:
    return Table(Console(file=io.StringIO(), force_terminal=True, width=width, legacy_windows=False))


def drawn(table: Table) -> str:
    """Returns all that was sent to the terminal, without its commands."""
    assert isinstance(table.console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", table.console.file.getvalue())


def test_a_picture_has_the_best_the_median_the_record_and_the_distance_to_it():
    last = pictures(short(8))[-1]
    assert last["best"] == "56 flops" and last["published"] == "56, reached"
    assert re.fullmatch(r"[0-9]+ flops", last["median"])


def test_a_picture_says_how_far_the_search_is():
    last = pictures(short(8))[-1]
    assert last["stage"] == "rescaled (2 of 2), generation 4 of 4"
    assert re.fullmatch(r"[0-9]+ in this stage, [0-9.e+]+ a second", last["evaluations"])


def test_a_picture_has_the_share_of_live_genes_and_how_many_chromosomes_differ():
    last = pictures(short(4, 1, "plain"))[-1]
    assert re.fullmatch(r"[0-9]+% of a chromosome", last["live genes"])
    assert re.fullmatch(r"[0-9]+% of the chromosomes differ", last["diversity"])


def test_what_is_not_exact_is_shown_with_its_error_and_without_a_distance():
    last = pictures(short(8, 0, "plain"))[-1]
    assert ", error 0." in last["best"] and last["published"] == "56"


def test_an_algorithm_has_no_record():
    assert "published" not in pictures(replace(of_any_size(1)))[-1]


def test_islands_are_named_where_there_are_several():
    assert "islands" not in pictures(short(4))[-1]
    config = replace(short(4), islands=3, migration="random", interval=2)
    assert pictures(config)[-1]["islands"] == "3 (random, every 2 generations)"


@pytest.mark.parametrize(
    "limits, words",
    [
        ({}, r"[0-9.]+ s, [0-9.]+ s left in this stage"),
        ({"budget": 1000.0}, r"[0-9.]+ s, 16 min [0-9]+ s left"),
        ({"generations": 7}, r"[0-9.]+ s, [0-9.]+ s left"),
        ({"evaluations": 30}, r"[0-9.]+ s, [0-9.]+ s left"),
    ],
)
def test_the_time_left_is_that_to_the_limit_or_else_in_the_stage(limits, words):
    kept = pictures(replace(short(8), **limits), Interrupts(3))
    assert re.fullmatch(words, kept[-1]["time"])


def test_the_first_signal_is_answered_in_the_picture():
    table = on_terminal()
    run = gpfft.evolve(config=short(4), listeners=(table,))
    table.stopping(run)
    table.show()
    table.close()
    assert "finishing the generation, and keeping all; again to stop at once" in drawn(table)


def test_the_table_on_a_terminal_is_drawn_in_place_and_stays_when_the_run_is_over():
    table = on_terminal()
    gpfft.evolve(config=short(8), listeners=(table,))
    text = drawn(table)
    assert "gpfft: 8 points, seed 0" in text
    last = text[text.rindex("╭") :]
    assert "56 flops" in last and "all generations done" in last and last.count("╰") == 1


@pytest.mark.parametrize("width", [20, 40, 200])
def test_no_line_of_the_table_is_wider_than_the_terminal(width):
    table = on_terminal(width)
    gpfft.evolve(config=short(8), listeners=(table,))
    assert all(len(line) <= width for line in re.split(r"[\r\n]", drawn(table)))


def test_a_terminal_without_unicode_gets_no_bars():
    raw = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    table = Table(Console(file=raw, force_terminal=True, width=100))
    gpfft.evolve(config=short(8), listeners=(table,))
    raw.flush()
    assert b"best" in raw.buffer.getvalue()  # type: ignore[attr-defined]


class Gone(io.StringIO):
    """A terminal that goes away after some writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.writes = writes

    def write(self, text: str) -> int:
        self.writes -= 1
        if self.writes < 0:
            raise OSError(5, "Input/output error")
        return super().write(text)


@pytest.mark.parametrize("writes", [0, 1, 3])
def test_a_search_goes_on_when_its_terminal_goes_away(writes):
    table = Table(Screen(file=Gone(writes), force_terminal=True, width=100))
    run = gpfft.evolve(config=short(8), listeners=(table,))
    assert run.stopped == "all generations done" and run.verdict.exact


def test_the_table_is_closed_whatever_happens():
    class Fails(Listener):
        def generation(self, run, row):
            raise RuntimeError("on purpose")

    table = on_terminal()
    with pytest.raises(RuntimeError, match="on purpose"):
        gpfft.evolve(config=short(4), listeners=(table, Fails()))
    assert not table._live.is_started


@pytest.mark.parametrize("way", WAYS)
def test_the_result_does_not_depend_on_what_is_shown(way, capsys):
    shown = gpfft.evolve(config=short(4), progress=way)
    alone = gpfft.evolve(config=short(4), progress="none")
    assert list(shown.history) == list(alone.history)
    assert shown.champion.to_json() == alone.champion.to_json()


def test_python_code_that_says_nothing_gets_no_output_outside_of_notebooks(capsys):
    gpfft.evolve(config=short(4))
    assert capsys.readouterr() == ("", "")


def test_a_way_that_does_not_exist_is_refused():
    with pytest.raises(GpfftError, match="progress must be one of auto, none, plain, rich, not 'loud'"):
        gpfft.evolve(4, progress="loud")


def test_auto_is_lines_where_there_is_no_terminal(monkeypatch):
    assert [type(each) for each in watching("auto", print)] == [Lines]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert [type(each) for each in watching("auto", print)] == [Table]
    monkeypatch.setenv("TERM", "dumb")
    assert [type(each) for each in watching("auto", print)] == [Lines]


@given(st.lists(st.floats(0, 1e6), max_size=200))
def test_a_sparkline_is_short_and_as_high_as_its_values(values):
    line = sparkline(values)
    assert len(line) == (min(len(values), WIDTH) if len(set(values)) > 1 else 0) or len(values) > WIDTH
    assert set(line) <= set(BARS)
    if line and len(values) <= WIDTH:
        heights = [BARS.index(bar) for bar in line]
        for (a, x), (b, y) in zip(zip(heights, values), list(zip(heights, values))[1:]):
            assert (a <= b) if x <= y else (a >= b)


@pytest.mark.filterwarnings("default")  # of the kernel's own libraries
def test_a_notebook_shows_one_table_that_ends_as_one_line(tmp_path):
    code = "import gpfft\nrun = gpfft.evolve(4)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    (output,) = notebook.cells[0].outputs
    text = "<p>4 points: 16 flops; published: 16, reached; all generations done</p>"
    assert output["data"]["text/html"] == text


def test_what_a_damaged_file_says_is_no_html_in_a_notebook():
    view = View()
    view.resumed(gpfft.Run(gpfft.Config(4)), ["<b>checkpoint_0.jsonl is damaged"])
    assert "<b>" not in view.drawn() and "&lt;b&gt;" in view.drawn()


@pytest.mark.skipif(os.name != "posix", reason="terminals are opened with pty")
@pytest.mark.parametrize("options, table, lines", [
    pytest.param([], True, False, id="a table"),
    pytest.param(["--progress", "plain"], False, True, id="lines"),
    pytest.param(["--progress", "none"], False, False, id="neither"),
    pytest.param(["--quiet"], False, False, id="nothing at all"),
])  # fmt: skip
def test_the_command_shows_a_table_on_a_terminal_unless_told_otherwise(tmp_path, options, table, lines):
    import pty

    Path(tmp_path, "c.toml").write_text("size = 4\n[pool]\ngenerations = 2\n[rescaled]\ngenerations = 1")
    files = str(tmp_path / "c.toml"), "--out", str(tmp_path / "r")
    command = [sys.executable, "-m", "gpfft", "evolve", *files]
    child, screen = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm", COLUMNS="100", LINES="40")
        os.execv(sys.executable, [*command, *options])
    text = b""
    while True:
        try:
            more = os.read(screen, 65536)
        except OSError:  # what a terminal that was hung up says
            break
        text += more
        if not more:
            break
    assert os.waitpid(child, 0)[1] == 0
    words = text.decode()
    assert ("╭" in words) == table and ("new champion" in words) == lines
    assert ("all generations done" in words) == ("--quiet" not in options)
