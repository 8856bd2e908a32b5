"""What a learned rule says to whom it stops: what is wrong, what to write, and who says so.

Metavariables of the pattern are left in; the check puts the code that was found in their place.
"""

from __future__ import annotations

from devmatrix_guard.mining.candidates.rank import Judged
from devmatrix_guard.mining.edits.forms import ANY_KEYWORD, Form
from devmatrix_guard.mining.edits.step_forms import GUARDED, LEFT_OUT, MANAGED, UNSHARED
from devmatrix_guard.mining.edits.terms import Term, find_holes, iterate_subterms, render, replace
from devmatrix_guard.model.knowledge.pattern import FixPattern

MAX_SUBJECT = 100
_MAX_CODE = 160
_UNKNOWN: Term = ("Ellipsis",)


def build_message(judged: Judged, pattern: FixPattern) -> str:
    """Return the message of a learned rule."""
    return f"{_build_advice(judged)} {_describe_evidence(pattern)}"


def _build_advice(judged: Judged) -> str:
    form, fix = judged.form, judged.proven.fix
    if form.is_step:
        return _advise_on_step(form)
    after = _render(form.after if fix is not None else _drop_unknown(form))
    if form.kind in ("keyword", ANY_KEYWORD):
        name, call = form.after[3][-1][1], _render(form.after[1])
        return f"This call of `{call}` lacks `{name}`: write `{after}`."
    if form.kind == "wrap" and form.after[0] == "Await":
        return f"`{_render(form.before)}` is not awaited: write `{after}`."
    if fix is None:
        past = "was replaced here" if judged.evidence.is_migration else "was a mistake before"
        return f"`{_render(form.before)}` {past}; it became `{after}`."
    return f"Write `{after}`, not `{_render(form.before)}`."


def _advise_on_step(form: Form) -> str:
    if form.kind == LEFT_OUT:
        return f"`{_render(form.before)}` does not belong here; fixes took this call out."
    if form.kind == GUARDED:
        name, value = form.before[1][1], form.before[2]
        return (
            f"`{_render(name)}`, the result of `{_render(value)}`, is used unchecked; "
            "fixes put an `if` in between that leaves first."
        )
    if form.kind == MANAGED:
        name, value = form.before[1][1], form.before[2]
        return (
            f"`{_render(name)}` stays open when something fails: write "
            f"`with {_render(value)} as {_render(name)}:`."
        )
    if form.kind == UNSHARED:
        value = _render(form.before[1])
        return (
            f"Every call of this function shares one `{value}`, the default of its argument: "
            f"write `None` there, and make the `{value}` inside."
        )
    return _advise_on_handler(form)


def _advise_on_handler(form: Form) -> str:
    tried = next(part for part in iterate_subterms(form.before) if part[0] == "Call")
    old, new = (_render_handler(side) for side in (form.before, form.after))
    return f"Around `{_render(tried)}` write `{new}`, not `{old}`."


def _render_handler(term: Term) -> str:
    kind = term[2][1][1]
    return f"except {_render(kind)}:" if kind else "except:"


def _describe_evidence(pattern: FixPattern) -> str:
    """Return who says so: the first fix, and how many places all of them mended."""
    source, evidence = pattern.pairs[0].source, pattern.evidence
    if evidence.is_migration:
        return _describe_migration(pattern)
    places = "1 place" if evidence.sites_fixed == 1 else f"{evidence.sites_fixed} places"
    fixes = "a fix" if evidence.commits == 1 else f"{evidence.commits} fixes"
    where = f"of {places}"
    first = "" if evidence.commits == 1 else "the first "
    subject = shorten(source.subject, MAX_SUBJECT)
    return (
        f"Learned from {fixes} {where}: {first}{source.commit[:10]} of {source.date}, “{subject}”."
    )


def _describe_migration(pattern: FixPattern) -> str:
    """Return which commit turned from one form to the other, and how far the project has got."""
    source, evidence = pattern.pairs[0].source, pattern.evidence
    more = f" and {evidence.commits - 1} more" if evidence.commits > 1 else ""
    left = f", {evidence.left_alone} left" if evidence.left_alone else ", none left"
    return (
        f"A migration: {source.commit[:10]} of {source.date}{more}, "
        f"“{shorten(source.subject, MAX_SUBJECT)}”, changed {evidence.sites_fixed} places{left}."
    )


def _drop_unknown(form: Form) -> Term:
    """Return the after with what only the fix's author knew left open."""
    unknown = find_holes(form.after) - find_holes(form.before)
    term: Term = replace(form.after, {("Hole", name): _UNKNOWN for name in unknown})
    return term


def _render(term: Term) -> str:
    return _quote_code(render(term))


def _quote_code(text: str) -> str:
    return shorten(join_lines(text), _MAX_CODE)


def join_lines(code: str) -> str:
    """Return code or text with every break and run of spaces as one space."""
    return " ".join(code.split())


def shorten(text: str, most: int) -> str:
    """Return a text of at most `most` characters, an ellipsis at its end where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
