"""Read rules from Semgrep YAML files; a file or a rule that is not valid is reported, not fatal."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from devmatrix_guard.files import (
    AbsentFileError,
    FileError,
    LargeFileError,
    anchor,
    list_files,
    read_file,
)
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.report import Note
from devmatrix_guard.model.rule import (
    LAYERS,
    RETIRED,
    SEVERITIES,
    STAGE_OF_SEVERITY,
    STAGES,
    Example,
    Rule,
)

MAX_FILE_BYTES = 2_000_000
MAX_NODES = 200_000
MAX_DEPTH = 100
_SAFE_LENGTH = 5_000  # shorter text cannot nest deeply enough to overrun a stack
_SUFFIXES = (".yml", ".yaml")
_SHIPPED = "shipped"
ID = re.compile(r"[A-Za-z0-9._-]+\Z")
SEVERITY_NAMES = {"CRITICAL": "ERROR", "HIGH": "ERROR", "MEDIUM": "WARNING", "LOW": "INFO"}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LoadedRules(NamedTuple):
    """The valid rules of a file or folder, and what is wrong with the others."""

    rules: tuple[Rule, ...]
    errors: tuple[Note, ...]


class _InvalidError(ValueError):
    """One rule is not valid; the text says what to mend."""


def join_rules(parts: Iterable[tuple[LoadedRules, str]]) -> LoadedRules:
    """Return the rules of several places, each with its origin, as one.

    The first rule of an id counts. A second one is an error, unless it is a shipped one: a project
    changes a shipped rule by having one of the same name.
    """
    rules: dict[str, Rule] = {}
    errors: list[Note] = []
    for loaded, origin in parts:
        errors += loaded.errors
        for rule in loaded.rules:
            first = rules.setdefault(rule.id, rule)
            if first is not rule and origin != _SHIPPED:
                text = f"the rule {rule.id} is already defined in {first.path}; rename one."
                errors.append(Note(rule.path, 1, text))
    return LoadedRules(tuple(rules.values()), tuple(errors))


def load_rules(
    path: Path, *, origin: str = "hand-written", root: Path | None = None
) -> LoadedRules:
    """Return the rules of a YAML file, or of every YAML file below a folder.

    Args:
        path: a file or a folder; one that is absent holds no rules.
        origin: where rules come from that do not say so themselves.
        root: the work tree that holds `path`, which no link may lead out of.
    """
    rules: list[Rule] = []
    errors: list[Note] = []
    seen: dict[str, str] = {}
    for file in list_rule_files(path, root):
        for found in _read(file, origin, root or path):
            if isinstance(found, Note):
                errors.append(found)
            elif found.id in seen:
                text = f"the rule {found.id} is already defined in {seen[found.id]}; rename one."
                errors.append(Note(found.path, 1, text))
            else:
                seen[found.id] = found.path
                rules.append(found)
    return LoadedRules(tuple(rules), tuple(errors))


def list_rule_files(path: Path, root: Path | None = None) -> list[Path]:
    """Return the YAML files at or below a path in a fixed order, test targets left out."""
    top, name = anchor(root or path, path)
    found = list_files(top, name, _SUFFIXES)
    if found == [name]:
        return [path]
    inner = (path / file.removeprefix(f"{name}/") for file in found)
    return sorted(file for file in inner if ".test." not in file.name)


def parse_rules(data: bytes, path: str, *, origin: str = "hand-written") -> LoadedRules:
    """Return the rules of one file's bytes."""
    found = list(_parse(data, path, origin))
    rules = tuple(item for item in found if isinstance(item, Rule))
    return LoadedRules(rules, tuple(item for item in found if isinstance(item, Note)))


def _read(file: Path, origin: str, root: Path) -> Iterator[Rule | Note]:
    try:
        data = read_file(*anchor(root, file), MAX_FILE_BYTES)
    except AbsentFileError:
        return  # removed meanwhile, or a folder
    except LargeFileError:
        yield Note(str(file), 1, f"larger than {MAX_FILE_BYTES:,} bytes; split the file.")
        return
    except FileError as error:
        yield Note(str(file), 1, str(error))
        return
    yield from _parse(data, str(file), origin)


def _parse(data: bytes, path: str, origin: str) -> Iterator[Rule | Note]:
    try:
        node = _compose(data.decode("utf-8-sig"))
        document, lines = _construct(node)
    except UnicodeDecodeError:
        yield Note(path, 1, "not UTF-8; save the file as UTF-8.")
        return
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        yield Note(path, mark.line + 1 if mark else 1, f"not valid YAML: {problem}.")
        return
    except (_InvalidError, RecursionError, ValueError, OverflowError) as error:
        text = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        yield Note(path, 1, f"not a rule file: {text}.")
        return
    if document is None:
        return
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        yield Note(path, 1, "not a rule file: it needs a list under `rules`.")
        return
    for index, body in enumerate(document["rules"]):
        line = lines[index] if index < len(lines) else 1
        try:
            yield _read_rule(body, path, origin)
        except _InvalidError as error:
            name = body.get("id") if isinstance(body, dict) else None
            subject = f"the rule {name}" if isinstance(name, str) else f"rule {index + 1}"
            yield Note(path, line, f"{subject} is switched off: {error}.")


def _compose(text: str) -> Any:
    """Return the YAML tree, its size and depth bounded before anything is built from it."""
    _check_nesting(text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            _check_size(node)
        return (loader, node)
    except BaseException:
        loader.dispose()
        raise


def _check_nesting(text: str) -> None:
    """Refuse text that nests so deeply that the C composer, which recurses, would overrun."""
    if len(text) <= _SAFE_LENGTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _InvalidError("nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_size(node: Any) -> None:
    """Refuse trees that aliases make huge, deep or endless."""
    count = 0
    stack = [(node, 0)]
    while stack:
        current, depth = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise _InvalidError("it expands to too many values")
        if depth > MAX_DEPTH:
            raise _InvalidError("nested too deeply")
        if isinstance(current, yaml.SequenceNode):
            stack += [(child, depth + 1) for child in current.value]
        elif isinstance(current, yaml.MappingNode):
            stack += [(child, depth + 1) for pair in current.value for child in pair]


def _construct(composed: Any) -> tuple[Any, list[int]]:
    loader, node = composed
    try:
        if node is None:
            return None, []
        return _convert_to_plain(loader.construct_document(node)), _list_rule_lines(node)
    finally:
        loader.dispose()


def _list_rule_lines(node: Any) -> list[int]:
    if not isinstance(node, yaml.MappingNode):
        return []
    for key, value in node.value:
        if key.value == "rules" and isinstance(value, yaml.SequenceNode):
            return [item.start_mark.line + 1 for item in value.value]
    return []


def _convert_to_plain(value: Any) -> Any:
    """Turn what YAML builds into values that JSON and `marshal` know."""
    if isinstance(value, dict):
        return {_convert_key(key): _convert_to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_convert_to_plain(item) for item in value]
    if isinstance(value, set):
        return sorted(str(item) for item in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def _convert_key(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _read_rule(body: Any, path: str, origin: str) -> Rule:
    if not isinstance(body, dict):
        raise _InvalidError("it is not a mapping")
    identity = _read_text(body, "id")
    if not ID.match(identity):
        raise _InvalidError("its `id` may hold only letters, digits, `.`, `_` and `-`")
    severity = _read_severity(body)
    guard = _guard(body)
    stage = guard.get("stage", STAGE_OF_SEVERITY[severity])
    if stage not in (*STAGES, RETIRED):
        raise _InvalidError(f"`stage` is none of {', '.join((*STAGES, RETIRED))}")
    layer = guard.get("layer")
    if layer is not None and (type(layer) is not int or layer not in LAYERS):
        raise _InvalidError("`layer` is not a number from 1 to 7")
    languages = body.get("languages")
    if not isinstance(languages, list) or not languages or not all(map(_is_text, languages)):
        raise _InvalidError("it needs a list under `languages`")
    return Rule(
        id=identity,
        message=_read_message(body),
        severity=severity,
        stage=stage,
        layer=layer,
        languages=tuple(languages),
        body=body,
        origin=str(guard.get("origin", origin)),
        sources=tuple(_read_sources(guard.get("sources"))),
        examples=tuple(_read_examples(guard.get("examples"))),
        path=path,
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _read_text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _InvalidError(f"it needs text under `{key}`")
    return value


def _read_message(body: Mapping[str, Any]) -> str:
    if body.get("mode") == "join" and "message" not in body:
        return ""
    return _read_text(body, "message").strip()


def _read_severity(body: Mapping[str, Any]) -> str:
    name = str(body.get("severity", "")).upper()
    severity = SEVERITY_NAMES.get(name, name)
    if severity not in SEVERITIES:
        raise _InvalidError("`severity` is none of ERROR, WARNING, INFO")
    return severity


def _guard(body: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = body.get("metadata")
    guard = metadata.get("guard") if isinstance(metadata, dict) else None
    if guard is None:
        return {}
    if not isinstance(guard, dict):
        raise _InvalidError("`metadata.guard` is not a mapping")
    return guard


def _read_sources(items: Any) -> Iterator[Source]:
    for item in _read_mappings(items, "sources"):
        yield Source(*(str(item.get(key, "")) for key in ("commit", "date", "subject")))


def _read_examples(items: Any) -> Iterator[Example]:
    for item in _read_mappings(items, "examples"):
        for kind in ("invalid", "valid"):
            if kind in item:
                fixed = item.get("fixed") if kind == "invalid" else None
                yield Example(kind, str(item[kind]), None if fixed is None else str(fixed))


def _read_mappings(items: Any, name: str) -> list[dict[str, Any]]:
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _InvalidError(f"`{name}` is not a list of mappings")
    return items
