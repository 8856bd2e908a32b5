"""Cuts files of settings and of prose into lines, each below the key, section or heading it is in.

What YAML, TOML, INI and Markdown mean stands in one line, and how far a line is indented, or which
section it is in, tells what it belongs to. A mapping within braces is read as if each entry had a
line, JSON as the YAML that says the same. Style sheets are cut at their braces: `undo_tokens`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from devmatrix_guard.mining.undo.flow import cut_flow, read_value
from devmatrix_guard.mining.undo.tokens import MAX_BYTES, MOST_NESTED, Cut, decode, read_tokens

_BY_INDENT = frozenset(["yaml", "yml"])
_BY_SECTION = frozenset(["toml", "ini", "cfg", "conf", "properties", "env"])
_JSON = frozenset(["json", "json5"])
_BY_BRACES = frozenset(["css", "scss", "less"])
_PROSE = frozenset(["md", "markdown", "rst"])
_MARKUP = frozenset(("xml",))
# What every fix adds to, and what tools write.
_LEFT_OUT = re.compile(
    r"(?:change(?:s|log)?|history|news|releases?|release.?notes|authors|contributors|thanks)\b"
    r"|.*(?:[-_.]lock\.(?:json|ya?ml|toml)|\.min\.css)$",
    re.IGNORECASE,
)
_SETTING = "Settings"  # comments begin with `#`, and nothing else is one
_KEY = re.compile(r"\s*(?:-\s+)*([^\s#:][^:]*?)\s*:(?:\s|$)")
# A text of YAML in quotes that says the same without them, or in others.
_QUOTED = re.compile(r"""(?<=[:\-] )(?:"([^"'\\]*)"|'([^"'\\]*)')(?=\s*(?:#.*)?$)""")
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w./-]*", re.IGNORECASE)
_SECTION = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?$")
_HEADING = re.compile(r"(#+)\s+(.*)")


def is_text(path: str) -> bool:
    """Tell whether a file is of settings or prose that people write."""
    return _read_suffix(
        path
    ) in _BY_INDENT | _BY_SECTION | _JSON | _BY_BRACES | _PROSE | _MARKUP and (
        not _LEFT_OUT.match(path.rpartition("/")[2])
    )


def is_settings(path: str) -> bool:
    """Tell whether a file holds settings, of which each line says one thing."""
    return _read_suffix(path) in _BY_INDENT | _BY_SECTION


def is_prose(path: str) -> bool:
    """Tell whether a file is one of prose, in which lines are broken anywhere."""
    return _read_suffix(path) in _PROSE


def is_cut_at_lines(path: str) -> bool:
    """Tell whether a file is cut at its lines, and not at braces or by a grammar."""
    return _read_suffix(path) in _BY_INDENT | _BY_SECTION | _JSON | _PROSE | _MARKUP


def _read_suffix(path: str) -> str:
    return path.rpartition(".")[2].lower() if "." in path else ""


def list_line_statements(path: str, text: bytes) -> list[Cut]:
    """Return the lines of a text that say something, as the statements of `undo_layout`."""
    if len(text) > MAX_BYTES:
        return []
    suffix = _read_suffix(path)
    read = _read_json if suffix in _JSON else _read_lines
    found: list[Cut] = []
    # Of each block: how deep it is, the number of its head, of its last line, and its scope.
    blocks: list[tuple[int, int, int, str]] = [(-1, -1, -1, "")]
    for first, end, depth, words, name in read(suffix, decode(text)):
        if not words and not name:
            continue
        while depth <= blocks[-1][0]:
            blocks.pop()
        level, head, last, scope = blocks[-1]
        said = words or name.encode("utf-8", "surrogatepass")
        found.append((first, end, said, scope, head, last))
        blocks[-1] = (level, head, len(found) - 1, scope)
        if name and len(blocks) < MOST_NESTED:
            inner = f"{scope}.{name}" if scope else name
            blocks.append((depth, len(found) - 1, -1, inner))
    return found


# First row, row after the last, how deep it stands, its words, and what it begins a block of.
Line = tuple[int, int, int, bytes, str]


def _read_lines(suffix: str, text: str) -> Iterator[Line]:
    for row, line in enumerate(text.split("\n")):
        if suffix not in _BY_INDENT | _BY_SECTION:
            yield row, row + 1, *_read_line(suffix, line)
            continue
        own = 0
        for level, entry, is_head in cut_flow(read_value(line)):
            depth, words, name = _read_line(suffix, entry)
            own = own if level else depth
            if is_head and not name:
                name = entry.strip()
            yield row, row + 1, own + level, words, name


def _read_line(suffix: str, line: str) -> tuple[int, bytes, str]:
    words = _join_words(_drop_quotes(line) if suffix in _BY_INDENT else line)
    depth, name = _read_place(suffix, line)
    return depth, words, name


def _read_json(suffix: str, text: str) -> Iterator[Line]:
    """Yield the entries of objects, with those of arrays that hold no object as their values."""
    open_brackets: list[str] = []
    depth = row = first = 0
    words: list[str] = []
    for row, token, _ in read_tokens(suffix, text):
        if token == "\n":
            continue
        first = first if words else row
        if token == "{":
            if words:
                yield first, row + 1, depth, *_write_entry(words[:2])
            open_brackets.append(token)
            depth, words = depth + 1, []
        elif token in ("}", ",") and (token == "}" or not words or open_brackets[-1:] != ["["]):
            if words:
                yield first, row + 1, depth, _write_entry(words)[0], ""
            words = []
            if token == "}":
                depth -= 1
                while open_brackets and open_brackets.pop() != "{":
                    pass
        else:
            if token == "[":
                open_brackets.append(token)
            elif token == "]" and open_brackets[-1:] == ["["]:
                open_brackets.pop()
            if words or token != "]":
                words.append(token)
    if words:
        yield first, row + 1, depth, _write_entry(words)[0], ""


def _write_entry(words: list[str]) -> tuple[bytes, str]:
    """Return an entry as a line of YAML has it, and its key."""
    plain = [_write_plain(word) for word in words]
    return "\0".join(plain).encode("utf-8", "surrogatepass"), plain[0]


def _write_plain(word: str) -> str:
    """Return a text in quotes without them where YAML reads the same."""
    inner = word[1:-1]
    return inner if word[:1] in ("'", '"') and _PLAIN.fullmatch(inner) else word


def _drop_quotes(line: str) -> str:
    """Return a line of YAML with its value in one of the ways to quote it."""

    def write(match: re.Match[str]) -> str:
        text = match[1] or match[2] or ""
        return text if _PLAIN.fullmatch(text) else f'"{text}"'

    return _QUOTED.sub(write, line)


@lru_cache(maxsize=1 << 15)  # the versions of a file have most of their lines in common
def _join_words(line: str) -> bytes:
    words = [word for _, word, _ in read_tokens(_SETTING, line) if word != "\n"]
    return "\x00".join(words).encode("utf-8", "surrogatepass")


def _read_place(suffix: str, line: str) -> tuple[int, str]:
    """Return how deep a line stands, and the name of the block that it begins, if it begins one."""
    if suffix in _BY_INDENT:
        bare = line.lstrip(" ")
        # An item of a list stands below what its dash stands below.
        depth = 2 * (len(line) - len(bare)) + bare.startswith("- ")
        match = _KEY.match(line)
        return depth, match[1].strip("'\"") if match else ""
    if suffix in _BY_SECTION:
        match = _SECTION.match(line)
        return (0, match[1]) if match else (1, "")
    match = _HEADING.match(line) if suffix in _PROSE else None
    return (len(match[1]), match[2].strip()) if match else (100, "")
