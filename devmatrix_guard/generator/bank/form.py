"""The JSON form of one InfraPattern version: in the local cache, and for import."""

from __future__ import annotations

import json
import re
from typing import Any

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.model.knowledge.infra import InfraPattern, Signature

PLACEHOLDER = re.compile(r"%%([A-Za-z_]\w*)%%")
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def write_pattern(pattern: InfraPattern) -> str:
    """Return a pattern as text that is the same for equal patterns."""
    record = {
        "pattern_id": pattern.pattern_id,
        "version": pattern.version,
        "frozen_at": pattern.frozen_at,
        "sha": pattern.sha,
        "signature": pattern.signature._asdict(),
        "body": pattern.body,
    }
    return json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def parse_pattern(text: str, *, origin: str, name: str) -> InfraPattern:
    """Return the pattern that `pattern_json` wrote.

    Raises:
        GenerationError: it is not of that form, its hash is wrong, or it contradicts itself.
    """
    try:
        record = json.loads(text)
        pattern = _build_pattern(record, origin)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise GenerationError(
            f"{name} is not an InfraPattern ({type(error).__name__}: {error}); "
            "write it again with `guard bank show ID --format json`."
        ) from error
    if record.get("sha", pattern.sha) != pattern.sha:
        raise GenerationError(
            f"the text of {name} is not the one its `sha` names; "
            "restore the file, or leave `sha` out to import the text as it is."
        )
    problem = find_contradiction(pattern)
    if problem:
        raise GenerationError(f"{name}: {problem}.")
    return pattern


def find_contradiction(pattern: InfraPattern) -> str:
    """Return in what way a pattern cannot be right, or nothing."""
    if not _ID.fullmatch(pattern.pattern_id):
        return "the id must be lower-case letters, digits and underscores"
    if pattern.version < 1:
        return "the version must be 1 or more"
    if pattern.frozen_at is not None and not _DATE.fullmatch(pattern.frozen_at):
        return "`frozen_at` must be a date, YYYY-MM-DD"
    if not pattern.body or not pattern.signature.purpose:
        return "the body and the purpose must not be empty"
    used = set(PLACEHOLDER.findall(pattern.body))
    if used != set(pattern.signature.inputs):
        odd = ", ".join(sorted(used ^ set(pattern.signature.inputs)))
        return f"the placeholders of the body and the inputs of the signature differ: {odd}"
    return ""


def _build_pattern(record: dict[str, Any], origin: str) -> InfraPattern:
    signature = record["signature"]
    return InfraPattern(
        pattern_id=_read_text(record["pattern_id"]),
        version=int(record["version"]),
        signature=Signature(
            purpose=_read_text(signature["purpose"]),
            intent=_read_text(signature.get("intent", "execute")),
            domain=_read_text(signature.get("domain", "")),
            inputs=_read_texts(signature.get("inputs", {})),
            outputs=_read_texts(signature.get("outputs", {})),
        ),
        body=_read_text(record["body"]),
        frozen_at=None if record.get("frozen_at") is None else _read_text(record["frozen_at"]),
        origin=origin,
    )


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} should be a text")
    value.encode()
    return value


def _read_texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} should be an object")
    return {_read_text(key): _read_text(text) for key, text in value.items()}
