"""Plain: rows (primitive, operand, operand); outputs are values; error and cost both scored."""

from gpfft.encodings.plain.encoding import Plain

__all__ = ["Plain"]
