"""Finds what a fix of a Dockerfile, Makefile or shell script put there and a rewriting leaves out.

The user a container runs as, and the long options of a command: both are lost in statements that
are neither as before the fix nor as after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.tokens import is_container_file, show_statement
from devmatrix_guard.mining.undo.words import read_words

_SCRIPT = re.compile(r"Makefile$|.*\.(?:sh|bash|mk)$")
_USER = re.compile(rb"^\s*(USER|FROM)\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_SETS_USER = b"\x01USER\x00"
_ROOT = (b"", b"root", b"0")
_OPTION = re.compile(rb"(?<![\w-])--[a-z][\w-]+")
_REQUIRED = re.compile(rb"\$\{(\w+):\?")


def find_left_out(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the place where what a fix put into a command or container is left out.

    Args:
        change: what is done.
        hunk: what a fix did.
        file: the number of its file in the change.
    """
    one = change.files[file]
    name = hunk.path.rpartition("/")[2]
    is_container = is_container_file(name)
    if not one.new or hunk.is_moved or not (is_container or _SCRIPT.match(name)):
        return []
    gone = [
        place
        for key in hunk.added
        for place in change.removed_nearby.get((file, key[4], key[0]), ())
    ]
    came = [place for place in change.nearby[1] if place.file == file]
    for place in gone:
        said = one.old.split(b"\n")[place.unit.first : place.unit.last]
        text = b"\n".join(said)
        is_lost = is_container and _is_root_again(text, one.new)
        if is_lost or (came and any(_list_lost(text, one.new, hunk))):
            return (came or [place])[:1]
    return []


def find_root_at_last(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the instruction that makes a container run as root below one of a fix that stands.

    Args:
        change: what is done.
        hunk: what a fix did.
        file: the number of its file in the change.
    """
    one = change.files[file]
    if hunk.is_moved or not one.new or not is_container_file(hunk.path):
        return []
    came = [p for p in change.nearby[1] if p.file == file and p.unit.own.startswith(_SETS_USER)]
    exact = {key[0] for key in hunk.added}
    stands = any(
        unit.exact in exact and _is_root_again(show_statement(unit.own).encode(), one.new)
        for unit in (change.get_new_units(file, "") if came else ())
    )
    return came[-1:] if stands else []


def _is_root_again(was: bytes, new: bytes) -> bool:
    """Tell whether a user that is none is set no more where the container runs."""
    match = _USER.match(was)
    if match is None or match[1].upper() != b"USER" or _read_user(match[2]) in _ROOT:
        return False
    user = b""
    for word, value in _USER.findall(new):
        user = b"" if word.upper() == b"FROM" else _read_user(value)
    return user in _ROOT


def _read_user(value: bytes) -> bytes:
    return value.partition(b":")[0].strip(b"\"'").lower()


def _list_lost(was: bytes, new: bytes, hunk: FixHunk) -> Iterator[bytes]:
    """Yield what a fix brought into a command that a file still has, and that has it no more."""
    brought = set(hunk.words[1])
    for option in _OPTION.findall(was):
        if option not in new and read_words([option]) & brought and _is_command_kept(was, new):
            yield option
    for variable in _REQUIRED.findall(was):
        is_used = re.search(rb"\$\{?" + variable + rb"\b", new)
        if is_used and b"${" + variable + b":?" not in new:
            yield variable


def _is_command_kept(was: bytes, new: bytes) -> bool:
    """Tell whether a line of a file still calls a command with most of what it was called with."""
    words = set(_OPTION.sub(b"", was).split()) - {b"RUN"}
    return any(2 * len(words & set(row.split())) > len(words) for row in new.split(b"\n"))
