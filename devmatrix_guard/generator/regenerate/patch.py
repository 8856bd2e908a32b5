"""Changes of files as a patch that `git apply` takes."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_NO_END = "\\ No newline at end of file\n"


def render_patch(changes: Mapping[str, tuple[str | None, str | None]]) -> str:
    """Return a patch of changed files, by path; what stays as it is is left out.

    Args:
        changes: path -> text before and after; None where there is no file.
    """
    return "".join(
        _render_file(path, before, after)
        for path, (before, after) in sorted(changes.items())
        if before != after
    )


def _render_file(path: str, before: str | None, after: str | None) -> str:
    old, new = _quote(f"a/{path}"), _quote(f"b/{path}")
    parts = [f"diff --git {old} {new}\n"]
    if before is None:
        parts.append("new file mode 100644\n")
    elif after is None:
        parts.append("deleted file mode 100644\n")
    lines = unified_diff(
        _split(before or ""),
        _split(after or ""),
        old if before is not None else "/dev/null",
        new if after is not None else "/dev/null",
    )
    parts += [line if line.endswith("\n") else f"{line}\n{_NO_END}" for line in lines]
    return "".join(parts)


def _split(text: str) -> list[str]:
    """Return the lines of a text as git counts them: a form feed ends none."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _quote(path: str) -> str:
    if not any(character < " " or character in '"\\' for character in path):
        return path
    quoted = (_ESCAPES.get(c) or (c if c >= " " else f"\\{ord(c):03o}") for c in path)
    return f'"{"".join(quoted)}"'
