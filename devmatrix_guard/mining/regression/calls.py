"""The calls of pytest in the files that start tests: CI, tox, nox, make, npm and shell scripts."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.regression.naming import list_words
from devmatrix_guard.mining.regression.runner import RunnerSettings, list_options

_NAME = r"(?:py\.test|pytest|\$[({]PY_?TEST[)}])"
_CALL = re.compile(rf"(?:^|[\s;&|(@\"'])(?P<name>{_NAME})(?=\s|$)(?P<rest>(?:[^\n;&|)]|\d?>&\d)*)")
# What may run tests without saying which.
_OPAQUE = re.compile(r"(?:^|[\s;&|])(?:tox|nox|make|just|hatch|invoke|unittest|nose\w*)\b")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_VALUED = ("-k", "-m", "-p", "-c", "-n", "-o", "-W", "-r", "--deselect", "--ignore", "--cov")
_ADDED = re.compile(r"\bPYTEST_ADDOPTS\s*[:=]\s*(?P<words>.+)")
_FORGIVEN = re.compile(r"^[^#]*\|\|\s*(?:true|:|exit 0|echo\b.*)|^[^#]*;\s*(?:true|:|exit 0)\s*$")
_IGNORED = re.compile(r"^\s*@?-\s*@?(?:\S+=\S+\s+)*(?:\S*python\S*\s+-m\s+)?" + _NAME)
_UNHEARD = re.compile(
    r"^(?P<indent>\s*)(?:-\s+)?(?:continue-on-error:\s*true|allow_failure:\s*true"
    r"|if:\s*[\"']?(?:\$\{\{\s*)?false\b.*|when:\s*(?:never|manual))\s*$"
)
_DEFAULT = re.compile(r"\{(?:posargs|args):([^}]*)\}")
_TABLES = ("scripts", "tasks", "commands")


class Call(NamedTuple):
    """One call of pytest: what it says of the tests to run, its text, and whether it may fail."""

    settings: RunnerSettings
    text: str
    is_unheard: bool = False


class Calls(NamedTuple):
    """The calls of some files; `is_open` where they also run what may run any test."""

    calls: tuple[Call, ...] = ()
    is_open: bool = False

    def runs(self, path: str, name: str, *, is_unheard: bool = False) -> bool:
        """Tell whether a test is run by a call whose failure counts, or by one whose does not."""
        return any(
            call.is_unheard is is_unheard and call.settings.find_exclusion(path, name) is None
            for call in self.calls
        )

    def join(self, other: Calls) -> Calls:
        """Return the calls of both."""
        return Calls((*self.calls, *other.calls), self.is_open or other.is_open)


class _Line(NamedTuple):
    """A command as a text or as words, and whether its failure is passed over."""

    command: str | Sequence[str]
    is_unheard: bool = False


def read_calls(path: str, source: bytes) -> Calls:
    """Return the calls of pytest in a file; what cannot be read has none.

    Args:
        path: tells by its name how the file is read.
        source: its content.
    """
    text = source.decode("utf-8", "replace").replace("\\\n", " ")
    given = (one["words"].strip("'\" ") for one in _ADDED.finditer(text))
    added = tuple(option for words in given for option in list_options(words))
    calls: list[Call] = []
    is_open = False
    for line in _list_commands(path, text, source):
        if not isinstance(line.command, str):
            calls += _read_words(line.command, added)
            continue
        bare = _COMMENT.sub("", line.command)
        is_open = is_open or bool(_OPAQUE.search(bare))
        if "install" in bare:
            continue
        is_unheard = line.is_unheard or bool(_FORGIVEN.search(bare))
        calls += [
            _make_call(list_words(_clean(one["rest"])), one[0].strip(), added, is_unheard)
            for one in _CALL.finditer(bare)
        ]
    return Calls(tuple(calls), is_open)


def _clean(rest: str) -> str:
    text = _DEFAULT.sub(r"\1", rest).strip()
    # A command that stands in quotes as a whole ends with the second of them.
    return text[:-1].rstrip() if text[-1:] in "\"'" and text.count(text[-1:]) % 2 else text


def _list_commands(path: str, text: str, source: bytes) -> Iterator[_Line]:
    """Yield the commands of a file, by its kind."""
    name = path.rpartition("/")[2]
    if name == "tox.ini":
        yield from _list_tox(text)
    elif name.endswith(".json"):
        yield from _list_strings(_read_json(text), is_in=False)
    elif name.endswith(".toml"):
        yield from _list_strings(_read_toml(text), is_in=False)
    elif name.endswith(".py"):
        yield from _list_arguments(source)
    elif name.lower().endswith("makefile"):
        for line in text.splitlines():
            if line[:1] in "\t ":
                yield _Line(line.lstrip("\t @-+"), bool(_IGNORED.match(line)))
    else:
        lines = text.splitlines()
        unheard = _find_unheard(lines) if name.endswith((".yml", ".yaml")) else set()
        for number, line in enumerate(lines):
            yield _Line(line, number in unheard)


def _list_tox(text: str) -> Iterator[_Line]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        is_ignored = parser[section].get("ignore_outcome", "").strip().lower() == "true"
        for key, value in parser[section].items():
            if key.startswith("commands"):
                for line in (value or "").splitlines():
                    is_unheard = is_ignored or bool(_IGNORED.match(line))
                    yield _Line(line.lstrip("- "), is_unheard)


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read_toml(text: str) -> Any:
    try:
        return tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _list_strings(value: Any, *, is_in: bool) -> Iterator[_Line]:
    """Yield the texts below tables of commands; a list of words is one command."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "legacy_tox_ini" and isinstance(inner, str):
                yield from _list_tox(inner)
            else:
                yield from _list_strings(inner, is_in=is_in or key in _TABLES)
    elif isinstance(value, str) and is_in:
        yield from (_Line(line) for line in value.splitlines())
    elif isinstance(value, list) and is_in:
        if value and all(isinstance(part, str) and " " not in part for part in value[:1]):
            yield _Line([part for part in value if isinstance(part, str)])
        else:
            for part in value:
                yield from _list_strings(part, is_in=is_in)


def _list_arguments(source: bytes) -> Iterator[_Line]:
    """Yield the words that calls of Python are given, as `session.run("pytest", "tests")`."""
    tree = parse_source(source)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Call):
            continue
        values: Iterable[ast.expr] = node.args
        if len(node.args) == 1 and isinstance(node.args[0], (ast.List, ast.Tuple)):
            values = node.args[0].elts
        words = [v.value if isinstance(v, ast.Constant) else "$" for v in values]
        texts = [word if isinstance(word, str) else "$" for word in words]
        if texts and " " in texts[0]:
            yield _Line(texts[0])
        else:
            yield _Line(texts)


def _find_unheard(lines: Sequence[str]) -> set[int]:
    """Return the numbers of lines of YAML in a step or job that may fail, or never runs."""
    found: set[int] = set()
    for number, line in enumerate(lines):
        match = _UNHEARD.match(line)
        if match is None:
            continue
        depth = _measure(line)
        start = number
        while start and _measure(lines[start]) >= depth and not _opens(lines[start], depth):
            start -= 1
        first = start if _opens(lines[start], depth) else start + 1
        end = number + 1
        while end < len(lines) and _measure(lines[end]) >= depth and not _opens(lines[end], depth):
            end += 1
        found.update(range(first, end))
    return found


def _measure(line: str) -> int:
    """Return how deep the words of a line stand, behind its dash; an empty one is deepest."""
    bare = line.lstrip()
    if not bare or bare.startswith("#"):
        return len(line) + 1000
    inner = bare[1:].lstrip() if bare.startswith("- ") else bare
    return len(line) - len(inner)


def _opens(line: str, depth: int) -> bool:
    return line.lstrip().startswith("- ") and _measure(line) == depth


def _read_words(words: Sequence[str], added: tuple[tuple[str, str], ...]) -> list[Call]:
    for number, word in enumerate(words[:4]):
        if word in ("pytest", "py.test"):
            rest = words[number + 1 :]
            return [_make_call(rest, " ".join(words[number:]), added, is_unheard=False)]
    return []


def _make_call(
    words: Sequence[str], text: str, added: tuple[tuple[str, str], ...], is_unheard: bool
) -> Call:
    roots = []
    for number, word in enumerate(words):
        is_value = number > 0 and words[number - 1] in _VALUED
        if not word.startswith(("-", "$", "{", "%", "<", ">", "2>")) and not is_value:
            roots.append(word.partition("::")[0])
    options = (*list_options([*words]), *added)
    return Call(RunnerSettings(roots=tuple(roots), options=options), text, is_unheard)
