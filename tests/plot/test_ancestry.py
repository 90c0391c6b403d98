"""A champion's line of descent as a staircase."""

from __future__ import annotations

from itertools import combinations

import pytest

from gpfft import GpfftError, plot
from gpfft.plot.ancestry import move, shown


def step(generation: int, move: str, flops: int, error: float = 0.0) -> dict[str, object]:
    """Returns a step of an ancestry."""
    return {"stage": "pool", "generation": generation, "move": move, "error": error, "flops": flops}


FEW = [
    step(0, "random", 118, 0.5), step(1, "insert", 110, 0.25), step(2, "change", 90),
    step(4, "insert pair", 78),
]  # fmt: skip
LONG = [*FEW, step(9, "crossover, mix with images 55%, scale several 25%, turn several 20%", 70)]
MANY = [step(g, "change", 1000 - 10 * g - g % 2) for g in range(40)]


def test_each_step_is_named_with_its_gain():
    assert [move(FEW, i) for i in range(4)] == [
        "random  error 0.5", "insert  error 0.25", "change  exact", "insert pair  \u221212, 78 flops",
    ]  # fmt: skip


def test_a_step_to_another_size_has_its_count_and_no_gain():
    steps = [step(2, "guided", 40976), step(2, "unrolled at 64 points", 1296)]
    assert move(steps, 1) == "unrolled at 64 points  1296 flops"


def test_an_exact_first_step_has_its_count():
    assert move([step(0, "random", 634), step(1, "delete", 600)], 0) == "random  634 flops"


def test_steps_to_another_size_or_stage_are_drawn_always_and_are_no_gains():
    first, last = MANY[:20], [{**its, "stage": "rescaled"} for its in MANY[20:]]
    steps = [*first, step(19, "unrolled at 64 points", 10**6), *last]
    kept = shown(steps)
    assert 20 in kept and 21 in kept and len(kept) == 24
    _, axes = plot.ancestry(steps)
    gain = sum(steps[i - 1]["flops"] - steps[i]["flops"] for i in range(41) if i not in kept)
    assert 0 < gain < 400 and f"17 smaller gains, {gain} flops" in axes.get_xlabel()


@pytest.mark.parametrize("low, high", [(0, 0), (0, 3), (0, 900), (1, 9), (7, 8), (45, 190), (300, 1300),
                                       (16, 40976), (10, 10**60)])  # fmt: skip
def test_there_are_ticks_at_whole_numbers_at_any_range(low, high):
    figure, axes = plot.ancestry([step(0, "random", high), step(1, "change", low)])
    figure.canvas.draw()
    ticks = [float(tick) for tick in axes.get_xticks()]
    assert 1 <= len(ticks) <= 5 and all(tick.is_integer() for tick in ticks)
    assert low == high or len(ticks) >= 2


def test_what_is_in_a_file_is_written_as_it_is():
    steps = [{**step(0, "ra$\\frac$ndom" + "x" * 500, 10**500), "stage": "$^$"}, step(1, "$", 10**60)]
    figure, axes = plot.ancestry(steps)
    figure.canvas.draw()
    assert axes.get_yticklabels()[0].get_text() == "$^$ 0"
    assert max(figure.get_size_inches()) < 20


def test_the_staircase_goes_down_a_row_a_step():
    _, axes = plot.ancestry(FEW)
    (line,) = axes.lines
    assert list(line.get_xdata()) == [118, 110, 90, 78] and list(line.get_ydata()) == [0, 1, 2, 3]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["pool 0", "pool 1", "pool 2", "pool 4"]


def test_of_many_steps_the_first_the_last_and_the_largest_gains_are_drawn():
    kept = shown(MANY)
    assert len(kept) == 24 and kept[0] == 0 and kept[-1] == 39
    assert all(i in kept for i in range(1, 39, 2))  # these gain 11, the others 9
    _, axes = plot.ancestry(MANY)
    left_out = [i for i in range(40) if i not in kept]
    gain = sum(MANY[i - 1]["flops"] - MANY[i]["flops"] for i in left_out)
    assert axes.get_xlabel() == f"flops\n16 smaller gains, {gain} flops in all, are folded in"


@pytest.mark.parametrize("steps", [FEW, MANY, LONG, FEW[:1]])
def test_no_two_texts_overlap_and_none_is_cut(steps):
    figure, axes = plot.ancestry(steps)
    figure.canvas.draw()
    texts = [*figure.axes[1].texts, *axes.get_yticklabels(), *axes.get_xticklabels(), axes.xaxis.label]
    boxes = [text.get_window_extent().padded(-1) for text in texts if text.get_text()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


def test_no_steps_are_nothing_to_draw():
    with pytest.raises(GpfftError, match="nothing to draw"):
        plot.ancestry([])
