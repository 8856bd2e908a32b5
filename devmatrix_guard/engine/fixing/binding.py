"""Whether every name still means what it meant after a fix: copied code, the template, the rest.

Both trees share the nodes of the file's own code, so that a name is followed by its node. A scope
or loop that the fix replaces may take the place of one that was matched, one for one.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.engine.fixing.assignment import binds_before
from devmatrix_guard.engine.fixing.expected import TreeIndex, find_origin
from devmatrix_guard.engine.fixing.scopes import AWAIT as _AWAIT
from devmatrix_guard.engine.fixing.scopes import (
    FUNCTION,
    LOOP,
    RETURN,
    YIELD,
    Analysis,
    Occurrence,
    Scope,
)

BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__spec__"}
_FRAME = {YIELD: "`yield`", _AWAIT: "`await`", RETURN: "`return` or `super()`"}


class Change(NamedTuple):
    """What a fix does to the names of a file.

    `matched` are the ids of the nodes it replaces, `line` is where they begin; `needs` maps each
    name of the rule's imports to its target, `added` are those names no import in the file gives.
    `is_text` says that the new code came from a regular expression, so that no name in it is known
    to be copied. `own` are the ids of the nodes that stand there afterwards, `mentions` the
    patterns that say what is matched.
    """

    matched: frozenset[int]
    line: int
    needs: Mapping[str, str] = {}
    added: frozenset[str] = frozenset()
    is_text: bool = False
    own: frozenset[int] = frozenset()
    mentions: tuple[str, ...] = ()

    def names_module(self, name: str) -> bool:
        """Whether a pattern begins a dotted name with a name, as with what `import` gives."""
        begins = re.compile(rf"(?<![\w.$]){re.escape(name)}\s*\.")
        return any(begins.search(text) for text in self.mentions)

    def names_member(self, name: str) -> bool:
        """Whether a pattern has a name only behind a dot: the file imports it by itself."""
        places = [m for text in self.mentions for m in re.finditer(rf"([.\w$]?)\b{name}\b", text)]
        return bool(places) and all(place[1] == "." for place in places)


def compare_names(
    before: Analysis, after: Analysis, index: TreeIndex, changes: Sequence[Change]
) -> dict[int, str]:
    """Return which name would come to mean another thing, by the number of the change.

    A problem that no one change is known to bring is that of all.
    """
    checks = _Comparison(before, after, index, changes)
    problem = (
        checks.copied_names()
        or checks.lost_names()
        or checks.new_names()
        or checks.newly_bound_names()
    )
    if problem:
        return dict.fromkeys(range(len(changes)), problem)
    return checks.matched_names() | checks.own_names() | checks.imported_names()


class _Comparison:
    def __init__(
        self, before: Analysis, after: Analysis, index: TreeIndex, changes: Sequence[Change]
    ) -> None:
        self._before = before
        self._after = after
        self._index = index
        self._changes = changes
        self._matched = frozenset().union(*(change.matched for change in changes))
        self._owners = {(id(o.node), o.name): o for o in before.occurrences}
        self._uses: dict[tuple[int, str], list[Occurrence]] = {}
        for occurrence in before.occurrences:
            self._uses.setdefault((id(occurrence.owner), occurrence.name), []).append(occurrence)
        self._imported = {o.name for o in before.occurrences if o.target}
        self._copied = {id(find_origin(o.node)) for o in after.occurrences}
        self._became: dict[int, int] = {}
        self._was: dict[int, int] = {}

    def copied_names(self) -> str:
        """Return the first name of the file's own code that belongs to another scope now."""
        for occurrence in self._after.occurrences:
            old = self._owners.get((id(find_origin(occurrence.node)), occurrence.name))
            if old is not None and not self._same_owner(old.owner, occurrence.owner):
                if occurrence.name == LOOP:
                    return "a `break` or `continue` would belong to another loop"
                if occurrence.name in _FRAME:
                    return f"{_FRAME[occurrence.name]} would stand in another scope"
                return f"the name {occurrence.name} would mean another thing there"
        return ""

    def _same_owner(self, old: ast.AST, new: ast.AST) -> bool:
        if id(old) in self._after.scopes or not self._is_matched(old):
            return old is new
        if id(new) in self._index.ids:
            return False
        same = self._became.setdefault(id(old), id(new)) == id(new)
        return same and self._was.setdefault(id(new), id(old)) == id(old)

    def _is_matched(self, node: ast.AST) -> bool:
        return id(node) in self._matched

    def lost_names(self) -> str:
        """Return the first name that code elsewhere uses and the fix no longer binds."""
        bound = {(id(o.owner), o.name) for o in self._after.occurrences if o.binds}
        for key, uses in self._uses.items():
            binders = [o for o in uses if o.binds and self._is_matched(o.node)]
            if not binders or (key in bound and self._still_binds(key)):
                continue
            if any(not self._is_matched(use.node) for use in uses):
                return f"it would no longer bind {key[1]}, which is used elsewhere"
            if key[0] == id(self._index.tree) and key[1] in _list_exported(self._index.tree):
                return f"it would no longer bind {key[1]}, which `__all__` names"
        return ""

    def _still_binds(self, key: tuple[int, str]) -> bool:
        """Tell whether what stands in place of the matched code binds a name."""
        return any(
            o.binds and (id(o.owner), o.name) == key and self._is_replacement(o)
            for o in self._after.occurrences
        )

    def _is_replacement(self, occurrence: Occurrence) -> bool:
        node = id(occurrence.node)
        return node not in self._index.ids or node in self._matched

    def new_names(self) -> str:
        """Return the first name the fix binds that is in use there for another thing."""
        for occurrence in self._after.occurrences:
            owner = occurrence.owner
            if not occurrence.binds or id(find_origin(occurrence.node)) in self._index.ids:
                continue
            if id(owner) not in self._index.ids:
                continue
            uses = self._uses.get((id(owner), occurrence.name), [])
            bound_before = any(u.binds and self._is_matched(u.node) for u in uses)
            if uses and not bound_before:
                return f"it would overwrite the name {occurrence.name}"
        return ""

    def newly_bound_names(self) -> str:
        """Return the first name of the file's own code that only the fix would bind.

        What gives it, `import *` or a builtin, would be hidden from all code of the scope.
        """
        for occurrence in self._after.occurrences:
            old = self._owners.get((id(find_origin(occurrence.node)), occurrence.name))
            if old is None or old.binds or not occurrence.binds:
                continue
            uses = self._uses[(id(old.owner), old.name)]
            if not any(use.binds for use in uses):
                return f"it would bind the name {old.name}, which nothing else binds"
        return ""

    def matched_names(self) -> dict[int, str]:
        """Return of each change a name of its pattern that may mean another thing in the file."""
        found: dict[int, str] = {}
        for use in self._before.occurrences:
            if use.binds or not self._is_named_by_pattern(use):
                continue
            for number, change in enumerate(self._changes):
                if id(use.node) in change.matched and number not in found:
                    problem = self._problem_of_matched(use, change)
                    if problem:
                        found[number] = problem
        return found

    def _problem_of_matched(self, use: Occurrence, change: Change) -> str:
        """Return why a builtin, or what the pattern takes for an import, may not be that."""
        name = use.name
        another = f"the file uses the name {name} for another thing"
        if name in BUILTINS:
            if name in self._before.scopes[id(use.owner)].bound:
                return another
            return f"`import *` may give the name {name}" if _find_star_above(use.scope) else ""
        binders = [u for u in self._uses[(id(use.owner), name)] if u.binds]
        is_library = name in sys.stdlib_module_names and change.names_module(name)
        if is_library and any(binder.target != name for binder in binders):
            return another
        if all(binder.target and not binder.deletes for binder in binders):
            return ""
        by_star = use.scope.module.has_star and change.names_member(name)
        return another if by_star or name in self._imported else ""

    def _is_named_by_pattern(self, occurrence: Occurrence) -> bool:
        """Tell whether a name stands in the match by itself, not in code that is copied."""
        return self._is_matched(occurrence.node) and id(occurrence.node) not in self._copied

    def imported_names(self) -> dict[int, str]:
        """Return of each change a name of an added import that the file uses for another thing."""
        module = self._after.scopes[id(self._index.tree)]
        found: dict[int, str] = {}
        for number, change in enumerate(self._changes):
            for name in sorted(change.added):
                uses = self._uses.get((id(self._index.tree), name), [])
                if module.has_star or any(not self._gives(u, change, name) for u in uses):
                    found.setdefault(number, f"the file may use the name {name} for another thing")
        return found

    def _gives(self, use: Occurrence, change: Change, name: str) -> bool:
        """Tell whether an occurrence has no part in what a name means, or means the target."""
        if use.binds:
            return use.target == change.needs[name]
        return any(u.binds for u in self._uses[(id(use.owner), name)])

    def own_names(self) -> dict[int, str]:
        """Return of each change a name its template writes that means another thing there."""
        found: dict[int, str] = {}
        for occurrence in self._after.occurrences:
            own = id(find_origin(occurrence.node)) not in self._index.ids
            if own and not occurrence.binds and occurrence.name not in (*_FRAME, LOOP):
                number = self._change_around(occurrence)
                problem = self._problem_of(occurrence, self._changes[number])
                if problem:
                    found.setdefault(number, problem)
        return found

    def _problem_of(self, use: Occurrence, change: Change) -> str:
        owner, name = use.owner, use.name
        if id(owner) not in self._index.ids:
            captured = change.is_text and self._means_other_in_match(name)
            return f"the name {name} would mean another thing there" if captured else ""
        scope = self._after.scopes[id(owner)]
        if name in change.needs:
            return self._problem_of_import(use, scope, change)
        if any(map(self._is_named_by_pattern, self._uses.get((id(owner), name), []))):
            return ""
        if name not in scope.bound:
            if scope.has_star or _find_star_above(use.scope):
                return f"`import *` may give the name {name}"
            return "" if name in BUILTINS else f"nothing in the file binds {name}"
        if name in BUILTINS:
            return f"the file uses the name {name} for another thing"
        if scope.parent is not None and name in scope.module.bound:
            return f"the name {name} is bound twice around it"
        return self._problem_of_flow(use, scope, change)

    def _means_other_in_match(self, name: str) -> bool:
        """Tell whether the matched code has a name that belongs to code around it."""
        return any(
            o.name == name and self._is_matched(o.node) and not self._is_matched(o.owner)
            for o in self._before.occurrences
        )

    def _problem_of_import(self, use: Occurrence, scope: Scope, change: Change) -> str:
        """Return why a name is not the import the rule asks for."""
        name = use.name
        binders = [u for u in self._uses.get((id(scope.node), name), []) if u.binds]
        wanted = change.needs[name]
        if scope.parent is not None and not binders:
            return f"the file uses the name {name} for another thing"
        if any(b.target != wanted or b.deletes for b in binders):
            return f"the file uses the name {name} for another thing"
        if scope.parent is None and name in change.added:
            return ""
        return self._problem_of_flow(use, scope, change)

    def _problem_of_flow(self, use: Occurrence, scope: Scope, change: Change) -> str:
        """Return why a name may not be bound yet, or any more, where the fix uses it."""
        uses = self._uses.get((id(scope.node), use.name), [])
        if any(u.deletes for u in uses):
            return f"the name {use.name} is deleted somewhere"
        if any(isinstance(u.node, ast.arg) for u in uses if u.binds):
            return ""
        if not any(u.binds for u in uses):
            return ""  # bound by the fix itself
        line = change.line if _runs_at_once(use.scope, scope) else None
        body = [] if isinstance(scope.node, ast.Lambda) else _get_body(scope.node)
        if body and not binds_before(body, use.name, line):
            return f"the name {use.name} may not be bound there yet"
        return ""

    def _change_around(self, use: Occurrence) -> int:
        """Return the number of the change a name of a template belongs to."""
        changes = list(enumerate(self._changes))
        holding = [number for number, change in changes if id(use.node) in change.own]
        return holding[0] if holding else len(changes) - 1


def _get_body(node: ast.AST) -> list[ast.stmt]:
    found: list[ast.stmt] = getattr(node, "body", [])
    return found


def _runs_at_once(scope: Scope, owner: Scope) -> bool:
    """Tell whether code of a scope runs while its owner's own statements do."""
    at: Scope | None = scope
    while at is not None and at.node is not owner.node:
        if at.kind == FUNCTION:
            return False
        at = at.parent
    return True


def _find_star_above(scope: Scope) -> bool:
    at: Scope | None = scope
    while at is not None:
        if at.has_star:
            return True
        at = at.parent
    return False


def _list_exported(tree: ast.Module) -> set[str]:
    """Return the strings of a module's `__all__`."""
    found: set[str] = set()
    for node in tree.body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            values = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
            found.update(value for value in values if isinstance(value, str))
    return found
