"""Whether a text is what the name of its file promises: only its form is looked at.

What a person added to a file is held to nothing but the format.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

_INSTRUCTION = re.compile(
    r"\s*(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN"
    r"|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\b",
    re.IGNORECASE,
)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)(?P<end>\w+)\1")
_SETTING = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_.]*\s*=")
# The form of PEP 508, as far as it says where a name, a version and a marker stand.
_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:\[[\w\s,.-]*\])?\s*"
    r"(?:@\s*\S+|\(?(?:\s*(?:===|[<>!=~]=|[<>])\s*[\w.*+!-]+\s*,?)*\)?)\s*(?:;.*)?"
)


def is_valid_syntax(path: str, text: str) -> bool:
    """Say whether a text can be read as its file's name asks; see `find_syntax_error`."""
    return not find_syntax_error(path, text)


def find_syntax_error(path: str, text: str) -> str:
    """Return what is wrong with the form of a text, "" for nothing.

    Args:
        path: by its name it is Python, JSON, TOML, YAML, INI, a Dockerfile, settings of an
            environment or requirements; a file of another kind is always sound.
        text: what it holds.
    """
    read = _find_reader(path)
    try:
        if read is not None:
            read(text)
    except RecursionError:
        return "it nests too deeply"
    except (SyntaxError, ValueError) as error:
        return " ".join(str(error).split()) or "it cannot be read"
    return ""


def has_syntax(path: str) -> bool:
    """Tell whether a file is of a kind whose form is looked at."""
    return _find_reader(path) is not None


def refuse_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON.

    Raises:
        ValueError: one key is there twice.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _find_reader(path: str) -> Callable[[str], object] | None:
    place = PurePosixPath(path)
    return _BY_NAME.get(place.name) or _BY_SUFFIX.get(place.suffix)


def _read_json(text: str) -> None:
    json.loads(text, object_pairs_hook=refuse_repeated_keys)


def _read_toml(text: str) -> None:
    import tomllib

    tomllib.loads(text)


def _read_ini(text: str) -> None:
    from configparser import Error, RawConfigParser

    try:
        RawConfigParser().read_string(text)
    except Error as error:
        raise ValueError(str(error)) from error


def _read_yaml(text: str) -> None:
    import yaml  # only where there is a YAML file

    try:
        for node in yaml.compose_all(text, yaml.SafeLoader):
            _refuse_repeated_yaml_keys(node)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _refuse_repeated_yaml_keys(node: object) -> None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) != len(keys):
            raise ValueError(f"line {node.start_mark.line + 1}: a key is there twice")
        for _, value in node.value:
            _refuse_repeated_yaml_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_yaml_keys(item)


def _read_dockerfile(text: str) -> None:
    """Refuse what is no instruction, and one before the first stage."""
    is_continued, has_stage, end = False, False, ""
    for number, bare in _list_lines(text):
        if end:
            end = "" if bare == end else end
            continue
        if not is_continued:
            word = bare.split()[0].upper()
            if _INSTRUCTION.match(bare) is None:
                raise ValueError(f"line {number}: `{bare[:40]}` is no instruction")
            has_stage |= word == "FROM"
            if not has_stage and word != "ARG":
                raise ValueError(f"line {number}: {word} stands before the first FROM")
        heredoc = _HEREDOC.search(bare)
        end = heredoc["end"] if heredoc else ""
        is_continued = bare.endswith("\\")
    if not has_stage:
        raise ValueError("it has no FROM")


def _read_settings(text: str) -> None:
    for number, line in _list_lines(text):
        if _SETTING.match(line) is None:
            raise ValueError(f"line {number}: `{line[:40]}` is no NAME=VALUE")


def _read_requirements(text: str) -> None:
    for number, line in _list_lines(text.replace("\\\n", " ")):
        bare = re.sub(r"\s(?:#|--hash).*", "", line).strip()
        is_place = bare.startswith(("-", ".", "/")) or "://" in bare
        if not is_place and _REQUIREMENT.fullmatch(bare) is None:
            raise ValueError(f"line {number}: `{bare[:40]}` is no requirement")


def _list_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that say something, with their numbers."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    return [(number, line) for number, line in lines if line and line[0] != "#"]


_BY_NAME: Mapping[str, Callable[[str], object]] = {
    ".env": _read_settings,
    ".env.example": _read_settings,
    "Dockerfile": _read_dockerfile,
    "requirements.txt": _read_requirements,
}
_BY_SUFFIX: Mapping[str, Callable[[str], object]] = {
    ".ini": _read_ini,
    ".json": _read_json,
    ".py": ast.parse,
    ".pyi": ast.parse,
    ".toml": _read_toml,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}
