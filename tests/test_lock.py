"""A run folder belongs to one run at a time."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import gpfft
from gpfft import GpfftError, Listener
from gpfft.folder import make_folder
from gpfft.lock import LOCK, OWNER, Lock, Owner, read_owner
from gpfft.status import status

from .test_engine import Interrupts
from .test_record import QUICK, contents

NOW = datetime.now(timezone.utc)


def test_a_folder_that_is_worked_on_is_refused_and_the_owner_named(tmp_path):
    a, b = Lock(tmp_path), Lock(tmp_path)
    a.take()
    a.sign(3.0)
    assert b.is_held
    who = f"process {os.getpid()} on {re.escape(socket.gethostname())} since 20"
    with pytest.raises(GpfftError, match=f"is being worked on by {who}.*: wait, or stop that"):
        b.take()
    owner = read_owner(tmp_path)
    assert owner is not None and owner.seconds == 3 and 0 <= owner.lasts < 60
    a.drop()
    assert not b.is_held and not list(tmp_path.iterdir())
    b.take()
    b.drop()


def test_a_run_is_not_gone_on_with_while_it_runs(tmp_path):
    refused: list[str] = []

    class Tries(Listener):
        def generation(self, run, row):
            replace = lambda: make_folder(QUICK, run.folder, force=True)  # noqa: E731
            for go_on in (lambda: gpfft.resume(run.folder), replace):
                with pytest.raises(GpfftError, match="is being worked on by process") as error:
                    go_on()
                refused.append(str(error.value))

    run = gpfft.evolve(config=QUICK, out=tmp_path / "run", listeners=(Tries(),))
    assert run.stopped == "all generations done" and len(refused) == 2 * len(run.history)
    assert not {LOCK, OWNER} & {path.name for path in (tmp_path / "run").iterdir()}


def test_what_is_another_runs_by_now_is_not_given_free(tmp_path):
    (tmp_path / "run").mkdir()
    a, b = (Lock(tmp_path / "run") for _ in range(2))
    a.take()
    assert a.is_mine and not b.is_mine
    (tmp_path / "run").rename(tmp_path / "moved")
    (tmp_path / "run").mkdir()
    assert not a.is_mine
    b.take()
    b.sign(0.0)
    a.drop()
    assert set(contents(tmp_path / "run")) == {LOCK, OWNER} and b.is_mine
    assert Lock(tmp_path / "run").is_held
    b.drop()


@pytest.fixture
def read_only(monkeypatch):
    """Lets no lock be opened for writing, as where a file system is mounted to be read only."""

    def refuse(self, *arguments, **more):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)


@pytest.mark.skipif(sys.platform == "win32", reason="locks are not shared there")
def test_a_run_is_seen_though_its_lock_can_only_be_read(tmp_path, request, monkeypatch):
    run = gpfft.evolve(config=QUICK, out=tmp_path / "run", listeners=(Interrupts(2),)).folder
    (run / OWNER).write_text(json.dumps(vars(Owner(os.getpid(), socket.gethostname(), NOW.isoformat()))))
    lock = Lock(run)
    lock.take()
    request.getfixturevalue("read_only")
    assert Lock(run).is_held and "; running, by process" in next(status(run))
    lock.drop()
    (run / LOCK).touch()
    assert Lock(run).is_held is False and "; ended: interrupted" in next(status(run))
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert Lock(run).is_held is None and "; whether it runs cannot be told, for " in next(status(run))


def test_what_a_killed_process_leaves_does_not_lock_anybody_out(tmp_path):
    gpfft.evolve(config=QUICK, out=tmp_path / "run", listeners=(Interrupts(2),))
    code = (
        "import os, sys; from pathlib import Path; from gpfft.lock import Lock;"
        "lock = Lock(Path(sys.argv[1]));"
        "lock.take(); lock.sign(1.5); os.kill(os.getpid(), 9)"
    )
    root = str(Path(__file__).parent.parent)
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], check=False,
                   env={**os.environ, "PYTHONPATH": root})  # fmt: skip
    assert {LOCK, OWNER} <= set(contents(tmp_path / "run"))
    assert not Lock(tmp_path / "run").is_held
    assert "running" not in " ".join(status(tmp_path / "run"))
    assert gpfft.resume(tmp_path / "run").stopped == "all generations done"


def test_a_clock_that_was_set_back_makes_no_time_negative():
    assert Owner(1, "a", (NOW + timedelta(hours=5)).isoformat()).lasts == 0


def test_an_owner_whose_number_another_process_has_by_now_does_not_run(tmp_path):
    gpfft.evolve(config=QUICK, out=tmp_path / "run", listeners=(Interrupts(2),))
    (tmp_path / "run" / LOCK).touch()
    mine = Owner(os.getpid(), socket.gethostname(), NOW.isoformat())
    (tmp_path / "run" / OWNER).write_text(json.dumps(vars(mine)))
    assert "running" not in " ".join(status(tmp_path / "run"))


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"process": -1, "host": "a", "since": "2026-01-01T00:00:00+00:00", "seconds": 0}',
    '{"process": 1, "host": "a", "since": "yesterday", "seconds": 0}',
    '{"process": 1, "host": "a", "since": "2026-01-01T00:00:00", "seconds": 0}',
    '{"process": 1, "host": "a", "since": "2026-01-01T00:00:00+00:00", "seconds": NaN}', "\x00" * 20_000,
    '{"process": 1, "host": "a", "since": "2026-01-01T00:00:00+00:00", "seconds": 1e999}',
    '{"process": Infinity, "host": "a", "since": "2026-01-01T00:00:00+00:00", "seconds": 0}',
])  # fmt: skip
def test_a_file_that_names_no_owner_is_none(tmp_path, text):
    (tmp_path / OWNER).write_text(text)
    assert read_owner(tmp_path) is None
    assert read_owner(tmp_path / "nothing") is None


def test_an_owners_name_is_one_line_whatever_it_holds(tmp_path):
    data = {"process": 1, "host": "a\nb" * 100, "since": NOW.isoformat(), "seconds": 0.0}
    (tmp_path / OWNER).write_text(json.dumps(data))
    assert len(str(read_owner(tmp_path)).splitlines()) == 1 and len(str(read_owner(tmp_path))) < 200


def test_a_folder_that_cannot_be_locked_is_refused_in_one_line(tmp_path):
    (tmp_path / LOCK).mkdir()
    with pytest.raises(GpfftError, match=f"cannot lock {re.escape(str(tmp_path))}: "):
        Lock(tmp_path).take()
