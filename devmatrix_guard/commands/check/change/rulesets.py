"""Which settings and rules are in force where, and the rules compiled."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.change.settings_source import Tree, WorkTree
from devmatrix_guard.config import Settings, find_shipped_rules, read_settings
from devmatrix_guard.engine.rules.cache import load_or_build, load_or_build_contents
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.report import Note

_HAND_WRITTEN, _SHIPPED = "hand-written", "shipped"
Source = tuple[Path, str]
_NO_FLAGS: Mapping[str, Any] = {}


class Rulesets:
    """Settings and compiled rules, each read once per folder and per set of rules.

    Args:
        tree: where settings and rules are read.
        root: the work tree.
        cache: folder for compiled rules, None for no cache.
        named: rule files and folders that stand instead of the settings' ones.
        flags: settings from the command line.

    Raises:
        UsageError: a name of `named` holds no rule file.
    """

    def __init__(
        self,
        tree: Tree,
        root: Path,
        cache: Path | None = None,
        *,
        named: tuple[str, ...] = (),
        flags: Mapping[str, Any] = _NO_FLAGS,
    ) -> None:
        for name in named:
            _require_rule_file(Path(name))
        self.tree = tree
        self.named = named
        self.notes: tuple[Note, ...] = ()
        # Where the rules loaded last come from and are cached.
        self.kept: tuple[list[tuple[str, str]], str] | None = None
        self._root = root
        self._flags = flags
        self._cache = cache
        self._settings: dict[str, Settings] = {}
        self._compiled: dict[tuple[tuple[str, ...], bool], CompiledRules] = {}

    def read_from(self, tree: Tree) -> Rulesets:
        """Return the same for another tree."""
        return Rulesets(tree, self._root, self._cache, named=self.named, flags=self._flags)

    @property
    def are_usual(self) -> bool:
        """Whether nothing on the command line changed settings or rules."""
        return not self.named and all(value is None for value in self._flags.values())

    @property
    def has_errors(self) -> bool:
        """Whether a rule file that was read is not valid."""
        return any(compiled.errors for compiled in self._compiled.values())

    def settings_for(self, candidate: Candidate) -> Settings:
        """Return the settings in force for a file."""
        return self.settings(candidate.path.rpartition("/")[0])

    def settings(self, folder: str) -> Settings:
        """Return the settings in force for a folder."""
        if folder not in self._settings:
            settings, notes = read_settings(folder, self.tree.read, self._flags)
            self._settings[folder] = settings
            self.notes = tuple(dict.fromkeys((*self.notes, *notes)))
        return self._settings[folder]

    def compiled(self, settings: Settings) -> CompiledRules:
        """Return the rules the request, or else the settings, ask for.

        Raises:
            UsageError: the request names files without a rule.
        """
        key = (settings.rules, settings.shipped)
        if key not in self._compiled:
            self._compiled[key] = self._load(settings)
        return self._compiled[key]

    def _load(self, settings: Settings) -> CompiledRules:
        if self.named:
            found = self._from_disk([(Path(name), _HAND_WRITTEN) for name in self.named])
            if not (found or found.has_semgrep_rules):
                if found.errors:
                    raise UsageError(f"--rules {self.named[0]}: {found.errors[0][2]}")
                raise UsageError(f"--rules {self.named[0]}: it holds no rule; name another.")
            return found
        shipped = [(find_shipped_rules(), _SHIPPED)] if settings.shipped else []
        places = [self.tree.on_disk(top) for top in settings.rules]
        own = [(place, _HAND_WRITTEN) for place in places if place is not None]
        self._note_absent(settings)
        if len(own) == len(places):
            return self._from_disk([*own, *shipped])
        if not any(self.tree.rule_files(top) for top in settings.rules):
            return self._from_disk(shipped)
        return self._from_tree(settings.rules, shipped)

    def _note_absent(self, settings: Settings) -> None:
        """Say which places of rules the settings name in vain; the usual one may be absent."""
        wanted = [top for top in settings.rules if top not in Settings().rules]
        absent = [top for top in wanted if not self.tree.rule_files(top)]
        text = "The settings look for rules here, and there are none; correct `rules`."
        self.notes = (*self.notes, *(Note(top, 0, text) for top in absent))

    def _from_disk(self, sources: list[Source]) -> CompiledRules:
        if self._cache is None:
            return load_or_build(sources, None, self._root)
        names = "\0".join(str(path) for path, _ in sources)
        # Rules named on the command line come and go: they share one file.
        name = "named" if self.named else f"{zlib.crc32(names.encode()):08x}"
        cache = self._cache / f"rules-{name}.bin"
        self.kept = ([(str(path), origin) for path, origin in sources], str(cache))
        return load_or_build(sources, cache, self._root)

    def _from_tree(self, tops: tuple[str, ...], shipped: list[Source]) -> CompiledRules:
        """Return rules whose files are not on disk as they count here."""
        paths = dict.fromkeys(path for top in tops for path in self.tree.rule_files(top))
        own = [(path, self.tree.read(path) or b"") for path in paths]
        return load_or_build_contents(own, shipped, self._cache, _HAND_WRITTEN)


def _require_rule_file(place: Path) -> None:
    """Refuse a place without rules, of which a check would be clean whatever it checks."""
    if not place.exists():
        raise UsageError(f"--rules {place}: there is no such file or folder.")
    if place.is_dir() and not WorkTree(place).rule_files(""):
        raise UsageError(f"--rules {place}: no file there ends in .yml or .yaml; name another.")
