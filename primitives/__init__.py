"""The instructions that evolved programs are made of; `table.py` is the only list of them."""

from primitives.table import BY_NAME, TABLE, Primitive

__all__ = ["BY_NAME", "TABLE", "Primitive"]
