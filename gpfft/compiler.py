"""The system's C compiler: finds it, and makes shared libraries with it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from gpfft.errors import GpfftError, one_line

NAMES = ("cc", "gcc", "clang")
SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
FLAGS = ("-std=c99", "-O3", "-ffp-contract=fast", "-fPIC", "-shared")
# for this machine: the first that the compiler knows
TUNED = (("-march=native", "-mprefer-vector-width=512"), ("-march=native",), ("-mcpu=native",), ())


def compiler() -> list[str]:
    """Returns the command of the C compiler: what the environment variable CC says, or the first found.

    Raises GpfftError when there is none.
    """
    try:
        command = shlex.split(os.environ.get("CC", ""))
    except ValueError as error:
        raise GpfftError(f"the variable CC is no command: {error}") from None
    names = [command[0]] if command else NAMES
    found = next((name for name in names if shutil.which(name)), None)
    if found is None:
        missing = f"the C compiler {names[0]}, named by CC," if command else "a C compiler"
        raise GpfftError(f"{missing} was not found: install gcc or clang, or name one in the variable CC")
    return command or [found]


def compile_library(source: Path, library: Path) -> None:
    """Compiles a C file to a shared library, as fast for this machine as the compiler knows how.

    Raises GpfftError when there is no compiler, or with the first of its complaints.
    """
    command, complaint = compiler(), ""
    for tuned in TUNED:
        words = [*command, *FLAGS, *tuned, str(source.resolve()), "-o", str(library.resolve()), "-lm"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        except OSError as error:
            raise GpfftError(f"cannot run the C compiler {command[0]}: {error.strerror}") from None
        if done.returncode == 0 and library.exists():
            return
        complaint = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        complaint = complaint or f"it made no library, exit code {done.returncode}"
    raise GpfftError(f"{command[0]} refused {source.name}: {one_line(complaint)[:300]}")
