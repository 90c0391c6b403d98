"""Docstrings: every public name has one that begins with a sentence, and examples in them run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from types import FunctionType, ModuleType

import pytest

import gpfft
import primitives

MODULES = [
    module.name
    for package in (gpfft, primitives)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__") and not module.name.startswith("gpfft.runs")
]
MET = ("matrices", "records", "champions")  # modules whose functions users call


def finder(name: str) -> list[doctest.DocTest]:
    """Returns the docstrings of a module in which there are examples."""
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    return [test for test in found if test.examples]


EXAMPLES = [test for name in MODULES for test in finder(name)]


@pytest.mark.parametrize("example", EXAMPLES, ids=[test.name for test in EXAMPLES])
def test_the_examples_of_a_docstring_run(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    example.globs = dict(example.globs)
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
    assert said == []


def names() -> list[tuple[str, object]]:
    """Returns what is public: the names of gpfft, and the functions of modules that users meet."""
    public = [(name, getattr(gpfft, name)) for name in gpfft.__all__ if name != "__version__"]
    for module in MET:
        for name, thing in vars(importlib.import_module(f"gpfft.{module}")).items():
            if isinstance(thing, FunctionType) and thing.__module__ == f"gpfft.{module}" and name[0] != "_":
                public.append((f"{module}.{name}", thing))
    return public


PUBLIC = names()


@pytest.mark.parametrize("name, thing", PUBLIC, ids=[name for name, _ in PUBLIC])
def test_a_public_name_says_what_it_is_in_a_sentence_with_a_full_stop(name, thing):
    first = (thing.__doc__ or "").split("\n")[0]
    assert first[:1].isupper() and first.endswith((".", ":")), first


def test_every_public_class_and_function_has_an_example():
    shown = {test.name.removeprefix("gpfft.") for test in EXAMPLES}
    missing = {
        name for name, thing in PUBLIC
        if not isinstance(thing, ModuleType)
        and f"{thing.__module__}.{thing.__qualname__}".removeprefix("gpfft.") not in shown
    }  # fmt: skip
    assert missing == WITHOUT


WITHOUT = {  # tables that take seconds, and what they are made of
    "champions.rows", "champions.matrix_rows", "champions.algorithm_rows", "champions.sizes_table",
    "champions.algorithms_table", "champions.tables",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC if inspect.isclass(thing)])
def test_the_public_members_of_a_class_have_docstrings(name):
    for member, thing in vars(getattr(gpfft, name)).items():
        documented = thing.fget if isinstance(thing, property) else thing
        if member[0] != "_" and (inspect.isroutine(documented) or isinstance(thing, property)):
            assert inspect.getdoc(documented), f"{name}.{member}"
