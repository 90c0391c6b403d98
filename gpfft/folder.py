"""A run's folder while the run lives: what is found is written down at once, and kept whatever happens."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gpfft.champion import Champion
from gpfft.checkpoint import Checkpoint, Prefix
from gpfft.config import Config
from gpfft.errors import GpfftError
from gpfft.front import Front
from gpfft.lock import LOCK, Lock
from gpfft.matrix_file import write_matrix
from gpfft.record import (
    ANCESTRY,
    ARCHIVE,
    CHECKPOINTS,
    COLUMNS,
    FILES,
    FRONT,
    FRONT_COLUMNS,
    FRONT_TABLE,
    HISTORY,
    PARTIAL,
    STEPS,
    clear_errors,
    environment,
    in_folder,
    read_environment,
    read_last_row,
    read_text,
    sync,
    write_json,
    write_text,
)
from gpfft.search.descent import Record
from gpfft.table import csv_text


class Growing:
    """A file that only grows, with what its checkpoints say of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._length, self._digest = 0, hashlib.sha256()

    @property
    def prefix(self) -> Prefix:
        """Returns what was written so far."""
        return Prefix(self._length, self._digest.hexdigest())

    def add(self, text: str) -> None:
        """Writes a text at the end. Raises GpfftError."""
        data = text.encode()
        with clear_errors(self.path, "write"), self.path.open("ab") as file:
            file.write(data)
        self._length += len(data)
        self._digest.update(data)

    def begins_with(self, prefix: Prefix) -> bool:
        """Tells whether the file has that beginning, and then takes it for what was written."""
        self._length, self._digest = 0, hashlib.sha256()
        try:
            with self.path.open("rb") as file:
                while data := file.read(min(2**20, prefix.length - self._length)):
                    self._length += len(data)
                    self._digest.update(data)
        except OSError:
            pass  # not there, so nothing was written
        return self.prefix == prefix

    def cut(self) -> None:
        """Cuts off what came after the beginning that was seen last. Raises GpfftError."""
        with clear_errors(self.path, "write"):
            if self.path.exists():
                os.truncate(self.path, self._length)

    def sync(self) -> None:
        """Waits until it is on the disk. Raises GpfftError."""
        with clear_errors(self.path, "write"):
            if self._length:
                sync(self.path)


class Folder:
    """Writes a run down while it happens, so that nothing found is lost.

    Attributes:
        path: the folder.
        environment: what the run runs on; empty where nobody came to write it.
        replaced: the run that stood here before, moved aside; removed with the first champion.
        empty: whether the run made the folder and found nothing so far.
        ended: why the run stopped, its seconds and on what they were spent; empty while it has not.
    """

    def __init__(
        self, path: Path, environment: dict[str, Any], replaced: Path | None = None, empty: bool = False
    ) -> None:  # fmt: skip
        self.path, self.environment, self.replaced, self.empty = path, environment, replaced, empty
        self.ended: dict[str, Any] = {}
        self.history, self.archive = Growing(path / HISTORY), Growing(path / ARCHIVE)
        self._checkpoints = 0  # how many were written
        self._lock: Lock | None = None

    @contextmanager
    def held(self, seconds: float = 0.0) -> Iterator[None]:
        """Keeps others from working on it; `seconds` is how long the run had taken before.

        A new folder in which nothing was found when an error came is withdrawn. Raises GpfftError when
        somebody works on it.
        """
        mine, self._lock = self._lock is None, self._lock or Lock(self.path)
        if mine:
            self._lock.take()
        self._lock.sign(seconds)
        try:
            yield
        except GpfftError:
            if self.empty and self._lock.is_mine:
                self.withdraw()
            raise
        finally:
            if mine:
                self._lock.drop()
                self._lock = None

    def check(self) -> None:
        """Raises GpfftError when the folder was moved under the run: at its path there may be another's."""
        if self._lock is not None and self.path.exists() and not self._lock.is_mine:
            raise GpfftError(f"cannot write {self.path}: it is not the folder that the run began in")

    def withdraw(self) -> None:
        """Removes a folder that holds nothing found, and puts back the run that stood there before."""
        with suppress(OSError):  # somebody may have put something else into it
            for name in FILES:
                for file in (self.path / name, self.path / (name + PARTIAL)):
                    if name != LOCK:
                        file.unlink(missing_ok=True)
            if self._lock is not None:
                self._lock.drop()
            self.path.rmdir()
            if self.replaced is not None:
                self.replaced.rename(self.path)
                self.replaced = None

    @property
    def aside(self) -> str:
        """Returns where the run is that stood here before, "" where there is none, or not any more."""
        return "" if self.replaced is None else f"the run that stood there before is in {self.replaced}"

    def generation(self, row: Record) -> None:
        """Adds a row to the history, which opens with the names of its columns."""
        columns = FRONT_COLUMNS if "hypervolume" in row else COLUMNS
        self.history.add(csv_text([row], columns, header=not self.history.prefix.length))

    def champion(self, row: Record, champion: Champion, ancestry: list[Record]) -> None:
        """Writes the new champion, its listing and how it came about; the archive keeps every one."""
        self.empty = False
        self._write_champion(champion, ancestry)
        self.archive.add(json.dumps({**row, "program": json.loads(champion.to_json())}) + "\n")
        if self.replaced is not None:
            shutil.rmtree(self.replaced, ignore_errors=True)
            self.replaced = None

    def _write_champion(self, champion: Champion, ancestry: list[Record]) -> None:
        write_text(self.path / "champion.json", champion.to_json())
        write_text(self.path / "listing.txt", champion.listing())
        write_text(self.path / ANCESTRY, csv_text(ancestry, STEPS))

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint in the place of the older of two. Raises GpfftError."""
        for file in (self.history, self.archive):
            file.sync()
        whole = replace(checkpoint, history=self.history.prefix, archive=self.archive.prefix)
        write_text(self.path / CHECKPOINTS[self._checkpoints % 2], whole.to_text(), lasting=True)
        self._checkpoints += 1

    def recall(self, strict: bool = True) -> tuple[Checkpoint, list[str]]:
        """Returns the newest checkpoint that is sound, and what is wrong with those that are not.

        With none it is one of a run that has not begun. Raises GpfftError when there are some and none is
        sound, unless that is not to be looked at strictly.
        """
        sound: list[tuple[float, int, Checkpoint]] = []
        wrong: list[str] = []
        for number, name in enumerate(CHECKPOINTS):
            if not (self.path / name).exists():
                continue
            try:
                checkpoint = Checkpoint.from_text(read_text(self.path / name))
                for file, prefix in self._growing(checkpoint):
                    if not file.begins_with(prefix):
                        raise GpfftError(f"{file.path.name} does not begin as it did then")
                sound.append((checkpoint.seconds, number, checkpoint))
            except GpfftError as error:
                wrong.append(f"{self.path / name} is damaged: {error}".removesuffix("."))
        if wrong and not sound and strict:
            raise GpfftError("; ".join(wrong) + ": nothing to go on from, gpfft evolve repeats the run")
        if not sound:
            return Checkpoint(), wrong
        _, number, newest = max(sound)
        self._checkpoints = number + 1
        return newest, wrong

    def reached(self) -> tuple[str, int]:
        """Returns stage and generation of the last whole row of the history, ("", 0) where there is none."""
        try:
            row = read_last_row(self.path)
        except GpfftError:
            return "", 0
        return row["stage"], row["generation"]

    def _growing(self, checkpoint: Checkpoint) -> list[tuple[Growing, Prefix]]:
        """Returns the files that only grow, with how a checkpoint says that they begin."""
        return [(self.history, checkpoint.history), (self.archive, checkpoint.archive)]

    def restore(self, checkpoint: Checkpoint, config: Config) -> None:
        """Makes the folder that of a run which goes on from a checkpoint: what came after is cut off.

        `config` has the limits as they are now. Raises GpfftError.
        """
        for file, prefix in self._growing(checkpoint):
            file.begins_with(prefix)
            file.cut()
        write_config(self.path, config)
        now, before = environment(), self.environment.get("resumed")
        again = {key: now[key] for key in ("date", "python", "versions", "commit")}
        resumed = [*(before if isinstance(before, list) else [])[-99:], again]
        self.environment = {**(self.environment or now), "resumed": resumed}
        write_json(self.path / "environment.json", self.environment)

    def settle(self, over: bool) -> None:
        """Leaves the newest checkpoint as the first, or none where a run is over. Raises GpfftError."""
        newest = self.path / CHECKPOINTS[(self._checkpoints - 1) % 2]
        with clear_errors(newest, "write"):
            if newest.exists() and not over:
                os.replace(newest, self.path / CHECKPOINTS[0])
            for name in CHECKPOINTS[0 if over else 1 :]:
                (self.path / name).unlink(missing_ok=True)
        self._checkpoints = 1

    def end(
        self, champion: Champion, ancestry: list[Record], stopped: str, seconds: float,
        spent: dict[str, float], front: Front | None = None,
    ) -> None:  # fmt: skip
        """Writes the verdict, the count and the rounding error; and how the run ended.

        The champion is written again: an interrupt may have come while it was.
        """
        self._write_champion(champion, ancestry)
        for name, text in champion.tables.items():
            write_text(self.path / name, text)
        if front is not None:
            write_text(self.path / FRONT, front.to_text())
            write_text(self.path / FRONT_TABLE, front.as_csv())
        write_json(self.path / "verdict.json", {**asdict(champion.verdict), **champion.measured})
        rounded = {part: round(spent[part], 3) for part in spent}
        ending = {"stopped": stopped, "seconds": round(seconds, 3), "spent": rounded}
        self.environment = {**self.environment, **ending}
        write_json(self.path / "environment.json", self.environment)


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
    folder = Folder(path, environment(), aside, empty=True)
    try:
        write_start(path, config, start, matrix)
        write_json(path / "environment.json", folder.environment)
    except BaseException:
        folder.withdraw()
        raise
    return folder


def write_start(path: Path, config: Config, start: str, matrix: NDArray[Any] | None) -> None:
    """Writes what a run begins with into its folder: the configuration and what that names."""
    if config.start:  # kept beside, so that the folder says all
        write_text(path / "start.json", start)
    if matrix is not None:
        with clear_errors(path / "matrix.npy", "write"):
            write_matrix(path / "matrix.npy", matrix)
    write_config(path, config)


def write_config(path: Path, config: Config) -> None:
    """Writes the configuration, in which what lies beside it is named so."""
    config = replace(
        config, start="start.json" if config.start else "", matrix="matrix.npy" if config.matrix else ""
    )
    comment = f"gpfft run for {config.target}. To repeat it, give this file to gpfft evolve."
    write_text(path / "config.toml", config.to_toml(comment))


def open_folder(path: Path) -> Folder:
    """Returns the folder of a run. Raises GpfftError when it is none, or not to be trusted."""
    if not path.is_dir():
        raise GpfftError(f"there is no run {path}")
    if not (path / "config.toml").is_file():
        raise GpfftError(f"{path} has no config.toml: it is no run")
    for name in FILES:
        for file in (in_folder(path, name), in_folder(path, name + PARTIAL)):
            if file.exists() and not file.is_file():
                raise GpfftError(f"{file} is no file: no run writes that")
    known = read_environment(path) if (path / "environment.json").exists() else {}
    folder = Folder(path, known)
    folder.ended = {key: known.pop(key) for key in ("stopped", "seconds", "spent") if key in known}
    return folder


def rescue(
    config: Config, rows: list[Record], champions: list[tuple[Record, Champion]], ancestry: list[Record],
    checkpoint: Checkpoint | None, told: tuple[int, int], start: str, matrix: NDArray[Any] | None,
    ending: tuple[str, float, dict[str, float]],
) -> Path:  # fmt: skip
    """Returns a new folder, somewhere that can be written, with all that is known of a run.

    `told` is how many rows and champions there were at the checkpoint.

    Raises GpfftError when there is none.
    """
    places = [Path(tempfile.gettempdir()), Path.home(), Path.cwd()]
    for place in places:
        try:
            path = Path(tempfile.mkdtemp(prefix="gpfft_", dir=place))
            write_start(path, config, start, matrix)
            folder = Folder(path, environment())
            write_json(path / "environment.json", folder.environment)
            for part in (slice(told[0]), slice(told[1])), (slice(told[0], None), slice(told[1], None)):
                for row in rows[part[0]]:
                    folder.generation(row)
                for row, champion in champions[part[1]]:
                    folder.champion(row, champion, ancestry)
                if checkpoint is not None and part[0].start is None:
                    folder.checkpoint(checkpoint)
            if champions:
                folder.end(champions[-1][1], ancestry, *ending)
            return path
        except (OSError, GpfftError):
            continue
    raise GpfftError(f"nothing can be written in {', '.join(map(str, places))} either")


def _free(path: Path) -> Path:
    """Returns the path, or the first of path_2, path_3 ... that does not exist."""
    candidate, number = path, 1
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.name}_{number}")
    return candidate


def _check_replaceable(path: Path) -> None:
    """Raises GpfftError when a folder holds anything but a run's files, or is being worked on."""
    for item in path.iterdir():
        if item.name.removesuffix(PARTIAL) not in FILES or not item.is_file():
            raise GpfftError(f"{path} holds {item.name!r}, which no run writes: not replaced")
    lock = Lock(path)
    lock.take()
    lock.drop()
