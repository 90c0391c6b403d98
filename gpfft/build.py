"""Programs as libraries: exported to C, compiled, with a header and a Python module that loads them."""

from __future__ import annotations

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
    """
    folder, options = Path(out), replace(options, batch=isinstance(champion, Codelet))
    compiler()
    texts = {kind: champion.export(kind, options, unchecked) for kind in ("c", "h", "ctypes")}
    name = options.name or champion.exported_name(options)
    if folder.exists() and not (force and folder.is_dir()):
        hint = "choose another folder, or --force" if folder.is_dir() else "choose another name"
        raise GpfftError(f"{folder} exists already: {hint}")
    with clear_errors(folder, "make"):
        folder.mkdir(parents=True, exist_ok=True)
    source, header, loader = folder / f"{name}.c", folder / f"{name}.h", folder / "__init__.py"
    library = folder / f"lib{name}{SUFFIX}"
    for path, kind in ((source, "c"), (header, "h"), (loader, "ctypes")):
        write_text(path, texts[kind])
    compile_library(source, library)
    return [source, header, loader, library]
