"""Repairs that are known: applied as soon as the code that failed before is generated again.

Those that an application was generated with lie beside it in `.guard/repairs.json`, so that the
same spec, manifest and repairs give the same bytes.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.entity_names import EntityNames, has_placeholder
from devmatrix_guard.model.knowledge.learning import FixEdit, KnownRepair

REPAIRS = ".guard/repairs.json"
_MOST = 200


def apply_repairs(
    texts: Mapping[str, str],
    repairs: Iterable[KnownRepair],
    names: Sequence[EntityNames],
    patterns: Mapping[str, str],
) -> tuple[dict[str, str], tuple[KnownRepair, ...]]:
    """Return the texts that repairs change, and the repairs that did.

    A repair is applied where each of its edits finds what failed exactly once, to one entity as a
    whole or not at all; what would not parse after it is left as it is.

    Args:
        texts: path -> text as it was generated.
        repairs: in the order in which they are tried.
        names: of all entities.
        patterns: path -> `id@version` of the InfraPattern that a file comes from.
    """
    changed: dict[str, str] = {}
    applied = []
    for repair in repairs:
        used = False
        general = any(has_placeholder(edit.path) for edit in repair.edits)
        for one in names if general else (None,):
            new = apply_edits({**texts, **changed}, repair.edits, one)
            if repair.infra_pattern and any(
                patterns.get(path) != repair.infra_pattern for path in new
            ):
                continue
            changed |= new
            used = used or bool(new)
        if used:
            applied.append(repair)
    return changed, tuple(applied)


def apply_edits(
    texts: Mapping[str, str], edits: Iterable[FixEdit], names: EntityNames | None = None
) -> dict[str, str]:
    """Return the texts that edits change, none where one of them does not fit.

    Args:
        texts: path -> text.
        edits: each finds its text exactly once.
        names: what stands for the placeholders.
    """
    new: dict[str, str] = {}
    for edit in edits:
        path, before, after = ((names.expand(t) if names else t) for t in edit)
        text = new.get(path, texts.get(path))
        if text is None or not before or text.count(before) != 1:
            return {}
        new[path] = text.replace(before, after)
    return new if all(_is_sound(path, text) for path, text in new.items()) else {}


def render_repairs(repairs: Iterable[KnownRepair]) -> str:
    """Return the file that pins the repairs an application was generated with."""
    entries = [
        repair._asdict() | {"edits": [edit._asdict() for edit in repair.edits]}
        for repair in sorted(repairs)
    ]
    data = {"format": 1, "repairs": entries}
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def parse_repairs(data: bytes) -> tuple[KnownRepair, ...]:
    """Return the repairs of such a file.

    Raises:
        GenerationError: it is none.
    """
    try:
        entries = json.loads(data)["repairs"]
        return tuple(_read_repair(entry) for entry in entries[:_MOST])
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise GenerationError(
            f"{REPAIRS} cannot be read ({type(error).__name__}); restore it from version control."
        ) from error


def _read_repair(entry: Mapping[str, Any]) -> KnownRepair:
    edits = tuple(
        FixEdit(str(edit["path"]), str(edit["before"]), str(edit["after"]))
        for edit in entry["edits"]
    )
    error_id, reason = str(entry["error_id"]), str(entry["reason"])
    return KnownRepair(error_id, reason, str(entry["infra_pattern"]), edits)


def _is_sound(path: str, text: str) -> bool:
    if not path.endswith(".py"):
        return True
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
