"""A fix as replacements in one file, before it is proven: template, imports, layout.

match + template -> names as the file spells them -> parentheses -> indentation -> smallest edits
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from devmatrix_guard.engine.budget import TooMuchWorkError
from devmatrix_guard.engine.fixing.diff import find_minimal_replacements
from devmatrix_guard.engine.fixing.imports import (
    ImportPlan,
    find_unknown_names,
    insert_imports,
    plan_imports,
    spell_locally,
)
from devmatrix_guard.engine.fixing.region import (
    Region,
    Replacement,
    find_region,
    inside_parentheses,
)
from devmatrix_guard.engine.fixing.template import (
    Template,
    TemplateError,
    add_parentheses,
    lay_out,
    list_own_names,
    read_template,
    rename,
)
from devmatrix_guard.engine.fixing.whole_statements import complete_chains, complete_statements
from devmatrix_guard.engine.matching.match import Binding, Match
from devmatrix_guard.engine.regex.regex import RegexError, replace, translate
from devmatrix_guard.engine.tree.lexer import read_comments
from devmatrix_guard.engine.tree.source_text import SourceText, encode_source, find_newline
from devmatrix_guard.model.finding import Doubt

Body = Mapping[str, Any]
_REGEX_LIMIT = 10_000


class FixSpec(NamedTuple):
    """What a rule says about its fix: a template, or a regular expression and its replacement.

    `limit` is how many places of the match the expression replaces; 0 for all. `patterns` is the
    text of the rule's patterns, `mentions` those that say what is matched.
    """

    template: str | None
    regex: str = ""
    replacement: str = ""
    limit: int = 0
    imports: tuple[str, ...] = ()
    patterns: str = ""
    mentions: tuple[str, ...] = ()


class MatchedCode(NamedTuple):
    """What a draft is proven by: where it stands, its template, and the imports it relies on.

    `needs` maps each name of the rule's imports, as the file has it, to its target; `added` are
    the statements the file lacks. `is_text` says that no metavariables tell copied code apart.
    `mentions` are the patterns that say what is matched.
    """

    start: int
    end: int
    indent: str
    template: Template
    bindings: Mapping[str, Binding]
    needs: Mapping[str, str]
    added: tuple[ast.stmt, ...]
    is_text: bool = False
    mentions: tuple[str, ...] = ()


class Draft(NamedTuple):
    """A fix that is not proven yet; `doubt` says why it cannot be safe.

    `edits` change the match, `imports` are whole lines added elsewhere.
    """

    start: int
    end: int
    edits: tuple[Replacement, ...] = ()
    imports: tuple[Replacement, ...] = ()
    doubt: Doubt | None = None
    code: MatchedCode | None = None

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """Everything the fix changes."""
        return (*self.imports, *self.edits)


def fix_spec(body: Body) -> FixSpec | None:
    """Return the fix a rule's YAML mapping names, or None."""
    imports = _guard_data(body).get("imports") or ()
    needed = tuple(str(i) for i in imports) if isinstance(imports, (list, tuple)) else ()
    found = list(_list_patterns(body))
    patterns = "\n".join(text for _, text in found)
    mentions = tuple(text for key, text in found if key == "pattern")
    if isinstance(body.get("fix"), str):
        return FixSpec(body["fix"], imports=needed, patterns=patterns, mentions=mentions)
    regex = body.get("fix-regex")
    if isinstance(regex, Mapping) and isinstance(regex.get("regex"), str):
        count = regex.get("count")
        return FixSpec(
            None,
            regex["regex"],
            str(regex.get("replacement", "")),
            count if isinstance(count, int) else 0,
            needed,
            patterns,
            mentions,
        )
    return None


def _list_patterns(part: object) -> Iterator[tuple[str, str]]:
    """Yield every pattern in a rule, or in a part of it, with its key."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if isinstance(value, str) and str(key).startswith("pattern"):
                yield str(key), value
            elif not isinstance(value, str):
                yield from _list_patterns(value)
    elif isinstance(part, list):
        for item in part:
            yield from _list_patterns(item)


def fix_examples(body: Body) -> list[tuple[str, str]]:
    """Return the (invalid, fixed) pairs among a rule's examples."""
    items = _guard_data(body).get("examples") or ()
    return [
        (str(item["invalid"]), str(item["fixed"]))
        for item in items
        if isinstance(item, Mapping) and item.get("fixed") is not None and "invalid" in item
    ]


def draft_fix(spec: FixSpec, match: Match, source: SourceText, tree: ast.Module) -> Draft:
    """Return what the fix comes to for one match."""
    match = complete_chains(complete_statements(match, spec.patterns, source, tree), source, tree)
    start = source.offset(match.start_line, match.start_col)
    end = source.offset(match.end_line, match.end_col)
    region = find_region(source, tree, start, end)
    if spec.template is not None and spec.template.strip()[:1] not in ("", "("):
        region = inside_parentheses(region)
    nothing = Draft(start, end)
    try:
        template = _build_template(spec, match, region)
    except TemplateError as error:
        return nothing._replace(doubt=Doubt("template", str(error)))
    imports = plan_imports(spec.imports, tree, match.start_line)
    if imports.problem:
        return nothing._replace(doubt=Doubt("names", imports.problem))

    def as_the_file_says(name: str) -> str:
        root, dot, rest = name.partition(".")
        if root in imports.names:
            return imports.names[root] + dot + rest
        return spell_locally(name, tree, match.start_line)

    newline = find_newline(source.text, start)
    if template.fill().strip():
        if spec.template is not None:
            template = add_parentheses(rename(template, as_the_file_says), region)
            template = lay_out(template, region, newline)
        edits = _build_edits(region, template, newline)
    else:
        edits = _build_deletion(region)
    if edits is None:
        return nothing._replace(doubt=Doubt("parse", "the fixed code would not parse"))
    if not edits:
        return nothing._replace(doubt=Doubt("template", "the fix changes nothing"))
    lines = insert_imports(source, tree, imports.missing)
    unknown = find_unknown_names(list_own_names(template), tree, imports.names.values())
    doubt = None
    if lost := _find_lost_comments(region, edits):
        doubt = Doubt("comment", f"it would delete the comment {lost[0][:60]!r}")
    elif unknown:
        doubt = Doubt("names", f"the file does not import {', '.join(unknown)}")
    code = _read_matched_code(region, template, match, imports, spec)
    return Draft(start, end, tuple(edits), tuple(lines), doubt, code)


def _read_matched_code(
    region: Region, template: Template, match: Match, imports: ImportPlan, spec: FixSpec
) -> MatchedCode:
    added = tuple(node for text in imports.missing for node in ast.parse(text.strip()).body)
    return MatchedCode(
        region.match_start,
        region.match_end,
        region.indent,
        template,
        match.metavariables,
        imports.targets,
        added,
        spec.template is None,
        spec.mentions,
    )


def _build_template(spec: FixSpec, match: Match, region: Region) -> Template:
    """Return the template of either kind of fix."""
    if spec.template is not None:
        return read_template(spec.template, match.metavariables, region)
    if len(region.matched) > _REGEX_LIMIT:
        raise TemplateError("the match is too long for a regular expression")
    try:
        regex = translate(spec.regex)
        text = replace(regex, spec.replacement, region.matched, spec.limit)
    except (re.error, RegexError, TooMuchWorkError, IndexError, RecursionError) as error:
        raise TemplateError(f"its regular expression cannot be used: {error}") from error
    return Template(text, ())


def _build_edits(region: Region, template: Template, newline: str) -> list[Replacement] | None:
    """Return the smallest edits that mean what the template means; None if it does not parse."""
    meant = region.meaning_with(template.fill())
    if meant is None:
        return None
    for edits in _list_candidates(region, template, newline):
        if region.meaning(edits) == meant:
            return edits
    return None


def _list_candidates(
    region: Region, template: Template, newline: str
) -> Iterator[list[Replacement]]:
    """Yield ways to write the fix, the most careful first; the last replaces the whole match."""
    for keep in (True, False):
        edits = find_minimal_replacements(region, template, newline, keep_trailing_commas=keep)
        if edits is not None:
            yield edits
    yield [Replacement(region.match_start, region.match_end, template.fill())]


def _build_deletion(region: Region) -> list[Replacement] | None:
    """Return the edit that deletes the match, by whole lines where nothing else stands on them."""
    source = region.source
    file = region._replace(start=0, end=len(source.text), prefix="")
    instead = Replacement(region.match_start, region.match_end, "pass")
    if file.meaning([instead]) is None:
        return None  # the match is no statement, and code around it would be torn
    first, last = (source.position(o)[0] for o in (region.match_start, region.match_end))
    start, end = source.offset(first, 1), source.offset(last + 1, 1)
    tail = source.text[region.match_end : end]
    code = tail.lstrip(" \t\f")
    choices = [instead]
    if not source.text[start : region.match_start].strip() and not code.strip():
        choices.insert(0, Replacement(start, end, ""))
    elif code.startswith("#"):
        choices.insert(0, instead._replace(end=end - len(code), text=""))
    for choice in choices:
        if file.meaning([choice]) is not None:
            return [choice]
    return None


def _find_lost_comments(region: Region, edits: list[Replacement]) -> list[str]:
    text = region.source.text
    before = read_comments(encode_source(text[region.start : region.end]))
    after = read_comments(encode_source(region.apply(edits)))
    if before is None or after is None:
        return ["that cannot be read"]
    return sorted((Counter(c.text for c in before) - Counter(c.text for c in after)).elements())


def _guard_data(body: Body) -> Mapping[str, Any]:
    metadata = body.get("metadata")
    guard = metadata.get("guard") if isinstance(metadata, Mapping) else None
    return guard if isinstance(guard, Mapping) else {}
