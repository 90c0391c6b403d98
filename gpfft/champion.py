"""What a search finds: a program, with how it came about and all that can be said of it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft import html
from gpfft.emit.job import Options
from gpfft.errors import GpfftError, one_line
from gpfft.judge import Verdict


class Champion(ABC):
    """A codelet (one size) or an algorithm (a family of sizes): callable, judged, counted, exported.

    Attributes:
        program: what it runs, simplified.
        made: how it came about, one line.
        given: what the search was told, one line.
    """

    program: Any
    made: str
    given: str

    @abstractmethod
    def __call__(self, x: ArrayLike) -> NDArray[np.complex128]:
        """Returns what it computes of `x`."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Returns its name in exports."""

    @property
    def goal(self) -> str:
        """Returns what it should be, in messages."""
        return "DFT"

    @property
    @abstractmethod
    def verdict(self) -> Verdict:
        """Returns the judge's word."""

    @property
    @abstractmethod
    def worth(self) -> tuple[float, int]:
        """Returns what champions are compared by, (error, flops): less is better."""

    @property
    @abstractmethod
    def facts(self) -> list[tuple[str, str]]:
        """Returns (what, what is said of it): its name, how it came about, and what it costs."""

    @property
    @abstractmethod
    def header(self) -> list[str]:
        """Returns `facts` as they stand above every listing and export; the last line is the count."""

    @property
    @abstractmethod
    def account(self) -> list[str]:
        """Returns the count and the rounding error in words, a line each."""

    @property
    @abstractmethod
    def measured(self) -> dict[str, Any]:
        """Returns the count and the errors, for a run's verdict.json."""

    @property
    def tables(self) -> dict[str, str]:
        """Returns further files for a run folder, by name."""
        return {}

    @abstractmethod
    def listing(self) -> str:
        """Returns the program as text that a person reads."""

    @property
    @abstractmethod
    def is_quick(self) -> bool:
        """Tells whether the judge's word is a matter of a moment, so that it is asked unasked."""

    def _repr_html_(self) -> str:
        """Returns what Jupyter shows: the facts with the verdict, a picture, and the listing folded.

        The verdict is asked for unless that takes long.
        """
        known = self.is_quick or "verdict" in vars(self)  # where it is kept once it was asked for
        word = str(self.verdict) if known else "not asked: it takes seconds, see .verdict"
        table = html.facts([*self.facts, ("verdict", word)])
        return table + self._picture() + html.folded("listing", self.listing())

    def _picture(self) -> str:
        """Returns the program as an inline picture, "" where it has none."""
        return ""

    @property
    def trial(self) -> Verdict:
        """Returns the judge's word that an export needs: two primes suffice, where that is quicker."""
        return self.verdict

    def export(self, language: str, options: Options = Options(), unchecked: bool = False) -> str:
        """Returns the program in another language, see `emit.languages`.

        Raises GpfftError for an unknown language, for options that it does not take, and when the judge
        refuses the program; the last not with `unchecked`.

        >>> import gpfft
        >>> text = gpfft.codelet(2).export("python", gpfft.Options(name="mine"))
        >>> "def mine(re, im):" in text
        True
        """
        write = self._writer(language, options)
        if not unchecked and not self.trial.accepted:
            why = f"it is no exact {self.goal} ({self.trial})"
            raise GpfftError(f"not exported, because {why}; --unchecked exports it all the same")
        return write(["not checked: the judge was not asked"] if unchecked else [])

    @abstractmethod
    def exported_name(self, options: Options) -> str:
        """Returns the name of what is asked for, where none is given."""

    @abstractmethod
    def _writer(self, language: str, options: Options) -> Callable[[list[str]], str]:
        """Returns what writes the export, given more lines for its header."""

    def to_json(self) -> str:
        """Returns the program with `made` and `given`, in the format that runs/README.md documents."""
        text: str = self.program.to_json(made=self.made, given=self.given)
        return text


def origin(text: str) -> tuple[str, str]:
    """Returns (made, given) of the champion in a JSON text."""
    data = json.loads(text)
    made, given = (one_line(str(data.get(key, "unknown"))[:5000]) for key in ("made", "given"))
    return made, given
