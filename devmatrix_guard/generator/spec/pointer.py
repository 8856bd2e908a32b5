"""JSON pointers, as text."""

from __future__ import annotations

from urllib.parse import unquote


def join(pointer: str, *parts: str | int) -> str:
    """Return `pointer` with `parts` appended and escaped."""
    for part in parts:
        text = str(part)
        if "~" in text or "/" in text:
            text = text.replace("~", "~0").replace("/", "~1")
        pointer = f"{pointer}/{text}"
    return pointer


def split(pointer: str) -> list[str]:
    """Return the unescaped parts of a pointer; a leading `#` and percent codes are understood."""
    text = unquote(pointer[1:]) if pointer.startswith("#") else pointer
    if not text:
        return []
    return [
        part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("/").split("/")
    ]
