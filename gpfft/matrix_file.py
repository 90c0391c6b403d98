"""A matrix that a user gives: an array, or a NumPy file (.npy) with one; nothing is unpickled."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike, NDArray

from gpfft.errors import GpfftError, one_line, short

MOST = 64  # rows or columns
MATRIX_NAME = r"[A-Za-z0-9._-]{1,60}"  # what a matrix may be called
LEAST_ENTRY, MOST_ENTRY = 1e-100, 1e100  # what double precision can work with
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_matrix(path: str | Path) -> NDArray[Any]:
    """Returns the matrix in a .npy file, float64 or complex128, rows being outputs.

    The header is looked at before the data. Raises GpfftError, with the file's name, for a file that
    holds none, and for a matrix that `check_matrix` refuses.
    """
    file = Path(path)
    try:
        if not file.exists():
            raise GpfftError("there is no such file")
        if not file.is_file():
            raise GpfftError("it is no file")
        return _read(file)
    except GpfftError as error:
        raise GpfftError(f"matrix {file}: {error}") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise GpfftError(f"matrix {short(str(path))}: cannot be read ({reason})") from None


def write_matrix(file: Path, matrix: NDArray[Any]) -> None:
    """Writes a .npy file; equal matrices give equal bytes. Raises OSError."""
    with file.open("wb") as stream:
        npy.write_array(stream, np.ascontiguousarray(matrix), version=(1, 0), allow_pickle=False)


def _read(file: Path) -> NDArray[Any]:
    """Returns the matrix in a file that is there."""
    with file.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        start = stream.read(4)
        if start == b"PK\x03\x04":
            raise GpfftError("this is an archive (.npz): save the one matrix with numpy.save")
        stream.seek(0)
        try:
            version = npy.read_magic(stream)
            if version not in HEADERS:
                raise GpfftError("it holds no numbers but records")
            shape, _, dtype = HEADERS[version](stream)
        except GpfftError:
            raise
        except Exception as error:  # whatever NumPy's parser stumbles over
            raise GpfftError(f"it is no NumPy file, or damaged ({short(one_line(str(error)))})") from None
        _check_kind(dtype)
        _check_shape(shape)
        wanted = stream.tell() + math.prod(shape) * dtype.itemsize
        if file.stat().st_size < wanted:
            raise GpfftError("it is damaged: the data ends too early")
        stream.seek(0)
        return check_matrix(npy.read_array(stream, allow_pickle=False))


def check_matrix(matrix: ArrayLike) -> NDArray[Any]:
    """Returns a matrix as float64, or complex128 where its type is complex.

    Raises GpfftError, with what is wrong: no numbers, not 2-D, empty, more than 64 rows or columns, NaN
    or infinity, whole numbers beyond double precision, entries out of range, all zero.
    """
    try:
        array = np.asarray(matrix)
    except ValueError:
        raise GpfftError("a matrix needs rows of one length") from None
    _check_kind(array.dtype)
    _check_shape(array.shape)
    with np.errstate(all="ignore"):
        doubles: NDArray[Any] = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if not np.isfinite(doubles).all():
        raise GpfftError("the matrix holds NaN or infinity")
    if array.dtype.kind in "iu" and [int(n) for n in doubles.flat] != array.ravel().tolist():
        raise GpfftError("the matrix holds whole numbers that double precision does not hold: scale it down")
    largest = float(np.abs(doubles).max())
    if largest == 0:
        raise GpfftError("the matrix is all zero: there is nothing to compute")
    if not 1e13 * LEAST_ENTRY <= largest <= MOST_ENTRY:
        raise GpfftError(f"the largest entry of the matrix is {largest:g}: scale it to about 1")
    return doubles


def _check_kind(dtype: np.dtype[Any]) -> None:
    if dtype.hasobject:
        raise GpfftError("the matrix holds Python objects, which are never loaded: save numbers")
    if dtype.kind not in "biufc":
        raise GpfftError(f"the matrix holds no numbers but {short(str(dtype))}")


def _check_shape(shape: tuple[int, ...]) -> None:
    text = short(" x ".join(map(str, shape)) or "a single number").strip("'")
    if len(shape) != 2:
        raise GpfftError(f"a matrix has 2 dimensions, this has {len(shape)} ({text})")
    if min(shape) < 1:
        raise GpfftError(f"the matrix is empty ({text})")
    if max(shape) > MOST:
        raise GpfftError(f"the matrix is {text}: at most {MOST} rows and columns are possible")
