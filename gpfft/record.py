"""What a run leaves behind, read as data: loading a run folder never executes anything."""

from __future__ import annotations

import csv
import errno
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from gpfft import program, recursion
from gpfft.algorithm import Algorithm
from gpfft.approximation import Approximation
from gpfft.champion import Champion
from gpfft.config import Config
from gpfft.errors import GpfftError, one_line, short
from gpfft.front import Front
from gpfft.lock import LOCK, OWNER
from gpfft.search.descent import Record, Step, check

LARGEST_FILE = 60_000_000  # bytes; a program of the most lines takes half of it
LARGEST_CONFIG = 100_000  # bytes; a TOML file of a megabyte takes seconds to read
LONGEST_ROWS = 10_000  # bytes; two rows of a history are shorter
MOST_ROWS = 100_000  # of a history, where later generations are not all kept, and of an ancestry
COLUMNS = (
    "stage", "generation", "evaluations", "error", "flops", "median_error", "median_flops",
    "median_length", "median_live", "diversity", "champion_error", "champion_flops",
)  # fmt: skip
FRONT_COLUMNS = (*COLUMNS[:-2], "hypervolume", *COLUMNS[-2:])  # of a run for a front
MOST_COUNT = 10**15  # of anything counted
COUNTS = ("generation", "evaluations", "flops", "champion_flops")  # whole numbers
TEXTS = ("stage", "move")
PARTIAL = ".partial"  # follows a file's name while it is written
HISTORY, ARCHIVE = "history.csv", "archive.jsonl"  # these grow, the others are replaced
ANCESTRY = "ancestry.csv"
FRONT, FRONT_TABLE = "front.jsonl", "front.csv"
STEPS = ("stage", *Step._fields)  # the columns of an ancestry
CHECKPOINTS = ("checkpoint_0.jsonl", "checkpoint_1.jsonl")
FILES = (
    "config.toml", "environment.json", HISTORY, "champion.json", ARCHIVE, ANCESTRY, "verdict.json",
    "listing.txt", "scaling.csv", FRONT, FRONT_TABLE, "start.json", "matrix.npy", *CHECKPOINTS, LOCK, OWNER,
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


def in_folder(path: Path, name: str) -> Path:
    """Returns where a file of a run's folder is. Raises GpfftError for a link, which leads anywhere."""
    file = path / name
    if file.is_symlink():
        raise GpfftError(f"{file} leads elsewhere: the files of a run are in its own folder")
    return file


def read_text(path: Path, most: int | None = None) -> str:
    """Returns the text of a file. Raises GpfftError when it cannot be read or is larger than `most` bytes."""
    most = LARGEST_FILE if most is None else most
    with clear_errors(path, "read"):
        if path.exists() and not path.is_file():
            raise GpfftError(f"cannot read {path}: it is no file")
        if path.stat().st_size > most:
            raise GpfftError(f"{path} is larger than {most / 10**6:g} MB, no run writes that")
        return path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark in front


def last_line(path: Path, end: int | None = None) -> str:
    """Returns the last line of a file, or of its first `end` bytes, however long the file is.

    Raises GpfftError when it cannot be read, or when the line is too long.
    """
    if not path.is_file():
        raise GpfftError(f"cannot read {path}: it is no file")
    with clear_errors(path, "read"), path.open("rb") as file:
        end = file.seek(0, os.SEEK_END) if end is None else end
        size, tail = 65_536, b""
        while b"\n" not in tail[:-1] and len(tail) < end:
            if len(tail) == LARGEST_FILE:
                raise GpfftError(f"{path} has a line that is longer than any run writes")
            size = min(4 * size, end, LARGEST_FILE)
            file.seek(end - size)
            tail = file.read(size)
        return tail.rstrip(b"\n").rpartition(b"\n")[2].decode("utf-8")


def write_text(path: Path, text: str, lasting: bool = False) -> None:
    """Writes a file in one step: a reader sees the old text or the new, never a part.

    A link is followed, and what is there and no file, a pipe or a device, is written to. With `lasting`
    all that holds even after the power fails.
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
        target = path.resolve() if path.is_symlink() else path
        partial = target.with_name(target.name + PARTIAL)
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.replace(partial, target)
        if lasting:
            sync(target.parent)


def sync(path: Path) -> None:
    """Waits until what was written into a file, or a folder, is on the disk. Raises OSError."""
    if path.is_dir() and os.name != "posix":
        return  # where folders are no files, renaming lasts by itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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


FORMATS: dict[str, Callable[[str], Champion]] = {
    program.FORMAT: Approximation.from_json,
    recursion.FORMAT: Algorithm.from_json,
}


def read_champion(path: Path) -> Any:
    """Returns the champion of a run folder, or in a file: a `Codelet` or an `Algorithm`.

    Raises GpfftError when there is none, or when it is damaged.
    """
    if not path.exists():
        raise GpfftError(f"there is no run {path}")
    file = in_folder(path, "champion.json") if path.is_dir() else path
    if not file.is_file():
        raise GpfftError(f"{path} has no champion.json: it is no run, or nothing was found yet")
    return _named(file, _champion)


def _champion(text: str) -> Champion:
    """Returns the champion in a JSON text, by the format that it names."""
    named = re.search(r'"format"\s*:\s*"([^"]*)"', text)
    parse = FORMATS.get(named[1] if named else "", Approximation.from_json)  # which says what is wrong
    return parse(text)


def read_front(path: Path) -> Front | None:
    """Returns the front in a run folder, None where it has none.

    Raises GpfftError when it is damaged, or of another kind than the run.
    """
    if not path.is_dir() or not in_folder(path, FRONT).exists():
        return None
    front = _named(path / FRONT, Front.from_text)
    if front.programs and in_folder(path, "config.toml").exists():
        config, one = read_config(path), front[0]
        asked = config.size, config.real, config.scaled, config.cost
        if (one.size, one.real, one.scaled, front.cost) != asked:
            raise GpfftError(f"{path / FRONT}: its programs are not what the run's config.toml asks for")
    return front


def read_program(path: Path, at_error: float | None = None) -> Any:
    """Returns the champion of a run, or of its front the cheapest program with no more than an error.

    Raises GpfftError when there is none.
    """
    if at_error is None:
        return read_champion(path)
    front = read_front(path)
    if front is None and in_folder(path, "config.toml").exists() and read_config(path).front:
        raise GpfftError(f"{path} has no front yet: gpfft resume {path} goes on")
    if front is None:
        raise GpfftError(f"{path} has no front: --at-error is for runs of gpfft evolve --front")
    return front.within(at_error)


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
    file = in_folder(path, "config.toml") if path.is_dir() else path
    config = _named(file, lambda text: Config.from_toml(text, **changes), LARGEST_CONFIG)
    if path.is_dir():
        for name in (config.start, config.matrix if "matrix" not in changes else ""):
            if name and (name != Path(name).name or name in (".", "..")):
                raise GpfftError(f"{file}: {short(name)} is outside of the run's folder")
            in_folder(path, name)
    if config.matrix and "matrix" not in changes:
        config = replace(config, matrix=str(file.parent / config.matrix))
    return replace(config, start=str(file.parent / config.start)) if config.start else config


T = TypeVar("T")


def _named(file: Path, parse: Callable[[str], T], most: int | None = None) -> T:
    """Returns what `parse` makes of a file, its errors with the file's name in front."""
    text = read_text(file, most)
    try:
        return parse(text)
    except GpfftError as error:
        raise GpfftError(f"{file}: {error}") from None


def read_history(path: Path, end: int | None = None) -> list[Record]:
    """Returns the rows of a run folder's history, or of its first `end` bytes, numbers as numbers.

    Raises GpfftError.
    """
    return [] if end == 0 else _read_csv(in_folder(path, HISTORY), (COLUMNS, FRONT_COLUMNS), end)


def read_ancestry(path: Path) -> list[Record]:
    """Returns how the champion in a run folder came about, see `outcome.Run`. Raises GpfftError."""
    if not in_folder(path, ANCESTRY).exists():
        again = f"gpfft evolve {path / 'config.toml'} makes one"
        raise GpfftError(f"{path} has no {ANCESTRY}: it was not written when that was run; {again}")
    rows = _read_csv(path / ANCESTRY, (STEPS,))
    for number, row in enumerate(rows, start=1):
        try:
            check(row)
        except (ValueError, TypeError):
            raise GpfftError(f"{path / ANCESTRY}: row {number} is damaged") from None
    return rows


def _read_csv(file: Path, kinds: Sequence[Sequence[str]], end: int | None = None) -> list[Record]:
    """Returns the rows of a CSV file that has the columns of one of some kinds. Raises GpfftError."""
    rows: list[Record] = []
    try:
        text = read_text(file).encode()[:end].decode("utf-8", "replace")
        table = csv.DictReader(text.splitlines())
        if tuple(table.fieldnames or ()) not in kinds:
            raise GpfftError(f"{file}: its columns must be {', '.join(kinds[0])}")
        for row in table:
            if len(rows) == MOST_ROWS:
                raise GpfftError(f"{file} has more rows than any run writes")
            rows.append(_row(row))
    except GpfftError:
        raise
    except (TypeError, ValueError, OverflowError, csv.Error):
        raise GpfftError(f"{file}: row {len(rows) + 1} is damaged") from None
    return rows


def _row(texts: dict[str, str]) -> Record:
    """Returns a row of a CSV file, numbers as numbers. Raises TypeError, ValueError or OverflowError."""
    row: Record = {key: text if key in TEXTS else _number(key, text) for key, text in texts.items()}
    if not row["error"] >= 0 or not all(0 <= row[key] < MOST_COUNT for key in COUNTS if key in row):
        raise ValueError
    return row


def _number(key: str, text: str) -> float:
    return int(text) if key in COUNTS else float(text)


def read_last_row(path: Path) -> dict[str, Any]:
    """Returns the last row of a run folder's history that was written to its end.

    A run may have been killed while it wrote one. Raises GpfftError when there is none, or it is damaged.
    """
    file = in_folder(path, HISTORY)
    try:
        with clear_errors(file, "read"), file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - LONGEST_ROWS))
            whole, _, _ = stream.read().rpartition(b"\n")
        texts = whole.rpartition(b"\n")[2].decode().split(",")
        columns = FRONT_COLUMNS if len(texts) == len(FRONT_COLUMNS) else COLUMNS
        return _row(dict(zip(columns, texts, strict=True)))
    except (ValueError, OverflowError):
        raise GpfftError(f"{file}: the last row is damaged, or there is none") from None


def read_last_champion(path: Path) -> dict[str, Any]:
    """Returns the record of the last champion in a run folder's archive. Raises GpfftError."""
    return _archived(path)[0]


def read_archived(path: Path, end: int) -> tuple[dict[str, Any], Champion]:
    """Returns the last champion in the first `end` bytes of a run folder's archive, and its record.

    Raises GpfftError when it is damaged.
    """
    row, program = _archived(path, end)
    return row, _champion(json.dumps(program))


def _archived(path: Path, end: int | None = None) -> tuple[dict[str, Any], Any]:
    """Returns the record in the last line of an archive, and the program as data."""
    file = in_folder(path, ARCHIVE)
    try:
        return _record(last_line(file, end))
    except GpfftError:
        raise
    except (ValueError, LookupError, TypeError, RecursionError):
        raise GpfftError(f"{file}: the last line is damaged") from None


def _record(line: str) -> tuple[dict[str, Any], Any]:
    """Returns the record in a line of an archive, and the program as data. Raises what damage raises."""
    row = dict(json.loads(line))
    program = row.pop("program")
    if type(row["stage"]) is not str or not all(type(row[key]) in (int, float) for key in COLUMNS[1:-2]):
        raise TypeError
    return row, program


def read_archive(path: Path) -> list[tuple[dict[str, Any], Champion]]:
    """Returns all champions in a run folder's archive with their records, in the order they were found.

    Raises GpfftError when there is none, or it is damaged.
    """
    file = in_folder(path, ARCHIVE)
    lines = read_text(file).splitlines()
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            row, program = _record(line)
            found.append((row, _champion(json.dumps(program))))
        except (ValueError, LookupError, TypeError, RecursionError):  # GpfftError is a ValueError
            raise GpfftError(f"{file}: line {number} is damaged") from None
    if not found:
        raise GpfftError(f"{file} holds no champion")
    return found


def read_environment(path: Path) -> dict[str, Any]:
    """Returns what a run ran on, and how it ended. Raises GpfftError."""
    file = in_folder(path, "environment.json")
    try:
        data = dict(json.loads(read_text(file)))
        if type(data.get("stopped", "")) is not str or not 0 <= data.get("seconds", 0.0) < math.inf:
            raise TypeError
        return data
    except (ValueError, TypeError, RecursionError):
        raise GpfftError(f"{file} is damaged") from None
