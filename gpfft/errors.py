"""The one kind of error that a user can mend: shown as a single line, never as a traceback."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Returns the text as one line of printable ASCII, all else escaped: safe on any terminal."""
    spaced = " ".join(text.split())
    return "".join(c if c.isascii() and c.isprintable() else repr(c)[1:-1] for c in spaced)


def short(value: object) -> str:
    """Returns what was found, for a message: long values are cut."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write out integers of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."


class GpfftError(ValueError):
    """Says in one line what was wrong with what the user gave, and what to do.

    >>> import gpfft
    >>> gpfft.Config(8, seed=-1)
    Traceback (most recent call last):
    gpfft.errors.GpfftError: seed must be a whole number from 0 to 2^63 - 1, not -1
    """
