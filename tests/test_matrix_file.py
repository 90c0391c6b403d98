"""A matrix file is read when it holds a matrix of numbers, and refused in one line by what it is else."""

from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpfft import GpfftError, matrices
from gpfft.matrix_file import check_matrix, read_matrix, write_matrix


def saved(path: Path, array: object) -> Path:
    """Returns the name of a file with an array, saved as NumPy does."""
    np.save(path, array, allow_pickle=True)
    return path


@pytest.mark.parametrize("kind", ["?", "i1", "u2", "i8", "f2", "f4", "f8", ">f8", "c8", "c16", "g"])
def test_any_type_of_number_is_read_as_doubles(tmp_path, kind: str) -> None:
    array = np.array([[1, 0, 1], [0, 1, 0]]).astype(kind)
    found = read_matrix(saved(tmp_path / "m.npy", array))
    assert found.dtype == (np.complex128 if kind.startswith("c") else np.float64)
    assert np.array_equal(found, array)


@pytest.mark.parametrize("order", "CF")
def test_the_order_in_memory_does_not_matter(tmp_path, order: str) -> None:
    array = np.array([[1.0, 2, 3], [4, 5, 6]], order=order)
    assert np.array_equal(read_matrix(saved(tmp_path / "m.npy", array)), array)


def test_what_is_written_is_read_and_equal_matrices_are_equal_bytes(tmp_path) -> None:
    matrix = matrices.dct2(8)
    for name, array in (("a", matrix), ("b", np.asfortranarray(matrix))):
        write_matrix(tmp_path / name, array)
    assert np.array_equal(read_matrix(tmp_path / "a"), matrix)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def header(shape: str, kind: str = "'<f8'", extra: str = "") -> bytes:
    """Returns a .npy file of version 1 without its data."""
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}{extra}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def npz() -> bytes:
    """Returns an archive with a matrix."""
    stream = io.BytesIO()
    np.savez(stream, a=np.eye(2))
    return stream.getvalue()


class Trap:
    """Writes a file when it is unpickled."""

    def __reduce__(self):
        return open, ("trapped", "w")


def of(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


REFUSED = [
    ("an empty file", b"", "no NumPy file, or damaged"),
    ("text", b"1 2\n3 4\n", "no NumPy file, or damaged"),
    ("a pickle", pickle.dumps(Trap()), "no NumPy file, or damaged"),
    ("an archive", npz(), r"an archive \(.npz\): save the one matrix with numpy.save"),
    ("half a header", of(np.eye(3))[:40], "no NumPy file, or damaged"),
    ("half the data", of(np.eye(3))[:-9], "damaged: the data ends too early"),
    ("another version", b"\x93NUMPY\x07\x00" + of(np.eye(3))[8:], "no NumPy file, or damaged|no numbers"),
    ("a header that is code", header("__import__('os')"), "no NumPy file, or damaged"),
    ("a header without end", header("(" * 9000), "no NumPy file, or damaged"),
    ("a header with more", header("(2, 2)", extra=", 'x': 1"), "no NumPy file, or damaged"),
    ("objects", of(np.array([[Trap()]], dtype=object)), "Python objects, which are never loaded"),
    ("records", of(np.zeros((2, 2), dtype=[("a", "f8")])), "no numbers"),
    ("records in Greek", header("(2, 2)", "[('\\u03b1', '<f8')]"), "no numbers"),
    ("words", of(np.array([["a", "b"]])), "no numbers but"),
    ("dates", of(np.array([["2001-01-01"]], dtype="M8[D]")), "no numbers but"),
    ("a number", of(np.float64(3)), r"2 dimensions, this has 0 \(a single number\)"),
    ("a vector", of(np.ones(4)), r"2 dimensions, this has 1 \(4\)"),
    ("a cube", of(np.ones((2, 3, 4))), r"2 dimensions, this has 3 \(2 x 3 x 4\)"),
    ("no rows", of(np.ones((0, 3))), r"empty \(0 x 3\)"),
    ("no columns", of(np.ones((3, 0))), r"empty \(3 x 0\)"),
    ("negative rows", header("(-1, 3)"), "empty"),
    ("65 rows", of(np.ones((65, 2))), "the matrix is 65 x 2: at most 64 rows and columns"),
    ("too wide", header("(3, 100000)"), "the matrix is 3 x 100000: at most 64"),
    ("as wide as can be", header(f"({10**4000}, 3)"), "damaged|at most 64"),
    ("NaN", of(np.array([[1, np.nan]])), "NaN or infinity"),
    ("infinity", of(np.array([[1, -np.inf]])), "NaN or infinity"),
    ("a complex NaN", of(np.array([[complex(1, np.nan)]])), "NaN or infinity"),
    ("beyond doubles", of(np.array([["1e4000"]], dtype=np.longdouble)), "NaN or infinity"),
    ("a large whole number", of(np.array([[2**53 + 1]])), "whole numbers that double precision does not"),
    ("all zero", of(np.zeros((3, 3))), "all zero: there is nothing to compute"),
    ("huge", of(np.array([[1e200]])), "largest entry of the matrix is 1e.200: scale it"),
    ("tiny", of(np.array([[1e-200]])), "largest entry of the matrix is 1e-200: scale it"),
]


@pytest.mark.parametrize("content, words", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_matrix_is_refused_in_one_line_with_the_files_name(
    tmp_path, monkeypatch, content: bytes, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.npy").write_bytes(content)
    with pytest.raises(GpfftError, match=f"^matrix m.npy: .*({words})") as error:
        read_matrix("m.npy")
    assert "\n" not in str(error.value) and len(str(error.value)) < 200
    assert error.value.__suppress_context__
    assert not Path("trapped").exists()


def test_a_wide_matrix_is_refused_by_its_header_before_its_data_is_loaded(tmp_path) -> None:
    file = saved(tmp_path / "m.npy", np.ones((2, 10**6)))
    tracemalloc.start()
    with pytest.raises(GpfftError, match="2 x 1000000"):
        read_matrix(file)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "name, words",
    [("none.npy", "no such file"), (".", "it is no file"), ("a\0b", "no such file|cannot be read"),
     ("x" * 5000, "cannot be read"), ("\ud800", "no such file|cannot be read")],
    ids=["no file", "a folder", "a NUL", "a long name", "no text"],
)  # fmt: skip
def test_a_name_that_is_no_files_is_refused(tmp_path, monkeypatch, name: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GpfftError, match=words):
        read_matrix(name)


@given(st.integers(0, 127), st.binary(max_size=4))
def test_damage_anywhere_in_the_header_gives_a_matrix_or_one_clear_error(tmp_path_factory, at, junk) -> None:
    good = of(np.eye(3))
    file = tmp_path_factory.getbasetemp() / "fuzzed.npy"
    file.write_bytes(good[:at] + junk + good[at + len(junk) :])
    try:
        assert read_matrix(file).ndim == 2
    except GpfftError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("matrix", [[[1, 2], [3]], [["a"]], "matrix", None, [[None]], 3, [[10**30]]])
def test_an_array_that_is_no_matrix_is_refused(matrix: object) -> None:
    with pytest.raises(GpfftError) as error:
        check_matrix(matrix)
    assert "\n" not in str(error.value)
