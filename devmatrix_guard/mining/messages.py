"""What a learned rule says to whom it stops: what is wrong, what to write, and who says so.

Metavariables of the pattern are left in; the check puts the code that was found in their place.
"""

from __future__ import annotations

from devmatrix_guard.mining.forms import Form
from devmatrix_guard.mining.rank import Judged
from devmatrix_guard.mining.step_forms import GUARDED, LEFT_OUT, MANAGED
from devmatrix_guard.mining.terms import Term, holes, render, replace, subterms
from devmatrix_guard.model.pattern import FixPattern

MAX_SUBJECT = 100
_MAX_CODE = 160
_UNKNOWN: Term = ("Ellipsis",)


def message_of(judged: Judged, pattern: FixPattern) -> str:
    """Return the message of a learned rule."""
    return f"{_advice(judged)} {_grounds(pattern)}"


def _advice(judged: Judged) -> str:
    form, fix = judged.form, judged.proven.fix
    if form.is_step:
        return _advice_on_step(form)
    after = _written(form.after if fix is not None else _without_unknown(form))
    if form.kind == "keyword":
        name, call = form.after[3][-1][1], _written(form.after[1])
        return f"This call of `{call}` lacks `{name}`: write `{after}`."
    if form.kind == "wrap" and form.after[0] == "Await":
        return f"`{_written(form.before)}` is not awaited: write `{after}`."
    if fix is None:
        return f"`{_written(form.before)}` was a mistake before; it became `{after}`."
    return f"Write `{after}`, not `{_written(form.before)}`."


def _advice_on_step(form: Form) -> str:
    if form.kind == LEFT_OUT:
        return f"`{_written(form.before)}` does not belong here; fixes took this call out."
    if form.kind == GUARDED:
        name, value = form.before[1][1], form.before[2]
        return (
            f"`{_written(name)}`, the result of `{_written(value)}`, is used unchecked; "
            "fixes put an `if` in between that leaves first."
        )
    if form.kind == MANAGED:
        name, value = form.before[1][1], form.before[2]
        return (
            f"`{_written(name)}` stays open when something fails: write "
            f"`with {_written(value)} as {_written(name)}:`."
        )
    return _advice_on_handler(form)


def _advice_on_handler(form: Form) -> str:
    tried = next(part for part in subterms(form.before) if part[0] == "Call")
    old, new = (_handler(side) for side in (form.before, form.after))
    return f"Around `{_written(tried)}` write `{new}`, not `{old}`."


def _handler(term: Term) -> str:
    kind = term[2][1][1]
    return f"except {_written(kind)}:" if kind else "except:"


def _grounds(pattern: FixPattern) -> str:
    """Return who says so: the first fix, and how many places all of them mended."""
    source, evidence = pattern.pairs[0].source, pattern.evidence
    places = "1 place" if evidence.sites_fixed == 1 else f"{evidence.sites_fixed} places"
    one = "one commit that changed it" if evidence.sites_fixed > 1 else "a fix"
    fixes = one if evidence.commits == 1 else f"{evidence.commits} commits that changed it"
    where = f"of {places}" if fixes == "a fix" else f"in {places}"
    first = "" if evidence.commits == 1 else "the first "
    subject = shorten(source.subject, MAX_SUBJECT)
    return (
        f"Learned from {fixes} {where}: {first}{source.commit[:10]} of {source.date}, “{subject}”."
    )


def _without_unknown(form: Form) -> Term:
    """Return the after with what only the fix's author knew left open."""
    unknown = holes(form.after) - holes(form.before)
    term: Term = replace(form.after, {("Hole", name): _UNKNOWN for name in unknown})
    return term


def _written(term: Term) -> str:
    return _code(render(term))


def _code(text: str) -> str:
    return shorten(one_line(text), _MAX_CODE)


def one_line(code: str) -> str:
    """Return code or text with every break and run of spaces as one space."""
    return " ".join(code.split())


def shorten(text: str, most: int) -> str:
    """Return a text of at most `most` characters, an ellipsis at its end where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
