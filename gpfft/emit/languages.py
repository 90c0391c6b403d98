"""The languages that programs are exported to: one row a language, what it is and what it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from gpfft.emit import recursive
from gpfft.emit.c import c, h
from gpfft.emit.c_recursive import recursive_c, recursive_h
from gpfft.emit.ctypes import ctypes, recursive_ctypes
from gpfft.emit.dot import dot
from gpfft.emit.job import Job, Options, RecursiveJob
from gpfft.emit.latex import latex
from gpfft.emit.numba import numba
from gpfft.emit.numpy import numpy
from gpfft.emit.python import python
from gpfft.emit.sympy import sympy
from gpfft.errors import GpfftError, short

J = TypeVar("J", Job, RecursiveJob)


@dataclass(frozen=True)
class Language(Generic[J]):
    """A language that programs are exported to.

    Attributes:
        text: what is written, one line.
        takes: the names of the options that it takes, see `Options`.
        write: returns the text of a job.
    """

    text: str
    takes: tuple[str, ...]
    write: Callable[[J], str]


def json(job: Job | RecursiveJob) -> str:
    """Returns the program in the format that runs/README.md documents."""
    return job.to_json()


def recursive_numpy(job: RecursiveJob) -> str:
    """Returns an algorithm as a module, see `recursive.python`."""
    return recursive.python(job.program, job.name, job.header)


def recursive_numba(job: RecursiveJob) -> str:
    """Returns the module with what makes Numba compile it."""
    return recursive.python(job.program, job.name, job.header, compiled=True)


AS_JSON = "JSON: the format of champion.json, which gpfft reads"
COMPILED = ("name", "inverse", "real", "precision", "batch")  # what compiled codelets take

# Of programs for one size
CODELETS: dict[str, Language[Job]] = {
    "python": Language(
        "plain Python: a function of lists, of any numbers that mix with floats",
        ("name", "inverse", "real"),
        python,
    ),
    "numpy": Language(
        "NumPy: a function of arrays, along any axis",
        ("name", "inverse", "real", "precision"),
        numpy,
    ),
    "numba": Language(
        "NumPy and Numba: a compiled function of a vector, or of many (--batch)",
        COMPILED,
        numba,
    ),
    "c": Language("C99: functions of split and of interleaved arrays, with strides", COMPILED, c),
    "h": Language("the header of that", COMPILED, h),
    "ctypes": Language(
        "Python: a function of arrays that calls the C, compiled with --batch",
        ("name", "inverse", "real", "precision"),
        ctypes,
    ),
    "latex": Language(
        "LaTeX: a document of aligned equations, constants in closed form", ("name", "inverse"), latex
    ),
    "dot": Language("Graphviz: the flow graph", ("name", "inverse"), dot),
    "sympy": Language(
        "SymPy: expressions that keep temporaries, as sympy.cse returns them",
        ("name", "inverse", "real"),
        sympy,
    ),
    "json": Language(AS_JSON, (), json),
}

SOME = ("name", "inverse", "precision")  # what compiled algorithms take

# Of algorithms
ALGORITHMS: dict[str, Language[RecursiveJob]] = {
    "numpy": Language("NumPy: a recursive function of a vector", ("name", "inverse"), recursive_numpy),
    "numba": Language(
        "NumPy and Numba: a compiled recursive function of a vector", ("name", "inverse"), recursive_numba
    ),
    "c": Language("C99: plans for any length, of split and of interleaved arrays", SOME, recursive_c),
    "h": Language("the header of that", SOME, recursive_h),
    "ctypes": Language("Python: a function of arrays that calls the compiled C", SOME, recursive_ctypes),
    "json": Language(AS_JSON, (), json),
}


def chosen(
    languages: Mapping[str, Language[J]], name: str, options: Options, what: str, hint: str = ""
) -> Language[J]:
    """Returns the language of that name.

    Raises GpfftError when there is none, or when it does not take one of the options; `what` is what is
    exported, `hint` what to do about an unknown name.
    """
    if name not in languages:
        raise GpfftError(f"{what} is exported to {', '.join(languages)}, not to {short(name)}{hint}")
    for option in options.given:
        if option not in languages[name].takes:
            others = [other for other, language in languages.items() if option in language.takes]
            goes = f"it goes with {', '.join(others)}" if others else f"no export of {what} does"
            raise GpfftError(f"{name} takes no --{option}; {goes}")
    return languages[name]


def as_help() -> str:
    """Returns the languages in words, for the help of the command line."""
    return "; ".join(f"{name}: {language.text}" for name, language in CODELETS.items())


def taking(option: str) -> str:
    """Returns which languages take an option, in brackets and for one size, for the help."""
    return f" ({', '.join(name for name, language in CODELETS.items() if option in language.takes)})"
