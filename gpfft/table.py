"""A table with several faces: in columns on a terminal, in Markdown, and in HTML in Jupyter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gpfft import html


@dataclass(frozen=True)
class Table:
    """Shows rows of text under headings.

    Attributes:
        headings: a word or some for each column.
        rows: a text for each column.
        align: l or r for each column.
        note: a line beneath it; Markdown leaves that to the text around it.

    >>> table = Table(("N", "source"), (("8", "a book"), ("16", "a paper")), "rl")
    >>> print(table)
     N  source
     8  a book
    16  a paper
    >>> print(table.markdown())
    | N | source |
    | ---: | --- |
    | 8 | a book |
    | 16 | a paper |
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    note: str = ""

    def __str__(self) -> str:
        cells = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*cells)]
        lines = (
            "  ".join(
                cell.rjust(width) if side == "r" else cell.ljust(width)
                for cell, width, side in zip(row, widths, self.align)
            ).rstrip()
            for row in cells
        )
        return "\n".join([*lines, *filter(None, [self.note])])

    def markdown(self) -> str:
        """Returns the table in Markdown; what would end a cell is escaped."""
        rule = tuple("---:" if side == "r" else "---" for side in self.align)
        rows = ([cell.replace("|", "\\|") for cell in row] for row in (self.headings, rule, *self.rows))
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        note = html.paragraph(self.note) if self.note else ""
        return html.table(self.headings, self.rows, self.align) + note


class Tables(tuple[Table, ...]):
    """Shows some tables, one after the other, with the same faces."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))

    def markdown(self) -> str:
        """Returns the tables in Markdown."""
        return "\n\n".join(table.markdown() for table in self)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self)


def csv_text(rows: Iterable[Mapping[str, object]], columns: Sequence[str], header: bool = True) -> str:
    """Returns rows as CSV, by default below the names of their columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
