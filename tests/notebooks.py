"""Runs notebooks in a fresh kernel: `python -m tests.notebooks [PATH ...]` keeps what they print."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
ALL = sorted(FOLDER.glob("*.ipynb"))
NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
NOISE = 1e-12  # a smaller number is a rounding error, and another one on another machine


def executed(path: Path, folder: Path) -> Any:
    """Returns the notebook with the outputs of a fresh kernel that works in `folder`, and nothing else.

    Raises CellExecutionError where a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": folder}}
    client = NotebookClient(notebook, timeout=900, coalesce_streams=True, resources=where)
    client.execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for cell in notebook.cells:
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
    return notebook


def printed(notebook: Any) -> list[str]:
    """Returns the text that each cell of code put out; a figure is its size.

    Cells with the tag "rounding" keep their words only: long training may magnify rounding errors, where
    processors differ in them.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    texts = ["\n".join(map(_text, cell.outputs)) for cell in code]
    tagged = ["rounding" in cell.metadata.get("tags", []) for cell in code]
    return [NUMBER.sub("#", text) if tag else text for text, tag in zip(texts, tagged)]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    return str(output.get("data", {}).get("text/plain", output.get("evalue", "")))


def alike(a: str, b: str) -> bool:
    """Tells whether two texts say the same: fractions may differ by a fiftieth, whole numbers may not."""
    if NUMBER.sub("#", a).split() != NUMBER.sub("#", b).split():
        return False
    pairs = zip(NUMBER.findall(a), NUMBER.findall(b))
    return all(x == y or (_is_fraction(x + y) and _near(float(x), float(y))) for x, y in pairs)


def _is_fraction(text: str) -> bool:
    return "." in text or "e" in text


def _near(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=0.02, abs_tol=NOISE)


def main(paths: list[Path]) -> None:
    """Runs the notebooks and writes them back with their outputs."""
    for path in paths:
        with TemporaryDirectory() as folder:
            nbformat.write(executed(path, Path(folder)), path)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or ALL)
