"""Approximate: real sums and products with cheap constants, error and cost both scored."""

from gpfft.encodings.approximate.encoding import Approximate

__all__ = ["Approximate"]
