"""Two-sided: gates on the inputs, gates on the outputs, a sparse core of constants between them."""

from gpfft.encodings.two_sided.encoding import TwoSided

__all__ = ["TwoSided"]
