"""Pictures are saved in the format that the ending names, the same ones with the same bytes."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from gpfft import GpfftError, plot, simplify
from gpfft.plot.style import DARK, LIGHT, exact_floor
from gpfft.search.toolbox import definition


@pytest.mark.parametrize("ending, magic", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_ending_names_the_format_and_equal_pictures_are_equal_bytes(tmp_path, ending, magic):
    for name in "xy":
        figure, _ = plot.flow(simplify(definition(2)))
        plot.save(figure, tmp_path / f"{name}{ending}")
    assert (tmp_path / f"x{ending}").read_bytes().startswith(magic)
    assert (tmp_path / f"x{ending}").read_bytes() == (tmp_path / f"y{ending}").read_bytes()
    assert not plt.get_fignums()


@pytest.mark.parametrize("name", ["x", "x.", "x.doc", "x.eps", "x.pgf", ".png", "no/such/folder/x.png"])
def test_a_figure_that_cannot_be_saved_is_refused(tmp_path, name):
    figure, _ = plot.flow(simplify(definition(2)))
    with pytest.raises(GpfftError, match="cannot (save|write)") as refusal:
        plot.save(figure, tmp_path / Path(name))
    assert len(str(refusal.value).splitlines()) == 1
    assert not list(tmp_path.iterdir()) and not plt.get_fignums()


def test_a_path_may_be_text(tmp_path):
    figure, _ = plot.flow(simplify(definition(2)))
    plot.save(figure, str(tmp_path / "x.png"))
    assert (tmp_path / "x.png").is_file()


def test_text_stays_text_in_svg(tmp_path):
    figure, _ = plot.flow(simplify(definition(2)))
    plot.save(figure, tmp_path / "x.svg")
    assert "<text" in (tmp_path / "x.svg").read_text()


def test_light_and_dark_pictures_have_colours_for_the_same_things():
    assert LIGHT.keys() == DARK.keys()
    assert len(LIGHT["known"]) == len(DARK["known"])


def test_no_error_is_drawn_a_decade_below_the_least():
    assert exact_floor([0.0, 3e-5, 0.2, float("inf")]) == pytest.approx(1e-6)
    assert exact_floor([0.0]) == 0.1
