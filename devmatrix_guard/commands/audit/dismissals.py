"""Gathers verdicts on findings: feedback files, and comments that silence with a kind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence

from devmatrix_guard.commands.learn.fixes import MAX_BLOB
from devmatrix_guard.commands.learn.paths import is_excluded
from devmatrix_guard.commands.rules.feedback import FEEDBACK_FOLDER, VERDICTS
from devmatrix_guard.engine.findings.suppressions import find_line_suppressions, find_suppressions
from devmatrix_guard.files import FileError, list_files, read_file, replace_file
from devmatrix_guard.git.process import run_git
from devmatrix_guard.git.repository import Repository, find_own_folder
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.mining.candidates.dismissals import (
    DISMISSED_NAME,
    SILENCED,
    Verdicts,
    count_verdicts,
    dump_dismissed,
    select_dismissed,
)
from devmatrix_guard.mining.candidates.learned_rules import PREFIX
from devmatrix_guard.model.knowledge.review import Dismissal

_KINDS = ("false-positive", "wont-fix")
_MOST = 10_000


def record_dismissals(
    memory: Memory, repo: Repository, exclude: Sequence[str], notes: list[str]
) -> dict[str, Verdicts]:
    """Keep the verdicts of this repository and return those of all that share the memory.

    What was dismissed in any of them is kept for the checks of this one.

    Args:
        memory: where they are kept.
        repo: whose feedback and comments are read.
        exclude: globs of paths that are as if they were not there.
        notes: is told of rules that learning does not own and that people contradict.
    """
    found = [*_read_feedback(repo), *_read_comments(repo, exclude)][:_MOST]
    memory.reviews.replace_dismissals(found)
    everywhere = memory.choose(everything=True).reviews.list_dismissals()
    kept = find_own_folder(repo) / DISMISSED_NAME
    verdicts = count_verdicts(everywhere)
    contradicted = {(name, "") for name, said in verdicts.items() if said.against >= SILENCED}
    dismissed = select_dismissed(everywhere) | contradicted
    if dismissed or kept.exists():
        replace_file(kept, dump_dismissed(dismissed))
    own = {one.rule_id for one in found}
    for rule_id in sorted(own):
        said = verdicts.get(rule_id, Verdicts())
        if said.against >= SILENCED and not rule_id.startswith(PREFIX):
            notes.append(
                f"{said.wrong} findings of {rule_id} were called false positives: "
                f"`guard rules retire {rule_id}`, or make it more precise."
            )
    return verdicts


def _read_feedback(repo: Repository) -> Iterator[Dismissal]:
    for name in list_files(repo.root, FEEDBACK_FOLDER, (".json",)):
        try:
            record = json.loads(read_file(repo.root, name))
            rule_id, verdict = record["rule_id"], record["verdict"]
        except (FileError, ValueError, KeyError, TypeError, RecursionError):
            continue  # a file that people broke is `guard feedback`'s affair
        if isinstance(rule_id, str) and rule_id and verdict in VERDICTS:
            code = str(record.get("fingerprint") or "").rpartition("-")[2]
            path, reason = str(record.get("path") or ""), str(record.get("reason") or "")
            yield Dismissal(name, rule_id, verdict, _clean(path), _clean(code), _clean(reason))


def _read_comments(repo: Repository, exclude: Sequence[str]) -> Iterator[Dismissal]:
    """Yield what comments silence as false or as not to be fixed; other kinds say nothing."""
    code, output, _ = run_git(repo.root, "grep", "-l", "-z", "-I", "-e", "guard: *ignore")
    for name in (output if code == 0 else b"").split(b"\0")[:-1]:
        path = os.fsdecode(name)
        if is_excluded(path, exclude):
            continue
        try:
            source = read_file(repo.root, path, MAX_BLOB)
        except FileError:
            continue
        find = find_suppressions if path.endswith(".py") else find_line_suppressions
        for comment in find(source):
            if comment.kind in _KINDS and not comment.error:
                for rule_id in comment.rules:
                    source_name = f"{_clean(path)}:{comment.line}"
                    yield Dismissal(
                        source_name, _clean(rule_id), comment.kind, _clean(path), "",
                        _clean(comment.reason or ""),
                    )  # fmt: skip


def _clean(text: str) -> str:
    """Return a text that a database can hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:2000]
