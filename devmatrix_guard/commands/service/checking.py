"""Checks files or a diff that a request brings along; nothing of the work tree is changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.check.arguments.request import RANGE, CheckRequest, GivenText
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.changes import ConflictError, FieldError, OutsideError
from devmatrix_guard.commands.service.diffs import apply_diff, parse_diff
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import MAX_BYTES, is_inside
from devmatrix_guard.git.process import run_git
from devmatrix_guard.git.repository import find_repository, resolve_commit
from devmatrix_guard.reports.formats.json_format import make_report_object
from devmatrix_guard.reports.redact import redact_report

_BUDGET = 20.0  # seconds for one request, as `--budget`


def check_texts(
    access: MemoryAccess, files: Sequence[tuple[str, str]], *, whole: bool = False
) -> dict[str, Any]:
    """Return what is found in texts, as `guard check --format json` writes it.

    Args:
        access: the project.
        files: path and text of each.
        whole: check all of each text, and not only what differs from its file at HEAD.

    Raises:
        FieldError: a path leads out of the repository, or a text is too large.
    """
    root = access.root
    texts = []
    for number, (path, text) in enumerate(files):
        _require_inside(root, path, f"files.{number}.path")
        content = text.encode("utf-8", "surrogateescape")
        if len(content) > MAX_BYTES:
            raise FieldError(f"files.{number}.text", f"it is larger than {MAX_BYTES >> 20} MiB.")
        texts.append(GivenText(str(root / path), content, is_whole=whole))
    paths = tuple(text.path for text in texts)
    return _examine(root, CheckRequest(paths=paths, texts=tuple(texts)))


def check_diff(access: MemoryAccess, diff: str) -> dict[str, Any]:
    """Return what is found in what a unified diff adds to HEAD.

    Raises:
        FieldError: a path leads out of the repository.
        DiffError: it is no diff, or does not fit HEAD.
    """
    changes = parse_diff(diff)
    for change in changes:
        for path in filter(None, (change.old, change.new)):
            _require_inside(access.root, path, "diff")

    def read(path: str) -> str | None:
        code, content, _ = run_git(access.root, "cat-file", "blob", f"HEAD:{path}")
        return None if code else content.decode("utf-8", "surrogateescape")

    files = list(apply_diff(changes, read))
    return check_texts(access, files) if files else {"schema_version": 1, "findings": []}


def check_range(access: MemoryAccess, range_text: str) -> dict[str, Any]:
    """Return what is found in a range of commits such as `main...HEAD`.

    Raises:
        FieldError: it is none, or names a commit that there is not.
    """
    repo = find_repository(access.root)
    names = [name for name in range_text.replace("...", "..").split("..") if name]
    if not names or any(name.startswith("-") for name in names):
        raise FieldError("range", "a range is written as main...HEAD.")
    for name in names:
        if resolve_commit(repo, name) is None:
            raise ConflictError("range", f"`{name[:100]}` names no commit.")
    return _examine(access.root, CheckRequest(scope=RANGE, range_text=range_text))


def _examine(root: Path, request: CheckRequest) -> dict[str, Any]:
    report = examine_request(request._replace(flags={"budget": _BUDGET}), root)
    return make_report_object(redact_report(report))


def _require_inside(root: Path, path: str, field: str) -> None:
    if not path or "\0" in path or path.startswith("-") or not _is_inside(root, path):
        raise OutsideError(field, "the path lies outside of the repository.")


def _is_inside(root: Path, path: str) -> bool:
    try:
        return is_inside(root, path) and ".git" not in Path(path).parts
    except (UsageError, OSError, ValueError):
        return False
