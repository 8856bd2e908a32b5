"""Proves a candidate on its own fixes with the engine's matcher: it fires before, is silent after.

What cannot run in process, or fails on every one of its own sites, is no rule.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fix
from devmatrix_guard.engine.matching.match import Match, find_matches
from devmatrix_guard.engine.tree.source import SourceError
from devmatrix_guard.errors import RuleError, UsageError
from devmatrix_guard.mining.candidates.cluster import Candidate, FixedSite
from devmatrix_guard.mining.candidates.examples import build_after_example, build_before_example
from devmatrix_guard.mining.candidates.rejection import find_called
from devmatrix_guard.mining.candidates.vocabulary import NO_WORDS, Vocabulary
from devmatrix_guard.mining.edits.forms import Form
from devmatrix_guard.mining.edits.scope import import_statement
from devmatrix_guard.mining.edits.terms import Term, iterate_subterms, render, replace
from devmatrix_guard.model.rule import Example

_MAX_ROUNDS = 10
# Only there can an `await` be written.
_COROUTINE = "async def $FUNCTION(...):\n    ..."


class Proven(NamedTuple):
    """A candidate with the sites that prove it, best example first.

    `query` holds the Semgrep keys that say what to look for; `fix` is None where the change is not
    bound or writing it does not give what the commit wrote; `fixed` is the first example mended;
    `turns_on_value` is that of the candidate.
    """

    form: Form
    sites: tuple[FixedSite, ...]
    reverse_edits: int
    query: Mapping[str, Any]
    after: str
    fix: str | None
    imports: tuple[str, ...]
    fixed: str | None
    turns_on_value: bool = False


def build_query(form: Form, words: Vocabulary = NO_WORDS) -> dict[str, Any]:
    """Return the Semgrep keys that look for a form.

    Args:
        form: what to look for.
        words: the tree's; where it defines the function that the fix calls, what stands in there is
            how that function works, and a fix would make it call itself.
    """
    before = render(form.before)
    query: dict[str, Any] = {"pattern": before}
    in_coroutine = _has_await(form.after) and not _has_await(form.before)
    conditions = [
        {"pattern-inside": _COROUTINE} if in_coroutine else {},
        {"pattern-inside": render(form.inside)} if form.inside else {},
        {"pattern-not": render(form.unless)} if form.unless else {},
        {"pattern-not-inside": render(form.not_inside)} if form.not_inside else {},
        *({"pattern-not-inside": text} for text in _describe_helpers(form, words)),
    ]
    if any(conditions):
        query = {"patterns": [{"pattern": before}, *filter(None, conditions)]}
    if any(part[0] == "Constant" for part in iterate_subterms(form.before)):
        # A literal in a fix means the literal, not a variable that happens to hold it.
        query["options"] = {"constant_propagation": False}
    return query


def _describe_helpers(form: Form, words: Vocabulary) -> Iterator[str]:
    new = {name.rpartition(".")[2] for name in find_called(form.after) - find_called(form.before)}
    for name in sorted(new & words.defined):
        yield f"def {name}(...):\n    ..."
    for name in sorted(new & words.awaited):
        yield f"async def {name}(...):\n    ..."


def _has_await(term: Term) -> bool:
    return any(part[0] == "Await" for part in iterate_subterms(term))


def prove(candidate: Candidate, words: Vocabulary = NO_WORDS) -> Proven | None:
    """Return the candidate with its proof, or None if it does not hold on its own fixes."""
    query = build_query(candidate.form, words)
    sites = tuple(fixed for fixed in candidate.sites if _holds(query, fixed))
    if not sites:
        return None
    after = render(candidate.form.after)
    found = Proven(
        candidate.form, sites, candidate.reverse_edits, query, after, None, (), None,
        candidate.turns_on_value,
    )  # fmt: skip
    form = candidate.form
    if form.is_step or not form.is_bound or form.needs_a_type or found.turns_on_value:
        return found
    for index, fixed in enumerate(sites):
        fix, imports = _spell_names(candidate.form, fixed)
        text = apply_fix(query, fix, imports, build_before_example(fixed.site))
        if text is not None and _is_what_was_written(after, text, build_after_example(fixed.site)):
            first = (fixed, *sites[:index], *sites[index + 1 :])
            return found._replace(sites=first, fix=fix, imports=imports, fixed=text)
    return found


def apply_fix(
    query: Mapping[str, Any], fix: str, imports: tuple[str, ...], source: str
) -> str | None:
    """Return the source with every match fixed; None if that does not leave the rule silent."""
    body = {**query, "fix": fix, "metadata": {"guard": {"imports": list(imports)}}}
    for _ in range(_MAX_ROUNDS):
        matches = _matches(query, source)
        if not matches:
            return source
        data = source.encode()
        built = build_fix(body, matches[0], data)
        if built is None or not built.edits:
            return None
        try:
            source = apply_edits(data, built.edits).decode()
        except UsageError:
            return None
    return None


def _is_what_was_written(after: str, text: str, example: str) -> bool:
    """Tell whether the fix wrote, wherever it wrote, code that the commit wrote as well."""
    written = {_normalise_code(piece) for piece in _find_pieces(after, text)}
    return bool(written) and written <= {
        _normalise_code(piece) for piece in _find_pieces(after, example)
    }


def _find_pieces(pattern: str, source: str) -> list[str]:
    lines = source.splitlines()
    pieces = []
    for match in _matches({"pattern": pattern}, source):
        chosen = lines[match.start_line - 1 : match.end_line]
        chosen[-1] = chosen[-1][: match.end_col - 1]
        chosen[0] = chosen[0][match.start_col - 1 :]
        pieces.append("\n".join(chosen))
    return pieces


def _normalise_code(code: str) -> str:
    try:
        return ast.dump(ast.parse(f"({code})", mode="eval"))
    except SyntaxError:
        pass
    try:
        return ast.dump(ast.parse(textwrap.dedent(code)))
    except SyntaxError:
        return code


def build_example(proven: Proven) -> tuple[Example, Example]:
    """Return the code a rule must match, with its mended form, and the code it must leave alone."""
    site = proven.sites[0].site
    return (
        Example("invalid", build_before_example(site), proven.fixed),
        Example("valid", build_after_example(site)),
    )


def _holds(query: Mapping[str, Any], fixed: FixedSite) -> bool:
    return bool(_matches(query, build_before_example(fixed.site))) and not _matches(
        query, build_after_example(fixed.site)
    )


def _matches(query: Mapping[str, Any], source: str) -> list[Match]:
    try:
        return find_matches(query, source)
    except (RuleError, SourceError):
        return []


def _spell_names(form: Form, fixed: FixedSite) -> tuple[str, tuple[str, ...]]:
    """Return the after with its new names as the fix's file writes them, and their imports."""
    had = {part[1] for part in iterate_subterms(form.before) if part[0] == "Ref"}
    spelled = dict(fixed.site.spelled)
    mapping: dict[Term, Term] = {}
    statements = set()
    for part in iterate_subterms(form.after):
        if part[0] != "Ref" or part[1] in had:
            continue
        owner = next((name for name in spelled if f"{part[1]}.".startswith(f"{name}.")), None)
        if owner is not None:
            mapping[part] = ("Ref", spelled[owner] + part[1][len(owner) :])
            statements.add(import_statement(spelled[owner], owner))
    return render(replace(form.after, mapping)), tuple(sorted(statements))
