"""A run folder belongs to one run at a time: a lock that dies with its process, and a file that names it."""

from __future__ import annotations

import json
import math
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from os.path import samestat
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from gpfft.errors import GpfftError, one_line

LOCK, OWNER = "run.lock", "owner.json"
BRIEF = 0.2  # seconds that a lock is waited for: somebody may just look whether it is held


@dataclass(frozen=True)
class Owner:
    """Who works on a run.

    Attributes:
        process: its number.
        host: the machine.
        since: the time at which it began, ISO 8601.
        seconds: how long the run had taken before.
    """

    process: int
    host: str
    since: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return one_line(f"process {self.process} on {self.host[:60]} since {self.since[:60]}")

    @property
    def lasts(self) -> float:
        """Returns the seconds since it began, not below 0 whatever was done to the clock."""
        began = datetime.fromisoformat(self.since)
        return max(0.0, (datetime.now(timezone.utc) - began).total_seconds())


class Lock:
    """Holds a run folder, from `take` to `drop`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: BaseFileLock = FileLock(folder / LOCK, timeout=BRIEF)
        self._taken: os.stat_result | None = None

    def take(self) -> None:
        """Takes the folder. Raises GpfftError, which names the owner, when another run has it."""
        try:
            self._lock.acquire()
            self._taken = (self._folder / LOCK).stat()
        except Timeout:
            owner = read_owner(self._folder)
            who = f"by {owner}" if owner else "by another process"
            raise GpfftError(f"{self._folder} is being worked on {who}: wait, or stop that") from None
        except (OSError, NotImplementedError) as error:
            raise GpfftError(f"cannot lock {self._folder}: {getattr(error, 'strerror', error)}") from None

    @property
    def is_mine(self) -> bool:
        """Tells whether what was taken is still there: the folder may have been moved, and be another's."""
        try:
            return self._taken is not None and samestat(self._taken, (self._folder / LOCK).stat())
        except OSError:
            return False

    @property
    def is_held(self) -> bool | None:
        """Tells whether another run has the folder, None where nobody can tell; no file is made for it."""
        if not (self._folder / LOCK).exists():
            return False
        try:
            with self._lock:
                return False
        except Timeout:
            return True
        except (OSError, NotImplementedError):  # it may only be read
            return _is_shared(self._folder / LOCK)

    def sign(self, seconds: float) -> None:
        """Says who works on it; `seconds` is how long the run had taken before."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        owner = Owner(os.getpid(), socket.gethostname(), now, seconds)
        with suppress(OSError):  # it is there to be read, nothing depends on it
            (self._folder / OWNER).write_text(json.dumps(asdict(owner)) + "\n", encoding="utf-8")

    def drop(self) -> None:
        """Gives the folder free, and removes what says that it is not, unless that is another's by now."""
        if self.is_mine:
            for name in (OWNER, LOCK):
                with suppress(OSError):
                    (self._folder / name).unlink()
        self._taken = None
        self._lock.release()


def _is_shared(file: Path) -> bool | None:
    """Tells whether somebody has a lock to himself, None where the system does not say so."""
    try:
        import fcntl

        with file.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        return None
    return False


def read_owner(folder: Path) -> Owner | None:
    """Returns who works, or worked, on the run in a folder, None where nobody says so."""
    try:
        with (folder / OWNER).open(encoding="utf-8") as file:
            data = json.loads(file.read(10_000))
        owner = Owner(int(data["process"]), str(data["host"]), str(data["since"]), float(data["seconds"]))
        sound = owner.process > 0 and owner.lasts >= 0 and 0 <= owner.seconds < math.inf
        return owner if sound else None
    except (OSError, ValueError, TypeError, LookupError, RecursionError, OverflowError):
        return None
