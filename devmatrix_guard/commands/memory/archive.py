"""Files that rows of a memory are written into: lines of JSON, packed or not, or Parquet."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from devmatrix_guard.errors import MissingExtraError, UsageError
from devmatrix_guard.files import read_chosen, write_output

_PACKED, _PARQUET = ".gz", ".parquet"
_MOST_BYTES = 1 << 34


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write rows, a line of JSON each, in the form that the file's name asks for.

    In Parquet a row has its table in the column `table` and the rest, as JSON, in `row`.

    Raises:
        MissingExtraError: Parquet is asked for, and its library is not installed.
        FileError: the file cannot be written.
    """
    write_output(path, _PACKERS.get(path.suffix, _encode)(lines))


def read_lines(path: Path) -> list[str]:
    """Return the lines that `write_lines` wrote.

    Raises:
        UsageError: the file is none of those.
        MissingExtraError: it is in Parquet, whose library is not installed.
        FileError: it cannot be read.
    """
    data = read_chosen(path, _MOST_BYTES)
    try:
        return _UNPACKERS.get(path.suffix, _decode)(data)
    except (OSError, EOFError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise UsageError(f"{path} is not a file that `guard memory export` wrote.") from error


def _encode(lines: Sequence[str]) -> bytes:
    return "".join(lines).encode()


def _decode(data: bytes) -> list[str]:
    return data.decode("utf-8").splitlines()


def _pack(lines: Sequence[str]) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(_encode(lines))
    return packed.getvalue()


def _unpack(data: bytes) -> list[str]:
    return _decode(gzip.decompress(data))


def _write_parquet(lines: Sequence[str]) -> bytes:
    arrow, parquet = _load_parquet()
    rows = [json.loads(line) for line in lines]
    columns = {
        "table": arrow.array([table for table, _ in rows], arrow.string()),
        "row": arrow.array([json.dumps(row) for _, row in rows], arrow.string()),
    }
    written = io.BytesIO()
    parquet.write_table(arrow.table(columns), written, compression="zstd")
    return written.getvalue()


def _read_parquet(data: bytes) -> list[str]:
    _, parquet = _load_parquet()
    held = parquet.read_table(io.BytesIO(data), columns=["table", "row"]).to_pydict()
    pairs = zip(held["table"], held["row"], strict=True)
    return [f"[{json.dumps(table)},{row}]" for table, row in pairs]


def _load_parquet() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError("parquet", "A memory's rows in Parquet") from error


_PACKERS = {_PACKED: _pack, _PARQUET: _write_parquet}
_UNPACKERS = {_PACKED: _unpack, _PARQUET: _read_parquet}
