"""Text to plain data: YAML 1.2 rules for scalars, JSON, and no way to make either explode."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.files import FileError, LargeFileError, read_chosen
from devmatrix_guard.generator.spec.pointer import join

MAX_BYTES = 10_000_000
MAX_DEPTH = 200
MAX_NODES = 3_000_000

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_BASED = re.compile(r"0o([0-7]+)\Z|0x([0-9a-fA-F]+)\Z")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_COLLECTION_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MAX_DIGITS = 400
_MARK = "<<<<<<<"  # what git writes where it leaves a conflict


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a spec or overlay, as UTF-8 also where a shell wrote it as UTF-16.

    Raises:
        SpecError: it cannot be read, or is too large to be a spec.
    """
    try:
        data = read_chosen(path, MAX_BYTES - 1)
    except LargeFileError as error:
        raise SpecError(
            f"{path.name} has {MAX_BYTES // 1_000_000} MB or more; split it or leave examples out"
        ) from error
    except FileError as error:
        raise SpecError(str(error)) from error
    if not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data
    try:
        return data.decode("utf-16").encode()
    except UnicodeError as error:
        raise SpecError("it begins as UTF-16 and is not; save the file as UTF-8") from error


def parse(data: bytes, path: Path | str = "") -> Any:
    """Return the data of a YAML or JSON document.

    Args:
        data: the document.
        path: the file that holds it, which an error then names.

    Raises:
        SpecError: it is not valid, has duplicate keys, or nests or expands without end.
    """
    try:
        return _parse(data)
    except SpecError as error:
        text = data.decode("utf-8", "replace")
        is_unsettled = text.startswith(_MARK) or f"\n{_MARK}" in text
        if is_unsettled:
            said = "has conflict markers that nobody has settled; settle them first"
            raise SpecError(said, place=str(path or "the document")) from error
        if not path:
            raise
        raise SpecError(error.message, error.pointer, str(path)) from error


def _parse(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(f"byte {error.start} is not UTF-8; save the file as UTF-8") from error
    value = _parse_json(text) if text.lstrip()[:1] in ("{", "[") else _parse_yaml(text)
    if "\\ud" in text or "\\uD" in text:
        _check_surrogates(value)
    return value


def _check_surrogates(value: Any) -> None:
    """Refuse `\\ud83d` on its own: half a character, which no file can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise SpecError("an escape such as \\ud83d is half a character; write it whole") from error


def _parse_json(text: str) -> Any:
    try:
        value = json.loads(
            text, object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant
        )
    except RecursionError as error:
        raise SpecError(f"the document nests deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        try:
            return _parse_yaml(text)  # flow style YAML looks like JSON
        except SpecError:
            raise SpecError(
                f"line {error.lineno}, column {error.colno} is not valid JSON: {error.msg}"
            ) from error
    except ValueError as error:
        raise SpecError(f"not valid JSON: {error}") from error
    _check_depth(value)
    return value


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SpecError(f"the key {twice!r} stands twice in one object; remove one", f"/{twice}")
    return made


def _refuse_constant(name: str) -> None:
    raise SpecError(f"{name} is not a JSON value; write a number")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise SpecError(f"the document nests deeper than {MAX_DEPTH} levels; flatten it")


class _Open:
    """A mapping or sequence that is still being read."""

    __slots__ = ("anchor", "key", "size", "value")

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.size = 1


def _parse_yaml(text: str) -> Any:
    from devmatrix_guard.generator.spec.yaml_events import import_parser, iter_events

    events, yaml_error, parser = import_parser()
    try:
        return _Builder(events).build(iter_events(parser(text)))
    except yaml_error as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the document"
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise SpecError(f"{where} is not valid YAML: {what}") from error


class _Builder:
    """Builds plain data from YAML events, without recursion.

    Aliases share the value they name, and every alias counts with the full size of that value, so
    that a document which would explode when walked is refused while it is still small.
    """

    def __init__(self, kinds: Any) -> None:
        self._scalar = kinds.ScalarEvent
        self._mapping = kinds.MappingStartEvent
        self._sequence = kinds.SequenceStartEvent
        self._ends = (kinds.MappingEndEvent, kinds.SequenceEndEvent)
        self._alias = kinds.AliasEvent
        self._document = kinds.DocumentStartEvent
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._result: Any = None

    def build(self, events: Any) -> Any:
        documents = 0
        for event in events:
            kind = type(event)
            if kind is self._scalar:
                self._add_scalar(event)
            elif kind is self._mapping:
                self._enter(_Open({}, event.anchor), event.tag)
            elif kind is self._sequence:
                self._enter(_Open([], event.anchor), event.tag)
            elif kind in self._ends:
                self._leave()
            elif kind is self._alias:
                self._add_alias(event)
            elif kind is self._document:
                documents += 1
                if documents > 1:
                    raise SpecError("the file holds more than one YAML document; keep one")
        return self._result

    def _add_scalar(self, event: Any) -> None:
        stack = self._stack
        if stack and stack[-1].key is None and isinstance(stack[-1].value, dict):
            self._take_key(stack[-1], event.value)
            if event.anchor:
                self._anchors[event.anchor] = (event.value, 1)
            return
        plain = event.implicit[0] and not event.style
        value = _convert_scalar(event.value, self._make_pointer) if plain else event.value
        if event.tag and not plain:
            value = self._convert_tagged(event.tag, event.value)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, 1)

    def _convert_tagged(self, tag: str, text: str) -> Any:
        if tag in ("!", "tag:yaml.org,2002:str"):
            return text
        if tag.startswith("tag:yaml.org,2002:") and tag.rpartition(":")[2] in (
            "int",
            "float",
            "bool",
            "null",
        ):
            return _convert_scalar(text, self._make_pointer)
        raise self._refuse_tag(tag)

    def _refuse_tag(self, tag: str | None) -> SpecError:
        return SpecError(
            f"the YAML tag {tag!r} is not allowed; write plain data", self._make_pointer()
        )

    def _take_key(self, parent: _Open, key: str) -> None:
        if key in parent.value:
            pointer = join(self._make_pointer(), key)
            raise SpecError(f"the key {key!r} stands twice; remove one", pointer)
        parent.key = key

    def _enter(self, opened: _Open, tag: str | None) -> None:
        if tag not in _COLLECTION_TAGS:
            raise self._refuse_tag(tag)
        if self._stack:
            top = self._stack[-1]
            if top.key is None and isinstance(top.value, dict):
                raise SpecError("a key is not a plain name; write a string", self._make_pointer())
        self._stack.append(opened)
        if len(self._stack) > MAX_DEPTH:
            raise SpecError(f"the document nests deeper than {MAX_DEPTH} levels; flatten it")

    def _leave(self) -> None:
        done = self._stack.pop()
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.size)
        self._add(done.value, done.size)

    def _add_alias(self, event: Any) -> None:
        found = self._anchors.get(event.anchor)
        if found is None:
            raise SpecError(
                f"the alias *{event.anchor} stands inside what it names, or names nothing",
                self._make_pointer(),
            )
        value, size = found
        top = self._stack[-1] if self._stack else None
        if top and top.key is None and isinstance(top.value, dict):
            if not isinstance(value, str):
                raise SpecError("an alias that is not text is used as a key", self._make_pointer())
            self._take_key(top, value)
            return
        self._add(value, size)

    def _add(self, value: Any, size: int) -> None:
        if not self._stack:
            self._result = value
            return
        top = self._stack[-1]
        top.size += size
        if top.size > MAX_NODES:
            raise SpecError(
                f"its aliases expand to more than {MAX_NODES:,} values; write them out",
                self._make_pointer(),
            )
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if top.key == "<<" and isinstance(value, dict):
            top.value = {**value, **top.value}
        elif top.key is not None:
            top.value[top.key] = value
        top.key = None

    def _make_pointer(self) -> str:
        pointer = ""
        for opened in self._stack:
            if isinstance(opened.value, list):
                pointer = join(pointer, len(opened.value))
            elif opened.key is not None:
                pointer = join(pointer, opened.key)
        return pointer


def _convert_scalar(text: str, pointer: Any) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first not in "+-.0123456789":
        return text
    if len(text) > _MAX_DIGITS:
        return text
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return _require_finite(float(text), pointer)
    based = _BASED.match(text)
    if based:
        return int(based[1], 8) if based[1] else int(based[2], 16)
    return text


def _require_finite(number: float, pointer: Any) -> float:
    if number in (float("inf"), float("-inf")):
        raise SpecError("a number is too large", pointer())
    return number
