"""Match paths against globs as `.gitignore` does, and against a rule's `paths` as Semgrep does.

The parts of a path go through the segments of a glob one by one, each segment a regex that cannot
backtrack over its stars: the globs and the paths come from the work tree, and a regex for a whole
glob, such as `pathspec` makes, takes minutes over one hostile path. `pathspec` and `git
check-ignore` are what the tests compare with; a hook would also pay for importing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

_DIRECTORIES = "**"
_ANY_NAME = ""
_TOKEN = re.compile(
    r"(?P<stars>\*+)|(?P<any>\?)|(?P<slash>/)|\\(?P<escaped>.)"
    r"|\[(?P<negated>[!^]?)(?P<set>\]?(?:\\.|\[:[a-z]+:\]|[^\]\\])*)\]|(?P<plain>[^\[\\])",
    re.S,
)
_MEMBER = re.compile(r"\[:(?P<named>[a-z]+):\]|\\?(?P<low>.)(?:-\\?(?P<high>.))?", re.S)
_NAMED = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
    "space": r"\s", "upper": "A-Z", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class _Glob(NamedTuple):
    """One glob: what each part of a path has to be; `**` stands for any number of folders."""

    segments: tuple[str, ...]
    is_negated: bool
    needs_folder: bool


def find_match(path: str, globs: Sequence[str]) -> str | None:
    """Return the glob that takes in a path, or a folder above it; None where none does.

    The last glob that matches decides, and `!` before a glob lets go of what one before it took
    in; nothing below a folder that is taken in can be let go.

    Args:
        path: relative to the repository's root, with `/` between its parts.
        globs: in `.gitignore`'s syntax. What is not valid there matches nothing.
    """
    return _find_deciding(path, globs, _parse)


def matches_any(path: str, globs: Sequence[str]) -> bool:
    """Whether globs in `.gitignore`'s syntax take in a path."""
    return find_match(path, globs) is not None


def matches_rule_paths(path: str, globs: Sequence[str]) -> bool:
    """Whether the globs of a rule's `paths` take in a path.

    Rules are Semgrep's, and so is what their globs mean: only a `/` at the beginning ties one to
    the root, and neither `!` nor `#` nor a space at the end is special.
    """
    return _find_deciding(path, globs, _parse_rule_glob) is not None


def find_layer(path: str, layers: Mapping[str, Sequence[str]]) -> int | None:
    """Return the first layer whose globs take in a path."""
    return next((int(layer) for layer in sorted(layers) if matches_any(path, layers[layer])), None)


def _find_deciding(
    path: str, globs: Sequence[str], parse: Callable[[str], _Glob | None]
) -> str | None:
    parts = path.split("/")
    known = [(text, glob) for text in globs if (glob := parse(text)) is not None]
    matches = [(text, glob, _find_ends(parts, glob.segments)) for text, glob in reversed(known)]
    for end in range(1, len(parts) + 1):
        is_folder = end < len(parts)
        for text, glob, ends in matches:
            if end in ends and (is_folder or not glob.needs_folder):
                if glob.is_negated:
                    break
                return text
    return None


def _find_ends(parts: list[str], segments: tuple[str, ...]) -> set[int]:
    """Return after how many of its parts a path is what the segments describe."""
    found = set()
    states = _skip_directories({0}, segments)
    for end, part in enumerate(parts, 1):
        states = _skip_directories(
            {
                state + (segments[state] != _DIRECTORIES)
                for state in states
                if state < len(segments) and _matches_segment(part, segments[state])
            },
            segments,
        )
        if len(segments) in states:
            found.add(end)
    return found


def _skip_directories(states: set[int], segments: tuple[str, ...]) -> set[int]:
    """Add the states that are reached where `**` stands for no folder."""
    for state in sorted(states):
        while state < len(segments) and segments[state] == _DIRECTORIES:
            state += 1
            states.add(state)
    return states


def _matches_segment(part: str, segment: str) -> bool:
    return segment in (_DIRECTORIES, _ANY_NAME) or _compile(segment).fullmatch(part) is not None


@lru_cache(maxsize=1024)
def _compile(segment: str) -> re.Pattern[str]:
    return re.compile(segment, re.S)


@lru_cache(maxsize=1024)
def _parse(glob: str) -> _Glob | None:
    """Return a glob taken apart, None for a comment and for what can match nothing."""
    text = _strip_spaces(glob)
    if text.startswith("#"):
        return None
    is_negated = text.startswith("!")
    text = text[is_negated:]
    needs_folder = text.endswith("/")
    text = text[: len(text) - needs_folder]
    tokens = _split_tokens(text.removeprefix("/"))
    if not tokens:
        return None
    segments = _translate_segments(tokens)
    if segments[-1] == _DIRECTORIES:  # what ends in `**` stands for what is inside, at any depth
        segments.insert(-1, _ANY_NAME)
    if "/" not in text:
        segments.insert(0, _DIRECTORIES)
    return _Glob(tuple(segments), is_negated, needs_folder)


@lru_cache(maxsize=1024)
def _parse_rule_glob(glob: str) -> _Glob | None:
    is_anchored = glob.startswith(("/", "./"))
    names = [name for name in glob.removeprefix("./").split("/") if name]
    if not names:
        return None if glob else _Glob((_DIRECTORIES,), is_negated=False, needs_folder=False)
    tokens = _split_tokens(re.sub(r"\*{3,}", "*", "/".join(names)))
    if not tokens:
        return None
    segments = _translate_segments(tokens)
    if segments[-1] == _DIRECTORIES and len(segments) > 1:
        segments.insert(-1, _ANY_NAME)
    if not is_anchored:
        segments.insert(0, _DIRECTORIES)
    needs_folder = glob.endswith("/") and segments[-1] != _DIRECTORIES
    return _Glob(tuple(segments), is_negated=False, needs_folder=needs_folder)


def _strip_spaces(glob: str) -> str:
    """Return a glob without the spaces at its end, but for one behind a backslash."""
    bare = glob.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and len(bare) < len(glob) else bare


def _split_tokens(text: str) -> list[re.Match[str]]:
    """Return the parts of a glob, none where it is not valid: `[` without `]`, `\\` at its end."""
    tokens = list(_TOKEN.finditer(text))
    return tokens if sum(len(token.group()) for token in tokens) == len(text) else []


def _translate_segments(tokens: list[re.Match[str]]) -> list[str]:
    segments: list[list[re.Match[str]]] = [[]]
    for token in tokens:
        if token["slash"]:
            segments.append([])
        else:
            segments[-1].append(token)
    return [_translate(segment) for segment in segments]


def _translate(segment: list[re.Match[str]]) -> str:
    """Return the regex of one segment; it takes each star as far as needed and never goes back."""
    if len(segment) == 1 and segment[0]["stars"]:
        return _DIRECTORIES if len(segment[0]["stars"]) > 1 else _ANY_NAME
    chunks = [""]
    for token in segment:
        if token["stars"]:
            chunks.append("")
        else:
            chunks[-1] += _translate_token(token)
    first, *others = chunks
    if not others:
        return first or "(?!)"
    *middle, last = others
    return first + "".join(f"(?>.*?{chunk})" for chunk in middle) + f".*{last}"


def _translate_token(token: re.Match[str]) -> str:
    if token["any"]:
        return "."
    if token["set"] is not None:
        return _translate_set(token["set"], is_negated=bool(token["negated"]))
    return re.escape(token["escaped"] or token["plain"])


def _translate_set(members: str, *, is_negated: bool) -> str:
    found = "".join(_translate_member(member) for member in _MEMBER.finditer(members))
    if is_negated:
        return f"[^{found}]" if found else "."
    return f"[{found}]" if found else "(?!)"


def _translate_member(member: re.Match[str]) -> str:
    if member["named"]:
        return _NAMED.get(member["named"], "")
    low, high = member["low"], member["high"] or member["low"]
    # Python refuses a range that runs backwards, of which git takes the first end.
    return re.escape(low) + (f"-{re.escape(high)}" if low < high else "")
