"""Read the Python of a Jupyter notebook, each line of it on the row where the notebook has it.

Jupyter writes a cell's code as one JSON string for each line, so that its lines are rows of the
file: the result has as many rows, blank but for the code. What git says of changed lines, and where
a finding stands, holds for the notebook itself.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_PYTHON = re.compile(r"i?python(?![a-z])", re.IGNORECASE)
_RUNS_ITS_CELL = re.compile(
    r"%%(?:(?:time|timeit|capture|prun|python\d?|pypy\d?)\b|script\s+(?:\S*/)?(?:python|pypy))"
)
_RUNS_ITS_LINE = re.compile(
    r"(\s*)((?:[\w.,\s\[\]]+=\s*)?)(%(?:time|timeit|prun)\s+(?:-\w+\s*\d*\s+)*)(.+)\Z", re.DOTALL
)
_MAGIC = re.compile(r"(\s*)(?:[%!?].*|[\w.*]+\?{1,2}\s*)\Z", re.DOTALL)
_ASSIGNED_MAGIC = re.compile(r"(\s*[\w.,\s\[\]]+=\s*)[%!].*\Z", re.DOTALL)
_MAX_ROWS = 1_000_000
_OTHER_FORMAT = "it is no notebook of format 4; open and save it with Jupyter"


class NotebookError(ValueError):
    """The notebook cannot be read; the text says why.

    `is_foreign` tells that it is in order, and in another language.
    """

    def __init__(self, reason: str, *, is_foreign: bool = False) -> None:
        super().__init__(reason)
        self.is_foreign = is_foreign


class Notebook(NamedTuple):
    """A notebook's code as rows of Python, and by row (cell, line within it), all from 1."""

    source: bytes
    places: Mapping[int, tuple[int, int]]


class _Piece(NamedTuple):
    row: int
    text: str


def read_notebook(data: bytes) -> Notebook:
    """Return the Python of a notebook.

    Raises:
        NotebookError: it is none, is in another language, or has several lines on one row.
    """
    text = _checked(data)
    strings = dict(_find_strings(text))
    languages = _list_languages(strings)
    if languages and not any(map(_PYTHON.match, languages)):
        raise NotebookError(f"a notebook in {languages[0][:40]}", is_foreign=True)
    rows = [""] * (text.count("\n") + 1)
    places: dict[int, tuple[int, int]] = {}
    for cell, pieces in _code_cells(strings).items():
        lines = list(_lines_of(pieces))
        for number, (row, line) in enumerate(
            zip((row for row, _ in lines), _as_python([line for _, line in lines]), strict=True)
        ):
            if row in places:
                raise NotebookError("several lines of code are on one row; save it with Jupyter")
            places[row] = cell + 1, number + 1
            rows[row - 1] = line
    return Notebook("\n".join(rows).encode("utf-8", "replace"), places)


def _checked(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
        top = json.loads(text)
    except RecursionError as error:
        raise NotebookError("a notebook that is nested too deeply") from error
    except ValueError as error:
        raise NotebookError("a notebook that is not valid JSON") from error
    if not isinstance(top, dict) or not isinstance(top.get("cells"), list):
        raise NotebookError(_OTHER_FORMAT)
    if text.count("\n") > _MAX_ROWS:
        raise NotebookError("a notebook of more than a million rows")
    return text


def _find_strings(text: str) -> Iterator[tuple[tuple[Any, ...], _Piece]]:
    """Yield every string that is a value, with the keys and positions that lead to it."""
    path: list[Any] = []
    is_key = False
    row, counted = 1, 0
    for token in _TOKEN.finditer(text):
        sign = token.group()
        if sign in "{[":
            path.append(0 if sign == "[" else "")
            is_key = sign == "{"
        elif sign in "}]":
            path.pop()
        elif sign == ",":
            is_key = isinstance(path[-1], str)
            path[-1] = path[-1] if is_key else path[-1] + 1
        elif sign == ":":
            is_key = False
        elif is_key:
            path[-1] = json.loads(sign)
        elif sign[0] == '"' and len(path) <= 4:
            row += text.count("\n", counted, token.start())
            counted = token.start()
            yield tuple(path), _Piece(row, json.loads(sign))


def _list_languages(strings: Mapping[tuple[Any, ...], _Piece]) -> list[str]:
    """Return what a notebook says of its language; what it is run by is the name of its kernel."""
    keys = (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name"))
    paths = [("metadata", *key) for key in keys]
    return [strings[path].text for path in paths if path in strings]


def _code_cells(strings: Mapping[tuple[Any, ...], _Piece]) -> dict[int, list[_Piece]]:
    """Return the pieces of each code cell's source, by the cell's position."""
    cells: dict[int, list[_Piece]] = {}
    for path, piece in strings.items():
        if path[0] != "cells" or len(path) < 3 or path[2] != "source":
            continue
        if strings.get((*path[:2], "cell_type"), piece).text == "code":
            cells.setdefault(path[1], []).append(piece)
    return cells


def _lines_of(pieces: list[_Piece]) -> Iterator[tuple[int, str]]:
    """Yield each line of code with the row on which it begins."""
    pending: tuple[int, str] | None = None
    for row, text in pieces:
        *whole, last = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for part in whole:
            start, before = pending or (row, "")
            yield start, before + part
            pending = None
        if last:
            start, before = pending or (row, "")
            pending = start, before + last
    if pending is not None:
        yield pending


def _as_python(lines: list[str]) -> list[str]:
    """Return a cell's lines with what only IPython understands left out; their number stays."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].startswith("%%"):
        if not _RUNS_ITS_CELL.match(lines[first]):
            return [""] * len(lines)
        lines = ["" if number <= first else line for number, line in enumerate(lines)]
    if _is_python("\n".join(lines)):
        return lines
    found = _without_magics(lines, runs_lines=True)
    return found if _is_python("\n".join(found)) else _without_magics(lines, runs_lines=False)


def _without_magics(lines: list[str], *, runs_lines: bool) -> list[str]:
    """Return lines without magics; `runs_lines` keeps the code that one of them runs."""
    found: list[str] = []
    goes_on = False
    for line in lines:
        if not goes_on and runs_lines and (runs := _RUNS_ITS_LINE.match(line)):
            # As long as the magic, so that columns stay.
            filler = ("" if runs[2] else "pass;").ljust(len(runs[3]))
            found.append(f"{runs[1]}{runs[2]}{filler}{runs[4]}")
            continue
        neutral = "" if goes_on else _without_magic(line)
        goes_on = neutral != line and line.endswith("\\")
        found.append(neutral)
    return found


def _without_magic(line: str) -> str:
    if magic := _MAGIC.match(line):
        return f"{magic[1]}pass"
    if assigned := _ASSIGNED_MAGIC.match(line):
        return f"{assigned[1]}None"
    return line


def _is_python(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
