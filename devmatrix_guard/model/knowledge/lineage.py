"""Lineage: what came from what, as typed nodes and edges.

An edge points from the origin to what came of it: a commit *taught* a pattern, a spec *produced*
an IR. So "where does this come from" follows edges backwards, "what came of this" forwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.named_value import NamedValue

NODE_KINDS = {
    "commit": "a commit, by its full id",
    "pattern": "a FixPattern, by its id",
    "rule": "a rule, by its id",
    "finding": "a finding, by its fingerprint",
    "source-file": "a file of the checked project, by its path",
    "function": "a function of the checked project, by path and name",
    "regression-test": "a test that came with a fix, by path and name",
    "issue": "an issue, advisory or ticket, as commits name it",
    "run": "one run of a command, by its id",
    "spec": "a spec, by the hash of its text",
    "ir": "an ApplicationIR, by its hash",
    "entity": "an entity of an IR, by IR hash and address",
    "endpoint": "an endpoint of an IR, by IR hash and address",
    "flow": "a flow of an IR, by IR hash and address",
    "validation": "a constraint of an IR, by IR hash and address",
    "ir-node": "any other part of an IR, by IR hash and address",
    "infra-pattern": "an InfraPattern, by id and version",
    "file": "a generated file in one run, by run id and path",
    "test": "a test's result in one run, passed or failed, by run id and name",
    "error": "an error met in a run, by its type and signature",
    "fix": "a repair, by its id",
}
EDGE_KINDS = {
    "introduced": "the commit wrote the line that the other commit fixed",
    "followed-by": "the second fix touched the same place later",
    "repaired": "the fix changed the function",
    "proved-by": "the test came with the fix",
    "names": "the commit names the issue",
    "changed-by": "the later commit changed the function, and was no fix",
    "undone-by": "the second commit undid what the first had fixed",
    "taught": "the pattern was learned from the commit",
    "evolved-into": "the second pattern replaces the first",
    "similar-to": "the two patterns resemble each other",
    "became": "the rule was made from the pattern",
    "found": "the rule made the finding",
    "touches": "the commit changed the file",
    "processed": "the spec was read by the run",
    "produced": "the spec gave the IR",
    "has": "the IR holds the entity, endpoint, flow or validation",
    "generated": "the IR, or a part of it, gave the file",
    "wrote": "the run wrote the file",
    "used-in": "the InfraPattern is part of the file",
    "tested-by": "the test exercised the file; `passed` says how it went",
    "had-error": "the error was met in the file",
    "fixed-by": "the fix resolved the error",
}
# Answers have these beside them; no memory keeps them.
_TOLD_KINDS = {"moved": "the file, or what is in it, stood at that path before"}


def describe_edge(kind: str) -> str:
    """Return what an edge of this kind says; empty for a kind that nobody knows."""
    return EDGE_KINDS.get(kind) or _TOLD_KINDS.get(kind, "")


class LineageNode(NamedValue):
    """A node; `kind` is one of `NODE_KINDS` and `key` is unique within it."""

    kind: str
    key: str
    properties: Mapping[str, Any] = {}


class LineageEdge(NamedValue):
    """A directed edge of one of `EDGE_KINDS` between two nodes given as (kind, key)."""

    kind: str
    source: tuple[str, str]
    target: tuple[str, str]
    properties: Mapping[str, Any] = {}


class Hop(NamedValue):
    """One step of a walk: along edges of `kind`, `forwards` or against their direction."""

    kind: str
    forwards: bool = True


QUESTIONS = {
    "successful-patterns": "the patterns in files of a spec (its hash) that passed every test",
    "endpoint-errors": "the errors in files of an endpoint, as in `POST /products`",
    "file": "the specs, IRs and patterns that gave a file, by its path",
    "never-failed": "the patterns that were used, and never in a file with an error",
}
ABOUT_ALL = ("never-failed",)  # and about nothing that could be named


class Answer(NamedValue):
    """One line of the answer to a question: what it is, and how often."""

    name: str
    number: int


class Lineage(NamedValue):
    """A part of the graph around `start`; both lists are sorted and without duplicates."""

    start: tuple[str, str]
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]


def require_question(question: str) -> None:
    """Refuse what is none of `QUESTIONS`.

    Raises:
        UsageError: it is not.
    """
    if question not in QUESTIONS:
        raise UsageError(
            f"`{question}` is no question to the lineage; ask one of {', '.join(QUESTIONS)}."
        )
