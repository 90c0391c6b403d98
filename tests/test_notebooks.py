"""Every notebook runs from top to bottom, in a fresh kernel, and says what it said when it was kept."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.notebooks import ALL, FOLDER, alike, executed, printed

EACH = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
LONG = {"02_why_references_matter", "03_the_algorithm_itself", "06_your_own_primitive"}  # most of a minute
MOST = 400_000  # bytes of a notebook with its outputs
MACHINE = re.compile(r"/(home|root|tmp|usr|opt|var|Users)/|site-packages|\bipykernel_")


def test_the_list_of_notebooks_names_each():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert ALL and re.findall(r"\]\((\w+\.ipynb)\)", text) == [path.name for path in ALL]


@pytest.mark.filterwarnings("default")  # of the kernel's own libraries
@pytest.mark.parametrize("path", [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in LONG else []) for path in ALL
])  # fmt: skip
def test_the_notebook_runs_to_its_end_and_prints_what_it_is_kept_with(path, tmp_path):
    kept, fresh = nbformat.read(path, as_version=4), executed(path, tmp_path)
    for number, (before, now) in enumerate(zip(printed(kept), printed(fresh), strict=True), start=1):
        assert alike(before, now), f"code cell {number} printed:\n{now}\ninstead of:\n{before}"


@EACH
def test_what_is_kept_is_whole_and_of_no_machine(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert not {"error", "stderr"} & {output.get("name", output.output_type) for output in outputs}
    pictures = ("image/png", "image/svg+xml")
    texts = [str({key: data for key, data in output.get("data", {}).items() if key not in pictures})
             + output.get("text", "") for output in outputs]  # fmt: skip
    assert not [found for text in texts for found in MACHINE.findall(text)]
    assert not [cell.id for cell in notebook.cells if "execution" in cell.metadata]
    assert path.stat().st_size < MOST


@EACH
def test_it_has_problem_baseline_program_check_and_what_we_notice_in_this_order(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    wanted = ["Problem", "Baseline", "Discovered", "Check", "What we notice"]
    assert re.findall(rf"^## ({'|'.join(wanted)})", text, re.MULTILINE) == wanted


@pytest.mark.parametrize("a, b, same", [
    pytest.param("seed 0: 56 flops", "seed 0: 58 flops", False, id="another count"),
    pytest.param("error 0.51", "error 0.53", False, id="another error"),
    pytest.param("0.5 exact", "0.5 refused", False, id="another word"),
    pytest.param("error 1.2e-15", "error 8.9e-16", True, id="another rounding"),
    pytest.param("error 0.501", "error 0.504", True, id="nearly the same error"),
])  # fmt: skip
def test_texts_are_compared_by_words_and_numbers(a, b, same):
    assert alike(a, b) is same
