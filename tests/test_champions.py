"""Every champion that comes with gpfft is what its folder's name claims."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import gpfft
from gpfft import Codelet, champions, matrices, recognise, scaling, simplify
from gpfft.emit.lower import lower
from gpfft.records import published, transforms
from gpfft.record import FILES, read_champion, read_config
from gpfft.target import Target, dft
from tests import naive

ROOT = Path(__file__).parent.parent
FOLDERS = sorted((ROOT / "runs").glob("*_flops*"))  # of one size, and of matrices
ALGORITHMS = champions.algorithms()
each_algorithm = pytest.mark.parametrize("folder", ALGORITHMS, ids=[folder.name for folder in ALGORITHMS])
each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])


def target_of(folder: Path) -> Target:
    """Returns what a folder's champion should compute, whatever that says: by name, or by its matrix."""
    size = re.fullmatch(r"dft(\d+)_flops\d+", folder.name)
    if size:
        return dft(int(size[1]))
    config = read_config(folder)
    return recognise(np.load(folder / "matrix.npy"), config.matrix_name, config.complex)


def test_there_are_champions_of_all_powers_of_two_up_to_2048():
    assert {2**k for k in range(1, 12)} <= set(champions.committed())


def test_no_champion_is_above_the_published_count_and_those_of_256_points_and_more_are_below():
    for size, folder in champions.committed().items():
        record, flops = published(size), int(folder.name.partition("_flops")[2])
        assert flops < record.flops if size >= 256 else flops <= record.flops


def test_no_champion_of_a_matrix_is_above_the_published_count():
    for name, folder in champions.committed_matrices().items():
        flops = int(folder.name.partition("_flops")[2])
        assert name not in transforms() or flops <= transforms()[name].flops


@pytest.mark.slow
@pytest.mark.parametrize("size", [512, 1024, 2048])
def test_a_champion_of_many_points_is_proved_too(size):
    assert gpfft.judge(read_champion(champions.committed()[size]).program, proof=True).exact


def test_the_best_champion_of_a_size_is_the_one_that_counts():
    for size, folder in champions.committed().items():
        mine = [f for f in FOLDERS if f.name.startswith(f"dft{size}_flops")]
        claims = [int(f.name.partition("_flops")[2]) for f in mine]
        assert folder.name == f"dft{size}_flops{min(claims)}"


@each_folder
def test_a_champion_is_exact(folder):
    codelet, target = read_champion(folder), target_of(folder)
    assert codelet.sought == target
    assert gpfft.judge(codelet.program, target=target).exact
    assert codelet.verdict.exact


@each_folder
def test_a_champion_costs_what_its_name_claims(folder):
    codelet, target = read_champion(folder), target_of(folder)
    flops = int(folder.name.rpartition("_flops")[2])
    assert flops == codelet.cost.flops == lower(codelet.program, target.real).cost.flops
    if target.inputs <= 64:  # counted again, by what the exported function does
        names: dict = {}
        exec(codelet.export("python"), names)
        call = names[codelet.name]
        adds, muls = naive.count((lambda re, im: call(re)) if target.real else call, target.inputs)
        assert adds + muls == flops


@each_folder
def test_the_verdict_that_was_written_is_the_verdict(folder):
    codelet = read_champion(folder)
    written = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    count = {"adds": codelet.cost.adds, "muls": codelet.cost.muls, "flops": codelet.cost.flops}
    wanted = {**asdict(codelet.verdict), **count, "error": 0.0}
    assert wanted.items() <= written.items()
    assert 0 <= written["rounding"] < 1e-14


@each_folder
def test_the_configuration_is_complete(folder):
    config = read_config(folder)
    if config.matrix:
        assert Path(config.matrix) == folder / "matrix.npy"
        config = replace(config, matrix="matrix.npy")
    else:
        assert config.size == read_champion(folder).size
    if config.start:
        assert Path(config.start) == folder / "start.json" and Path(config.start).is_file()
        config = replace(config, start="start.json")
    text = (folder / "config.toml").read_text(encoding="utf-8")
    settings = [line for line in text.splitlines() if not line.startswith("#")]
    assert "\n".join(settings).strip() == config.to_toml().strip()


@each_folder
def test_the_listing_is_that_of_the_champion(folder):
    assert (folder / "listing.txt").read_text(encoding="utf-8") == read_champion(folder).listing()


@each_folder
def test_a_folder_holds_one_champion_and_nothing_foreign(folder):
    assert [path.name for path in folder.glob("**/champion*.json")] == ["champion.json"]
    assert {path.name for path in folder.iterdir()} <= set(FILES)
    assert gpfft.load(folder).history


def test_the_table_shows_the_published_counts_beside_the_champion():
    table = {row[0]: row for row in champions.rows()}
    fftw = "FFTW 3.3.10, header comment of the shipped generated codelet"
    assert table["8"] == ("8", "56", "56", "22", "22", fftw)
    _, whole, _, real, _, source = table["13"]
    assert (whole, real) == ("228", "110")
    assert source.startswith("Burrus & Selesnick") and source.endswith(f"; real input: {fftw}")
    assert table["19"][3] == "206?" and table["33"][3] == "-"
    assert table["128"][3:5] == ("1270", "-")  # Johnson & Frigo 2007; not counted: it takes seconds


def test_the_readmes_table_has_every_size_up_to_32_and_every_champion():
    sizes = [row[0] for row in champions.sizes_table(False).rows]
    assert sizes == [str(n) for n in sorted({*range(2, 33), *champions.committed()})]


def test_every_transform_is_a_row_with_its_published_count():
    table = {row[0]: row for row in champions.matrix_rows()}
    assert list(table)[: len(transforms())] == list(transforms())
    scaled = table["DCT-II 8, unitary times sqrt(8)"]
    assert scaled[1:3] == ("8 x 8", "40") and "Loeffler" in scaled[4]
    assert table["Hartley 16"][1:3] == ("16 x 16", "76")
    assert all(folder.name.endswith(f"_flops{table[name][3]}")
               for name, folder in champions.committed_matrices().items())  # fmt: skip


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Returns a folder of runs in the place of gpfft's own, and a function that adds a run for a matrix."""
    monkeypatch.setattr(champions, "_root", lambda: tmp_path)

    def add(name: str, matrix, complex_input: bool = False) -> None:
        target = recognise(matrix, "my", complex_input)
        codelet = Codelet(simplify(target.definition()), target=target)
        (tmp_path / name).mkdir()
        (tmp_path / name / "champion.json").write_text(codelet.to_json())

    return add


def test_a_champion_of_a_matrix_is_shown_by_its_transform_whatever_its_folder_is_called(runs):
    runs("cosine_flops42", matrices.dct2(8))
    runs("dct8_scaled_flops40", matrices.dct2(8, scale=math.sqrt(8)))
    runs("other_flops50", matrices.dct2(8))
    runs("ones_flops9", np.ones((2, 3)))
    runs("both_flops16", matrices.walsh_hadamard(4), complex_input=True)
    assert {name: folder.name for name, folder in champions.committed_matrices().items()} == {
        "DCT-II 8, unitary": "cosine_flops42", "DCT-II 8, unitary times sqrt(8)": "dct8_scaled_flops40",
        "ones": "ones_flops9", "both": "both_flops16",
    }  # fmt: skip
    table = {row[0]: row for row in champions.matrix_rows()}
    assert table["DCT-II 8, unitary"][2:4] == ("42", "42")
    assert table["DCT-II 16, unitary"][2:4] == ("112", "-")
    assert table["Walsh-Hadamard 4"][3] == "-"  # complex input is twice as much
    assert table["ones"][1:] == ("2 x 3", "-", "9", "none found")
    assert list(table)[-2:] == ["both", "ones"]
    assert "| ones | 2 x 3 | - | 9 | none found |" in champions.matrices_table().markdown()
    assert champions.committed() == {}


def test_folders_without_a_champion_or_a_claim_are_passed_over(runs, tmp_path):
    for name in ("dft8_flops56", "hartley8_flops24", "dct8_flops", "x_flopsy", "_flops3"):
        (tmp_path / name).mkdir()
    runs("dct8", matrices.dct2(8))
    assert champions.committed() == {} and champions.committed_matrices() == {}


def test_the_readme_contains_the_tables():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for table in champions.tables(every=False):
        assert table.markdown() in text


def test_the_readme_of_the_runs_names_every_champion():
    text = (ROOT / "runs" / "README.md").read_text(encoding="utf-8")
    for folder in FOLDERS + ALGORITHMS:
        assert f"`{folder.name}`" in text


def test_there_is_an_algorithm_at_the_split_radix_count_and_one_at_the_radix_2_count():
    best, radix_2 = (read_champion(ROOT / "runs" / name) for name in ("anysize", "anysize_radix2"))
    for n in (2**k for k in range(2, 17)):
        assert best.flops(n) == scaling.split_radix(n)  # 4 n lg n - 6 n + 8, Yavne 1968
        assert radix_2.flops(n) == scaling.radix_2(n)


def test_there_are_algorithms_for_powers_of_3_and_of_5():
    assert {read_champion(folder).radix for folder in ALGORITHMS} == {2, 3, 5}


@each_algorithm
def test_an_algorithm_is_exact_at_every_size_up_to_64_and_agrees_with_numpy_up_to_a_million(folder):
    algorithm = read_champion(folder)
    assert algorithm.verdict.exact
    assert algorithm.rounding(algorithm.radix ** int(math.log(2**20, algorithm.radix) + 1e-9)) < 1e-14


@each_algorithm
def test_what_was_written_about_an_algorithm_is_so(folder):
    algorithm, config = read_champion(folder), read_config(folder)
    written = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert written["exact"] and written["flops"] == algorithm.flops(written["size"])
    assert config.any_size and config.radix == algorithm.radix
    assert (folder / "listing.txt").read_text(encoding="utf-8") == algorithm.listing()
    assert (folder / "scaling.csv").read_text(encoding="utf-8") == scaling.as_csv(algorithm.scaling)
    assert {path.name for path in folder.iterdir()} <= set(FILES)
    assert gpfft.load(folder).history


@each_algorithm
def test_an_algorithm_was_told_nothing_but_small_sizes_and_views(folder):
    first, _, second = read_champion(folder).given.partition("; inlined: ")
    assert first.startswith("recursive: random chromosomes, scored by the definition of the DFT at ")
    assert first.endswith("self-references answered by the true DFT of the shorter vector")
    assert not second or second.startswith("the program evolved before, vectors may be cut into views of ")


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS + ALGORITHMS, ids=lambda folder: folder.name)
def test_running_the_configuration_again_gives_the_same_champion(folder, tmp_path):
    config = read_config(folder)
    if not config.budget:
        gpfft.evolve(config=config, out=tmp_path / "again")
        for name in ("champion.json", "history.csv", "ancestry.csv", "listing.txt"):
            assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
        return
    # what stopped by the clock is repeated up to the generation at which it did
    stage = config.stage_names[-1]
    rows = [row for row in gpfft.load(folder).history if row["stage"] == stage]
    config = replace(config, budget=0.0).with_settings(stage, generations=len(rows) - 1)
    run = gpfft.evolve(config=config, out=tmp_path / "again")
    assert (tmp_path / "again" / "history.csv").read_bytes() == (folder / "history.csv").read_bytes()
    assert run.champion.program == read_champion(folder).program


def test_the_listing_in_the_readme_is_that_of_the_committed_four_points():
    listing = (champions.committed()[4] / "listing.txt").read_text(encoding="utf-8")
    lines = [line for line in listing.splitlines() if not line.startswith("#")]
    assert "\n".join(lines) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_algorithm_in_the_readme_is_the_committed_one():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listing = (ROOT / "runs" / "anysize" / "listing.txt").read_text(encoding="utf-8")
    assert "\n".join(line for line in listing.splitlines() if not line.startswith("#")) in text
    assert scaling.as_text(read_champion(ROOT / "runs" / "anysize").scaling).rstrip() in text


def test_no_word_in_the_readme_waits_to_be_replaced():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.replace("_", "").isalpha() and line.isupper()]
