"""Runs and codelets draw themselves, and the picture in the README is what is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest

import gpfft
from gpfft import Codelet, GpfftError, plot, simplify
from gpfft.pictures import check_seeds
from gpfft.search.toolbox import definition

ROOT = Path(__file__).parent.parent
RUN = ROOT / "runs/dft8_flops56"
KEPT = ROOT / "runs/fft8.svg"


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    """There is no screen, and no figure is left open."""
    matplotlib.use("Agg")
    yield
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize("what", ["flow", "history", "front"])
def test_a_run_has_its_pictures_as_methods(what):
    figure, _ = getattr(gpfft.load(RUN).plot, what)(dark=True)
    figure.canvas.draw()


def test_a_codelet_has_its_flow_graph_as_a_method():
    figure, _ = gpfft.load(RUN).champion.plot.flow()
    figure.canvas.draw()


def test_a_codelet_whose_picture_would_take_long_is_shown_without_one():
    quick, long = (Codelet(simplify(definition(size))) for size in (8, 24))
    assert "<svg" in quick._repr_html_() and "<svg" not in long._repr_html_()
    assert "<svg" in gpfft.load(ROOT / "runs/dft32_flops456").champion._repr_html_()


def test_an_algorithm_has_a_scaling_and_no_flow_graph():
    run = gpfft.load(ROOT / "runs/anysize")
    figure, _ = run.plot.scaling()
    figure.canvas.draw()
    with pytest.raises(GpfftError, match="gpfft unroll it first"):
        run.plot.flow()
    with pytest.raises(GpfftError, match="has no scaling"):
        gpfft.load(RUN).plot.scaling()


def test_an_animation_has_all_champions_of_the_archive():
    run = gpfft.load(RUN)
    assert len(run.archive()) == 3 and run.archive()[-1][1].program == run.champion.program
    moving = run.plot.animation()
    moving._draw_was_started = True  # or it warns that it was not shown
    assert moving is not None


def test_algorithms_on_the_way_to_a_program_are_not_animated():
    run = gpfft.load(ROOT / "runs/dft64_flops1152")
    kinds = {type(champion) for _, champion in run.archive()}
    assert len(kinds) == 2
    moving = run.plot.animation()
    moving._draw_was_started = True
    with pytest.raises(GpfftError, match="gpfft unroll it first"):
        gpfft.load(ROOT / "runs/anysize").plot.animation()


def test_only_runs_that_differ_by_their_seeds_share_a_history():
    run, other = (gpfft.load(ROOT / "runs" / name) for name in ("dft8_flops56", "dft4_flops16"))
    twin = replace(run, config=replace(run.config, seed=7, budget=3.0), folder=ROOT / "runs/dft9_flops104")
    check_seeds([run, twin])
    with pytest.raises(GpfftError, match="is named twice"):
        check_seeds([run, twin, run])
    with pytest.raises(GpfftError, match="dft8_flops56 and .*dft4_flops16 differ .*: by size"):
        check_seeds([run, other])


def test_the_picture_in_the_readme_is_what_is_drawn(tmp_path):
    assert "(runs/fft8.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")
    plot.save(gpfft.load(RUN).plot.flow()[0], tmp_path / "flow.svg")
    kept, again = (path.read_text(encoding="utf-8") for path in (KEPT, tmp_path / "flow.svg"))
    if f"Matplotlib v{matplotlib.__version__}," in kept:
        assert kept == again
    for what in ("<path", "<use", "<text"):  # other versions write other digits
        assert len(re.findall(what, kept)) == len(re.findall(what, again))
