"""The run folder: what a run leaves behind, as data. Loading one never executes anything."""

from __future__ import annotations

import csv
import errno
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from gpfft import program, recursion
from gpfft.algorithm import Algorithm
from gpfft.champion import Champion
from gpfft.codelet import Codelet
from gpfft.config import Config
from gpfft.errors import GpfftError, one_line
from gpfft.matrix_file import write_matrix

LARGEST_FILE = 60_000_000  # bytes; a program of the most lines takes half of it
COLUMNS = (
    "stage", "generation", "evaluations", "error", "flops", "median_error", "median_flops",
    "median_length", "champion_error", "champion_flops",
)  # fmt: skip
COUNTS = ("generation", "evaluations", "flops", "champion_flops")  # whole numbers in a history
PARTIAL = ".partial"  # follows a file's name while it is written
FILES = (
    "config.toml", "environment.json", "history.csv", "champion.json", "archive.jsonl",
    "verdict.json", "listing.txt", "scaling.csv", "start.json", "matrix.npy",
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
        if path.exists() and not path.is_file():
            raise GpfftError(f"cannot read {path}: it is no file")
        if path.stat().st_size > LARGEST_FILE:
            raise GpfftError(f"{path} is larger than {LARGEST_FILE // 10**6} MB, no run writes that")
        return path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark in front


def write_text(path: Path, text: str) -> None:
    """Writes a file in one step: a reader sees the old text or the new, never a part.

    A link is followed, and what is there and no file, a pipe or a device, is written to.
    """
    with clear_errors(path, "write"):
        if path.is_dir():
            raise GpfftError(f"cannot write {one_line(str(path))}: it is a folder")
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            return
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        file = path.resolve() if path.is_symlink() else path
        partial = file.with_name(file.name + PARTIAL)
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, file)


def make_folder(
    config: Config, out: Path | None, force: bool = False, matrix: NDArray[Any] | None = None, start: str = ""
) -> Folder:
    """Returns a new folder with the configuration in it.

    Without `out` it is runs/<name of the run>, or that name with _2, _3 ... when it exists. A file that
    the run starts from is copied into it, or `start` written in its place, and so is `matrix`, which
    `config` names. A run that is to be replaced is moved aside until the new one has a champion.
    Raises GpfftError when `out` exists and is not to be replaced, or holds what no run writes.
    """
    path = out or _free(Path("runs") / config.name)
    if config.start and not start:
        start = read_text(Path(config.start))
    aside = None
    with clear_errors(path, "make the folder"):
        if path.is_dir() and not path.is_symlink() and force:
            _check_replaceable(path)
            aside = path.rename(_free(path.with_name(path.name + "_replaced")))
        elif path.exists() or path.is_symlink():
            hint = "choose another, or --force to replace it" if path.is_dir() else "choose another"
            raise GpfftError(f"{path} exists: {hint}")
        try:
            path.mkdir(parents=True)
        except OSError:
            if aside is not None:
                aside.rename(path)
            raise
    if config.start:  # kept beside, so that the folder says all
        write_text(path / "start.json", start)
        config = replace(config, start="start.json")
    if matrix is not None:
        with clear_errors(path / "matrix.npy", "write"):
            write_matrix(path / "matrix.npy", matrix)
        config = replace(config, matrix="matrix.npy")
    comment = f"gpfft run for {config.target}. To repeat it, give this file to gpfft evolve."
    write_text(path / "config.toml", config.to_toml(comment))
    folder = Folder(path, environment(), aside)
    write_json(path / "environment.json", folder.environment)
    return folder


def _free(path: Path) -> Path:
    """Returns the path, or the first of path_2, path_3 ... that does not exist."""
    candidate, number = path, 1
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.name}_{number}")
    return candidate


def _check_replaceable(path: Path) -> None:
    """Raises GpfftError when a folder holds anything but a run's files."""
    for item in path.iterdir():
        if item.name.removesuffix(PARTIAL) not in FILES or not item.is_file():
            raise GpfftError(f"{path} holds {item.name!r}, which no run writes: not replaced")


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

    def git(*words: str) -> str:
        command = ["git", "-C", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "gpfft", "primitives")
    return git("rev-parse", "HEAD") + (" with changes" if changed else "")


class Folder:
    """Writes a run down while it happens, so that nothing found is lost.

    Attributes:
        path: the folder.
        environment: what the run runs on.
        replaced: the run that stood here before, moved aside; removed with the first champion.
    """

    def __init__(self, path: Path, environment: dict[str, Any], replaced: Path | None) -> None:
        self.path, self.environment, self.replaced = path, environment, replaced

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

    def champion(self, row: dict[str, Any], champion: Champion) -> None:
        """Writes the new champion and its listing; the archive keeps every one."""
        self._write_champion(champion)
        entry = {**row, "program": json.loads(champion.to_json())}
        with clear_errors(self.path / "archive.jsonl", "write"):
            with (self.path / "archive.jsonl").open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(entry) + "\n")
        if self.replaced is not None:
            shutil.rmtree(self.replaced, ignore_errors=True)
            self.replaced = None

    def _write_champion(self, champion: Champion) -> None:
        write_text(self.path / "champion.json", champion.to_json())
        write_text(self.path / "listing.txt", champion.listing())

    def end(self, champion: Champion, stopped: str, seconds: float) -> None:
        """Writes the verdict, the count and the rounding error; and how the run ended.

        The champion is written again: an interrupt may have come while it was.
        """
        self._write_champion(champion)
        for name, text in champion.tables.items():
            write_text(self.path / name, text)
        write_json(self.path / "verdict.json", {**asdict(champion.verdict), **champion.measured})
        ending = {"stopped": stopped, "seconds": round(seconds, 3)}
        write_json(self.path / "environment.json", {**self.environment, **ending})


FORMATS: dict[str, Callable[[str], Champion]] = {
    program.FORMAT: Codelet.from_json,
    recursion.FORMAT: Algorithm.from_json,
}


def read_champion(path: Path) -> Any:
    """Returns the champion of a run folder, or in a file: a `Codelet` or an `Algorithm`.

    Raises GpfftError when there is none, or when it is damaged.
    """
    if not path.exists():
        raise GpfftError(f"there is no run {path}")
    file = path / "champion.json" if path.is_dir() else path
    if not file.is_file():
        raise GpfftError(f"{path} has no champion.json: it is no run, or nothing was found yet")
    return _named(file, _champion)


def _champion(text: str) -> Champion:
    """Returns the champion in a JSON text, by the format that it names."""
    named = re.search(r'"format"\s*:\s*"([^"]*)"', text)
    parse = FORMATS.get(named[1] if named else "", Codelet.from_json)  # which says what is wrong
    return parse(text)


def read_algorithm(path: Path) -> Algorithm:
    """Returns the algorithm of a run. Raises GpfftError when it has a program of one size."""
    champion = read_champion(path)
    if not isinstance(champion, Algorithm):
        what = f"of {champion.size} points" if champion.sought.is_dft else "for a matrix"
        raise GpfftError(f"{path} holds a program {what}, no algorithm")
    return champion


def read_config(path: Path, **changes: Any) -> Config:
    """Returns the configuration in a TOML file, or in a run folder's; `changes` win over it.

    The names of files in it, of a start or a matrix, are taken from the folder of the TOML file.
    """
    file = path / "config.toml" if path.is_dir() else path
    config = _named(file, lambda text: Config.from_toml(text, **changes))
    if config.matrix and "matrix" not in changes:
        config = replace(config, matrix=str(file.parent / config.matrix))
    return replace(config, start=str(file.parent / config.start)) if config.start else config


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
        table = csv.DictReader(read_text(path / "history.csv").splitlines())
        if tuple(table.fieldnames or ()) != COLUMNS:
            raise GpfftError(f"{path / 'history.csv'}: its columns must be {', '.join(COLUMNS)}")
        for row in table:
            numbers = {key: float(value) for key, value in row.items() if key != "stage"}
            whole = {key: int(numbers[key]) for key in COUNTS}
            rows.append({"stage": row["stage"], **numbers, **whole})
    except GpfftError:
        raise
    except (TypeError, ValueError, OverflowError, csv.Error):
        raise GpfftError(f"{path / 'history.csv'}: row {len(rows) + 1} is damaged") from None
    return rows


def read_last_champion(path: Path) -> dict[str, Any]:
    """Returns the record of the last champion in a run folder's archive. Raises GpfftError."""
    file = path / "archive.jsonl"
    try:
        row = json.loads(read_text(file).splitlines()[-1])
        del row["program"]
        return dict(row)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise GpfftError(f"{file}: the last line is damaged") from None


def read_environment(path: Path) -> dict[str, Any]:
    """Returns what a run ran on, and how it ended. Raises GpfftError."""
    file = path / "environment.json"
    try:
        return dict(json.loads(read_text(file)))
    except (ValueError, TypeError, RecursionError):
        raise GpfftError(f"{file} is damaged") from None
