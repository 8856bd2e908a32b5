"""Which files the languages of a rule mean, told by their names as semgrep does."""

from __future__ import annotations

from collections.abc import Iterable

PYTHON_NAMES = ("python", "py", "python2", "python3")
ANY_TEXT = ("generic", "regex", "none", "spacegrep", "aliengrep")
_SUFFIXES = {
    "apex": "cls", "bash": "bash sh", "c": "c h", "cairo": "cairo", "circom": "circom",
    "clojure": "clj cljs cljc edn", "cpp": "cc cpp cxx c++ pcc tpp h hh hpp hxx inl ipp c",
    "csharp": "cs", "dart": "dart", "elixir": "ex exs", "go": "go", "hack": "hack hck hh",
    "html": "htm html", "java": "java", "javascript": "cjs js jsx mjs", "json": "json ipynb",
    "jsonnet": "jsonnet libsonnet", "julia": "jl", "kotlin": "kt kts ktm", "lisp": "lisp cl el",
    "lua": "lua", "ocaml": "ml mli", "php": "php tpl phtml", "promql": "promql",
    "protobuf": "proto", "ql": "ql qll", "r": "r rdata rda", "ruby": "rb", "rust": "rs",
    "scala": "scala", "scheme": "scm ss", "solidity": "sol", "swift": "swift",
    "terraform": "tf hcl tfvars", "typescript": "ts tsx mts cts", "vue": "vue",
    "xml": "xml plist", "yaml": "yml yaml", "python": "py pyi pyw",
}  # fmt: skip
_OTHER_NAMES = {
    "js": "javascript", "ts": "typescript", "golang": "go", "sh": "bash", "c#": "csharp",
    "c++": "cpp", "cplusplus": "cpp", "kt": "kotlin", "rb": "ruby", "rs": "rust", "ex": "elixir",
    "hcl": "terraform", "tf": "terraform", "sol": "solidity", "cs": "csharp", "proto": "protobuf",
    "ml": "ocaml", "docker": "dockerfile", **dict.fromkeys(PYTHON_NAMES, "python"),
}  # fmt: skip


def covers_path(languages: Iterable[str], path: str) -> bool:
    """Whether a file is in one of the languages; one that is not known here may be in any."""
    name = path.rpartition("/")[2].lower()
    suffix = name.rpartition(".")[2] if "." in name else ""
    return any(_is_in(language.lower(), name, suffix) for language in languages)


def is_python(path: str) -> bool:
    """Whether a file is Python by its name; a script without a suffix may be."""
    return covers_path(("python",), path) or "." not in path.rpartition("/")[2]


def _is_in(language: str, name: str, suffix: str) -> bool:
    language = _OTHER_NAMES.get(language, language)
    if language in ANY_TEXT:
        return True
    if language == "dockerfile":
        return name.startswith("dockerfile") or suffix == "dockerfile"
    if not suffix:
        return language in ("python", "bash")  # what a script is in, its first line says
    suffixes = _SUFFIXES.get(language)
    return suffixes is None or suffix in suffixes.split()
