"""Turns what failed into errors as the memory keeps them: without what differs each time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.commands.application.application import Application
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.entity_names import EntityNames, find_names, list_entity_names
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.ir.signature import find_construct
from devmatrix_guard.model.knowledge.learning import CheckOutcome, ErrorPattern

_MOST_ERRORS = 20  # of one check
_MOST_TEXT = 500
_MOST_CODE = 4_000
_SURROUNDING = 3  # lines on either side of one that is named
_PLACED = re.compile(r"(?P<path>[\w./-]+\.\w+):(?:(?P<line>\d+):)?(?:\d+:)? *(?P<text>.+)")
_RAISED = re.compile(r"(?:^|\s)(?P<text>[A-Za-z_][\w.]*(?:Error|Exception|Failure|Exit)\b.*)")
_ASSERTED = re.compile(r"^E +(?P<text>\S.*)", re.MULTILINE)
# What differs from one occurrence of an error to the next: addresses, ids, numbers, folders.
_VARYING = (
    (re.compile(r"0x[0-9a-fA-F]+"), "0x…"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "#"),
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"(?:/[\w.+-]+)+/(?=(?:src|tests|alembic)/)"), ""),
    (re.compile(r"\d+"), "#"),
    (re.compile(r"\s+"), " "),
)


def normalise_message(text: str, names: Sequence[EntityNames] = ()) -> str:
    """Return what two occurrences of an error have in common, names of entities replaced."""
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    for one in sorted(names, key=lambda one: -len(one.name)):
        text = one.generalise(text)
    return text.strip()[:_MOST_TEXT]


def make_errors(
    application: Application,
    check: CheckOutcome,
    causes: Mapping[str, str],
    nodes: Mapping[str, Sequence[str]],
    at: str,
) -> tuple[ErrorPattern, ...]:
    """Return the errors of a check that failed, each once.

    Args:
        application: as it was checked.
        check: what failed.
        causes: path -> who made what is wrong in it; "" -> where no file is named.
        nodes: path -> addresses of the IR that gave it.
        at: ISO 8601.
    """
    names = list_entity_names(make_plan(application.ir))
    home = read_context(application.root).key.rstrip("/") or application.ir.name
    blamed = next(filter(None, causes), next(iter(check.paths), ""))
    found: dict[str, ErrorPattern] = {}
    for path, line, text in _list_problems(check):
        path = path or blamed
        own = find_names(path, names)
        pattern = application.patterns.get(path)
        signature = normalise_message(text, names)
        place = own.generalise(path) if own else path
        infra = f"{pattern[0]}@{pattern[1]}" if pattern else ""
        error = ErrorPattern(
            make_error_id(check.name, signature, place),
            check.name,
            signature,
            construct=_find_construct(application, nodes.get(path, ()), check.detail),
            path=place,
            cause=causes.get(path, causes.get("", "unknown")),
            message=text[:_MOST_TEXT],
            infra_pattern=infra,
            emitter="" if infra else find_emitter(path),
            failed_code=_cut_code(application.files.get(path, ""), line),
            application=home,
            first_seen=at,
            last_seen=at,
        )
        found.setdefault(error.error_id, error)
        if error.cause == "environment":
            break  # what a machine lacks shows in every file
    return tuple(found.values())


def make_error_id(check: str, signature: str, place: str) -> str:
    """Return what is the same for the same error in another run."""
    text = "\0".join((check, signature, place))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _list_problems(check: CheckOutcome) -> Iterator[tuple[str, int, str]]:
    """Yield (path, line, text) of each problem; a tool that raised says one."""
    placed = [_PLACED.match(finding) for finding in check.findings[:_MOST_ERRORS]]
    problems = [m for m in placed if m and not m["text"].startswith(":")]
    if problems:
        for problem in problems:
            yield problem["path"], int(problem["line"] or 0), problem["text"]
        return
    raised = _ASSERTED.findall(check.detail) or [
        match["text"] for line in check.detail.splitlines() if (match := _RAISED.search(line))
    ]
    lines = [line for line in check.detail.splitlines() if line.strip()]
    raised = [text for text in raised if ": " in text] or raised
    text = raised[-1] if raised else (lines[-1] if lines else f"{check.name} failed")
    yield "", 0, text


def _find_construct(application: Application, nodes: Sequence[str], detail: str) -> str:
    """Return what the file stands for: the node that the tool speaks of, else the first."""
    spoken = [node for node in nodes if node.rpartition("/")[2] in detail]
    for node in (*spoken, *nodes):
        construct = find_construct(application.ir, node)
        if construct:
            return construct
    return ""


def _cut_code(text: str, line: int) -> str:
    if not line:
        return ""
    lines = text.splitlines(keepends=True)
    return "".join(lines[max(line - 1 - _SURROUNDING, 0) : line + _SURROUNDING])[:_MOST_CODE]
