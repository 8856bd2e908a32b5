"""Makes text from checked code harmless for the place where it is shown."""

from __future__ import annotations

from devmatrix_guard.visible_text import escape_in_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# What moves a cursor, changes the reading direction or hides itself: C0 and C1 controls, line and
# paragraph separators, bidirectional marks, zero-width characters, tags, and undecodable bytes. The
# two joiners stay: Persian, Indic scripts and emoji are written with them.
_INVISIBLE = (
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
    r"\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
)
_NOT_ASCII = r"[^\n -~]+"
_BRIEF = 72
_SURROGATE = r"[\ud800-\udfff]"
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
# A runner that reads our output as its log obeys lines such as `::error::` and, anywhere in a line,
# `##[command]`, `##vso[task.complete]` and `##teamcity[...]`.
_RUNNER_COMMAND = r"(?m)^(\s*):(?=:)|(##)(?=\w*\[)"
# What Markdown reads, by where it stands: always; at a word's edge; at the start of a line; before
# what makes it an address, an emoji or an issue.
_MARKDOWN = (
    r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])|^ *[-+#=]|^ *\d{1,9}[.)]"
    r"|(?i:\bwww\.)|:(?=//)|:(?=[\w+-]+:)|#(?=\w)"
)
_XML_FORBIDDEN = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def make_visible(text: str) -> str:
    """Return `text` on one line, with everything invisible written as a backslash escape."""
    if text.isprintable():
        return text
    import re

    return re.sub(_INVISIBLE, _spell, text)


def split_visible_lines(text: str) -> list[str]:
    """Return the lines of `text`, tabs as four spaces, each made visible."""
    return [make_visible(line.expandtabs(4)) for line in text.removesuffix("\n").split("\n")]


def shorten(text: str, most: int = _BRIEF) -> str:
    """Return `text` visible and cut to `most`, or to the room that a commit's subject has."""
    shown = make_visible(text)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def disarm_runner_commands(text: str) -> str:
    """Return `text` with what a continuous-integration runner would obey taken apart."""
    if "::" not in text and "##" not in text:
        return text
    import re

    return re.sub(_RUNNER_COMMAND, lambda m: f"{m[1]}: " if m[2] is None else "## ", text)


def write_json(value: object, *, indent: int | None = 2, sort_keys: bool = False) -> str:
    """Return a value as JSON that shows all that is in it, with a line end.

    Letters stay readable; what is no printable character is escaped, and means the same to a
    program. Bytes that are no text are written as `make_decodable` does.
    """
    import json
    import re

    text = json.dumps(value, indent=indent, sort_keys=sort_keys, ensure_ascii=False)
    return re.sub(_NOT_ASCII, _escape_run, text) + "\n"


def _escape_run(match: re.Match[str]) -> str:
    run = match[0]
    return run if run.isprintable() else "".join(map(_escape_in_json, run))


def _escape_in_json(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else escape_in_json(code)


def make_decodable(text: str) -> str:
    """Return `text` with undecodable bytes as `\\xNN`, so that any encoder accepts it."""
    import re

    return re.sub(_SURROGATE, _spell, text)


def encode_uri_path(path: str) -> str:
    """Return a repository path as a relative URI, byte for byte."""
    import os
    from urllib.parse import quote

    try:  # as git's bytes were read, whatever the locale
        name = os.fsencode(path)
    except UnicodeEncodeError:
        name = encode_output(path)
    return quote(name, safe="/-._~")


def encode_output(text: str) -> bytes:
    """Return the bytes a text was read from; halves of characters that no file name gives pass."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def escape_markdown(text: str) -> str:
    """Return `text` as inline Markdown that shows it literally and mentions nobody."""
    return _escape_literal(text).replace("@", "@&#8203;")


def escape_markdown_code(text: str) -> str:
    """Return `text` as inline code that also survives a table cell."""
    return f"<code>{_escape_literal(text)}</code>"


def fence_code(text: str, language: str = "") -> str:
    """Return `text` as a fenced block whose fence the text cannot close."""
    import re

    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}\n"


def escape_xml(text: str) -> str:
    """Return `text` without the characters XML 1.0 cannot hold."""
    import re

    return re.sub(_XML_FORBIDDEN, "\ufffd", text)


def _escape_literal(text: str) -> str:
    import re
    from html import escape

    shown = escape(make_visible(text), quote=False)
    return re.sub(_MARKDOWN, lambda m: f"{m[0][:-1]}&#{ord(m[0][-1])};", shown)


def _spell(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that os.fsdecode could not read
        return f"\\x{code - 0xDC00:02x}"
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
