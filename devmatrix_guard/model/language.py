"""Languages by the names of their files: what they are called, how a comment begins there."""

from __future__ import annotations

PYTHON = "Python"
_SUFFIXES = {
    PYTHON: "py pyi pyw pyx",
    "JavaScript": "js jsx mjs cjs",
    "TypeScript": "ts tsx mts cts",
    "Java": "java",
    "Kotlin": "kt",
    "Go": "go",
    "Rust": "rs",
    "Ruby": "rb",
    "PHP": "php",
    "C": "c h",
    "C++": "cc cpp hpp",
    "C#": "cs",
    "Swift": "swift",
    "Scala": "scala",
    "Shell": "sh",
    "SQL": "sql",
    "HTML": "html",
    "Jinja": "jinja j2",
    "Vue": "vue",
}
_BY_SUFFIX = {suffix: name for name, some in _SUFFIXES.items() for suffix in some.split()}
_COMMENTS = {
    **dict.fromkeys((PYTHON, "Ruby", "Shell", ""), "#"),
    "SQL": "--",
    "HTML": "<!--",
    "Vue": "<!--",
    "Jinja": "{#",
}
_ENDS = {"<!--": " -->", "{#": " #}"}


def detect_language(path: str) -> str:
    """Return the language a file's suffix stands for, empty where it is none we know."""
    return _BY_SUFFIX.get(path.rpartition(".")[2].lower(), "") if "." in path else ""


def is_in_other_language(path: str) -> bool:
    """Tell whether a file is, by its suffix, in a language we know that is not Python."""
    return detect_language(path) not in ("", PYTHON)


def write_comment(path: str, text: str) -> str:
    """Return a text as a comment in a file."""
    start = _COMMENTS.get(detect_language(path), "//")
    return f"{start} {text}{_ENDS.get(start, '')}"
