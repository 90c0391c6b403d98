"""What an export is told, and what its writer is given."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from gpfft.emit.lower import RealProgram
from gpfft.errors import GpfftError, short
from gpfft.program import Program
from gpfft.recursion import Recursion

PRECISIONS, REALS = ("double", "single"), ("input", "output")
C_KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
    "volatile while _Bool _Complex _Imaginary".split()
)
# names that what is exported uses itself
TAKEN = (
    r"np|numba|sympy|ctypes|Path|[a-zA-Z]|re|im|Re|Im|os|in|out|count|real|BLOCK|(re|im|[ctvx])[0-9]+"
    r"|_.*|.*_|(leaf|leaves|loop)[0-9_]+|LANES|LARGEST|(GPFFT|gpfft)_.*"
    r"|main|clock_t|signbit|NAN|INFINITY|NULL|size_t|ptrdiff_t|wchar_t|offsetof|asm|typeof"
)
# functions of C's library that compilers know, or that a library would take the place of (C99, 7.5 to 7.24)
C_LIBRARY = frozenset(
    "abort abs acos acosh asin asinh assert atan atan2 atanh atexit atof atoi atol atoll bsearch cabs "
    "cacos calloc carg casin catan cbrt ccos ceil cexp cimag clearerr clock clog conj copysign cos cosh "
    "cpow cproj creal csin csqrt ctan ctime difftime div erf erfc errno exit exp exp2 expm1 fabs fclose "
    "fdim feof ferror fflush fgetc fgets floor fma fmax fmin fmod fopen fprintf fputc fputs fread free "
    "freopen frexp fscanf fseek ftell fwrite getc getchar getenv gets gmtime hypot ilogb imaxabs "
    "isalnum isalpha isdigit isinf isnan isspace labs ldexp ldiv lgamma llabs llrint llround localtime "
    "log log10 log1p log2 logb longjmp lrint lround malloc memchr memcmp memcpy memmove memset mktime "
    "modf nan nearbyint nextafter perror pow printf putc putchar puts qsort raise rand read realloc "
    "remainder remove remquo rename rewind rint round scalbn scanf setjmp signal sinh sin snprintf "
    "sprintf sqrt srand sscanf strcat strchr strcmp strcpy strlen strncmp strncpy strstr strtod strtok "
    "strtol system tan tanh tgamma time tmpfile tolower toupper trunc ungetc vprintf write".split()
)
CPP_KEYWORDS = frozenset(
    "alignas alignof bool catch char8_t char16_t char32_t compl concept consteval constexpr constinit "
    "const_cast co_await co_return co_yield decltype delete dynamic_cast explicit export friend mutable "
    "namespace new noexcept nullptr operator private protected public reinterpret_cast requires "
    "static_assert static_cast template this thread_local throw typeid typename using virtual xor "
    "xor_eq and_eq or_eq bitand bitor not_eq".split()
)


@dataclass(frozen=True)
class Options:
    """What an export is told.

    Attributes:
        name: the function's name; "" for the program's own.
        precision: "double" or "single".
        inverse: whether the inverse DFT, unscaled, is wanted: the sum of x[j] W^(-j k).
        batch: whether the function takes many vectors at once.
        real: "input" for real input and the outputs X[0] .. X[N/2], "output" for the transpose of that,
            "" for the program as it is.

    Raises GpfftError for anything else, and for a name that is no identifier, or a keyword.

    >>> import gpfft
    >>> gpfft.Options(inverse=True, batch=True)
    Options(name='', precision='double', inverse=True, batch=True, real='')
    """

    name: str = ""
    precision: str = "double"
    inverse: bool = False
    batch: bool = False
    real: str = ""

    def __post_init__(self) -> None:
        if self.name:
            check_name(self.name)
        if self.precision not in PRECISIONS:
            raise GpfftError(f"precision must be one of {', '.join(PRECISIONS)}, not {short(self.precision)}")
        if self.real not in ("", *REALS):
            raise GpfftError(f"real must be one of {', '.join(REALS)}, not {short(self.real)}")
        if self.real and self.inverse:
            raise GpfftError("real and inverse do not go together: real output has W^(-j k) as it is")

    @property
    def given(self) -> list[str]:
        """Returns the names of those that are not as by default."""
        return [field.name for field in fields(self) if getattr(self, field.name) != field.default]


def is_name(name: str) -> bool:
    """Tells whether every language can give this name to a function."""
    try:
        check_name(name)
    except GpfftError:
        return False
    return True


def check_name(name: str) -> None:
    """Raises GpfftError for a name that not every language can give to a function."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise GpfftError(f"a name is of letters, digits and '_', no digit first, not {short(name)}")
    if keyword.iskeyword(name) or name in C_KEYWORDS | CPP_KEYWORDS:
        raise GpfftError(f"{name} is a keyword of Python, C or C++: give the export another name")
    if re.fullmatch(TAKEN, name) or name in C_LIBRARY or hasattr(builtins, name):
        raise GpfftError(f"{name} means something else in what is exported: give it another name")


@dataclass(frozen=True)
class Job:
    """A codelet to be written down, with all that a writer needs.

    Attributes:
        program: the complex program.
        lowered: the real program, for what is asked.
        name: the function's name.
        header: what stands above, as comments, a line each.
        text: what the function returns of x, without "Returns" and the full stop.
        note: more sentences on that, or "".
        real_argument: whether x is real.
        real_result: whether what is returned is real.
        elements: for each element of x the places of its real and its imaginary part among the real
            program's inputs, -1 for what is not read; by default all in turn.
        options: what else was asked.
        to_json: returns the program in the documented format.
    """

    program: Program
    lowered: RealProgram
    name: str
    header: list[str]
    text: str
    to_json: Callable[[], str]
    options: Options = Options()
    real_argument: bool = False
    real_result: bool = False
    elements: tuple[tuple[int, int], ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.elements:
            inputs = range(self.lowered.inputs)
            pairs = [(j, -1) for j in inputs] if self.real_argument else zip(inputs[::2], inputs[1::2])
            object.__setattr__(self, "elements", tuple(pairs))

    @cached_property
    def inputs(self) -> list[str]:
        """Returns names for the real program's inputs: a0, b0, a1, b1 ... for the parts of x[0], x[1] ..."""
        names = [""] * self.lowered.inputs
        for j, element in enumerate(self.elements):
            for part, place in zip("ab", element):
                if place >= 0:
                    names[place] = f"{part}{j}"
        return names

    @property
    def constants(self) -> list[float]:
        """Returns the real program's constants as floats."""
        return [complex(constant).real for constant in self.lowered.constants]

    def commented(self, mark: str) -> list[str]:
        """Returns the header as comments."""
        return [f"{mark} {line}" for line in self.header]


@dataclass(frozen=True)
class RecursiveJob:
    """An algorithm to be written down: its program, and the rest as in `Job`.

    Attributes:
        leaves: real programs for short lengths, which compiled code has for them.
    """

    program: Recursion
    name: str
    header: list[str]
    to_json: Callable[[], str]
    leaves: Mapping[int, RealProgram]
    options: Options = Options()
