"""Files from anywhere: no reader crashes, hangs, or takes a wrong program for a right one.

A damaged file is one that a run wrote, with bytes changed, cut, doubled or swapped; a malicious one says
what no run says, its checksum right. Either is refused with a GpfftError, or is as good as the original.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gpfft
from gpfft import Codelet, Config, GpfftError, matrices
from gpfft.checkpoint import FORMAT, VERSION
from gpfft.lock import OWNER, Lock, read_owner
from gpfft.matrix_file import read_matrix
from gpfft.record import (
    CHECKPOINTS,
    read_ancestry,
    read_archived,
    read_champion,
    read_config,
    read_environment,
    read_history,
)
from gpfft.status import status

from .test_engine import Interrupts, of_any_size, radix2, short

ORDINARY = settings(max_examples=200, deadline=None)
THOROUGH = settings(max_examples=5000, deadline=None)
WORDS = [b"NaN", b"-1", b"1e999", b"null", b"[]", b"{}", b'""', b"9" * 5000, b"[" * 3000, b"\0", b"\n"]
NUMBERS = [-1, 0, 1, 2, 7, 10**6, 2**31, 2**62, 2**63, 2**70, 0.5, math.nan, math.inf]
VALUES = [None, True, *NUMBERS, "", "x", [], {}]


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> list[Path]:
    """Returns the folders of runs that were stopped; together they have every file that a run may have."""
    root = tmp_path_factory.mktemp("runs")
    (root / "start.json").write_text(Codelet(radix2(8)).to_json())
    np.save(root / "dct3.npy", matrices.dct2(3))
    rescaled = Config(8, 1, "rescaled", start=str(root / "start.json"), islands=2)
    configs = [
        rescaled.with_settings("rescaled", steps=50, epoch=2, populations=3),
        Config(matrix=str(root / "dct3.npy")).with_settings("two-sided", steps=20),
        of_any_size(1), of_any_size(1, radix=3, encoding="recursive"), short(4, 1, "pool"),
        short(2, 1, "plain"),
    ]  # fmt: skip
    folders = []
    for number, config in enumerate(configs):
        out = root / f"run{number}"
        gpfft.evolve(config=config, out=out, workers=1, listeners=(Interrupts(2),))
        assert (out / CHECKPOINTS[0]).exists()
        owner = {"process": 4, "host": "a", "since": "2026-01-01T00:00:00+00:00", "seconds": 1.0}
        (out / OWNER).write_text(json.dumps(owner))
        folders.append(out)
    return folders


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Returns the bytes with one to three things done to them."""
    for _ in range(dice.randint(1, 3)):
        a, b = sorted(dice.randrange(len(data) + 1) for _ in range(2))
        digit = str(dice.randrange(10)).encode()
        done = [
            data[:a] + bytes([dice.randrange(256)]) + data[a + 1 :], data[:a] + data[b:], data[:a],
            data[:b] + data[a:b] + data[b:], data[:a] + dice.choice(WORDS) + data[a:],
            data[:a] + dice.choice(WORDS) + data[b:], data[:a] + digit + data[a + 1 :],
        ]  # fmt: skip
        data = dice.choice(done)
    return data


def forged(checkpoint: str, dice: random.Random) -> str:
    """Returns a checkpoint in which one to three values are others, with a checksum that is right."""
    data = json.loads(checkpoint.splitlines()[1])
    for _ in range(dice.randint(1, 3)):
        place: Any = data
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = dice.choice(keys)
            if isinstance(place[key], (dict, list)) and place[key] and dice.random() < 0.9:
                place = place[key]
                continue
            old, kind = place[key], dice.randrange(4)
            if kind == 0 and type(old) is int:
                place[key] = old + dice.choice([-1, 1])
            elif kind == 1:
                place[key] = dice.choice(list(place.values()) if isinstance(place, dict) else place)
            elif kind == 2:
                del place[key]
            else:
                place[key] = dice.choice(VALUES)
            break
    body = json.dumps(data, separators=(",", ":"))
    return signed(body)


def signed(body: str) -> str:
    """Returns the two lines of a checkpoint that says this."""
    head = {"format": FORMAT, "version": VERSION, "sha256": hashlib.sha256(body.encode()).hexdigest()}
    return f"{json.dumps(head)}\n{body}\n"


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """Lends a copy of a run, beside which nothing else may appear or change."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "mine.txt").write_text("mine")
        copy = Path(place) / "run"
        shutil.copytree(folder, copy)
        yield copy
        assert {path.name for path in Path(place).iterdir()} == {"mine.txt", "run"}
        assert (Path(place) / "mine.txt").read_text() == "mine"


def refused(read: Callable[[], object]) -> bool:
    """Tells whether a reader refuses; it does so in one line."""
    try:
        read()
    except GpfftError as error:
        assert str(error).strip() and len(str(error).splitlines()) == 1
        return True
    return False


def check_champion(folder: Path) -> None:
    """Fails when a wrong program is taken for a right one; says so by numpy, not by the judge."""
    try:
        champion = read_champion(folder)
        accepted = champion.verdict.accepted
    except GpfftError:
        return
    if accepted and isinstance(champion, Codelet):
        inputs = np.eye(champion.sought.inputs)
        wanted = np.fft.fft(inputs) if champion.sought.is_dft else champion.sought.matrix.T
        assert np.allclose(champion(inputs), wanted)
    elif accepted:
        for n in (champion.radix**k for k in range(5)):
            x = np.random.default_rng(n).standard_normal(n)
            assert np.allclose(champion(x), np.fft.fft(x))


def check_damage(folders: list[Path], seed: int) -> None:
    """Damages a file of a run, and reads everything."""
    dice = random.Random(seed)
    with copied(dice.choice(folders)) as folder:
        file = dice.choice(sorted(folder.iterdir()))
        file.write_bytes(damaged(file.read_bytes(), dice))
        matrix = folder / "matrix.npy"
        refused(lambda: read_config(folder))
        refused(lambda: read_history(folder))
        refused(lambda: read_ancestry(folder))
        refused(lambda: read_environment(folder))
        refused(lambda: read_archived(folder, (folder / "archive.jsonl").stat().st_size))
        refused(lambda: list(status(folder)))
        refused(lambda: gpfft.load(folder))
        read_owner(folder)
        if matrix.exists():
            refused(lambda: read_matrix(matrix))
        check_champion(folder)
        if file.name != "config.toml":  # whose numbers may ask for years of work
            refused(lambda: gpfft.resume(folder, generations=1, workers=1, threads=1))
            check_champion(folder)


def check_owner(folders: list[Path], seed: int) -> None:
    """Looks at a run on which somebody works whose name is damaged, or what nobody is called."""
    dice = random.Random(seed)
    with copied(dice.choice(folders)) as folder:
        file, lock = folder / OWNER, Lock(folder)
        data = json.loads(file.read_text())
        data[dice.choice(list(data))] = dice.choice(VALUES)
        text = dice.choice([json.dumps(data).encode(), damaged(file.read_bytes(), dice)])
        lock.take()
        file.write_bytes(text)
        (first, *others) = status(folder)
        assert "running, by " in first and all(len(line.splitlines()) == 1 for line in (first, *others))
        lock.drop()


def check_forgery(folders: list[Path], seed: int) -> None:
    """Goes on from a checkpoint that no run wrote."""
    dice = random.Random(seed)
    with copied(dice.choice(folders)) as folder:
        file = folder / CHECKPOINTS[0]
        file.write_text(forged(file.read_text(), dice))
        refused(lambda: gpfft.resume(folder, generations=1, workers=1, threads=1))
        check_champion(folder)


@ORDINARY
@given(seed=st.integers(0, 2**64))
def test_a_damaged_file_is_refused_or_does_no_harm(folders, seed):
    check_damage(folders, seed)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_a_damaged_owner_of_a_run_that_goes_on_does_no_harm(folders, seed):
    check_owner(folders, seed)


@ORDINARY
@given(seed=st.integers(0, 2**64))
def test_a_forged_checkpoint_is_refused_or_does_no_harm(folders, seed):
    check_forgery(folders, seed)


@pytest.mark.slow
@THOROUGH
@given(seed=st.integers(0, 2**64))
def test_thousands_of_damaged_files_are_refused_or_do_no_harm(folders, seed):
    check_damage(folders, seed)


@pytest.mark.slow
@THOROUGH
@given(seed=st.integers(0, 2**64))
def test_thousands_of_forged_checkpoints_are_refused_or_do_no_harm(folders, seed):
    check_forgery(folders, seed)
