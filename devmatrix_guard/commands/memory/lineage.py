"""`guard lineage`: what a file, a commit, a rule or a pattern came from, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from devmatrix_guard.commands.application.origins.manifest_lineage import (
    complete,
    read_manifest_lineage,
)
from devmatrix_guard.commands.application.origins.origins import add_origins
from devmatrix_guard.commands.memory.fix_chains import LINE_NUMBER, join_with_fixes, trace_fixes_of
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.commands.rules.active_rules import read_rulebook
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import GitError, MemoryStoreError, UsageError
from devmatrix_guard.git.repository import find_repository, resolve_commit
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.memory.followers.choose import open_graph
from devmatrix_guard.model.knowledge.lineage import Answer, Lineage
from devmatrix_guard.reports.views.lineage import (
    write_answer_lines,
    write_answers_json,
    write_lineage_json,
    write_lineage_lines,
)


def trace(
    start: Path,
    name: str,
    *,
    depth: int = 5,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> tuple[Lineage, ...]:
    """Return the lineage of every node that `name` may mean.

    Args:
        start: the folder the command was called in; a file may be named relative to it.
        name: a path, with `:LINE` or without, a commit id or its start, a function, or the id of
            a rule, a pattern or a run.
        depth: how many edges are followed each way.
        repositories: whose lineage, by name; the own one's unless given.
        everything: that of all repositories.

    What the memory does not know of a generated file, its application's manifest does; fixes are
    read from what `guard learn` keeps in git's folder, and later edits from the history.

    What is recorded under no such name may be one that git has for a commit, such as `HEAD~2`.

    Raises:
        MemoryStoreError: there is no memory, and no manifest names the file.
        UsageError: nothing of that name is recorded.
    """
    start = start.resolve()
    try:
        return _trace_name(start, name, depth, repositories, everything=everything)
    except (MemoryStoreError, UsageError):
        commit = _find_commit(start, name)
        if commit is None or commit == name:
            raise
        return _trace_name(start, commit, depth, repositories, everything=everything)


def _find_commit(start: Path, name: str) -> str | None:
    try:
        return resolve_commit(find_repository(start), name)
    except GitError:
        return None


def _trace_name(
    start: Path, name: str, depth: int, repositories: Sequence[str], *, everything: bool
) -> tuple[Lineage, ...]:
    """Return the lineage of every node that is recorded under `name`."""
    root = find_project_root(start)
    settings = load_settings(start)
    fixes = trace_fixes_of(start, root, name, depth)
    if not memory_exists(settings.memory, root):
        generated = _read_from_manifest(start, name)
        if generated or fixes:
            return generated or fixes
    with open_project_memory(settings, root, create=False, reading=True) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        for text, line in _interpret_name(name):
            found = _find_nodes(memory, _list_forms(text, start, root))
            if found:
                place = _locate(start, text)
                traced = [memory.lineage.trace(end, depth=depth) for end in found]
                traced = [add_origins(complete(one, place), place, line) for one in traced]
                return join_with_fixes(_update_stages(traced, start), fixes)
    generated = _read_from_manifest(start, name)
    if generated or fixes:
        return generated or fixes
    raise UsageError(
        f"nothing is recorded about `{name}`; give another path, the start of a commit id, a "
        "function that was fixed, or the id of a rule, a pattern or a run."
    )


def ask(
    start: Path,
    question: str,
    argument: str = "",
    *,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> tuple[Answer, ...]:
    """Return the answer to one of the questions that the lineage knows.

    Neo4j answers, where it follows the memory and is up to date, and else the memory itself.

    Args:
        start: the folder the command was called in.
        question: one of `QUESTIONS`.
        argument: what it is about.
        repositories: whose lineage, by name; the own one's unless given.
        everything: that of all repositories.
    """
    root, settings = find_project_root(start), load_settings(start)
    with open_project_memory(settings, root, create=False, reading=True) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        with open_graph(memory, settings, root) as graph:
            return graph.ask(question, argument)


def answer_view(answers: tuple[Answer, ...], format_name: str, stream: TextIO) -> str:
    """Return answers as text or JSON."""
    return render(View(format_name, stream), answers, write_answer_lines, write_answers_json)


def trace_view(lineages: tuple[Lineage, ...], format_name: str, stream: TextIO) -> str:
    """Return lineages as text or JSON."""
    view = View(format_name, stream)
    return render(view, lineages, write_lineage_lines, write_lineage_json, wraps=True)


def _update_stages(lineages: list[Lineage], start: Path) -> tuple[Lineage, ...]:
    """Show rules at the stage their files give them, which people change."""
    if not any(node.kind == "rule" for lineage in lineages for node in lineage.nodes):
        return tuple(lineages)
    rules = read_rulebook(start, shipped=False).rules
    return tuple(
        lineage._replace(
            nodes=tuple(
                node._replace(properties={**node.properties, "stage": rules[node.key].stage})
                if node.kind == "rule" and node.key in rules
                else node
                for node in lineage.nodes
            )
        )
        for lineage in lineages
    )


def _read_from_manifest(start: Path, name: str) -> tuple[Lineage, ...]:
    for text, line in _interpret_name(name):
        lineage = read_manifest_lineage(start / text) if text and "\0" not in text else None
        if lineage is not None:
            return (add_origins(lineage, _locate(start, text), line),)
    return ()


def _locate(start: Path, text: str) -> Path:
    return Path(os.path.normpath(start / text.replace("\0", "")))


def _interpret_name(name: str) -> Iterator[tuple[str, int | None]]:
    """Yield the name as it is, and as FILE:LINE."""
    yield name, None
    text, _, line = name.rpartition(":")
    if text and LINE_NUMBER.fullmatch(line):
        yield text, int(line)


def _find_nodes(memory: Memory, texts: list[str]) -> list[tuple[str, str]]:
    """Return what the texts may mean; of a file that several runs wrote, the newest alone.

    Releases before 0.4 gave a file another node in each run that only checked it: it has no hash.
    """
    nodes = {(n.kind, n.key): n for text in texts for n in memory.lineage.find(text)}
    files = sorted((end for end in nodes if end[0] == "file"), key=lambda end: end[1])
    files.sort(key=lambda end: "sha" in nodes[end].properties)
    return sorted(nodes.keys() - set(files[:-1]))


def _list_forms(name: str, start: Path, root: Path) -> list[str]:
    """Return the name itself, and the path from the root, or else in full, where it can be one."""
    if "\0" in name:
        return [name]
    path = Path(os.path.relpath(start / name, root)).as_posix()
    return list(dict.fromkeys((name, path if not path.startswith("..") else str(start / name))))
