"""Runtime modules without what an application does not use: code that nothing calls is not written.

A runtime module holds one thing for every need. Which of them an application needs is seen in what
its other modules import, and in which methods they call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from devmatrix_guard.model.named_value import NamedValue

_NAMES = re.compile(r"(?:(?:async )?def|class) (\w+)|([A-Za-z_]\w*(?:, \w+)*)(?:: [^=\n]+)? = ")
_IMPORT = re.compile(r"from (\S+) import (.*)", re.DOTALL)
_MEMBER = re.compile(r"\n\n(?= {4}\S)")
_METHOD = re.compile(r" {4}(?:async )?def (\w+)\(")
_NO_CODE = re.compile(r'"""[^"]*"""|(?<!f)"(?:\\.|[^"\\\n])*"|#.*|\bdef \w+')
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_OWN = re.compile(r"self\.(\w+)")
_CALLED = re.compile(r"\.(\w+)")


# Those that use another come before it.
RUNTIME = (
    "src/views/base.py",
    "src/services/base.py",
    "src/repositories/base.py",
    "src/models/schemas/base.py",
    "src/models/base.py",
    "src/core/moments.py",
    "src/api/errors.py",
    "src/api/error_bodies.py",
)
_CLASSES = ("src/views/base.py", "src/repositories/base.py", "src/api/error_bodies.py")
_CALLERS = tuple(
    f"src/{part}/"
    for part in ("api", "services", "state_machines", "validators", "views", "workflows")
)


class _Part(NamedValue):
    """A statement at the left margin, how many blank lines stand before it, what it defines."""

    text: str
    blank: int
    names: tuple[str, ...] = ()

    @property
    def is_import(self) -> bool:
        """Tell whether it imports something."""
        return self.text.startswith(("import ", "from "))


def trim_runtime(files: Mapping[str, str]) -> dict[str, str]:
    """Return the runtime modules of an application that are longer than it needs, shortened.

    Args:
        files: every file of the application by path.
    """
    sources = {path: text for path, text in files.items() if path.endswith(".py")}
    called: set[str] = set()
    for path, text in sources.items():
        if path.startswith(_CALLERS):
            called.update(_CALLED.findall(text))
    trimmed = {}
    for path in filter(sources.__contains__, RUNTIME):
        own = sources.pop(path)
        text = trim(own, path, sources.values(), called if path in _CLASSES else None)
        sources[path] = text
        if text != own:
            trimmed[path] = text
    return trimmed


def trim(
    text: str, path: str, others: Collection[str], called: Collection[str] | None = None
) -> str:
    """Return the source of a runtime module without what the other modules do not use.

    Args:
        text: the module, formatted.
        path: where it lies.
        others: the sources of the other modules.
        called: the methods that are called anywhere; None keeps every method.
    """
    parts = _split_parts(text)
    if called is not None:
        parts = [part._replace(text=_drop_methods(part.text, called)) for part in parts]
    module = path.removesuffix(".py").replace("/", ".")
    kept = _find_reachable(parts, _list_imported(module, others))
    words = {w for i in kept if not parts[i].is_import for w in _list_words(parts[i].text)}
    chosen = [
        _keep_names(part, words) if part.is_import else part if i in kept else None
        for i, part in enumerate(parts)
    ]
    return _join_parts(parts, chosen)


def _split_parts(text: str) -> list[_Part]:
    found: list[tuple[int, list[str]]] = []
    blank = 0
    continues = False  # what follows a decorator or a comment belongs to it
    for line in text.splitlines():
        if not line:
            blank += 1
            continue
        if found and (continues or line[0] in ' )]}"'):
            found[-1][1].extend([*[""] * blank, line])
        else:
            found.append((blank, [line]))
        continues = line[0] in "@#"
        blank = 0
    return [_Part("\n".join(lines), blank, _list_defined(lines)) for blank, lines in found]


def _list_defined(lines: Iterable[str]) -> tuple[str, ...]:
    matches = (_NAMES.match(line) for line in lines)
    match = next(filter(None, matches), None)
    return tuple((match[1] or match[2]).split(", ")) if match else ()


def _list_imported(module: str, others: Iterable[str]) -> set[str]:
    start = f"from {module} import "
    found: set[str] = set()
    for other in others:
        for piece in other.split(start)[1:]:
            end = ")" if piece.startswith("(") else "\n"
            found.update(_WORD.findall(piece.partition(end)[0]))
    package, _, name = module.rpartition(".")
    for other in others:
        if f"from {package} import {name}\n" in other:
            found.update(re.findall(rf"\b{name}\.(\w+)", other))
    return found


@lru_cache(maxsize=1000)
def _list_words(text: str) -> list[str]:
    """Return the names in a piece of source, without texts, comments and attributes."""
    return _WORD.findall(_NO_CODE.sub("", text))


def _find_reachable(parts: Sequence[_Part], used: Iterable[str]) -> set[int]:
    """Return the places of what is used, and of everything that it uses in turn."""
    homes = {name: index for index, part in enumerate(parts) for name in part.names}
    queue = [homes[name] for name in used if name in homes]
    queue += [i for i, part in enumerate(parts) if not part.names and not part.is_import]
    kept: set[int] = set()
    while queue:
        index = queue.pop()
        if index not in kept:
            kept.add(index)
            queue += [homes[w] for w in _list_words(parts[index].text) if w in homes]
    return kept


def _drop_methods(text: str, called: Collection[str]) -> str:
    """Return a class without the methods that neither `called` nor its other methods name."""
    head, *members = _MEMBER.split(text)
    while True:
        inside = {name for member in members for name in _OWN.findall(member)}
        kept = [
            member
            for member in members
            if (match := _METHOD.match(member)) is None
            or match[1].startswith("__")
            or match[1] in called
            or match[1] in inside
        ]
        if len(kept) == len(members):
            return "\n\n".join([head, *members])
        members = kept


def _keep_names(part: _Part, words: set[str]) -> _Part | None:
    """Return an import of only those names that occur in the module."""
    match = _IMPORT.match(part.text)
    if match is None:
        return part if part.text.removeprefix("import ").partition(".")[0] in words else None
    names = [name.strip() for name in match[2].strip("()").split(",") if name.strip()]
    used = [name for name in names if name.rpartition(" ")[2] in words]
    if used == names:
        return part
    if "(" not in match[2]:
        return part._replace(text=f"from {match[1]} import {', '.join(used)}") if used else None
    listed = "".join(f"    {name},\n" for name in used)
    return part._replace(text=f"from {match[1]} import (\n{listed})") if used else None


def _join_parts(parts: Sequence[_Part], chosen: Sequence[_Part | None]) -> str:
    """Return the chosen parts with the blank lines that a formatter would leave between them."""
    text, blank, after_import = "", 0, False
    for part, written in zip(parts, chosen, strict=True):
        blank = max(blank, part.blank)
        if written is None:
            continue
        if after_import and not written.is_import and not _opens_definition(written.text):
            blank = 1
        text += "\n" * (blank + 1) + written.text if text else written.text
        blank, after_import = 0, written.is_import
    return f"{text}\n"


def _opens_definition(text: str) -> bool:
    return text.startswith(("def ", "async def ", "class ", "@"))
