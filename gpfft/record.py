"""The run folder: what a run leaves behind, as data. Loading one never executes anything."""

from __future__ import annotations

import csv
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from gpfft.codelet import Codelet
from gpfft.config import Config
from gpfft.errors import GpfftError

LARGEST_FILE = 60_000_000  # bytes; a program of the most lines takes half of it
FILES = (
    "config.toml", "environment.json", "history.csv", "champion.json", "archive.jsonl",
    "verdict.json", "listing.txt",
)  # fmt: skip


@contextmanager
def clear_errors(path: Path, doing: str) -> Iterator[None]:
    """Turns an error of the file system into one line that names the path."""
    try:
        yield
    except OSError as error:
        raise GpfftError(f"cannot {doing} {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise GpfftError(f"cannot {doing} {path}: it is no UTF-8 text") from None


def read_text(path: Path) -> str:
    """Returns the text of a file. Raises GpfftError when it cannot be read or is too large."""
    with clear_errors(path, "read"):
        if path.stat().st_size > LARGEST_FILE:
            raise GpfftError(f"{path} is larger than {LARGEST_FILE // 10**6} MB, no run writes that")
        return path.read_text(encoding="utf-8")


def write_text(path: Path, text: str) -> None:
    """Writes a file in one step: a reader sees the old text or the new, never a part."""
    with clear_errors(path, "write"):
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, path)


def make_folder(config: Config, out: Path | None, force: bool = False) -> Path:
    """Returns a new folder with the configuration in it.

    Without `out` it is runs/<name of the run>, or that name with _2, _3 ... when it exists.
    Raises GpfftError when `out` exists and is not to be replaced, or is no folder of a run.
    """
    path = out or _free(Path("runs") / config.name)
    with clear_errors(path, "make the folder"):
        if path.is_dir() and force:
            _empty(path)
        elif path.exists() or path.is_symlink():
            hint = "choose another, or --force to replace it" if path.is_dir() else "choose another"
            raise GpfftError(f"{path} exists: {hint}")
        path.mkdir(parents=True, exist_ok=force)
    comment = f"gpfft run of {config.size} points. To repeat it, give this file to gpfft evolve."
    write_text(path / "config.toml", config.to_toml(comment))
    write_json(path / "environment.json", environment())
    return path


def _free(path: Path) -> Path:
    """Returns the path, or the first of path_2, path_3 ... that does not exist."""
    candidate, number = path, 1
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.name}_{number}")
    return candidate


def _empty(path: Path) -> None:
    """Removes a run's files from its folder; refuses a folder that holds anything else."""
    strangers = sorted({item.name for item in path.iterdir()} - set(FILES))
    if strangers:
        raise GpfftError(f"{path} holds {strangers[0]!r}, which no run writes: not replaced")
    for item in path.iterdir():
        item.unlink()


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Writes a JSON object, indented."""
    write_text(path, json.dumps(data, indent=1) + "\n")


def environment() -> dict[str, Any]:
    """Returns what the run runs on: versions, and the commit when in a checkout."""
    names = ("gpfft", "numpy", "numba", "deap", "python-flint")
    versions = {name: _version(name) for name in names}
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "versions": versions,
        "commit": _commit(),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """Returns the commit of the checkout that gpfft was imported from, or ""."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists() or shutil.which("git") is None:
        return ""
    answer = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return answer.stdout.strip()


class Folder:
    """Writes a run down while it happens, so that nothing found is lost."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def generation(self, row: dict[str, Any]) -> None:
        """Adds a row to the history, which opens with the names of its columns."""
        file = self.path / "history.csv"
        with clear_errors(file, "write"):
            new = not file.exists()
            with file.open("a", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, row.keys(), lineterminator="\n")
                if new:
                    writer.writeheader()
                writer.writerow(row)

    def champion(self, row: dict[str, Any], codelet: Codelet) -> None:
        """Writes the new champion and its listing; the archive keeps every one."""
        write_text(self.path / "champion.json", codelet.to_json())
        write_text(self.path / "listing.txt", codelet.listing())
        entry = {**row, "program": json.loads(codelet.to_json())}
        with clear_errors(self.path / "archive.jsonl", "write"):
            with (self.path / "archive.jsonl").open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(entry) + "\n")

    def end(self, codelet: Codelet, stopped: str, seconds: float) -> None:
        """Writes the verdict, the count and the rounding error; and how the run ended."""
        cost = codelet.cost
        count = {"adds": cost.adds, "muls": cost.muls, "flops": cost.flops}
        measured = {"error": codelet.error, "rounding": codelet.rounding}
        write_json(self.path / "verdict.json", {**asdict(codelet.verdict), **count, **measured})
        ending = {"stopped": stopped, "seconds": round(seconds, 3)}
        write_json(self.path / "environment.json", {**environment(), **ending})


def read_champion(path: Path) -> Codelet:
    """Returns the champion of a run folder, or the program in a file.

    Raises GpfftError when there is none, or when it is damaged.
    """
    if not path.exists():
        raise GpfftError(f"there is no run {path}")
    file = path / "champion.json" if path.is_dir() else path
    if not file.is_file():
        raise GpfftError(f"{path} has no champion.json: it is no run, or nothing was found yet")
    return _named(file, Codelet.from_json)


def read_config(path: Path, **changes: Any) -> Config:
    """Returns the configuration in a TOML file, or in a run folder's; `changes` win over it."""
    file = path / "config.toml" if path.is_dir() else path
    return _named(file, lambda text: Config.from_toml(text, **changes))


T = TypeVar("T")


def _named(file: Path, parse: Callable[[str], T]) -> T:
    """Returns what `parse` makes of a file, its errors with the file's name in front."""
    text = read_text(file)
    try:
        return parse(text)
    except GpfftError as error:
        raise GpfftError(f"{file}: {error}") from None


def read_history(path: Path) -> list[dict[str, Any]]:
    """Returns the rows of a run folder's history, numbers as numbers. Raises GpfftError."""
    rows: list[dict[str, Any]] = []
    try:
        for row in csv.DictReader(read_text(path / "history.csv").splitlines()):
            numbers = {key: float(value) for key, value in row.items() if key != "stage"}
            rows.append({"stage": row["stage"], **numbers})
    except (TypeError, ValueError, KeyError, csv.Error):
        raise GpfftError(f"{path / 'history.csv'}: row {len(rows) + 1} is damaged") from None
    return rows
