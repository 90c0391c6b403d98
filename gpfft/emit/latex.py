"""A program as a LaTeX document: the complex equations, a line a value, constants in closed form."""

from __future__ import annotations

from fractions import Fraction

from gpfft.emit.closed import Product, closed_form
from gpfft.emit.job import Job
from gpfft.emit.listing import sum_text
from gpfft.field import Exact
from gpfft.program import Program

MOST_TERMS, MOST_DIGITS = 6, 6  # of a closed form; what is longer is written as a decimal number
UNITS = ("", r"-i\,", "-", r"i\,")  # (-i)^q
Turned = tuple[int, str]  # (q, text): (-i)^q times what the text says
SPECIAL = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def latex(job: Job) -> str:
    """Returns a complete document, for pdflatex and amsmath alone."""
    rows = _Writer(job.program).rows()
    prose = f"{plain(job.text)}. Lowered to real numbers: {job.lowered.cost}."
    if _uses_twiddles(rows):
        prose += rf" ${_twiddle(job.program)}$."
    lines = [
        *job.commented("%"),
        r"\documentclass{article}",
        r"\usepackage{amsmath}",
        r"\allowdisplaybreaks",
        r"\begin{document}",
        rf"\noindent \texttt{{{plain(job.name)}}}: {prose}",
        r"\begin{align*}",
        _aligned(rows),
        r"\end{align*}",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


def display_math(program: Program) -> str:
    """Returns the equations alone, as display math that MathJax and KaTeX know."""
    rows = _Writer(program).rows()
    twiddle = rf" \\ {_twiddle(program).replace('=', '&=')}" if _uses_twiddles(rows) else ""
    return f"$$\\begin{{aligned}}\n{_aligned(rows)}{twiddle}\n\\end{{aligned}}$$"


def _aligned(rows: list[tuple[str, str]]) -> str:
    return " \\\\\n".join(f"{left} &= {right}" for left, right in rows)


def _uses_twiddles(rows: list[tuple[str, str]]) -> bool:
    return any("W" in right for _, right in rows)


def _twiddle(program: Program) -> str:
    return rf"W = e^{{-2 \pi i / {program.size}}}"


def plain(text: str) -> str:
    """Returns text as LaTeX sets it as it is."""
    return "".join(SPECIAL.get(c, c) for c in text)


class _Writer:
    """Writes equations: a line a sum or a product that costs; free factors are signs."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.constants: dict[int, Exact] = {}
        self.values: dict[int, Turned] = {j: (0, f"x_{{{j}}}") for j in range(program.inputs)}
        self.products: dict[str, str] = {}  # text -> name
        self.lines: list[tuple[str, str]] = []

    def rows(self) -> list[tuple[str, str]]:
        """Returns the equations, left and right sides."""
        program = self.program
        for address, (name, *operands) in enumerate(program.lines, start=program.inputs):
            if address not in program.last_use:
                continue
            if name == "twiddle":
                self.constants[address] = program.exact_table[operands[0]]
            elif name == "reference" and operands[0] in self.constants:
                self.constants[address] = self.constants[operands[0]]
            elif name == "multiply" and self.constants.keys() & set(operands):
                self.multiply(address, *operands)
            elif name == "reference":
                self.values[address] = self.values[operands[0]]
            else:
                self.values[address] = self.line(address, self.expression(name, operands))
        for k, address in enumerate(program.outputs):
            self.lines.append((f"X_{{{k}}}", self.text(address)))
        return self.lines

    def line(self, address: int, text: str) -> Turned:
        """Returns the value that a new line names; the numbers are those of the listing."""
        self.lines.append((f"v_{{{address}}}", text))
        return 0, f"v_{{{address}}}"

    def multiply(self, address: int, a: int, b: int) -> None:
        """Writes a product with a constant, if it costs and is new."""
        if a in self.constants and b in self.constants:
            self.constants[address] = self.constants[a] * self.constants[b]
            return
        constant, (quarter, value) = (
            (self.constants[a], self.values[b])
            if a in self.constants
            else (self.constants[b], self.values[a])
        )
        if constant.is_zero:
            self.constants[address] = constant
            return
        turn, text = constant_text(constant)
        if text:
            product = rf"{text}\,{value}"
            if product not in self.products:
                _, self.products[product] = self.line(address, product)
            value = self.products[product]
        self.values[address] = (quarter + turn) % 4, value

    def text(self, address: int) -> str:
        """Returns a value as a term."""
        if address in self.constants:
            quarter, text = constant_text(self.constants[address])
            return UNITS[quarter] + (text or "1")
        quarter, text = self.values[address]
        return UNITS[quarter] + text

    def expression(self, name: str, operands: list[int]) -> str:
        """Returns the right side of a line that is no product with a constant."""
        terms = [self.text(operand) for operand in operands]
        if name == "add":
            return sum_text(*terms)
        if name == "multiply":
            return "".join(rf"\left({term}\right)" for term in terms)
        return rf"\mathrm{{{plain(name)}}}\left({', '.join(terms)}\right)"


def constant_text(number: Exact) -> Turned:
    """Returns a constant as LaTeX, a free factor taken out; the text of a unit is empty."""
    if number.is_zero:
        return 0, "0"
    turned = number.turned
    if turned is None:
        i = r" + i\,"
        return 0, rf"\left({real_text(number.real)}{i}{real_text(number.imag)}\right)"
    turn, modulus = turned
    quarter, power = _power(number, turn)
    texts = [real_text(modulus)] if modulus is not number.field.one else []
    texts += ["W" if power == 1 else f"W^{{{power}}}"] if power else []
    return quarter, r"\,".join(texts)


def _power(number: Exact, turn: int) -> tuple[int, int]:
    """Returns the (q, k) with zeta^turn = (-i)^q W^k and the least k."""
    order, step = number.field.order, number.field.order // number.field.size
    powers = [((turn - q * order // 4) % order, q) for q in range(4)]
    power, quarter = min((rest // step, q) for rest, q in powers if rest % step == 0)
    return quarter, power


def real_text(number: Exact) -> str:
    """Returns a real number in closed form, or as a decimal number where that is long."""
    products = closed_form(number)
    sizes = [max(abs(p.ratio.numerator), p.ratio.denominator) for p in products]
    if len(products) > MOST_TERMS or max(sizes) >= 10**MOST_DIGITS:
        return _decimal(complex(number).real)
    text = "+".join(map(_product_text, products)).replace("+-", "-")
    return text if len(products) == 1 and not text.startswith("-") else rf"\left({text}\right)"


def _decimal(value: float) -> str:
    mantissa, _, exponent = f"{value:.17g}".partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    return rf"\left({text}\right)" if value < 0 else text


def _product_text(product: Product) -> str:
    """Returns a product as LaTeX, one fraction with what has negative exponents below."""
    ratio = abs(product.ratio)
    above = [str(ratio.numerator)] if ratio.numerator != 1 else []
    above += [rf"\sqrt{{{product.square}}}"] if product.square != 1 else []
    below = [str(ratio.denominator)] if ratio.denominator != 1 else []
    for function, angle, exponent in product.factors:
        side, power = (above if exponent > 0 else below), abs(exponent)
        side.append(rf"\{function}{f'^{{{power}}}' if power > 1 else ''}({_angle(angle)})")
    top, bottom = r"\,".join(above) or "1", r"\,".join(below)
    return ("-" if product.ratio < 0 else "") + (rf"\frac{{{top}}}{{{bottom}}}" if bottom else top)


def _angle(angle: Fraction) -> str:
    return rf"{'' if angle.numerator == 1 else angle.numerator}\pi/{angle.denominator}"
