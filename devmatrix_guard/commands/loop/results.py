"""Reads what CI says of an application, JUnit's XML and SARIF, which anybody may have made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.model.knowledge.learning import CheckOutcome

_MOST_BYTES = 64 << 20
_MOST_FAILURES = 200
_MOST_DETAIL = 20_000
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Tools whose findings are those of a check that `verify` makes itself.
_CHECKS = {"ruff": "lint", "flake8": "lint", "pylint": "lint", "mypy": "types", "pyright": "types"}
_SECURITY = ("bandit", "semgrep", "codeql", "snyk", "trivy", "grype")


def read_junit(path: Path, base: str = "") -> CheckOutcome:
    """Return what a JUnit report says, as the outcome of the tests.

    Args:
        path: of the report.
        base: folder of the application from where the tests were run, as `shop/`.

    Raises:
        UsageError: it cannot be read, is no JUnit report, or reports no test.
    """
    root = _parse_xml(path)
    cases = [element for element in root.iter() if _strip(element.tag) == "testcase"]
    if not cases:
        raise UsageError(f"{path} reports no test; name the XML that `pytest --junit-xml` writes.")
    failures = [(case, problem) for case in cases for problem in _list_problems(case)]
    texts, findings, paths = [], [], []
    for case, problem in failures[:_MOST_FAILURES]:
        place = _locate_case(case, base)
        findings.append(f"FAILED {place}::{case.get('name', '')}")
        paths.append(place)
        texts.append(f"{problem.get('message') or ''}\n{problem.text or ''}".strip())
    seconds = sum(_read_number(case.get("time")) for case in cases)
    return CheckOutcome(
        "tests",
        passed=not failures,
        detail="\n".join(texts)[-_MOST_DETAIL:],
        findings=tuple(findings),
        paths=tuple(dict.fromkeys(paths)),
        seconds=seconds,
    )


def read_sarif(path: Path, base: str = "") -> tuple[CheckOutcome, ...]:
    """Return what a SARIF log says, one outcome for each check that its tools make.

    Findings of level `note`, and those that are suppressed or not failures, do not count.

    Raises:
        UsageError: it cannot be read, or is no SARIF log.
    """
    data = _read(path)
    found: dict[str, list[tuple[str, str]]] = {}
    try:
        for run in json.loads(data)["runs"]:
            name = str(run["tool"]["driver"]["name"])
            found.setdefault(_name_check(name), []).extend(_list_findings(run, base))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} is no SARIF log ({type(error).__name__}); name one of version 2.1.0."
        ) from error
    return tuple(
        CheckOutcome(
            name,
            passed=not problems,
            detail="\n".join(text for _, text in problems)[-_MOST_DETAIL:],
            findings=tuple(text for _, text in problems[:_MOST_FAILURES]),
            paths=tuple(dict.fromkeys(place for place, _ in problems if place)),
        )
        for name, problems in sorted(found.items())
    )


def _parse_xml(path: Path) -> ElementTree.Element:
    data = _read(path)
    if _DECLARED.search(data):
        raise UsageError(f"{path} declares entities, which no test report needs; it was not read.")
    try:
        return ElementTree.fromstring(data)  # noqa: S314  # nothing that could expand is declared
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no XML ({error}); name a JUnit report.") from error


def _read(path: Path) -> bytes:
    try:
        return read_chosen(path, _MOST_BYTES)
    except FileError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _list_problems(case: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield the first failure or error of a test; one that was skipped has none."""
    for child in case:
        if _strip(child.tag) in ("failure", "error"):
            yield child
            return


def _strip(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _locate_case(case: ElementTree.Element, base: str) -> str:
    """Return the file of a test: as it is named, or as its module is called."""
    named = case.get("file")
    if named:
        return _cut_base(named.replace("\\", "/"), base)
    parts = case.get("classname", "").split(".")
    while parts and parts[-1][:1].isupper():
        parts.pop()  # classes of tests stand in a module
    return _cut_base("/".join(parts) + ".py", base) if parts else ""


def _name_check(tool: str) -> str:
    name = tool.lower()
    if any(known in name for known in _SECURITY):
        return "security"
    return next((check for known, check in _CHECKS.items() if known in name), f"sarif: {tool}"[:60])


def _list_findings(run: Mapping[str, Any], base: str) -> Iterator[tuple[str, str]]:
    for result in run.get("results") or ():
        if result.get("level", "warning") in ("none", "note") or result.get("suppressions"):
            continue
        if result.get("kind", "fail") != "fail":
            continue
        text = str(result.get("message", {}).get("text", ""))
        places: Sequence[Mapping[str, Any]] = result.get("locations") or ({},)
        location = places[0].get("physicalLocation", {})
        uri = str(location.get("artifactLocation", {}).get("uri", ""))
        place = _cut_base(unquote(urlsplit(uri).path), base)
        line = int(location.get("region", {}).get("startLine", 1))
        yield place, f"{place}:{line}: {result.get('ruleId', '')} {' '.join(text.split())}"


def _cut_base(place: str, base: str) -> str:
    """Return a path within the application, wherever the tool was started."""
    parts = PurePosixPath(place.lstrip("/")).parts
    for start in ("src", "tests", "alembic"):
        if start in parts:
            return "/".join(parts[parts.index(start) :])
    return place.lstrip("/").removeprefix(base)


def _read_number(text: str | None) -> float:
    try:
        number = float(text or 0)
    except ValueError:
        return 0.0
    return number if 0 <= number < 1e9 else 0.0
