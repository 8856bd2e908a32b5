"""Makes text safe to print, whoever wrote it: nothing moves a cursor or turns the direction.

Any part may use it, the hook too: nothing is imported that Python has not imported itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

# C0 and C1 controls but for tab and line end, bidirectional marks, separators, zero-width
# characters, tags, and halves of characters. The two joiners stay: Persian, Indic scripts and
# emoji are written with them.
_HIDDEN = (
    *range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0xAD, 0x061C, 0x180E, 0x200B, 0x200E,
    0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x2070), 0xFEFF,
    *range(0xFFF9, 0xFFFC), 0xE0001, *range(0xE0020, 0xE0080), *range(0xD800, 0xE000),
)  # fmt: skip
_NARROWEST = 20  # of terminals that lines are broken for
_COLOR_START, _COLOR_PARTS = "\x1b[", "0123456789;"


def escape_in_json(code: int) -> str:
    """Return a character, by its number, as strings of JSON may have it."""
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def mask_passwords(text: str) -> str:
    """Return `text` with the passwords of addresses masked, for what is said of arguments.

    An address may be given where none belongs, and be repeated in a log.
    """
    if ":/" not in text or "@" not in text:
        return text
    import re  # most runs say nothing

    return re.sub(
        # As a path, an address has one slash.
        r"(:/+[^\s/:@]*:)([^\s/]+)(?=@)",
        lambda found: found[1] + "*" * len(found[2]),
        text,
    )


def make_printable(text: str) -> str:
    """Return `text` with what is invisible written out, lines, tabs and plain colours kept.

    What is written out has the form of an escape of JSON, so that JSON stays JSON.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    table = {code: escape_in_json(code) for code in _HIDDEN}
    first, *others = text.split(_COLOR_START)
    shown = [first.translate(table)]
    for part in others:
        codes, mark, rest = part.partition("m")
        is_color = mark and not codes.strip(_COLOR_PARTS) and "8" not in codes.split(";")
        kept = (
            f"{_COLOR_START}{codes}m" if is_color else f"\\u001b[{(codes + mark).translate(table)}"
        )
        shown.append(kept + rest.translate(table))
    return "".join(shown)


def fit_terminal(text: str, stream: TextIO | None) -> str:
    """Return prose as it is shown on a stream: where people read it, broken between words.

    A command in backticks stays whole, and rows go on two columns further in than they begin.
    """
    if stream is None or not stream.isatty():
        return text
    import re
    from shutil import get_terminal_size
    from textwrap import fill

    width = max(get_terminal_size().columns, _NARROWEST)
    whole = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", "\0"), text)
    lines = [
        fill(
            line,
            width,
            subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in whole.split("\n")
    ]
    return "\n".join(lines).replace("\0", " ")
