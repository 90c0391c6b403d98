"""Programs as libraries: exported to C, compiled, with a header and a Python module that loads them."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from gpfft.champion import Champion
from gpfft.codelet import Codelet
from gpfft.compiler import SUFFIX, compile_library, compiler
from gpfft.emit.job import Options
from gpfft.errors import GpfftError
from gpfft.record import clear_errors, write_text


def build(
    champion: Champion,
    out: str | Path,
    options: Options = Options(),
    unchecked: bool = False,
    force: bool = False,
) -> list[Path]:
    """Makes a folder with a program's C, its header, a shared library, and the Python package to import.

    Of a codelet there are functions for batches among them.

    Returns:
        The files.

    Raises GpfftError where the folder exists already, unless `force` is given; for a program that the judge
    refuses, unless `unchecked` is; where there is no C compiler; and when a file cannot be written.

    >>> import gpfft
    >>> from gpfft.build import build
    >>> files = build(gpfft.codelet(8), "fast")  # doctest: +SKIP
    >>> from fast import dft8  # doctest: +SKIP
    """
    folder = Path(out)
    compiler()
    many = replace(options, batch=isinstance(champion, Codelet))
    asked = {"c": many, "h": many, "ctypes": options}
    texts = {kind: champion.export(kind, told, unchecked) for kind, told in asked.items()}
    name = options.name or champion.exported_name(options)
    if (folder.exists() or folder.is_symlink()) and not (force and folder.is_dir()):
        hint = "choose another folder, or --force" if folder.is_dir() else "choose another name"
        raise GpfftError(f"{folder} exists already: {hint}")
    files = {f"{name}.c": "c", f"{name}.h": "h", "__init__.py": "ctypes"}
    for file in (*files, f"lib{name}{SUFFIX}"):
        if (folder / file).is_dir():
            raise GpfftError(f"cannot write {folder / file}: it is a folder")
    with tempfile.TemporaryDirectory() as first:  # so that nothing is left where the compiler refuses
        source, library = Path(first) / f"{name}.c", Path(first) / f"lib{name}{SUFFIX}"
        write_text(source, texts["c"])
        compile_library(source, library)
        with clear_errors(folder, "make"):
            folder.mkdir(parents=True, exist_ok=True)
            placed = folder / f"{library.name}.partial"
            shutil.copy(library, placed)
            os.replace(placed, folder / library.name)  # not into the file: a process may have it loaded
    for file, kind in files.items():
        write_text(folder / file, texts[kind])
    return [*(folder / file for file in files), folder / library.name]
