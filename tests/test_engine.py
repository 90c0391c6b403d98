"""Laws of the whole engine: from a seed to a judged champion, by gpfft's loop and by DEAP's."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from deap import algorithms, tools

import gpfft
from gpfft import Algorithm, Codelet, Config, GpfftError, Listener, champions
from gpfft.config import (
    InlinedStage,
    PlainStage,
    PoolStage,
    RecursiveStage,
    RescaledStage,
    TwoSidedStage,
    default_stage,
)
from gpfft.encodings.inlined import Inlined
from gpfft.encodings.recursive import Recursive
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.two_sided import TwoSided
from gpfft.start import started
from gpfft.search.evolve import Evolution
from gpfft.search.toolbox import Individual
from gpfft.target import dft
from gpfft.transform import definition_flops

from . import programs, recursions

SINGLE = ("plain", "pool", "rescaled")
ALL = (*SINGLE, "two-sided", "auto", "unrolled")
COLUMNS = (
    "stage", "generation", "evaluations", "error", "flops", "median_error", "median_flops",
    "median_length", "median_live", "diversity", "champion_error", "champion_flops",
)  # fmt: skip

# Operation counts of the codelets of FFTW 3.3.10, from the comments in their headers.
FFTW = {2: 4, 4: 16, 8: 56, 16: 168}
# 4 N lg N - 6 N + 8: Yavne 1968.
SPLIT_RADIX = {16: 168, 32: 456}


def short(size: int = 8, seed: int = 0, encoding: str = "auto", **changes: Any) -> Config:
    """Returns the default configuration with few generations and short bursts."""
    settings = {"generations": 4, **changes}
    stages = []
    for name in Config(size, seed, encoding).stage_names:
        stage: Any = replace(default_stage(name, size), **settings)
        if name == "plain":
            stage = replace(stage, population=20)
        stages.append(replace(stage, steps=200) if name in ("rescaled", "two-sided") else stage)
    return Config(size, seed, encoding, tuple(stages))


def few(encoding: str) -> int:
    """Returns a small number of points, in which there is something to search for."""
    return 5 if encoding == "two-sided" else 4


def of_any_size(seed: int = 0, radix: int = 2, encoding: str = "auto", **changes: Any) -> Config:
    """Returns a configuration for any size with short bursts: what is found is seldom right."""
    settings = {"recursive": {"generations": 2, "population": 3, "steps": 300},
                "inlined": {"generations": 1, "population": 2, "steps": 10}}  # fmt: skip
    config = Config(any_size=True, seed=seed, radix=radix, encoding=encoding)
    for name in config.stage_names:
        config = config.with_settings(name, **settings[name])
    return replace(config, **changes)


class Interrupts(Listener):
    """Presses Ctrl-C in a generation."""

    def __init__(self, at: int) -> None:
        self.left = at

    def generation(self, run, row):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1


def radix2(size: int) -> gpfft.Program:
    """Returns a program of radix 2 as `simplify` leaves it."""
    return gpfft.simplify(programs.radix2(size))


# Same seed, same run


@pytest.mark.parametrize("encoding", ALL)
def test_the_same_seed_gives_the_same_history_and_champion(encoding):
    a, b = (gpfft.evolve(config=short(few(encoding), 3, encoding)) for _ in range(2))
    assert list(a.history) == list(b.history)
    assert a.champion.to_json() == b.champion.to_json()


@pytest.mark.parametrize("encoding", ALL)
def test_the_number_of_threads_does_not_matter(encoding):
    a, b = (gpfft.evolve(config=short(few(encoding), 4, encoding), threads=n) for n in (1, 5))
    assert list(a.history) == list(b.history)
    assert a.champion.to_json() == b.champion.to_json()


@pytest.mark.parametrize("encoding", ALL)
def test_different_seeds_give_different_runs(encoding):
    """Of what `rescaled` finds from one start it is the last bit that differs: the factors themselves."""
    start = radix2(16) if encoding == "rescaled" else None
    size = 11 if encoding == "two-sided" else 8
    runs = [gpfft.evolve(config=short(size, seed, encoding)) for seed in range(3)]
    texts = [repr(list(run.history)) for run in runs]
    if start is not None:
        boxes = [gpfft.toolbox(16, seed, encoding, start=start) for seed in range(3)]
        texts = [box.mutate(box.individual())[0].genes.tobytes() for box in boxes]
    assert len(set(texts)) == 3


@pytest.mark.parametrize("encoding", ALL)
def test_the_champion_never_gets_worse(encoding):
    size = 8 if encoding in ("auto", "unrolled") else 5
    run = gpfft.evolve(config=short(size, 1, encoding, plus=False, generations=8))
    worth = [(row["champion_error"], row["champion_flops"]) for row in run.history]
    assert worth == sorted(worth, reverse=True)
    assert worth[-1] == (run.champion.error, run.champion.cost.flops)
    for name in run.config.stage_names:
        found = [(row["error"], row["flops"]) for row in run.history if row["stage"] == name]
        assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("encoding", ALL)
def test_nobody_elses_random_numbers_are_touched(encoding):
    random.seed(7)
    np.random.seed(7)
    gpfft.evolve(config=short(few(encoding), 2, encoding))
    after = random.random(), np.random.random()
    random.seed(7)
    np.random.seed(7)
    assert after == (random.random(), np.random.random())


def test_somebody_elses_random_numbers_do_not_disturb_a_run():
    class Noise(Listener):
        def generation(self, run, row):
            random.seed(1)
            np.random.seed(1)

    quiet, noisy = (gpfft.evolve(config=short(8, 5), listeners=(hears,)) for hears in (Listener(), Noise()))
    assert list(quiet.history) == list(noisy.history)


def test_the_generations_are_numbered_and_the_evaluations_counted():
    run = gpfft.evolve(config=short(4, 0, "pool"))
    assert [row["generation"] for row in run.history] == [0, 1, 2, 3, 4]
    assert [row["evaluations"] for row in run.history] == [4, 8, 12, 16, 20]


def test_listeners_hear_every_stage_generation_and_champion_and_the_end():
    heard: list[str] = []

    class Ear(Listener):
        def stage(self, run, name):
            heard.append(name)

        def generation(self, run, row):
            heard.append("generation")

        def champion(self, run, row):
            assert run.champions[-1][1] is run.champion
            heard.append("champion")

        def end(self, run):
            heard.append("end")

    run = gpfft.evolve(config=short(4), listeners=(Ear(),))
    assert heard[:3] == ["pool", "champion", "generation"] and heard[-1] == "end"
    assert heard.count("generation") == len(run.history) == 10
    assert heard.count("champion") == len(run.champions)
    assert heard.count("pool") == heard.count("rescaled") == heard.count("end") == 1


# What comes out


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [2, 4, 8])
def test_default_settings_reach_the_published_count(size, seed):
    run = gpfft.evolve(size=size, seed=seed)
    assert run.verdict.exact
    assert run.champion.cost.flops == FFTW[size]


@pytest.mark.parametrize("size", range(1, 17))
def test_every_size_gives_an_exact_program(size):
    run = gpfft.evolve(config=short(size))
    assert run.verdict.exact
    assert run.champion.error == 0
    if size >= 3:
        assert run.champion.cost.flops < definition_flops(size)


def test_the_champion_transforms_arrays_of_any_leading_shape():
    run = gpfft.evolve(config=short(8))
    x = np.random.default_rng(0).standard_normal((2, 3, 8)) * (1 + 2j)
    assert np.allclose(run.champion(x), np.fft.fft(x))
    assert np.allclose(run.champion(x[0, 0]), np.fft.fft(x[0, 0]))
    assert run.champion(np.empty((0, 8))).shape == (0, 8)


def test_the_history_goes_to_a_data_frame_in_one_call():
    pandas = pytest.importorskip("pandas")
    run = gpfft.evolve(config=short(4))
    frame = pandas.DataFrame(run.history)
    assert sorted(frame.columns) == sorted(COLUMNS)
    assert len(frame) == len(run.history)
    assert frame["champion_flops"].iloc[-1] == 16


def test_the_plain_encoding_gets_better_than_it_began():
    stage = PlainStage(population=40, generations=40, rows=10)
    run = gpfft.evolve(config=Config(2, 0, "plain", (stage,)))
    assert run.history[-1]["error"] < run.history[0]["error"]


EXTREMES = [
    pytest.param("pool", PoolStage(steps=0, phase_steps=0, generations=1), id="pool, no proposals"),
    pytest.param("pool", PoolStage(population=1, generations=2, steps=50), id="pool, alone"),
    pytest.param("pool", PoolStage(generations=0), id="pool, no generation"),
    pytest.param("pool", PoolStage(terms_first=1, terms_last=99, generations=2), id="pool, 99 terms"),
    pytest.param("pool", PoolStage(crossover=1, plus=False, population=3, generations=2), id="pool, comma"),
    pytest.param("plain", PlainStage(rows=0, population=3, generations=2), id="plain, no rows"),
    pytest.param("plain", PlainStage(population=1, generations=3), id="plain, alone"),
    pytest.param("plain", PlainStage(insert_rate=1, delete_rate=1, generations=2), id="plain, both rates 1"),
    pytest.param("rescaled", RescaledStage(steps=0), id="rescaled, no proposals"),
    pytest.param("rescaled", RescaledStage(population=1, crossover=1, generations=2), id="rescaled, alone"),
    pytest.param("rescaled", RescaledStage(steps=50, images=0, mates=0), id="rescaled, no images"),
    pytest.param("rescaled", RescaledStage(steps=50, scaling=0, single=1, reach=0), id="rescaled, turns"),
    pytest.param("rescaled", RescaledStage(steps=50, scaling=1, single=0, reach=20), id="rescaled, scales"),
    pytest.param("rescaled", RescaledStage(steps=50, epoch=1, populations=1, generations=4), id="1 epoch"),
    pytest.param("rescaled", RescaledStage(steps=50, epoch=1, populations=9, generations=4), id="9 epochs"),
    pytest.param("pool", PoolStage(steps=50, epoch=2, populations=2, generations=7), id="pool, epochs"),
]


@pytest.mark.parametrize("encoding, stage", EXTREMES)
@pytest.mark.parametrize("size", [1, 4])
def test_extreme_settings_give_a_run_all_the_same(encoding, stage, size):
    run = gpfft.evolve(config=Config(size, 0, encoding, (stage,)))
    assert run.stopped == "all generations done"
    assert len(run.history) == stage.generations + 1
    assert encoding == "plain" or run.verdict.exact


# An algorithm unrolled, then rescaled


def unrolled(size: int = 32, seed: int = 0, **changes: Any) -> Config:
    """Returns a configuration of the encoding unrolled with short bursts of rescaling."""
    settings = {"steps": 2000, "generations": 2, **changes}
    return Config(size, seed, "unrolled").with_settings("rescaled", **settings)


def test_thirty_two_points_are_an_algorithm_unrolled_and_rescaled():
    run = gpfft.evolve(config=replace(unrolled(), encoding="auto"))
    assert run.verdict.exact and run.champion.size == 32 and isinstance(run.champion, Codelet)
    stages = [row["stage"] for row in run.history]
    assert stages == sorted(stages) and set(stages) == {"recursive", "rescaled"}
    algorithms = [found for _, found in run.champions if isinstance(found, Algorithm)]
    assert run.champion.cost.flops < algorithms[-1].unroll(32).cost.flops
    assert "recursive: random chromosomes" in run.champion.given
    assert "rescaled: the program evolved before" in run.champion.given


def test_without_scales_every_constant_of_what_is_found_is_a_twiddle():
    config = unrolled(16, scales="none", hot=1.5, cold=0.4)
    turned, scaled = gpfft.evolve(config=config), gpfft.evolve(config=unrolled(16))
    assert turned.champion.cost.flops == scaled.champion.cost.flops == SPLIT_RADIX[16]
    assert all(constant.power is not None for constant in turned.champion.program.exact_table)


@pytest.mark.parametrize("seed", range(6))
def test_an_algorithm_that_is_wrong_is_unrolled_to_a_verdict_all_the_same(seed, tmp_path):
    """Of so little effort comes any nonsense: what is no sum of values times twiddles, too."""
    config = unrolled(16, seed, steps=50).with_settings("recursive", steps=30, generations=0, population=1)
    run = gpfft.evolve(config=config, out=tmp_path / "run")
    assert run.champion.size == 16 and gpfft.load(tmp_path / "run").champion == run.champion


def test_an_interrupted_search_for_what_is_to_be_unrolled_keeps_its_champion(tmp_path):
    run = gpfft.evolve(config=unrolled(), out=tmp_path / "run", listeners=(Interrupts(0),))
    assert run.stopped == "interrupted" and len(run.history) == 1
    assert gpfft.load(tmp_path / "run").champion == run.champion


def test_a_chosen_count_is_that_of_a_loaded_run_too(tmp_path):
    run = gpfft.evolve(config=replace(unrolled(16), cost="muls"), out=tmp_path / "run")
    assert gpfft.load(tmp_path / "run").champion.worth == run.champion.worth


@pytest.mark.parametrize("cost", ["muls", "fma"])
def test_what_is_counted_is_what_champions_are_chosen_by(cost):
    run = gpfft.evolve(config=replace(unrolled(16), cost=cost))
    assert run.verdict.exact
    lowered = run.champion.lowered
    wanted = lowered.cost.muls if cost == "muls" else lowered.cost.flops - lowered.fused
    assert run.champion.worth == (0, wanted)
    assert run.history[-1]["champion_flops"] == wanted
    assert wanted <= Codelet(radix2(16), measure=cost).worth[1]


# A start


@pytest.fixture
def sixteen(tmp_path):
    """Returns the file of a program of 16 points, radix 2, 176 flops."""
    file = tmp_path / "sixteen.json"
    file.write_text(Codelet(radix2(16)).to_json())
    return file


def test_a_search_goes_on_from_a_program_of_the_same_size(sixteen):
    config = started(sixteen).with_settings("rescaled", steps=5000, generations=2)
    assert (config.size, config.encoding, config.start) == (16, "rescaled", str(sixteen))
    run = gpfft.evolve(config=config)
    assert run.history[0]["flops"] == 176 and run.champion.cost.flops == SPLIT_RADIX[16]
    assert run.verdict.exact
    assert "passed in" in run.champion.given and str(sixteen.parent) not in run.champion.given


def test_the_factors_of_a_smaller_program_begin_the_search_for_a_larger_one(sixteen):
    small = gpfft.evolve(config=started(sixteen).with_settings("rescaled", steps=5000, generations=2))
    sixteen.write_text(small.champion.to_json())
    config = started(sixteen, 32).with_settings("rescaled", steps=0, generations=0, images=0)
    assert (config.size, config.encoding) == (32, "unrolled")
    run = gpfft.evolve(config=config)
    bare = gpfft.evolve(config=replace(config, start=""))
    assert run.verdict.exact and bare.verdict.exact
    assert run.champion.cost.flops < bare.champion.cost.flops
    assert "the factors of a program of 16 points that was passed in" in run.champion.given


def test_an_algorithm_is_refined_at_a_size_of_its_own(tmp_path):
    file = tmp_path / "any.json"
    file.write_text(Algorithm(recursions.dif()).to_json())
    with pytest.raises(GpfftError, match="say with --size at how many points"):
        started(file)
    with pytest.raises(GpfftError, match="power of 2, not 48"):
        started(file, 48)
    config = started(file, 16).with_settings("rescaled", steps=5000, generations=2)
    assert gpfft.evolve(config=config).champion.cost.flops == SPLIT_RADIX[16]


def test_a_program_of_other_points_is_no_start(sixteen):
    for size in (8, 24, 15, 17):
        with pytest.raises(GpfftError, match="16 points: no search for|unrolled is for powers of two"):
            started(sixteen, size)
    with pytest.raises(GpfftError, match="holds a program of 16 points, not 8"):
        gpfft.evolve(config=Config(8, encoding="rescaled", start=str(sixteen)))


@pytest.mark.parametrize("size", [16, 32])
def test_a_program_that_the_judge_refuses_is_no_start(sixteen, size):
    sixteen.write_text(Codelet(programs.permuted(16)).to_json())
    with pytest.raises(GpfftError, match="is no exact DFT to start from .refused: impulse response"):
        gpfft.evolve(config=started(sixteen, size))


# A budget


def endless(seed: int = 0) -> tuple[Any, ...]:
    """Returns an encoding, short settings for it and a seed."""
    stage = RescaledStage(steps=100, generations=3, epoch=2, populations=2)
    return Rescaled(radix2(16), stage), stage, seed


def test_an_evolution_goes_on_past_its_generations():
    evolution = Evolution(*endless())
    steps = [evolution.step() for _ in range(12)]
    assert [step.number for step in steps] == list(range(12))
    evaluations = [step.evaluations for step in steps]
    assert evaluations == sorted(set(evaluations))


@pytest.mark.parametrize("size", [8, 32])
def test_a_budget_ends_a_run_after_a_whole_generation(size):
    run = gpfft.evolve(size, budget=1e-6)
    assert run.stopped == "budget of 1e-06 s spent"
    rows = [row["stage"] for row in run.history]  # an algorithm is found and unrolled in any case
    assert rows.count("pool" if size < 32 else "rescaled") == 1 and run.champion.size == size
    assert 0 < run.found <= run.seconds + 1


def test_what_a_longer_budget_finds_begins_with_what_a_shorter_one_finds(monkeypatch):
    def within(budget: float) -> gpfft.Run:
        clock = count(perf_counter(), 1000)  # a look at it takes a thousand seconds
        monkeypatch.setattr("gpfft.outcome.time", SimpleNamespace(perf_counter=lambda: next(clock)))
        return gpfft.evolve(config=replace(unrolled(16, steps=500, generations=1), budget=budget))

    short_, long_ = within(9500), within(25_500)
    assert short_.stopped == "budget of 9500 s spent" and long_.stopped == "budget of 25500 s spent"
    assert sum(row["stage"] == "rescaled" for row in long_.history) > 2  # past its one generation
    assert 1 < len(short_.history) < len(long_.history)
    assert list(long_.history)[: len(short_.history)] == list(short_.history)
    assert long_.champion.worth <= short_.champion.worth


def test_a_budget_that_is_not_spent_by_a_stage_that_ends_changes_nothing_of_it():
    plain = short(4, 0, "pool")
    whole, budgeted = gpfft.evolve(config=plain), gpfft.evolve(config=replace(plain, budget=1e6))
    assert list(whole.history) == list(budgeted.history)
    assert budgeted.stopped == whole.stopped == "all generations done"


# Any size


@pytest.mark.parametrize("encoding", ["auto", "recursive"])
@pytest.mark.parametrize("radix", [2, 3])
def test_equal_seeds_give_equal_runs_for_any_size_whatever_the_threads(radix, encoding):
    a, b = (gpfft.evolve(config=of_any_size(5, radix, encoding), threads=n) for n in (1, 2))
    assert list(a.history) == list(b.history)
    assert a.champion.to_json() == b.champion.to_json()
    other = gpfft.evolve(config=of_any_size(6, radix, encoding), threads=1)
    assert list(other.history) != list(a.history)


def test_evolution_from_random_chromosomes_finds_an_algorithm_for_every_power_of_two():
    run = gpfft.evolve(any_size=True, seed=0)
    assert isinstance(run.champion, Algorithm) and run.champion.radix == 2
    assert run.verdict.exact
    assert run.champion.worth <= (0, 40976)  # 5 n lg n - 10 n + 16 at n = 1024, Cooley & Tukey 1965
    assert {row["stage"] for row in run.history} == {"recursive", "inlined"}
    assert run.champion.made == "gpfft evolve --any-size --seed 0"
    for n in (1, 2, 64, 512):
        x = np.random.default_rng(n).standard_normal(n)
        assert np.allclose(run.champion(x), np.fft.fft(x))


@pytest.mark.parametrize("radix", [2, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_a_run_of_little_effort_ends_with_a_verdict_all_the_same(radix, seed, tmp_path):
    """What random chromosomes decode to may call itself many times over, and be any nonsense."""
    config = of_any_size(seed, radix).with_settings("recursive", steps=30, generations=1)
    run = gpfft.evolve(config=config, out=tmp_path / "run")
    assert run.stopped == "all generations done"
    loaded = gpfft.load(tmp_path / "run")
    assert loaded.champion == run.champion and str(loaded.verdict) == str(run.verdict)
    assert np.isfinite(run.champion(np.ones(radix**2))).all()


def test_the_champion_for_any_size_never_gets_worse():
    run = gpfft.evolve(config=of_any_size(1).with_settings("recursive", generations=6, plus=False))
    worth = [(row["champion_error"], row["champion_flops"]) for row in run.history]
    assert worth == sorted(worth, reverse=True) and worth[-1] == run.champion.worth
    assert all(isinstance(row["champion_flops"], int) for row in run.history)


def test_a_run_for_any_size_that_is_interrupted_keeps_its_champion(tmp_path):
    run = gpfft.evolve(config=of_any_size(2), out=tmp_path / "run", listeners=(Interrupts(1),))
    assert run.stopped == "interrupted" and len(run.history) == 2
    assert gpfft.load(tmp_path / "run").champion == run.champion


def test_a_run_whose_champion_is_to_be_unrolled_ends_with_the_codelet():
    config = of_any_size(0, unroll=8)
    whole, run = gpfft.evolve(config=of_any_size(0)), gpfft.evolve(config=config)
    assert list(whole.history) == list(run.history)
    (_, algorithm), (_, codelet) = run.champions[-2:]
    assert algorithm == whole.champion
    assert isinstance(codelet, Codelet) and codelet == algorithm.unroll(8)
    assert codelet.made.endswith(", unrolled")


def test_an_algorithm_is_unrolled_into_a_folder_like_any_other(tmp_path):
    run = gpfft.evolve(config=of_any_size(0), out=tmp_path / "whole")
    small = gpfft.unroll(tmp_path / "whole", 16, tmp_path / "small")
    assert small.folder == tmp_path / "small" and small.config == replace(run.config, unroll=16)
    loaded = gpfft.load(tmp_path / "small")
    assert loaded.champion == small.champion == run.champion.unroll(16)
    assert loaded.config == small.config and list(loaded.history) == list(run.history)
    again = gpfft.evolve(config=loaded.config, out=tmp_path / "again")
    for name in ("champion.json", "config.toml", "history.csv", "listing.txt", "verdict.json"):
        assert (again.folder / name).read_bytes() == (small.folder / name).read_bytes()


def test_what_is_no_algorithm_is_not_unrolled(tmp_path):
    gpfft.evolve(config=short(4), out=tmp_path / "four")
    gpfft.evolve(config=of_any_size(0, 3), out=tmp_path / "thirds")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(GpfftError, match="holds a program of 4 points, no algorithm"):
        gpfft.unroll(tmp_path / "four", 4, tmp_path / "new")
    for size, message in ((8, "power of 3, not 8"), (0, "power of 3, not 0"), (6561, "too many to unroll")):
        with pytest.raises(GpfftError, match=message):
            gpfft.unroll(tmp_path / "thirds", size, tmp_path / "new")
    with pytest.raises(GpfftError, match="there is no run"):
        gpfft.unroll(tmp_path / "nothing", 4, tmp_path / "new")
    with pytest.raises(GpfftError, match="exists"):
        gpfft.unroll(tmp_path / "thirds", 9, tmp_path / "four")
    assert sorted(tmp_path.rglob("*")) == before


# Ctrl-C


@pytest.mark.parametrize("at", [0, 3, 6])
def test_an_interrupted_run_keeps_its_champion(at, tmp_path):
    run = gpfft.evolve(config=short(8), out=tmp_path / "run", listeners=(Interrupts(at),))
    assert run.stopped == "interrupted"
    assert run.verdict.exact
    assert len(run.history) == at + 1
    assert gpfft.load(tmp_path / "run").champion.to_json() == run.champion.to_json()


def test_a_run_that_is_interrupted_before_its_first_generation_has_no_champion():
    class AtOnce(Listener):
        def stage(self, run, name):
            raise KeyboardInterrupt

    run = gpfft.evolve(config=short(4), listeners=(AtOnce(),))
    assert run.stopped == "interrupted"
    with pytest.raises(GpfftError, match="before anything was evaluated"):
        run.champion


def test_an_error_of_a_listener_is_not_swallowed():
    class Breaks(Listener):
        def generation(self, run, row):
            raise RuntimeError("a listener's own")

    with pytest.raises(RuntimeError, match="a listener's own"):
        gpfft.evolve(config=short(4), listeners=(Breaks(),))


# DEAP's own algorithms on the toolbox


def simple(population: Any, box: Any, **watch: Any) -> Any:
    return algorithms.eaSimple(population, box, 0.5, 0.7, 3, verbose=False, **watch)


def mu_plus_lambda(population: Any, box: Any, **watch: Any) -> Any:
    return algorithms.eaMuPlusLambda(population, box, 6, 12, 0.4, 0.5, 3, verbose=False, **watch)


def mu_comma_lambda(population: Any, box: Any, **watch: Any) -> Any:
    return algorithms.eaMuCommaLambda(population, box, 6, 12, 0.4, 0.5, 3, verbose=False, **watch)


def watched(algorithm: Any, box: Any) -> tuple[Any, Any, Any]:
    """Returns (population, logbook, hall of fame) of an algorithm of DEAP's on a toolbox."""
    statistics = tools.Statistics(lambda individual: individual.fitness.values)
    statistics.register("min", np.min, axis=0)
    hall = tools.HallOfFame(2)
    population, log = algorithm(box.population(6), box, stats=statistics, halloffame=hall)
    return population, log, hall


@pytest.mark.parametrize("encoding", SINGLE)
@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("algorithm", [simple, mu_plus_lambda, mu_comma_lambda])
def test_algorithms_of_deap_run_unchanged_and_repeat_with_the_seed(algorithm, size, encoding):
    # the factors of `rescaled` vary where there is something to rescale
    more = {"start": radix2(4 * size), "size": 4 * size} if encoding == "rescaled" else {"size": size}
    runs = [watched(algorithm, gpfft.toolbox(seed=1, encoding=encoding, **more)) for _ in range(2)]
    (population, log, hall), (again, log_again, hall_again) = runs
    assert len(population) == 6 and len(log) == 4 and len(hall) == 2
    assert population == again and list(hall) == list(hall_again)
    assert [row["nevals"] for row in log] == [row["nevals"] for row in log_again]
    assert np.array_equal([row["min"] for row in log], [row["min"] for row in log_again])
    best = gpfft.toolbox(encoding=encoding, **more).evaluate(hall[0])
    assert best == hall[0].fitness.values == min(best, population[0].fitness.values)
    assert hall[0].fitness.values <= tuple(log[0]["min"])


OTHERS = [
    pytest.param(simple, "recursive", id="simple, recursive"),
    pytest.param(mu_plus_lambda, Recursive(3, RecursiveStage(steps=300)), id="mu + lambda, recursive"),
    pytest.param(mu_comma_lambda, Recursive(3, RecursiveStage(steps=300)), id="mu, lambda, recursive"),
    pytest.param(simple, Inlined(recursions.by_radix(3), InlinedStage(steps=10)), id="simple, inlined"),
    pytest.param(mu_plus_lambda, Inlined(recursions.dif(), InlinedStage(steps=9)), id="mu + lambda, inlined"),
    pytest.param(simple, TwoSided(dft(5), TwoSidedStage(steps=50)), id="simple, two-sided"),
    pytest.param(mu_comma_lambda, TwoSided(dft(6), TwoSidedStage(steps=50)), id="mu, lambda, two-sided"),
]


@pytest.mark.parametrize("algorithm, encoding", OTHERS)
def test_algorithms_of_deap_run_unchanged_on_every_other_encoding(algorithm, encoding):
    chosen: dict[str, Any] = {"encoding": encoding, **({"radix": 3} if encoding == "recursive" else {})}
    runs = [watched(algorithm, gpfft.toolbox(seed=2, **chosen)) for _ in range(2)]
    (population, log, hall), (again, _, hall_again) = runs
    assert len(population) == 6 and len(log) == 4 and len(hall) == 2
    assert population == again and list(hall) == list(hall_again)
    best = gpfft.toolbox(**chosen).evaluate(hall[0])
    assert best == hall[0].fitness.values <= tuple(log[0]["min"])


@pytest.mark.parametrize("encoding", SINGLE)
def test_the_toolbox_has_every_verb(encoding):
    box = gpfft.toolbox(size=4, seed=1, encoding=encoding)
    a, b = population = box.population(n=2)
    assert isinstance(box.individual(), Individual)
    assert box.mate(a, b) == (a, b)
    assert box.mutate(a) == (a,)
    for individual, fitness in zip(population, box.map(box.evaluate, population)):
        assert fitness == box.evaluate(individual)
        individual.fitness.values = fitness
    assert len(box.select(population, 1)) == 1
    assert len(box.select(population, 2)) == 2
    assert list(box.map(abs, [-1, 2])) == [1, 2]


@pytest.mark.parametrize("encoding", SINGLE)
def test_a_clone_is_independent(encoding):
    box = gpfft.toolbox(16, 2, encoding, start=radix2(16) if encoding == "rescaled" else None)
    a = box.individual()
    a.fitness.values = box.evaluate(a)
    genes, values = a.genes.copy(), a.fitness.values
    twin = box.clone(a)
    assert twin == a and twin is not a and twin.fitness.values == values
    for _ in range(5):
        box.mutate(twin)
    del twin.fitness.values
    assert twin != a
    assert np.array_equal(a.genes, genes) and a.fitness.values == values


@pytest.mark.parametrize("encoding", SINGLE)
def test_the_seed_decides_the_first_population(encoding):
    def first(seed: int) -> list[Individual]:
        box = gpfft.toolbox(16, seed, encoding, start=radix2(16) if encoding == "rescaled" else None)
        population = box.population(4)
        if encoding == "rescaled":  # everyone is the start
            assert population == [population[0]] * 4
            box.map(box.mutate, population)
        return population

    assert first(1) == first(1) != first(2)


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_of_a_toolbox_do_not_matter(threads):
    def bred(threads: int) -> list[Individual]:
        box = gpfft.toolbox(size=8, seed=3, threads=threads)
        population = box.population(8)
        box.map(box.mutate, population)
        return population

    assert bred(1) == bred(threads)


def test_selection_of_survivors_keeps_the_best():
    box = gpfft.toolbox(size=8, seed=4)
    population = box.population(12)
    for individual, fitness in zip(population, box.map(box.evaluate, population)):
        individual.fitness.values = fitness
    best = min(individual.fitness.values for individual in population)
    assert best in [individual.fitness.values for individual in box.select(population, 3)]


def test_rescaled_works_on_the_program_it_is_given():
    start = gpfft.evolve(config=short(8, 0, "pool")).champion.program
    box = gpfft.toolbox(size=8, seed=1, encoding="rescaled", start=start)
    assert len(box.individual()) < len(gpfft.toolbox(size=8, encoding="rescaled").individual())


BAD_TOOLBOXES = [
    pytest.param({"size": 0}, "size must be a whole number from 1 to 64, not 0", id="size 0"),
    pytest.param({"size": 2.5}, "size must be a whole number from 1 to 64, not 2.5", id="size 2.5"),
    pytest.param({"size": True}, "size must be a whole number from 1 to 64, not True", id="size True"),
    pytest.param({"size": 65}, "size must be a whole number from 1 to 64", id="size 65"),
    pytest.param({"size": 128}, "size must be a whole number from 1 to 64", id="a pool of 128 points"),
    pytest.param({"size": 128, "encoding": "plain"}, "a whole number from 1 to 64", id="128 points plain"),
    pytest.param({"seed": -1}, "seed must be a whole number", id="negative seed"),
    pytest.param(
        {"encoding": "magic"},
        "one of approximate, inlined, plain, pool, recursive, rescaled, two-sided, not 'magic'",
        id="no encoding",
    ),
    pytest.param(
        {"encoding": "recursive", "radix": 4}, "radix must be one of 2, 3, 5, not 4", id="radix 4"
    ),
    pytest.param({"encoding": "recursive", "radix": "2"}, "radix must be one of", id="radix a word"),
    pytest.param({"encoding": "pool", "radix": 3}, "a radix is for the recursive", id="pool, radix 3"),
    pytest.param(
        {"encoding": "inlined"}, "inlined needs a recursive program to start from", id="inlined, no start"
    ),
    pytest.param(
        {"encoding": "inlined", "start": programs.fft4()},
        "inlined needs a recursive program to start from",
        id="inlined, a program of one size",
    ),
    pytest.param(
        {"encoding": "rescaled", "start": recursions.dif()},
        "rescaled works on programs of one size: unroll the recursive program",
        id="rescaled, a recursive start",
    ),
]


@pytest.mark.parametrize("arguments, message", BAD_TOOLBOXES)
def test_a_toolbox_of_nonsense_is_refused(arguments, message):
    with pytest.raises(GpfftError, match=message):
        gpfft.toolbox(**arguments)


# Long


@pytest.mark.slow
@pytest.mark.parametrize("size", range(1, 65))
def test_default_settings_give_every_size(size):
    run = gpfft.evolve(size=size)
    assert run.verdict.exact
    if size >= 3:
        assert run.champion.cost.flops < definition_flops(size)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [2, 4, 8, 16])
def test_twenty_seeds_reach_the_published_count(size, seed):
    run = gpfft.evolve(size=size, seed=seed)
    assert run.verdict.exact
    assert run.champion.cost.flops == FFTW[size]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("radix", [2, 3])
def test_ten_seeds_find_an_algorithm_of_any_size(radix, seed):
    run = gpfft.evolve(any_size=True, radix=radix, seed=seed)
    assert run.verdict.exact
    assert radix == 3 or run.champion.flops(1024) <= 40976  # Cooley & Tukey 1965


@pytest.mark.slow
def test_thirty_two_points_reach_split_radix():
    run = gpfft.evolve(size=32, seed=0)
    assert run.verdict.exact
    assert run.champion.cost.flops <= SPLIT_RADIX[32]


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_are_one_or_more(threads):
    with pytest.raises(GpfftError, match="threads must be 1 or more"):
        gpfft.toolbox(4, threads=threads)
    with pytest.raises(GpfftError, match="threads must be 1 or more"):
        gpfft.evolve(4, threads=threads)


def test_a_program_that_multiplies_inputs_has_an_error_though_all_its_impulse_responses_are_right():
    make, _ = programs.WRONG["plus a product"]
    assert gpfft.Codelet(make(4)).error > 0.1


def test_a_stage_that_does_not_belong_to_the_encoding_is_refused():
    for stages in ((PoolStage(),), (PlainStage(), RescaledStage())):
        with pytest.raises(GpfftError, match="takes the stages"):
            Config(4, 0, "auto", stages)


def test_refine_goes_on_from_a_champion_in_python():
    run = gpfft.refine(champions.committed()[16], 32, seed=1)
    assert run.verdict.exact and run.champion.cost.flops == 456  # FFTW 3.3.10, header of the codelet
    assert "a program of 16 points that was passed in" in run.champion.given
