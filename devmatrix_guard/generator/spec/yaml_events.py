"""The events of a YAML text, from PyYAML's parser in C, without its loaders in Python.

Importing PyYAML compiles the regular expressions of loaders that turn scalars into values, which is
done here already: a fifteenth of a small generation. Of them the parser needs the errors alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

# The modules in Python that the parser in C takes an error from, and its name.
_ERRORS = {
    "reader": "ReaderError",
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}


def import_parser() -> tuple[Any, type[Exception], type]:
    """Return the module of events, the error of YAML, and the parser: in Python where none is in C.

    Who imports `yaml` afterwards gets all of it.
    """
    if "yaml" not in sys.modules:
        try:
            return _import_parser_in_c()
        except (ImportError, AttributeError):
            pass  # PyYAML without libyaml, or a release that is divided otherwise
    import yaml
    import yaml.events

    return yaml.events, yaml.YAMLError, getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def iter_events(parser: Any) -> Iterator[Any]:
    """Yield the events of a parser that was given a text."""
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


class _Package(ModuleType):
    """PyYAML's package, whose own code runs when somebody asks for what only that defines."""

    def __getattr__(self, name: str) -> Any:
        loader = self.__dict__.pop("missing", None)
        if loader is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        loader.exec_module(self)
        return getattr(self, name)


def _import_parser_in_c() -> tuple[Any, type[Exception], type]:
    spec = find_spec("yaml")
    if spec is None:
        raise ImportError("there is no package yaml")
    package = sys.modules["yaml"] = module_from_spec(spec)
    package.__class__ = _Package
    try:
        import yaml.error
        import yaml.events
        import yaml.nodes
        import yaml.tokens

        for name, error_name in _ERRORS.items():
            module = sys.modules[f"yaml.{name}"] = ModuleType(f"yaml.{name}")
            base = (
                _make_reader_error(yaml.error) if name == "reader" else yaml.error.MarkedYAMLError
            )
            setattr(module, error_name, type(error_name, (base,), {}))
            setattr(package, name, module)
        from yaml._yaml import CParser
    except BaseException:
        for name in [name for name in sys.modules if name.split(".")[0] == "yaml"]:
            del sys.modules[name]
        raise
    for name in _ERRORS:
        del sys.modules[f"yaml.{name}"]
        delattr(package, name)
    package.__dict__["missing"] = spec.loader
    return yaml.events, yaml.error.YAMLError, CParser


def _make_reader_error(error: Any) -> type[Exception]:
    """Return an error of a character that no YAML has, as PyYAML's own takes and words it."""

    class _ReaderError(error.YAMLError):  # type: ignore[misc] # a class that is only here at run time
        def __init__(self, name: str, position: int, character: Any, *rest: str) -> None:
            self.name, self.position, self.character = name, position, character
            self.reason = rest[-1]

        def __str__(self) -> str:
            code = self.character if isinstance(self.character, int) else ord(self.character)
            return f"unacceptable character #x{code:04x}: {self.reason}"

    return _ReaderError
