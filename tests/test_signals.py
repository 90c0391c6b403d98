"""The command ends in one line from its first moment to its last, whenever a signal comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gpfft
from gpfft import public

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
SCRIPT = "import sys; from gpfft.__main__ import main; sys.exit(main())"  # as pip writes it
MODULE = ["-m", "gpfft"]


def begun(*words: str) -> subprocess.Popen[str]:
    """Returns a Python process whose output can be read."""
    return subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background jobs
    )  # fmt: skip


@pytest.mark.parametrize("number, said", [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
@pytest.mark.parametrize("command", [MODULE, ["-c", SCRIPT]], ids=["python -m gpfft", "gpfft"])
def test_a_signal_while_modules_are_imported_ends_the_command_in_one_line(command, number, said):
    process = begun("-X", "importtime", *command, "records")
    assert process.stdout is not None and process.stderr is not None
    for line in process.stderr:
        if "numpy" in line:
            break
    process.send_signal(number)
    out, error = process.communicate(timeout=60)
    assert [line for line in error.splitlines() if "import time:" not in line] == [f"gpfft: {said}"]
    assert (process.returncode, out) == (128 + number, "")


def ended(before: str, after: str = "", main: str = "types.ModuleType('cli')") -> tuple[int, str]:
    """Returns exit code and errors of the command where its main function does `before`, then `after`.

    `main` is the module that it is in.
    """
    code = f"""
import atexit, os, signal, sys, time, types
from gpfft.__main__ import main
def send(*numbers):
    for number in numbers:
        os.kill(os.getpid(), getattr(signal, "SIG" + number))
        time.sleep(0.02)
def status(*args):
    {before or "return 0"}
cli = {main}
cli.COMMANDS = [status if each.__name__ == "status_" else each for each in getattr(cli, "COMMANDS", [])]
vars(cli).setdefault("main", status)
sys.modules["gpfft.cli"] = cli
atexit.register(lambda: [{after}])
main()
"""
    process = begun("-c", code, "status", "run")
    error = process.communicate(timeout=60)[1]
    return process.returncode, error


@pytest.mark.parametrize("before, after, wanted", [
    ("", "send('INT')", (130, "")), ("", "send('TERM')", (143, "")),
    ("", "send('INT', 'INT', 'TERM')", (130, "")), ("return 1", "send('INT')", (1, "")),
    ("send('TERM')", "", (143, "gpfft: terminated\n")), ("", "", (0, "")),
    ("signal.signal(signal.SIGINT, signal.SIG_IGN); send('INT'); return 3", "", (3, "")),
    ("send('INT')", "send('INT', 'INT')", (130, "")),
])  # fmt: skip
def test_a_signal_when_all_is_done_makes_no_noise(before, after, wanted):
    assert ended(before, after) == wanted


def test_many_interrupts_one_after_the_other_end_the_command_without_a_traceback():
    code, error = ended("send('INT')", "send('INT', 'INT')", "__import__('gpfft.cli').cli")
    assert (code, error) == (130, "gpfft: interrupted\n")


def test_what_is_public_is_there_whatever_was_imported_before():
    code = (
        "import gpfft.codelet, gpfft.judge, sys; assert 'gpfft.public' not in sys.modules;"
        "assert 'evolve' in dir(gpfft); print(gpfft.codelet.__name__, gpfft.judge.__name__);"
        "from gpfft import *; print(callable(evolve), matrices.dct2(1).shape, type(gpfft))"
    )
    out, error = begun("-c", code).communicate(timeout=60)
    assert out.splitlines()[-1] == "True (1, 1) <class 'module'>" and out.startswith("codelet judge"), error


def test_each_public_name_is_said_and_imported():
    names = {name for name in vars(public) if not name.startswith("__")} | {"__version__", *gpfft._MODULES}
    assert names == set(gpfft.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        gpfft.nonsense  # type: ignore[attr-defined]
