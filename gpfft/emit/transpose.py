"""Transposes programs: all edges turned round, sums and branches changing places.

A linear program with n inputs and m outputs becomes one with m inputs and n outputs that computes the
transposed matrix, with the same multiplications and m - n additions more (fewer, where n > m), inputs and
outputs counted where there is a path between the two. Bordewijk, Inter-reciprocity applied to electrical
networks, Applied Scientific Research B6 (1957) 1-74; Fettweis, On the transposed signal flow graph, AEU 25
(1971); the count: Kaminski, Kirkpatrick and Bshouty, Addition requirements for matrix and transposed matrix
products, J. Algorithms 9 (1988) 354-364. Each edge that enters a sum but its first is an addition; turned
round, each that leaves a value but its first.
"""

from __future__ import annotations

from gpfft.emit.lower import ZERO, RealProgram, Signed, Writer, negative
from gpfft.errors import GpfftError
from gpfft.field import Exact, field_of
from gpfft.program import Builder, Program


def transpose(program: Program) -> Program:
    """Returns the program of the transposed matrix: of a DFT another DFT, decimated in the other domain.

    Its inputs are the outputs of `program`, and the other way round.
    Raises GpfftError when the program is not linear.
    """
    return _Transposer(program).program()


class _Transposer:
    """Collects, for each value of a program, what the transposed one adds up in its place."""

    def __init__(self, program: Program) -> None:
        self.source, self.field = program, field_of(program.size)
        self.build = Builder(program.size, len(program.outputs))
        self.units = self.field.powers[:: self.field.order // 4]
        self.shares: dict[int, dict[Exact, list[int]]] = {}  # value -> {constant: addresses to add}

    def program(self) -> Program:
        """Returns the transposed program."""
        begin, source = self.source.inputs, self.source
        terms = self._terms()
        for k, address in enumerate(source.outputs):
            self._share(terms, address, k)
        for number in reversed(range(len(source.lines))):
            if source.lines[number][0] == "add" and begin + number in self.shares:
                total = self._collected(begin + number)
                for operand in source.operands(number):
                    self._share(terms, operand, total)
        return self.build.program([self._collected(j) for j in range(begin)])

    def _terms(self) -> dict[int, tuple[Exact, int]]:
        """Returns each live value as a constant times an input or a sum; zero is 0 times input 0."""
        source, one = self.source, self.field.one
        constants: dict[int, Exact] = {}
        terms = {j: (one, j) for j in range(source.inputs)}
        for address, (name, *operands) in enumerate(source.lines, start=source.inputs):
            if address not in source.last_use:
                continue
            if name == "multiply" and operands[1] in constants:
                operands.reverse()
            if name == "twiddle":
                constants[address] = source.exact_table[operands[0]]
                if constants[address].is_zero:
                    terms[address] = constants[address], 0
            elif name == "multiply" and operands[0] in constants and operands[1] in terms:
                constant, value = terms[operands[1]]
                terms[address] = constants[operands[0]] * constant, value
            elif name == "reference" and operands[0] in terms:
                terms[address] = terms[operands[0]]
            elif name == "add" and all(operand in terms for operand in operands):
                terms[address] = one, address
            else:
                raise GpfftError(f"not transposed: line {address - source.inputs} ({name}) is not linear")
        if any(address not in terms for address in source.outputs):
            raise GpfftError("not transposed: an output is a constant")
        return terms

    def _share(self, terms: dict[int, tuple[Exact, int]], address: int, total: int) -> None:
        """Adds `total` to what is collected in the place of the value at `address`.

        Equal constants, up to quarters of a turn, multiply one sum.
        """
        constant, value = terms[address]
        if constant.is_zero:
            return
        shares = self.shares.setdefault(value, {})
        for unit in self.units:
            known = constant * unit.conjugate
            if known in shares:
                break
        else:
            unit, known = (constant, self.units[0]) if constant in self.units else (self.units[0], constant)
        if unit is not self.field.one:
            total = self.build.line("multiply", self.build.constant(unit), total)
        shares.setdefault(known, []).append(total)

    def _collected(self, value: int) -> int:
        """Returns the address of what is collected in the place of a value."""
        parts = []
        for constant, addresses in self.shares.get(value, {}).items():
            total = self.build.total(addresses)
            if constant is not self.field.one:
                total = self.build.line("multiply", self.build.constant(constant), total)
            parts.append(total)
        if not parts:
            return self.build.line("multiply", self.build.constant(self.field.zero), 0)
        return self.build.total(parts)


def transposed(program: RealProgram) -> RealProgram:
    """Returns the real program of the transposed real matrix.

    Its inputs are the outputs' parts that are not zero, in the order of `program.parts`; its outputs are
    pairs (what stands in the place of an input, zero). An output that is another one with a sign, or an
    input, is an input like any other.
    Raises GpfftError when the program is not linear.
    """
    first, begin = program.inputs, program.inputs + len(program.constants)
    wanted = [part for part in program.parts if part[0]]
    writer = Writer(program.size, len(wanted))
    loaded = [writer.load(constant) for constant in program.constants]
    shares: list[list[Signed]] = [[] for _ in range(begin + len(program.operations))]
    for number, (turn, address) in enumerate(wanted):
        shares[address].append((turn, number))

    def collected(address: int) -> Signed:
        total = ZERO
        for share in sorted(shares[address], key=lambda share: -share[0]):
            total = writer.add(total, share)
        return total

    for address in reversed(range(begin, len(shares))):
        sign, a, b = program.operations[address - begin]
        total = collected(address)
        if sign == "*":
            if first <= b < begin:
                a, b = b, a
            if first <= b < begin or not first <= a < begin:
                raise GpfftError("not transposed: the program multiplies no constant with a value")
            shares[b].append(writer.multiply(loaded[a - first], total))
        else:
            shares[a].append(total)
            shares[b].append(total if sign == "+" else negative(total))
    if any(shares[first:begin]):
        raise GpfftError("not transposed: the program adds a constant")
    return writer.program([(collected(address), ZERO) for address in range(first)])
