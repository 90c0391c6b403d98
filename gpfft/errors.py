"""The one kind of error that a user can mend: shown as a single line, never as a traceback."""

from __future__ import annotations


class GpfftError(ValueError):
    """Says in one line what was wrong with what the user gave, and what to do."""
