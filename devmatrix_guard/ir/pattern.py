r"""Regular expressions of ECMAScript as Python reads them: `\p{L}`, and a hyphen in `[\w-.]`."""

from __future__ import annotations

import re

# General categories by their first letter, then other properties and scripts; what stands for each.
_STAND_INS = {
    "L": "a-z",
    "M": "\u0301",
    "N": "0-9",
    "P": ".",
    "S": "+",
    "Z": " ",
    "Letter": "a-z",
    "Alphabetic": "a-z",
    "Lowercase": "a-z",
    "Latin": "a-z",
    "Lu": "A-Z",
    "Uppercase": "A-Z",
    "Number": "0-9",
    "Punctuation": ".",
    "Symbol": "+",
}
_TOKEN = re.compile(
    r"\\(?P<sign>[pP])\{(?:(?:gc|sc|Script|General_Category)=)?(?P<name>[A-Za-z]+)\}"
    r"(?P<range>-(?=[^\]]))?|\\.|[\[\]]",
    re.DOTALL,
)

_SET = re.compile(r"(?P<group>\\[wWdDsS])(?P<hyphen>-(?=[^\]]))|\\.|[\[\]]", re.DOTALL)


def escape_hyphens(pattern: str) -> str:
    r"""Return the pattern with a backslash before each hyphen that stands behind a class in a set.

    In `[\w-.]` it can begin no range: ECMAScript takes it as it is, Python refuses the whole.
    """
    parts: list[str] = []
    inside, end = False, 0
    for match in _SET.finditer(pattern):
        parts.append(pattern[end : match.start()])
        end = match.end()
        text = match[0]
        if inside and match["hyphen"]:
            text = f"{match['group']}\\-"
        inside = text == "[" or (inside and text != "]")
        parts.append(text)
    return "".join([*parts, pattern[end:]])


def matches(pattern: str, text: str) -> bool:
    """Tell whether a text fits a pattern that Python reads, as the application would see it.

    Raises:
        re.error: Python does not read it.
    """
    read = escape_hyphens(pattern).replace("$", r"\Z")
    return re.search(read, text, re.ASCII) is not None


def spell_out_properties(pattern: str) -> str | None:
    r"""Return the pattern with ASCII classes for its properties of characters.

    Returns:
        None where it has no such property, or one that has no stand-in.
    """
    parts: list[str] = []
    inside, found, end = False, False, 0
    for match in _TOKEN.finditer(pattern):
        parts.append(pattern[end : match.start()])
        end = match.end()
        if match["sign"] is None:
            parts.append(match[0])
            inside = match[0] == "[" or (inside and match[0] != "]")
            continue
        name = match["name"]
        stand_in = _STAND_INS.get(name) or (_STAND_INS.get(name[0]) if len(name) == 2 else None)
        if stand_in is None or match["sign"] == "P" or (inside and match["range"]):
            return None
        found = True
        parts.append(stand_in if inside else f"[{stand_in}]")
        parts.append(match["range"] or "")
    return "".join([*parts, pattern[end:]]) if found else None
