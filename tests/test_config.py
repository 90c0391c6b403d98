"""Every setting is written out, read back, and refused by name when it makes no sense."""

from __future__ import annotations


from dataclasses import asdict, replace
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from gpfft import Config, GpfftError
from gpfft.config import ENCODINGS, PlainStage, PoolMoves, PoolStage, RescaledMoves, RescaledStage

frequencies = st.floats(0.0078125, 1e9)
temperatures = st.floats(1e-6, 1e9)
rates = st.floats(0, 1)
counts = st.integers(0, 10**9)
common: dict[str, Any] = {
    "population": st.integers(1, 1000), "generations": counts, "crossover": rates,
    "plus": st.booleans(),
}  # fmt: skip
stages: dict[str, Any] = {
    "plain": st.builds(
        PlainStage,
        **common,
        rows=st.integers(0, 1000),
        insert_rate=rates,
        delete_rate=rates,
        changes=st.floats(1, 1e9),
    ),
    "pool": st.builds(
        PoolStage,
        **common,
        steps=counts,
        hot=temperatures,
        cold=temperatures,
        rest=temperatures,
        phase_steps=counts,
        terms_first=counts,
        terms_last=counts,
        moves=st.builds(PoolMoves, insert_random=frequencies, twiddle=frequencies),
    ),
    "rescaled": st.builds(
        RescaledStage,
        **common,
        steps=counts,
        hot=temperatures,
        cold=temperatures,
        moves=st.builds(RescaledMoves, pair_random=frequencies),
    ),
}


@st.composite
def configs(draw):
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    chosen = tuple(draw(stages[name]) for name in ENCODINGS[encoding])
    return Config(draw(st.integers(1, 64)), draw(st.integers(0, 2**63 - 1)), encoding, chosen)


@given(configs())
def test_a_configuration_comes_back_from_its_toml(config):
    assert Config.from_toml(config.to_toml("a comment\nof two lines")) == config


@pytest.mark.parametrize("size", range(1, 65))
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_defaults_come_back_from_their_toml(encoding, size):
    config = Config(size, 3, encoding)
    assert Config.from_toml(config.to_toml()) == config


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_default_is_written_out(encoding):
    config = Config(encoding=encoding)
    written = tomlkit.parse(config.to_toml()).unwrap()
    assert written == {
        "size": 8, "seed": 0, "encoding": encoding,
        **{name: asdict(stage) for name, stage in zip(config.stage_names, config.stages)},
    }  # fmt: skip


def test_the_comment_opens_the_document():
    assert Config().to_toml("once\nagain").startswith("# once\n# again\nsize = 8\n")


def test_what_a_document_leaves_out_keeps_its_default():
    assert Config.from_toml("") == Config()
    assert Config.from_toml("size = 16") == Config(16)
    stage = Config.from_toml("[pool]\nsteps = 5").stages[0]
    assert stage == replace(Config().stages[0], steps=5)


def test_a_default_follows_the_size_of_the_document():
    assert Config.from_toml("size = 32\n[pool]\nhot = 2").stages[0].steps == Config(32).stages[0].steps


def test_changes_win_over_a_document():
    assert Config.from_toml("size = 16\nseed = 3", seed=4) == Config(16, 4)


def test_a_whole_number_serves_where_a_number_is_wanted():
    hot = Config.from_toml("[pool]\nhot = 1").stages[0].hot
    assert hot == 1.0 and isinstance(hot, float)


def test_the_name_of_a_run_says_its_size_and_seed():
    assert Config(16, 3).name == "dft16_seed3"


REFUSED = [
    pytest.param("size = 0", "size", id="size 0"),
    pytest.param("size = -3", "size", id="size -3"),
    pytest.param("size = 2.5", "size", id="size 2.5"),
    pytest.param("size = 65", "size", id="size 65"),
    pytest.param("size = 1000000000", "size", id="size a thousand million"),
    pytest.param('size = "eight"', "size", id="size in words"),
    pytest.param('size = "8"', "size", id="size as text"),
    pytest.param("size = true", "size", id="size true"),
    pytest.param("size = nan", "size", id="size not a number"),
    pytest.param("size = inf", "size", id="size infinite"),
    pytest.param("size = [8]", "size", id="size a list"),
    pytest.param("[size]\nx = 1", "size", id="size a table"),
    pytest.param("size = 1979-05-27", "size", id="size a date"),
    pytest.param("seed = -1", "seed", id="negative seed"),
    pytest.param("seed = 1.5", "seed", id="seed 1.5"),
    pytest.param("seed = true", "seed", id="seed true"),
    pytest.param("seed = 9223372036854775808", "seed", id="seed 2^63"),
    pytest.param('encoding = "magic"', "encoding", id="no such encoding"),
    pytest.param("encoding = 3", "encoding", id="encoding a number"),
    pytest.param('encoding = ["pool"]', "encoding", id="encoding a list"),
    pytest.param("[encoding]\nname = 1", "encoding", id="encoding a table"),
    pytest.param("sizes = 8", "sizes", id="unknown key"),
    pytest.param("[plain]\nrows = 3", "plain", id="a stage that takes no part"),
    pytest.param("[pool]\nstep = 3", "step", id="unknown key of a stage"),
    pytest.param("[pool.moves]\nfly = 3", "fly", id="unknown move"),
    pytest.param("pool = 3", "pool", id="a stage that is no table"),
    pytest.param("[pool]\nmoves = 3", "pool.moves", id="moves that are no table"),
    pytest.param("[[pool]]\nsteps = 3", "pool", id="a list of stages"),
    pytest.param("[pool]\nsteps = 1.5", "pool.steps", id="half a step"),
    pytest.param("[pool]\nsteps = true", "pool.steps", id="steps true"),
    pytest.param('[pool]\nsteps = "many"', "pool.steps", id="steps in words"),
    pytest.param("[pool]\nplus = 1", "pool.plus", id="plus a number"),
    pytest.param("[pool]\nhot = true", "pool.hot", id="hot true"),
    pytest.param('[pool]\nhot = "very"', "pool.hot", id="hot in words"),
    pytest.param("[pool]\nhot = nan", "pool.hot", id="hot not a number"),
    pytest.param("[pool]\nhot = inf", "pool.hot", id="hot infinite"),
    pytest.param("[pool]\nhot = 0", "pool.hot", id="hot 0"),
    pytest.param("[pool]\ncold = -1", "pool.cold", id="negative temperature"),
    pytest.param("[pool]\npopulation = 0", "pool.population", id="nobody"),
    pytest.param("[pool]\npopulation = 1000000000", "pool.population", id="everybody"),
    pytest.param("[pool]\ngenerations = -1", "pool.generations", id="negative generations"),
    pytest.param("[pool]\ncrossover = 1.01", "pool.crossover", id="a probability above 1"),
    pytest.param("[pool]\ncrossover = nan", "pool.crossover", id="a probability that is no number"),
    pytest.param("[pool]\nterms_first = -1", "pool.terms_first", id="negative terms"),
    pytest.param("[pool]\nsteps = 10000000000", "pool.steps", id="too many steps"),
    pytest.param(f"[pool]\nsteps = {10**400}", "pool.steps", id="steps beyond any float"),
    pytest.param(f"[pool]\nhot = {10**400}", "pool.hot", id="a temperature beyond any float"),
    pytest.param("[pool.moves]\ndelete = -1", "pool.moves.delete", id="negative frequency"),
    pytest.param("[pool.moves]\ndelete = nan", "pool.moves.delete", id="frequency not a number"),
    pytest.param(
        "[rescaled.moves]\nsingle_random = 0\nsingle_align = 0\npair_align = 0\ncluster_align = 0",
        "rescaled.moves",
        id="no move at all",
    ),
    pytest.param("size == 8", "TOML", id="no TOML"),
    pytest.param("{}", "TOML", id="JSON"),
    pytest.param("size = 8\nsize = 9", "TOML", id="a key twice"),
    pytest.param("[pool", "TOML", id="a bracket missing"),
    pytest.param("size = 8\x00", "TOML", id="a NUL"),
    pytest.param("a = " + "[" * 5000, "TOML", id="five thousand brackets"),
]


@pytest.mark.parametrize("text, named", REFUSED)
def test_nonsense_is_refused_in_one_line_that_names_the_setting(text, named):
    with pytest.raises(GpfftError) as refusal:
        Config.from_toml(text)
    message = str(refusal.value)
    assert named in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
    "size", [0, -3, 65, 1024, 4096, 2.5, 10**9, "eight", "8", True, None, float("nan"), [8]]
)
def test_a_size_that_is_no_whole_number_from_1_to_64_is_refused(size):
    with pytest.raises(GpfftError, match="size must be a whole number from 1 to 64, not"):
        Config(size)


@given(st.text(max_size=60))
def test_any_text_is_a_configuration_or_refused(text):
    try:
        config = Config.from_toml(text)
    except GpfftError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert 1 <= config.size <= 64
