"""Pool: a variable number of values c_a a + c_b b; outputs are completed by reference readout."""

from gpfft.encodings.pool.encoding import Pool

__all__ = ["Pool"]
