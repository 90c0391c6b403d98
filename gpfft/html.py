"""HTML for Jupyter: tables, folded text and pictures, all that is given escaped.

There are no colours and no fonts in it, so that it looks like the notebook around it, light or dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LINES = 1000  # of folded text; what follows is left out
SALT = "gpfft"  # the same picture has the same text


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Returns a table of what is said (left) about what (right)."""
    cells = (_cell("th", what, "l") + _cell("td", text, "l") for what, text in rows)
    return _table("".join(f"<tr>{row}</tr>" for row in cells))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """Returns a table of cells; `align` has l or r for each column."""
    head = "".join(_cell("th", *both) for both in zip(headings, align))
    body = ("".join(_cell("td", *both) for both in zip(row, align)) for row in rows)
    return _table("".join(f"<tr>{cells}</tr>" for cells in (head, *body)))


def _table(rows: str) -> str:
    return f"<table>{rows}</table>"


def _cell(tag: str, text: str, align: str) -> str:
    side = "right" if align == "r" else "left"
    return f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'


def paragraph(text: str) -> str:
    """Returns a paragraph."""
    return f"<p>{escape(text)}</p>"


def folded(summary: str, text: str) -> str:
    """Returns text as it stands, shown by a click; of very long text the beginning."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... and {len(lines) - MOST_LINES} lines more"]
    body = escape("\n".join(lines))
    return f"<details><summary>{escape(summary)}</summary><pre>{body}</pre></details>"


def svg(figure: Figure) -> str:
    """Returns a figure as an inline picture, no wider than the page, and closes it.

    Closed it is not shown once more by notebooks that show what is left open.
    """
    import matplotlib
    import matplotlib.pyplot as plt

    text = io.StringIO()
    try:
        with matplotlib.rc_context({"svg.hashsalt": SALT}):
            figure.savefig(text, format="svg", metadata={"Date": None})
    finally:
        plt.close(figure)
    picture = text.getvalue()
    picture = picture[picture.index("<svg") :]  # what is before is for files
    picture = re.sub(r"<metadata>.*?</metadata>\s*", "", picture, count=1, flags=re.DOTALL)
    strokes = re.search(r'<style type="text/css">\*\{(.*?)\}</style>\s*', picture)
    style = "max-width: 100%; height: auto"
    if strokes:  # which would be of the whole page there
        picture, style = picture.replace(strokes[0], "", 1), f"{style}; {strokes[1]}"
    return picture.replace("<svg", f'<svg style="{style}"', 1)
