"""Pictures: every function returns (figure, axes), and what is where in the signal-flow graph."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import gpfft
from gpfft import Config, GpfftError, plot, simplify
from gpfft.config import PoolStage, RescaledStage
from gpfft.search.toolbox import definition

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    """There is no screen, and no figure is left open."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    matplotlib.use("Agg")
    yield
    plt.close("all")


def a_run(size: int = 8) -> gpfft.Run:
    stages = PoolStage(generations=3, steps=400), RescaledStage(steps=200)
    return gpfft.evolve(config=Config(size, 0, "auto", stages if size < 32 else ()))


def test_history_draws_the_champion_the_search_and_the_record():
    run = a_run()
    figure, axes = plot.history(run.history, 56)
    assert isinstance(figure, Figure) and isinstance(axes, Axes)
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert set(drawn["published: 56"]) == {56}
    assert list(drawn["champion, lowered"]) == [row["champion_flops"] for row in run.history]
    assert list(drawn["median"]) == [row["median_flops"] for row in run.history]


def test_history_without_a_record_draws_no_line_for_it():
    _, axes = plot.history(a_run().history)
    assert not any("published" in str(line.get_label()) for line in axes.lines)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 16, 32])
def test_flow_draws_inputs_and_outputs_by_name(size):
    figure, axes = plot.flow(simplify(definition(size)) if size < 9 else a_run(size).champion.program)
    assert isinstance(figure, Figure) and isinstance(axes, Axes)
    words = [text.get_text() for text in axes.texts]
    for j in range(size):
        assert words.count(f"x{j}") == words.count(f"X{j}") == 1


def test_flow_draws_as_many_inputs_and_outputs_as_there_are():
    program = gpfft.recognise([[1, 2, 3, 4, 5], [1, -1, 1, 1, 0]]).definition()
    _, axes = plot.flow(program)
    words = [text.get_text() for text in axes.texts]
    assert {word for word in words if word[0] in "xX"} == {"x0", "x1", "x2", "x3", "x4", "X0", "X1"}


@pytest.mark.parametrize("size", [1, 2, 4, 7, 8])
def test_inputs_are_in_the_first_column_and_outputs_alone_in_the_last(size):
    program = simplify(definition(size))
    edges, depth = plot.graph(program)
    place = plot.layout(edges, depth)
    last = max(column for column, _ in place.values())
    assert [place[j][0] for j in range(size)] == [0.0] * size
    assert {value for value, (column, _) in place.items() if column == last} == set(range(-size, 0))
    rows = [place[-1 - k][1] for k in range(size)]
    assert rows == sorted(rows)


def test_no_two_values_are_in_the_same_place_and_edges_go_to_the_right():
    edges, depth = plot.graph(a_run().champion.program)
    place = plot.layout(edges, depth)
    assert len(set(place.values())) == len(place)
    assert all(place[a][0] < place[b][0] for a, b, _, _ in edges)


def test_only_factors_that_cost_are_paid_edges():
    """sqrt(1/2) (1 - i) twice is all that the FFT of 8 points pays for."""
    edges, _ = plot.graph(a_run().champion.program)
    paid = {text for _, _, text, costs in edges if costs}
    assert paid and all("W^" in text for text in paid)


@pytest.mark.parametrize(
    "lines, outputs",
    [
        pytest.param((), (0, 0), id="an input is both outputs"),
        pytest.param((("twiddle", 1),), (2, 2), id="outputs are a constant"),
        pytest.param((("multiply", 0, 1),), (2, 2), id="a product of inputs"),
        pytest.param((("twiddle", 1), ("multiply", 2, 2)), (3, 3), id="a product of constants"),
        pytest.param((("twiddle", 1), ("add", 2, 2)), (3, 3), id="a sum of constants"),
        pytest.param((("reference", 0), ("add", 2, 1)), (3, 2), id="a reference"),
    ],
)
def test_a_program_that_is_no_dft_can_be_drawn_too(lines, outputs):
    figure, _ = plot.flow(gpfft.Program(2, lines, outputs))
    figure.canvas.draw()


@pytest.mark.parametrize("ending, magic", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_ending_names_the_format(tmp_path, ending, magic):
    figure, _ = plot.flow(simplify(definition(2)))
    plot.save(figure, tmp_path / f"x{ending}")
    assert (tmp_path / f"x{ending}").read_bytes().startswith(magic)
    assert not plt.get_fignums()


@pytest.mark.parametrize("name", ["x", "x.", "x.doc", ".png", "no/such/folder/x.png"])
def test_a_figure_that_cannot_be_saved_is_refused(tmp_path, name):
    figure, _ = plot.flow(simplify(definition(2)))
    with pytest.raises(GpfftError, match="cannot (save|write)") as refusal:
        plot.save(figure, tmp_path / Path(name))
    assert len(str(refusal.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_history_of_no_generations_is_nothing_to_draw():
    with pytest.raises(GpfftError, match="nothing to draw"):
        plot.history([], 4)
