"""What an agent must not change silently: what decides about its work, and what has it checked."""

from __future__ import annotations

import os
import re

from devmatrix_guard.commands.agents.events import AgentEvent
from devmatrix_guard.files import FileError, read_if_present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SETTINGS = ("guard.toml",)
_SHARED = "pyproject.toml"
_HOOKS = re.compile(rb"guard agent-hook|guard-hook|agent-hook")
_TABLE = re.compile(r"(?m)^[ \t]*\[+[ \t]*tool[ \t]*\.[ \t]*[\"']?guard\b.*(?:\n(?![ \t]*\[).*)*")
_MAX_BYTES = 1 << 20
_WRITES = re.compile(
    r"(?:>|\b(?:tee|rm|mv|cp|ln|dd|truncate|install|patch|rsync|unlink|chmod|shred|unzip|wget|ed|ex"
    r"|vi|vim|nano)\b"
    r"|\bsed\b[^|;&]*\s-[a-zA-Z]*i|\bperl\b[^|;&]*\s-[a-zA-Z]*i"
    r"|\bfind\b[^|;&]*\s-delete\b|\btar\b[^|;&]*\s-?[a-zA-Z]*x"
    r"|\bcurl\b[^|;&]*\s(?:-[a-zA-Z]*[oO]|--output|--remote-name)"
    r"|\bgit\s+(?:checkout|restore|rm|mv|stash|clean|reset|apply|update-index)\b"
    r"|\bopen\s*[(;]|write_text|write_bytes|rmtree|writeFile|unlink)"
)
_OWN = r"\.guard\b|guard\.toml\b|\.git/hooks\b|core\.hooksPath\b"
# What `guard init` writes into, so that its hooks run.
_RUNNING = (
    r"\.claude/settings(?:\.local)?\.json\b|\.cursor/hooks\.json\b|\.github/hooks\b"
    r"|\.codex/hooks\.json\b|\.gemini/settings\.json\b|\.opencode/plugins?\b"
    r"|\.pre-commit-config\.yaml\b"
)
_NAMES = re.compile(rf"(?<![\w-])(?:{_OWN}|{_RUNNING})")
# One of these words is in whatever leaves git's hooks out, takes guard away, or names its files.
_BYPASSING = re.compile(rf"\bgit\b|guard|HUSKY|LEFTHOOK|pre-commit|{_RUNNING}")
_REDIRECTION = re.compile(r"\d*>+[|&]?\s*(?:;\s*)?([^\s;|&<>]*)")
_ENTERS = re.compile(r"\b(?:cd|pushd)\b")


def find_protected(root: str, event: AgentEvent) -> str:
    """Return what a tool would change of guard's own, empty for nothing.

    Args:
        root: the work tree.
        event: what comes before the tool runs.
    """
    if event.command:
        return _find_in_command(root, event.command)
    for path in event.paths:
        inside = locate(root, event.cwd, path)
        if inside is not None and is_protected(root, inside, event.inputs):
            return inside
    return ""


def is_protected(root: str, path: str, inputs: Any = None) -> bool:
    """Tell whether a file decides what guard says, or has guard run.

    Of `pyproject.toml` only guard's own table counts: with the inputs of a tool, whether it would
    change that.
    """
    name = path.rpartition("/")[2].lower()
    lowered = path.lower()  # some file systems know only one of the two
    if lowered == ".guard" or lowered.startswith((".guard/", ".git/")) or name in _SETTINGS:
        return True
    if name == _SHARED:
        return inputs is None or _changes_table(_read(root, path), inputs)
    return bool(_HOOKS.search(_read(root, path).encode())) and not name.endswith((".py", ".md"))


def locate(root: str, cwd: str, path: str) -> str | None:
    """Return a path from the root, None where it lies outside; links on the way are followed."""
    if "\0" in path:
        return None
    place = os.path.join(cwd, os.path.expanduser(path))  # noqa: PTH111, PTH118
    folder, name = os.path.split(os.path.normpath(place))
    real = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
    base = os.path.realpath(root)
    return real[len(base) + 1 :] if real.startswith(base + os.sep) else None


def read_table(text: str) -> str:
    """Return guard's table of a `pyproject.toml`, with those below it."""
    return "\n".join(found.group().strip() for found in _TABLE.finditer(text))


def _find_in_command(root: str, command: str) -> str:
    if not _BYPASSING.search(command):
        return ""
    from devmatrix_guard.commands.agents.shell import drop_messages, find_bypass

    def read_alias(name: str) -> str:
        from devmatrix_guard.git.process import run_git

        if not os.path.isdir(root):  # noqa: PTH112
            return ""
        code, out, _ = run_git(root, "config", "--get", f"alias.{name}")
        return "" if code else out.decode("utf-8", "replace").strip()

    if found := find_bypass(command, read_alias):
        return found
    acts = drop_messages(command)
    named = _NAMES.search(acts)
    if not named:
        return ""
    if not _ENTERS.search(acts):  # what is read may be written elsewhere
        acts = _REDIRECTION.sub(_drop_other_target, acts)
    return named.group() if _WRITES.search(acts) else ""


def _drop_other_target(found: re.Match[str]) -> str:
    is_ours = "$" in found[1] or _NAMES.search(found[1])
    return found.group() if is_ours else " "


def _changes_table(before: str, inputs: Any) -> bool:
    """Tell whether what a tool is given would change guard's table of a file."""
    after = inputs.get("content")
    if isinstance(after, str):
        return read_table(after) != read_table(before)
    pairs = [(_get(inputs, "old_string", "oldString"), _get(inputs, "new_string", "newString"))]
    edits = inputs.get("edits")
    for edit in edits if isinstance(edits, list) else ():
        if isinstance(edit, dict):
            pairs.append((_get(edit, "old_string"), _get(edit, "new_string")))
    changed = before
    for old, new in pairs:
        if old or new:
            changed = changed.replace(old, new) if old else changed + new
    # A patch is not applied here: that it speaks of the table will do.
    patch = "".join(value for value in inputs.values() if isinstance(value, str))
    speaks = "*** Begin Patch" in patch and bool(re.search(r"tool\s*\.\s*[\"']?guard\b", patch))
    return speaks or read_table(changed) != read_table(before)


def _get(values: Any, *keys: str) -> str:
    return next((values[key] for key in keys if isinstance(values.get(key), str)), "")


def _read(root: str, path: str) -> str:
    try:
        return (read_if_present(root, path, _MAX_BYTES) or b"").decode("utf-8", "replace")
    except FileError:
        return ""
