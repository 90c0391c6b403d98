"""Recursive: vectors, views of the input, and the program itself on shorter vectors."""

from gpfft.encodings.recursive.encoding import Recursive

__all__ = ["Recursive"]
