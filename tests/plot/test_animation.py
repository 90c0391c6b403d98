"""Programs that follow each other: what they share moves, all else fades."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from gpfft import GpfftError, plot
from gpfft.plot.animation import between, scene
from gpfft.plot.placed import placed
from gpfft.record import read_archive

RUNS = Path(__file__).parent.parent.parent / "runs"


def scenes():
    """Returns the first and the last champion of the run of 4 points as scenes."""
    programs = [champion.program for _, champion in read_archive(RUNS / "dft4_flops16")]
    return [scene(placed(program), program) for program in (programs[0], programs[-1])]


def test_a_way_begins_at_the_one_scene_and_ends_at_the_other():
    a, b = scenes()
    for part, at in ((0.0, a), (1.0, b)):
        frame = between(a, b, part)
        assert {key: place for key, (place, there) in frame.nodes.items() if there} == at.nodes
        assert len(frame.lines) == len(at.lines)
        assert sorted(points for _, points, _ in frame.lines) == sorted(at.lines.values())


def test_what_both_compute_moves_and_is_there_all_the_way():
    a, b = scenes()
    shared = a.nodes.keys() & b.nodes.keys()
    assert {("input", j) for j in range(4)} | {("output", k) for k in range(4)} < shared
    frame = between(a, b, 0.5)
    for key in shared:
        (x, y), there = frame.nodes[key]
        assert there == 1.0
        assert (x, y) == pytest.approx([(p + q) / 2 for p, q in zip(a.nodes[key], b.nodes[key])])


def test_a_gif_is_small_and_has_a_frame_for_each_champion(tmp_path):
    archive = read_archive(RUNS / "dft2_flops4") + read_archive(RUNS / "dft2_flops4")
    plot.save(plot.animation([champion.program for _, champion in archive], ["a", "b"]), tmp_path / "x.gif")
    with Image.open(tmp_path / "x.gif") as picture:
        assert picture.n_frames >= 2
    assert (tmp_path / "x.gif").stat().st_size < 1_000_000


@pytest.mark.parametrize(
    "name, why",
    [
        ("x.png", "use an ending of gif, mp4"),
        ("x.mp4", "not installed: save a .gif"),
        ("no/such/x.gif", "cannot write"),
    ],
)
def test_an_animation_that_cannot_be_saved_is_refused(tmp_path, monkeypatch, name, why):
    monkeypatch.setattr("shutil.which", lambda program: None)
    (_, champion), *_ = read_archive(RUNS / "dft2_flops4")
    with pytest.raises(GpfftError, match=why):
        plot.save(plot.animation([champion.program]), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_writer_that_fails_is_told_in_one_line(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise subprocess.CalledProcessError(1, ["ffmpeg"])

    monkeypatch.setattr("matplotlib.animation.Animation.save", fail)
    (_, champion), *_ = read_archive(RUNS / "dft2_flops4")
    with pytest.raises(GpfftError, match="cannot write") as refusal:
        plot.save(plot.animation([champion.program]), tmp_path / "x.gif")
    assert len(str(refusal.value).splitlines()) == 1


def test_captions_are_written_as_they_are():
    (_, champion), *_ = read_archive(RUNS / "dft2_flops4")
    moving = plot.animation([champion.program], ["$\\frac$"])
    moving._draw_was_started = True
    moving._draw_frame(0)
    moving._fig.canvas.draw()


def test_no_programs_are_nothing_to_animate():
    with pytest.raises(GpfftError, match="no programs"):
        plot.animation([])
