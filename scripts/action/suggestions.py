"""Makes suggestion blocks of safe fixes: the check step's part, which has no token.

A suggestion replaces whole lines of the head commit, and GitHub takes one only on lines of the
diff. So a fix that reaches further, or meets another one's lines, is left to `guard check --fix`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from event import run_git

MARKER = "<!-- devmatrix-guard suggestion "
LIMIT = 20
_MAX_BYTES = 1_000_000
_MOST_LINES = 30
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$])")


def make_suggestions(findings: Iterable[Mapping[str, Any]], compared: str) -> list[dict[str, Any]]:
    """Return at most `LIMIT` suggestions, as the next step hands them to GitHub.

    Args:
        findings: of the JSON report.
        compared: the range that was checked, BASE...HEAD; without one there is no diff.
    """
    head = compared.partition("...")[2]
    if not head:
        return []
    made: list[dict[str, Any]] = []
    texts: dict[str, str | None] = {}
    hunks: dict[str, list[range]] = {}
    for finding in findings:
        fix, path = finding.get("fix"), str(finding["path"])
        if not fix or not fix["safe"] or finding.get("cell") or len(made) == LIMIT:
            continue
        if path not in texts:
            texts[path], hunks[path] = _read_text(head, path), _read_hunks(compared, path)
        text = texts[path]
        found = _replace_lines(text, fix["edits"]) if text is not None else None
        if found is None:
            continue
        lines, new = found
        if not any(lines[0] in hunk and lines[-1] in hunk for hunk in hunks[path]):
            continue
        if any(each["path"] == path and each["line"] >= lines[0] and
               each.get("start_line", each["line"]) <= lines[-1] for each in made):  # fmt: skip
            continue
        made.append(_make_comment(finding, path, lines, new))
    return made


def _read_text(head: str, path: str) -> str | None:
    name = f"{head}:{path}"
    size = run_git("cat-file", "-s", name).stdout.strip()
    if not size.isdigit() or int(size) > _MAX_BYTES:
        return None
    try:
        text = run_git("cat-file", "blob", name).stdout.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # GitHub writes line ends of its own; a file with others is not touched by a suggestion.
    return None if "\r" in text else text


def _read_hunks(compared: str, path: str) -> list[range]:
    """Return the lines of the new side that the diff shows, its context included."""
    options = ("--no-color", "--no-ext-diff", "--no-textconv", "--unified=3")
    diff = run_git("--literal-pathspecs", "diff", *options, compared, "--", path).stdout
    return [
        range(int(start), int(start) + int(count or b"1")) for start, count in _HUNK.findall(diff)
    ]


def _replace_lines(text: str, edits: Sequence[Mapping[str, Any]]) -> tuple[range, str] | None:
    """Return the lines that edits change, and what stands there then; None for too many."""
    lines = [f"{line}\n" for line in text.split("\n")]
    first = min(edit["start_line"] for edit in edits)
    last = max(edit["end_line"] for edit in edits)
    if not 1 <= first <= last <= len(lines) or last - first >= _MOST_LINES:
        return None
    part = "".join(lines[first - 1 : last])
    starts = [0]
    for line in lines[first - 1 : last]:
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda e: (e["start_line"], e["start_col"]), reverse=True):
        begin = starts[edit["start_line"] - first] + edit["start_col"] - 1
        end = starts[edit["end_line"] - first] + edit["end_col"] - 1
        part = part[:begin] + edit["text"] + part[end:]
    return range(first, last + 1), part.removesuffix("\n")


def _make_comment(finding: Mapping[str, Any], path: str, lines: range, new: str) -> dict[str, Any]:
    longest = max(map(len, re.findall(r"`{3,}", new)), default=2)
    fence = "`" * (longest + 1)
    # A zero-width space keeps a name from being notified.
    message = _SPECIAL.sub(r"\\\1", str(finding["message"]).strip().partition("\n")[0])
    message = message.replace("@", "@\u200b")
    body = (
        f"{MARKER}{finding['fingerprint']} -->\n"
        f"`{finding['rule_id']}`: {message}\n\n"
        f"{fence}suggestion\n{new}\n{fence}\n"
    )
    comment: dict[str, Any] = {"path": path, "line": lines[-1], "side": "RIGHT", "body": body}
    if len(lines) > 1:
        comment |= {"start_line": lines[0], "start_side": "RIGHT"}
    return comment
