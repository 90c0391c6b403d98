"""What is installed is what stands here: a clone's tests import the tree, its users what setup.cfg lists."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_each_package_of_the_tree_is_installed() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    files = [file for top in ("gpfft", "primitives") for file in (ROOT / top).rglob("__init__.py")]
    found = {".".join(file.parent.relative_to(ROOT).parts) for file in files}
    assert set(setup["options"]["packages"].split()) == found | {"gpfft.runs"}  # runs/ is no package here
