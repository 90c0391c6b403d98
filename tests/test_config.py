"""Every setting is written out, read back, and refused by name when it makes no sense."""

from __future__ import annotations


from dataclasses import asdict, replace
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from gpfft import Config, GpfftError
from gpfft.config import (
    ANY_SIZE,
    CHOICES,
    ENCODINGS,
    MATRIX,
    InlinedStage,
    PlainStage,
    PoolMoves,
    PoolStage,
    RecursiveMoves,
    RecursiveStage,
    RescaledStage,
    TwoSidedStage,
    default_stage,
    matrix_name,
)

frequencies = st.floats(0.0078125, 1e9)
temperatures = st.floats(1e-6, 1e9)
rates = st.floats(0, 1)
counts = st.integers(0, 10**9)
common: dict[str, Any] = {
    "population": st.integers(1, 1000), "generations": counts, "crossover": rates,
    "plus": st.booleans(), "epoch": counts, "populations": st.integers(1, 10**9),
}  # fmt: skip
limits_and_islands = st.fixed_dictionaries({}, optional={
    "generations": counts, "evaluations": st.integers(0, 10**15), "target_flops": counts,
    "islands": st.integers(1, 1000), "migration": st.sampled_from(CHOICES["migration"]),
    "interval": st.integers(1, 10**9), "migrants": st.integers(0, 100_000),
})  # fmt: skip
DEFAULT_LIMITS_AND_ISLANDS = {
    "budget": 0.0, "generations": 0, "evaluations": 0, "target_flops": 0,
    "islands": 1, "migration": "ring", "interval": 5, "migrants": 1,
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
        scales=st.sampled_from(CHOICES["scales"]),
        steps=counts,
        hot=temperatures,
        cold=temperatures,
        scaling=rates,
        single=rates,
        reach=st.floats(0, 20),
        warmth=temperatures,
        images=counts,
        mates=counts,
    ),
    "recursive": st.builds(
        RecursiveStage,
        **common,
        genes=st.integers(1, 500),
        self_taught=st.booleans(),
        free_views=st.booleans(),
        steps=counts,
        hot=temperatures,
        cold=temperatures,
        weight=st.floats(0, 1e9),
        moves=st.builds(RecursiveMoves, insert=frequencies, output=frequencies),
    ),
    "inlined": st.builds(
        InlinedStage,
        **common,
        steps=counts,
        hot=temperatures,
        cold=temperatures,
        inline_rate=rates,
        depth=st.integers(1, 2),
    ),
    "two-sided": st.builds(TwoSidedStage, **common),
}


@st.composite
def configs(draw):
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    powers = st.sampled_from([2**k for k in range(13)])
    sizes = {"unrolled": powers, "auto": st.one_of(st.integers(1, 64), powers)}
    config = Config(draw(sizes.get(encoding, st.integers(1, 64))), encoding=encoding)
    start = st.sampled_from(["", "start.json", "C:\\a \"b\" \u03a9/champion.json"])
    return replace(
        config,
        seed=draw(st.integers(0, 2**63 - 1)),
        stages=tuple(draw(stages[name]) for name in config.stage_names),
        cost=draw(st.sampled_from(CHOICES["cost"])),
        budget=draw(st.one_of(st.floats(0, 1e8), st.integers(0, 10**8))),
        start=draw(start) if encoding in ("rescaled", "unrolled") else "",
        **draw(limits_and_islands),
    )


@st.composite
def configs_of_any_size(draw):
    encoding, radix = draw(st.sampled_from(sorted(ANY_SIZE))), draw(st.sampled_from([2, 3, 5]))
    chosen = tuple(draw(stages[name]) for name in ANY_SIZE[encoding])
    unroll = draw(st.sampled_from([0, 1, radix, radix**3]))
    seed, budget = draw(st.integers(0, 2**63 - 1)), draw(st.floats(0, 1e8))
    whole = Config(None, seed, encoding, chosen, any_size=True, radix=radix, unroll=unroll)
    return replace(whole, budget=budget, **draw(limits_and_islands))


@st.composite
def configs_of_matrices(draw):
    encoding = draw(st.sampled_from(sorted(MATRIX)))
    return Config(
        seed=draw(st.integers(0, 2**63 - 1)),
        encoding=encoding,
        stages=(draw(stages["two-sided"]),),
        budget=draw(st.floats(0, 1e8)),
        matrix=draw(st.sampled_from(["matrix.npy", "C:\\a \"b\" \u03a9/my-2.npy", "../x.npy", " "])),
        complex=draw(st.booleans()),
        matrix_name=draw(st.sampled_from(["", "dct8", "my-2.a_b"])),
    )


@given(st.one_of(configs(), configs_of_any_size(), configs_of_matrices()))
def test_a_configuration_comes_back_from_its_toml(config):
    assert Config.from_toml(config.to_toml("a comment\nof two lines")) == config


POWERS = [2**k for k in range(13)]
DEFAULTS = [
    (size, encoding)
    for encoding in ENCODINGS
    for size in (POWERS if encoding == "unrolled" else range(1, 65))
] + [(size, "auto") for size in POWERS if size > 64]


@pytest.mark.parametrize("size, encoding", DEFAULTS)
def test_defaults_come_back_from_their_toml(encoding, size):
    config = Config(size, 3, encoding)
    assert Config.from_toml(config.to_toml()) == config


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_default_is_written_out(encoding):
    config = Config(encoding=encoding)
    written = tomlkit.parse(config.to_toml()).unwrap()
    assert written == {
        "size": 8, "seed": 0, "encoding": encoding, "cost": "flops", **DEFAULT_LIMITS_AND_ISLANDS,
        **{name: asdict(stage) for name, stage in zip(config.stage_names, config.stages)},
    }  # fmt: skip


@pytest.mark.parametrize("unroll", [0, 1, 25])
@pytest.mark.parametrize("radix", [2, 3, 5])
@pytest.mark.parametrize("encoding", ANY_SIZE)
def test_every_default_for_any_size_is_written_out_and_read_back(encoding, radix, unroll):
    config = Config(encoding=encoding, any_size=True, radix=radix, unroll=unroll if radix == 5 else 0)
    assert config.size is None
    written = tomlkit.parse(config.to_toml()).unwrap()
    assert written == {
        "any_size": True, "radix": radix, "seed": 0, "encoding": encoding, **DEFAULT_LIMITS_AND_ISLANDS,
        **({"unroll": config.unroll} if config.unroll else {}),
        **{name: asdict(stage) for name, stage in zip(config.stage_names, config.stages)},
    }  # fmt: skip
    assert Config.from_toml(config.to_toml("for any size")) == config


def test_a_default_follows_the_radix_of_the_document():
    five = Config.from_toml("any_size = true\nradix = 5\n[recursive]\nhot = 0.5").stages[0]
    assert five == replace(Config(any_size=True, radix=5).stages[0], hot=0.5)
    assert five.steps > Config(any_size=True).stages[0].steps


def test_settings_of_a_stage_can_be_changed_and_others_stay():
    config = Config(any_size=True).with_settings("recursive", self_taught=True)
    assert config.stages[0].self_taught and config.stages[1] == Config(any_size=True).stages[1]
    assert Config(8).with_settings("recursive", self_taught=True) == Config(8)


def test_the_comment_opens_the_document():
    assert Config().to_toml("once\nagain").startswith("# once\n# again\nsize = 8\n")


def test_what_a_document_leaves_out_keeps_its_default():
    assert Config.from_toml("") == Config()
    assert Config.from_toml("size = 16") == Config(16)
    stage = Config.from_toml("[pool]\nsteps = 5").stages[0]
    assert stage == replace(Config().stages[0], steps=5)


def test_a_default_follows_the_size_of_the_document():
    assert Config.from_toml("size = 16\n[pool]\nhot = 2").stages[0].steps == Config(16).stages[0].steps
    assert Config.from_toml("size = 64\n[rescaled]\nhot = 2").stages[1].steps == Config(64).stages[1].steps


@pytest.mark.parametrize("size", range(1, 65))
def test_auto_is_two_sided_but_for_powers_of_two_and_unrolls_an_algorithm_for_these_from_32_on(size):
    config = Config(size)
    if size in (32, 64):
        assert config.stage_names == ("recursive", "rescaled")
        assert [type(stage) for stage in config.stages] == [RecursiveStage, RescaledStage]
    elif size in (1, 2, 4, 8, 16):
        assert config.stage_names == ("pool", "rescaled")
        assert [type(stage) for stage in config.stages] == [PoolStage, RescaledStage]
    else:
        assert config.stage_names == ("two-sided",)
        assert config.stages == Config(size, encoding="two-sided").stages
        assert config.stages == (default_stage("two-sided", size),)


@pytest.mark.parametrize("size", [128, 256, 512, 1024, 2048, 4096])
def test_larger_powers_of_two_are_unrolled(size):
    assert Config(size).stage_names == Config(size, encoding="unrolled").stage_names
    assert Config(size).stages == Config(size, encoding="unrolled").stages
    # a start program has a size of its own, so that nothing has to be found first
    assert Config(size, encoding="rescaled", start="x.json").size == size
    for encoding in ("rescaled", "pool", "plain"):
        with pytest.raises(GpfftError, match=f"'{encoding}' is for 1 to 64 points, not {size}"):
            Config(size, encoding=encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_start_is_for_what_works_on_programs(encoding):
    if encoding in ("rescaled", "unrolled"):
        assert Config(8, encoding=encoding, start="x.json").head["start"] == "x.json"
    else:
        with pytest.raises(GpfftError, match="a start program is for the encodings rescaled and unrolled"):
            Config(8, encoding=encoding, start="x.json")


def test_a_configuration_without_a_start_names_none():
    assert "start" not in Config(8, encoding="rescaled").to_toml()


@pytest.mark.parametrize("cost", CHOICES["cost"])
def test_what_is_counted_is_a_choice(cost):
    config = Config.from_toml(f'cost = "{cost}"\nbudget = 2')
    assert (config.cost, config.budget) == (cost, 2.0)
    assert Config.from_toml(config.to_toml()) == config


@pytest.mark.parametrize("scales", CHOICES["scales"])
def test_scales_are_a_choice(scales):
    config = Config.from_toml(f'[rescaled]\nscales = "{scales}"')
    assert config == Config().with_settings("rescaled", scales=scales)


def test_changes_win_over_a_document():
    assert Config.from_toml("size = 16\nseed = 3", seed=4) == Config(16, 4)


def test_a_whole_number_serves_where_a_number_is_wanted():
    hot = Config.from_toml("[pool]\nhot = 1").stages[0].hot
    assert hot == 1.0 and isinstance(hot, float)


def test_the_name_of_a_run_says_its_size_and_seed():
    assert Config(16, 3).name == "dft16_seed3"
    assert Config(any_size=True, seed=3).name == "anysize_seed3"
    assert Config(any_size=True, seed=3, radix=5).name == "anysize_radix5_seed3"
    assert Config(matrix="there/dct8.npy", seed=3).name == "matrix_dct8_seed3"


def test_what_is_sought_is_said_in_words():
    assert Config(16).target == "16 points"
    assert Config(any_size=True, radix=3).target == "any power of 3 points"
    assert Config(matrix="there/dct8.npy").target == "matrix dct8"


def test_a_matrix_takes_the_place_of_a_size_and_is_for_one_encoding():
    config = Config(matrix="dct8.npy")
    assert config.size is None
    assert config.stage_names == Config(matrix="dct8.npy", encoding="two-sided").stage_names == ("two-sided",)
    for encoding in ("pool", "plain", "rescaled", "unrolled", "recursive"):
        with pytest.raises(GpfftError, match="must be one of auto, two-sided for a matrix"):
            Config(matrix="dct8.npy", encoding=encoding)


def test_a_matrix_is_called_by_its_file_in_ascii_and_keeps_that_name_when_the_file_moves():
    assert matrix_name("a/b/my-2.x_y.npy") == "my-2.x_y"
    assert matrix_name("\u03a9 \udcff/.npy") == ".npy"
    assert matrix_name("caf\u00e9 au lait.npy") == "caf__au_lait"
    assert len(matrix_name("x" * 300 + ".npy")) == 60
    assert replace(Config(matrix="dct8.npy"), matrix="matrix.npy").matrix_name == "dct8"


def test_another_matrix_in_the_place_of_a_documents_has_its_own_name():
    document = Config(matrix="dct8.npy").to_toml()
    assert Config.from_toml(document).matrix_name == "dct8"
    assert Config.from_toml(document, matrix="other.npy").matrix_name == "other"


def test_a_two_sided_run_may_be_for_a_size():
    assert Config(7, encoding="two-sided").stages == (TwoSidedStage(),)


REFUSED = [
    pytest.param("size = 0", "size", id="size 0"),
    pytest.param("size = -3", "size", id="size -3"),
    pytest.param("size = 2.5", "size", id="size 2.5"),
    pytest.param("size = 65", "64 points, and for powers of two up to 4096, not 65", id="size 65"),
    pytest.param("size = 96", "1 to 64 points, and for powers of two up to 4096, not 96", id="size 96"),
    pytest.param("size = 8192", "size must be a whole number from 1 to 4096, not 8192", id="size 8192"),
    pytest.param('size = 128\nencoding = "pool"', "'pool' is for 1 to 64 points, not 128", id="pool of 128"),
    pytest.param('size = 96\nencoding = "plain"', "'plain' is for 1 to 64 points, not 96", id="96 plain"),
    pytest.param('size = 48\nencoding = "unrolled"', "unrolled is for powers of two", id="48 unrolled"),
    pytest.param('size = 12\nencoding = "unrolled"', "unrolled is for powers of two", id="12 unrolled"),
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
        "[pool.moves]\ninsert_pair = 0\ndelete = 0\noperand = 0\nreplace = 0",
        "pool.moves: at least one frequency must be above 0",
        id="no move at all",
    ),
    pytest.param('cost = "apples"', "cost must be one of flops, muls, fma, not 'apples'", id="apples"),
    pytest.param("cost = 1", "cost must be one of flops, muls, fma, not 1", id="cost a number"),
    pytest.param("cost = []", "cost must be one of flops, muls, fma", id="cost a list"),
    pytest.param("[cost]\nx = 1", "cost must be one of flops, muls, fma", id="cost a table"),
    pytest.param('any_size = true\ncost = "muls"', "for runs of one size only", id="cost of any size"),
    pytest.param("budget = -1", "must be a number of seconds from 0 to 1e8, not -1", id="budget -1"),
    pytest.param("budget = 1e9", "budget must be a number of seconds", id="a budget of thirty years"),
    pytest.param("budget = nan", "budget must be a number of seconds", id="budget not a number"),
    pytest.param("budget = inf", "budget must be a number of seconds", id="budget infinite"),
    pytest.param("budget = true", "budget must be a number of seconds", id="budget true"),
    pytest.param('budget = "1h"', "not '1h'", id="budget in words"),
    pytest.param("budget = 10:00:00", "budget must be a number of seconds", id="budget a time of day"),
    pytest.param("start = 3", "start must be the name of a file, not 3", id="start a number"),
    pytest.param("start = []", "start must be the name of a file", id="start a list"),
    pytest.param('start = "x"', "encodings rescaled and unrolled", id="start of auto"),
    pytest.param('any_size = true\nstart = "x"', "encodings rescaled and unrolled", id="start of any size"),
    pytest.param('[rescaled]\nscales = "fish"', "rescaled.scales must be one of cosine, none", id="fish"),
    pytest.param("[rescaled]\nscales = 1", "rescaled.scales must be text, not 1", id="scales a number"),
    pytest.param("[rescaled]\nscales = true", "rescaled.scales must be text", id="scales true"),
    pytest.param('[rescaled]\nscales = ""', "rescaled.scales must be one of", id="scales without a word"),
    pytest.param("[rescaled]\npopulations = 0", "rescaled.populations must be from 1 to", id="none to merge"),
    pytest.param("islands = 0", "islands must be a whole number from 1 to 1000, not 0", id="no island"),
    pytest.param("islands = 2.0", "islands must be a whole number from 1 to 1000, not 2.0", id="islands 2.0"),
    pytest.param("islands = 1001", "islands must be a whole number from 1 to 1000", id="1001 islands"),
    pytest.param("interval = 0", "interval must be a whole number from 1 to", id="interval 0"),
    pytest.param("migrants = -1", "migrants must be a whole number from 0 to", id="migrants -1"),
    pytest.param('migration = "star"', "migration must be one of ring, random, not 'star'", id="a star"),
    pytest.param("generations = -1", "generations must be a whole number from 0 to", id="generations -1"),
    pytest.param("evaluations = true", "evaluations must be a whole number", id="evaluations true"),
    pytest.param("target_flops = 0.5", "target_flops must be a whole number", id="half a flop"),
    pytest.param("[pool]\nepoch = -1", "pool.epoch must be from 0 to", id="epoch -1"),
    pytest.param("[rescaled]\nwarm = 1", "unknown key 'warm' in [rescaled]", id="an old temperature"),
    pytest.param("[rescaled]\nwarmth = 0", "rescaled.warmth must be from 1e-06", id="warmth 0"),
    pytest.param("[rescaled]\nscaling = 1.1", "rescaled.scaling must be from 0 to 1", id="scaling 1.1"),
    pytest.param("[rescaled]\nsingle = -0.1", "rescaled.single must be from 0 to 1", id="single -0.1"),
    pytest.param("[rescaled]\nreach = 21", "rescaled.reach must be from 0 to 20", id="reach 21"),
    pytest.param("[rescaled.moves]\nsingle_random = 1", "unknown key 'moves' in [rescaled]", id="old moves"),
    pytest.param("any_size = true\nsize = 8", "for any size or for size 8, not for both", id="both"),
    pytest.param("any_size = 1", "any_size must be true or false, not 1", id="any_size 1"),
    pytest.param('any_size = "yes"', "any_size must be true or false", id="any_size a word"),
    pytest.param("any_size = true\nradix = 4", "radix must be one of 2, 3, 5, not 4", id="radix 4"),
    pytest.param("any_size = true\nradix = 2.0", "radix must be one of", id="radix 2.0"),
    pytest.param("any_size = true\nradix = true", "radix must be one of", id="radix true"),
    pytest.param("any_size = true\nradix = [2]", "radix must be one of", id="radix a list"),
    pytest.param("[radix]\nx = 1", "radix must be one of", id="radix a table"),
    pytest.param("radix = 3", "for runs of any size only", id="a radix of one size"),
    pytest.param("radix = 4", "radix must be one of", id="radix 4 of one size"),
    pytest.param("size = 9\nradix = 3", "for runs of any size only", id="a size and a radix"),
    pytest.param("unroll = 8", "for runs of any size only", id="one size unrolled"),
    pytest.param("any_size = true\nunroll = 48", "power of 2, not 48", id="unrolled at 48"),
    pytest.param("any_size = true\nunroll = -8", "power of 2, not -8", id="unrolled at -8"),
    pytest.param("any_size = true\nunroll = 8192", "too many to unroll", id="unrolled at 8192"),
    pytest.param("any_size = true\nradix = 3\nunroll = 8", "power of 3, not 8", id="radix 3 unrolled at 8"),
    pytest.param("any_size = true\nunroll = 8.0", "power of 2, not 8.0", id="unrolled at 8.0"),
    pytest.param("any_size = true\nunroll = 0.0", "power of 2, not 0.0", id="unrolled at 0.0"),
    pytest.param("any_size = true\nunroll = false", "power of 2, not False", id="unrolled at false"),
    pytest.param('any_size = true\nunroll = "8"', "power of 2, not '8'", id="unrolled at a word"),
    pytest.param('any_size = true\nencoding = "pool"', "for any size, not 'pool'", id="pool of any size"),
    pytest.param('any_size = true\nencoding = "inlined"', "not 'inlined'", id="inlined alone"),
    pytest.param('encoding = "recursive"', "not 'recursive'", id="recursive of one size"),
    pytest.param("any_size = true\n[pool]\nsteps = 3", "unknown key 'pool'", id="a stage of one size"),
    pytest.param("[recursive]\nsteps = 3", "unknown key 'recursive'", id="a stage of any size"),
    pytest.param("any_size = true\n[recursive]\ngenes = 0", "recursive.genes", id="no gene"),
    pytest.param("any_size = true\n[recursive]\ngenes = 501", "recursive.genes", id="501 genes"),
    pytest.param("any_size = true\n[recursive]\nself_taught = 1", "recursive.self_taught", id="taught 1"),
    pytest.param("any_size = true\n[recursive]\nweight = -1", "recursive.weight", id="negative weight"),
    pytest.param(
        "any_size = true\n[recursive.moves]\n"
        "insert = 0\nguided = 0\nrefit = 0\ndelete = 0\nchange = 0\noutput = 0",
        "recursive.moves: at least one frequency must be above 0",
        id="no recursive move",
    ),
    pytest.param("any_size = true\n[inlined]\ndepth = 0", "inlined.depth", id="depth 0"),
    pytest.param("any_size = true\n[inlined]\ndepth = 3", "inlined.depth", id="depth 3"),
    pytest.param("any_size = true\n[inlined]\ninline_rate = 1.5", "inlined.inline_rate", id="a rate of 1.5"),
    pytest.param("matrix = 3", "matrix must be the name of a .npy file, not 3", id="matrix a number"),
    pytest.param('matrix = "a\\u0000b"', "matrix must be the name", id="a NUL in a name"),
    pytest.param('matrix = "a.npy"\nsize = 8', "for a matrix or for size 8, not for both", id="both"),
    pytest.param('matrix = "a.npy"\nany_size = true', "or for any size, not for both", id="and any size"),
    pytest.param('matrix = "a.npy"\nradix = 3', "a radix", id="matrix and radix"),
    pytest.param('matrix = "a.npy"\ncomplex = 1', "complex must be true or false, not 1", id="complex 1"),
    pytest.param("complex = true", "for runs of a matrix only", id="complex without a matrix"),
    pytest.param('matrix_name = "a"', "for runs of a matrix only", id="a name without a matrix"),
    pytest.param('matrix = "a.npy"\nmatrix_name = "a/b"', "matrix_name must be", id="a name with a slash"),
    pytest.param('matrix = "a.npy"\nmatrix_name = 3', "matrix_name must be", id="a name that is a number"),
    pytest.param('matrix = "a.npy"\nstart = "b.json"', "a start program is for the DFT", id="and a start"),
    pytest.param('matrix = "a.npy"\n[pool]\nsteps = 3', "pool", id="a stage of no matrix"),
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
    "size", [0, -3, 4097, 8192, 2.5, 10**9, "eight", "8", True, float("nan"), [8]]
)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_size_that_is_no_whole_number_from_1_to_4096_is_refused(encoding, size):
    with pytest.raises(GpfftError, match="size must be a whole number from 1 to 4096, not"):
        Config(size, encoding=encoding)


@given(st.text(max_size=60))
def test_any_text_is_a_configuration_or_refused(text):
    try:
        config = Config.from_toml(text)
    except GpfftError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert config.any_size or 1 <= config.size <= 4096


def test_a_file_that_was_cut_off_is_said_to_end_where_it_does():
    text = Config(8).to_toml()
    cut = text[: text.index("seed") + 2]
    with pytest.raises(GpfftError, match=r"^no valid TOML: Unexpected end of the file at line 2 col \d+$"):
        Config.from_toml(cut)
