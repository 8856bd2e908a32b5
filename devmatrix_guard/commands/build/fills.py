"""What filled a hole is kept beside the application with all that was said, to be used again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devmatrix_guard.files import FileError, list_folder, read_if_present
from devmatrix_guard.generator.holes.contract import Contract
from devmatrix_guard.llm.base import Completion, Conversation, Exchange, Message
from devmatrix_guard.model.named_value import NamedValue

FOLDER = ".guard/fills"
_MOST_BYTES = 1 << 20


class Fill(NamedValue):
    """An answer that was taken.

    Attributes:
        key, contract: of the hole: its name, and the hash of its contract.
        code: what was written.
        exchanges: what was asked and answered, refused answers included.
    """

    key: str
    contract: str
    code: str
    exchanges: tuple[Exchange, ...]


def locate_fill(hole: Contract) -> str:
    """Return the path of a hole's fill in the application."""
    return f"{FOLDER}/{re.sub(r'[^a-z0-9]+', '-', hole.key.lower())}.json"


def write_fill(hole: Contract, code: str, exchanges: Sequence[Exchange]) -> bytes:
    """Return the fill of a hole as it is kept."""
    record = {
        "key": hole.key,
        "contract": hole.sha,
        "code": code,
        "exchanges": [
            {
                "system": asked.system,
                "messages": [message._asdict() for message in asked.messages],
                "most_tokens": asked.most_tokens,
                "answer": answered._asdict(),
            }
            for asked, answered in exchanges
        ],
    }
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def read_fill(root: Path, hole: Contract) -> Fill | None:
    """Return what filled a hole before, if its contract is still the same."""
    fill = _read(root, locate_fill(hole))
    return fill if fill and (fill.key, fill.contract) == (hole.key, hole.sha) else None


def list_fills(root: Path) -> list[Fill]:
    """Return all fills of an application, by the name of their files."""
    names = [name for name in list_folder(root, FOLDER) if name.endswith(".json")]
    return [fill for name in names if (fill := _read(root, f"{FOLDER}/{name}"))]


def _read(root: Path, path: str) -> Fill | None:
    """Return a fill; one that cannot be read is none: it is asked for again."""
    try:
        data = read_if_present(root, path, _MOST_BYTES)
        return _parse(json.loads(data)) if data is not None else None
    except (FileError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None


def _parse(record: dict[str, Any]) -> Fill:
    exchanges = tuple(
        Exchange(
            Conversation(
                one["system"],
                tuple(Message(**message) for message in one["messages"]),
                int(one["most_tokens"]),
            ),
            Completion(**one["answer"]),
        )
        for one in record["exchanges"]
    )
    return Fill(str(record["key"]), str(record["contract"]), str(record["code"]), exchanges)
