"""A Python module that loads the library which the C of a program was compiled to."""

from __future__ import annotations

from gpfft.emit.c import arguments
from gpfft.emit.job import Job, RecursiveJob
from gpfft.emit.statements import DTYPES


def ctypes(job: Job) -> str:
    """Returns a module with one public function `name(x, axis=-1)` of arrays, see `gpfft.build`."""
    taken, given = arguments(job)
    real, whole = DTYPES[job.options.precision]
    inputs, outputs = len(job.elements), len(job.lowered.outputs)
    kind = real if job.real_argument else whole
    function = job.name if len(taken) == 2 == len(given) else ""
    body = _interleaved(function, outputs, whole) if function else _split(job, taken, given, outputs)
    refused = ["    if np.iscomplexobj(x):", '        raise TypeError("real numbers are needed")']
    notes = ["", *(f"    {line}" for line in job.note.splitlines())] if job.note else []
    lines = [
        *_head(job.header, job.name),
        f"def {job.name}(x, axis=-1):",
        f'    """Returns {job.text}, along an axis, of any shape.',
        *notes,
        "",
        f"    Raises ValueError when that axis does not have {inputs} elements.",
        '    """',
        *(refused if job.real_argument else []),
        f"    x = np.moveaxis(np.asarray(x, np.{kind}), axis, 0)",
        f"    if len(x) != {inputs}:",
        f'        raise ValueError(f"axis {{axis}} has {{len(x)}} elements, {inputs} are needed")',
        "    count = ctypes.c_ssize_t(x[0].size)",
        *(f"    {line}" for line in body),
        "    return np.moveaxis(X, 0, axis)",
    ]
    return "\n".join(lines) + "\n"


def recursive_ctypes(job: RecursiveJob) -> str:
    """Returns a module with one public function `name(x, axis=-1)` of arrays, see `gpfft.build`."""
    _, whole = DTYPES[job.options.precision]
    name, radix = job.name, job.program.radix
    lines = [
        *_head(job.header, name, "import functools"),
        f"_LIBRARY.{name}_create.restype = ctypes.c_void_p",
        "",
        "",
        "class _Plan:",
        f'    """What {name}_create returns, until nobody needs it."""',
        "",
        "    def __init__(self, n):",
        f"        self.pointer = ctypes.c_void_p(_LIBRARY.{name}_create(ctypes.c_size_t(n)))",
        "        if not self.pointer:",
        f'            raise ValueError(f"{{n}} elements, not a power of {radix}, or no memory")',
        "",
        "    def __del__(self):",
        f"        _LIBRARY.{name}_destroy(self.pointer)",
        "",
        "    def __call__(self, line, out):",
        f"        if _LIBRARY.{name}_execute_interleaved(self.pointer, _pointer(line), _pointer(out)):",
        '            raise MemoryError("no memory")',
        "",
        "",
        "_plan = functools.lru_cache(maxsize=16)(_Plan)",
        "",
        "",
        f"def {name}(x, axis=-1):",
        '    """Returns the transform of x along an axis, of any shape; the first of a length takes longer.',
        "",
        f"    Raises ValueError when that axis has a length that is no power of {radix}.",
        '    """',
        f"    x = np.ascontiguousarray(np.moveaxis(np.asarray(x, np.{whole}), axis, -1))",
        "    n, X = x.shape[-1], np.empty_like(x)",
        "    plan = _plan(n)",
        "    for line, out in zip(x.reshape(-1, n), X.reshape(-1, n)):",
        "        plan(line, out)",
        "    return np.moveaxis(X, -1, axis)",
    ]
    return "\n".join(lines) + "\n"


def _head(header: list[str], name: str, *imports: str) -> list[str]:
    """Returns the lines down to the function: the library is loaded."""
    return [
        *(f"# {line}" for line in header),
        f'"""{name}, from the compiled library beside this file."""',
        "",
        "import ctypes",
        *imports,
        "from pathlib import Path",
        "",
        "import numpy as np",
        "",
        f'_FILES = [path for path in Path(__file__).parent.glob("lib{name}.*")]',
        '_LIBRARIES = [path for path in _FILES if path.suffix in {".so", ".dylib", ".dll"}]',
        "_LIBRARY = ctypes.CDLL(str(_LIBRARIES[0]))",
        "",
        "",
        "def _pointer(array):",
        "    return ctypes.c_void_p(array.ctypes.data)",
        "",
        "",
    ]


def _interleaved(name: str, outputs: int, whole: str) -> list[str]:
    """Returns the statements that compute X of complex numbers in place."""
    return [
        "x = np.ascontiguousarray(x)",
        f"X = np.empty(({outputs}, *x.shape[1:]), np.{whole})",
        "if count.value == 1:",
        f"    _LIBRARY.{name}_interleaved(_pointer(x), _pointer(X), count, count)",
        "else:",
        f"    _LIBRARY.{name}_interleaved_batch(_pointer(x), _pointer(X), count, count, count)",
    ]


def _split(job: Job, taken: tuple[str, ...], given: tuple[str, ...], outputs: int) -> list[str]:
    """Returns the statements that compute X of parts in arrays of their own."""
    real, whole = DTYPES[job.options.precision]
    parts = ["x"] if len(taken) == 1 else ["x.real", "x.imag"]
    lines = [f"taken = [np.ascontiguousarray(part) for part in ({', '.join(parts)},)]"]
    lines.append(f"given = np.empty(({len(given)}, {outputs}, *x.shape[1:]), np.{real})")
    call = "*map(_pointer, (*taken, *given)), count, count, count"
    lines.append(f"_LIBRARY.{job.name}_batch({call})")
    if len(given) == 1:
        return [*lines, "X = given[0]"]
    return [*lines, f"X = np.empty(given[0].shape, np.{whole})", "X.real, X.imag = given"]
