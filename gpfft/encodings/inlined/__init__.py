"""Inlined: an algorithm whose self-references are written out, and whose twiddles move."""

from gpfft.encodings.inlined.encoding import Inlined

__all__ = ["Inlined"]
