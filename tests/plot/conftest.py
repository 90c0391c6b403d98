"""There is no screen while pictures are tested, and no figure is left open."""

from __future__ import annotations

import matplotlib
import pytest


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    """There is no screen, and no figure is left open."""
    import matplotlib.pyplot as plt

    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    matplotlib.use("Agg")
    before = dict(matplotlib.rcParams)
    yield
    assert {key: value for key, value in matplotlib.rcParams.items() if before[key] != value} == {}
    plt.close("all")
