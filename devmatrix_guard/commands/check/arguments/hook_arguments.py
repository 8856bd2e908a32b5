"""Tells the options of `guard-hook` from the files a runner names; only loaded for a dash."""

from __future__ import annotations

import os

from devmatrix_guard import __version__
from devmatrix_guard.commands.check.arguments.option_table import (
    MANY,
    OPTIONS,
    RANGE,
    VALUE,
    Option,
    list_choices,
)
from devmatrix_guard.errors import EXIT_CODES, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_HELP, _VERSION = ("-h", "--help"), ("--version",)
_WIDTH = 80
_MARGIN = 26
_CODES = EXIT_CODES.replace(", 2", ",\n  2")
_USAGE = f"""\
Usage: guard-hook [OPTION]... [FILE]...

  Check the staged change, as `guard check` does, for hook runners. A runner
  puts the files it passes after the options; a file name may begin with a dash,
  and after `--` every word is a file.

  Exit codes: {_CODES}.

Options:
"""


def parse_arguments(argv: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the options that are given, by parameter, and the files.

    Raises:
        UsageError: a word is neither an option nor a file, or a value is missing or wrong.
    """
    known = {name: option for option in OPTIONS for name in option.names}
    given: dict[str, Any] = {}
    files: list[str] = []
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            files += words
        elif word in _HELP or word in _VERSION:
            given["help" if word in _HELP else "version"] = True
        elif name in known and not (equals and _is_file(word)):
            _add_option(given, known[name], name, value if equals else None, words)
        elif not word.startswith("-") or word == "-" or _is_file(word):
            files.append(word)
        else:
            raise UsageError(f"There is no option {name}; {_suggest(name, known)}")
    return given, files


def answer_question(given: dict[str, Any]) -> str:
    """Return the help or the version where one is asked for, else nothing."""
    if "help" in given:
        return _USAGE + "".join(f"{line}\n" for line in _list_help_lines())
    return f"guard-hook, version {__version__}\n" if "version" in given else ""


def _add_option(
    given: dict[str, Any], option: Option, name: str, value: str | None, words: Iterator[str]
) -> None:
    """Put an option's value to the others; the last one counts, of some all."""
    if option.kind == RANGE:
        if value is not None and not value.strip():
            raise UsageError("--range is empty; write it as --range=main...HEAD.")
        given[option.parameter] = value or ""
    elif option.kind not in (VALUE, MANY):
        if value is not None:
            raise UsageError(f"{name} takes no value; write {name} alone.")
        given[option.parameter] = name != option.negative
    else:
        text = next(words, None) if value is None else value
        if text is None:
            raise UsageError(f"{name} needs a value; write {name}=VALUE.")
        choices = list_choices(option)
        if choices and text not in choices:
            raise UsageError(f"{name} cannot be {text!r}; choose one of {', '.join(choices)}.")
        if option.kind == MANY:
            given.setdefault(option.parameter, []).append(text)
        else:
            given[option.parameter] = text


def _is_file(word: str) -> bool:
    """Whether a word names a file, on disk or, as in a sparse checkout, in the index only."""
    if os.path.lexists(word):
        return True
    from devmatrix_guard.errors import GitError
    from devmatrix_guard.git.process import GitProcess

    listing = GitProcess(os.curdir, ("ls-files", "--cached", "--", word))
    try:
        return b"".join(listing.read_chunks()) != b""
    except GitError:
        return False


def _suggest(name: str, known: dict[str, Option]) -> str:
    from difflib import get_close_matches

    names = [*known, *_HELP, *_VERSION]
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else "see guard-hook --help."


def _list_help_lines() -> Iterator[str]:
    rows = [(_format_names(option), option.help) for option in OPTIONS]
    rows += [("--version", "Show the version."), ("-h, --help", "Show this.")]
    import textwrap

    for left, text in rows:
        indent = " " * _MARGIN
        lines = textwrap.wrap(text, _WIDTH - _MARGIN)
        if len(left) > _MARGIN - 4:
            yield f"  {left}"
            yield f"{indent}{lines[0]}"
        else:
            yield f"  {left}".ljust(_MARGIN) + lines[0]
        yield from (f"{indent}{line}" for line in lines[1:])


def _format_names(option: Option) -> str:
    names = ", ".join(option.names)
    if option.kind == RANGE:
        return f"{names}[={option.metavar}]"
    metavar = option.metavar if option.metavar else "|".join(list_choices(option))
    return f"{names} {metavar}" if option.kind in (VALUE, MANY) else names
