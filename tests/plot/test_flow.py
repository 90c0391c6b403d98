"""The signal-flow graph: what is drawn, where, and that it can be read."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import gpfft
from gpfft import GpfftError, plot, simplify
from gpfft.champions import committed
from gpfft.plot.graph import graph
from gpfft.plot.placed import placed
from gpfft.record import read_champion
from gpfft.search.toolbox import definition

RUNS = Path(__file__).parent.parent.parent / "runs"
SMALL = ["dft3_flops16", "dft5_flops44", "dft7_flops86", "dft8_flops56", "walsh8_flops24", "hartley8_flops24",
         "dct4_flops14"]  # fmt: skip


def program(name: str) -> gpfft.Program:
    """Returns the program of a run."""
    found: gpfft.Program = read_champion(RUNS / name).program
    return found


def boxes(figure, texts):
    """Returns where texts are drawn, a little less than that."""
    renderer = figure.canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in texts]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 16, 32])
def test_flow_draws_inputs_and_outputs_by_name(size):
    literal = simplify(definition(size)) if size < 9 else read_champion(committed()[size]).program
    figure, axes = plot.flow(literal)
    assert isinstance(figure, Figure) and isinstance(axes, Axes)
    words = [text.get_text() for text in axes.texts]
    for j in range(size):
        assert words.count(f"$x_{{{j}}}$") == words.count(f"$X_{{{j}}}$") == 1


def test_flow_draws_as_many_inputs_and_outputs_as_there_are():
    _, axes = plot.flow(gpfft.recognise([[1, 2, 3, 4, 5], [1, -1, 1, 1, 0]]).definition())
    names = {text.get_text() for text in axes.texts if text.get_text()[:2] in ("$x", "$X")}
    assert names == {"$x_{0}$", "$x_{1}$", "$x_{2}$", "$x_{3}$", "$x_{4}$", "$X_{0}$", "$X_{1}$"}


@pytest.mark.parametrize("name", [*SMALL, "dft16_flops168", "dft11_flops192", "dft64_flops1152"])
def test_every_edge_is_drawn_once(name):
    drawing = placed(program(name))
    _, axes = plot.flow(program(name))
    drawn = [c for c in axes.collections if str(c.get_gid()).startswith("factor")]
    assert sum(len(lines.get_segments()) for lines in drawn) == len(drawing.graph.edges)
    assert [edge for edge, _ in drawing.lines] == drawing.graph.edges


@pytest.mark.parametrize("name", [*SMALL, "dft11_flops192", "dft16_flops168", "dft32_flops456"])
def test_no_two_values_are_in_one_place_and_all_is_inside_of_the_picture(name):
    drawing = placed(program(name))
    places = [drawing.place[node] for node, kind in drawing.graph.kinds.items() if kind != "output"]
    assert len({(round(x, 3), round(y, 3)) for x, y in places}) == len(places)
    assert all(0 < x < drawing.size[0] and 0 < y < drawing.size[1] for x, y in drawing.place.values())


@pytest.mark.parametrize("name", [*SMALL, "dft11_flops192", "dft16_flops168"])
def test_edges_go_to_the_right_from_inputs_on_the_left_to_outputs_in_order(name):
    drawing = placed(program(name))
    left = min(x for x, _ in drawing.place.values())
    assert all(drawing.place[node][0] == left for node in drawing.graph.of("input"))
    ends = [drawing.place[node] for node in drawing.graph.of("output")]
    assert len({x for x, _ in ends}) == 1 and ends == sorted(ends)
    for edge, points in drawing.lines:
        xs = [x for x, _ in points]
        assert drawing.place[edge.source][0] <= xs[0] and xs == sorted(xs) and xs[0] < xs[-1]
        assert points[-1] == drawing.place[edge.target]


@pytest.mark.parametrize("name", ["dft7_flops86", "dft8_flops56", "dft16_flops168"])
def test_a_line_begins_at_its_value_or_on_the_rail_of_it(name):
    drawing = placed(program(name))
    rails = {rail[0]: rail for rail in drawing.rails}
    for edge, points in drawing.lines:
        rail = rails.get(drawing.place[edge.source], [drawing.place[edge.source]])
        on = [a for a, b in zip(rail, rail[1:]) if a[0] <= points[0][0] <= b[0] and points[0][1] == b[1]]
        assert on or points[0] in rail


@pytest.mark.parametrize("name", ["dft8_flops56", "dft16_flops168", "dft64_flops1152", "walsh8_flops24"])
def test_an_evolved_power_of_two_is_drawn_as_butterflies_between_two_rows(name):
    drawing = placed(program(name))
    assert drawing.in_place
    assert len({round(y, 6) for _, y in drawing.place.values()}) == len(drawing.graph.of("output"))
    for node in drawing.graph.of("add"):
        rows = {round(drawing.place[edge.source][1], 6) for edge in drawing.graph.operands[node]}
        assert len(rows) == 2 and round(drawing.place[node][1], 6) in rows


def test_an_odd_size_is_not_all_butterflies():
    assert not placed(program("dft7_flops86")).in_place


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", [*SMALL, "dft16_flops168"])
def test_no_two_texts_overlap_and_none_is_cut(name, dark):
    figure, axes = plot.flow(program(name), dark=dark)
    texts = boxes(figure, axes.texts)
    for (a, first), (b, second) in combinations(texts, 2):
        assert not first.overlaps(second), (a, b)
    for text, box in texts:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text


def test_what_is_paid_is_labelled():
    """sqrt(1/2) (1 - i) twice, up to units, is all that the FFT of 8 points pays for."""
    drawn = graph(program("dft8_flops56"))
    assert [edge.label for edge in drawn.edges if edge.paid] == ["$W^{1}$", "$W^{3}$"]
    _, axes = plot.flow(program("dft8_flops56"))
    assert {"$W^{1}$", "$W^{3}$"} <= {text.get_text() for text in axes.texts}


def test_64_points_have_no_text_on_edges():
    _, axes = plot.flow(program("dft64_flops1152"))
    assert not [text for text in axes.texts if text.get_gid() == "label"]


def test_dead_values_are_not_drawn():
    lines = (("add", 0, 1), ("add", 0, 0))
    drawn = graph(gpfft.Program(2, lines, (2, 2)))
    assert list(drawn.kinds) == [0, 1, 2, -1, -2]


def test_a_product_is_one_node_for_all_its_units():
    constants, products = (("twiddle", 1), ("twiddle", 5)), (("multiply", 8, 0), ("multiply", 9, 0))
    lines = (*constants, *products, ("add", 10, 1), ("add", 11, 1))
    drawn = graph(gpfft.Program(8, lines, (12, 13) * 4))
    assert drawn.of("product") == [10]
    assert [(edge.target, edge.quarter) for edge in drawn.uses[10]] == [(12, 0), (13, 2)]


@pytest.mark.parametrize(
    "lines, outputs",
    [
        pytest.param((), (0, 0), id="an input is both outputs"),
        pytest.param((("twiddle", 1),), (2, 2), id="outputs are a constant"),
        pytest.param((("multiply", 0, 1),), (2, 2), id="a product of inputs"),
        pytest.param((("twiddle", 1), ("multiply", 2, 2)), (3, 3), id="a product of constants"),
        pytest.param((("twiddle", 1), ("add", 2, 2)), (3, 3), id="a sum of constants"),
        pytest.param((("reference", 0), ("add", 2, 1)), (3, 2), id="a reference"),
        pytest.param((("add", 0, 0), ("add", 2, 1)), (3, 2), id="a value added to itself"),
    ],
)
def test_a_program_that_is_no_dft_can_be_drawn_too(lines, outputs):
    figure, _ = plot.flow(gpfft.Program(2, lines, outputs))
    figure.canvas.draw()


def test_the_same_program_draws_the_same_picture(tmp_path):
    for name in ("a.svg", "b.svg"):
        figure, _ = plot.flow(program("dft7_flops86"))
        plot.save(figure, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_long_chain_of_uses_is_refused_at_once_and_in_one_line():
    there = tuple(("add", 1 + i, i) for i in range(200))
    back = tuple(("add", 201 + i, 200 - i) for i in range(199))  # reads the values of a long time ago
    assert len(placed(gpfft.Program(2, there, (201, 200))).graph.kinds) == 204
    with pytest.raises(GpfftError, match="for one picture") as refusal:
        plot.flow(gpfft.Program(2, there + back, (400, 399)))
    assert len(str(refusal.value).splitlines()) == 1


def test_a_program_of_many_points_is_refused_in_one_line():
    with pytest.raises(GpfftError, match="too many for one picture") as refusal:
        plot.flow(read_champion(committed()[2048]).program)
    assert len(str(refusal.value).splitlines()) == 1
