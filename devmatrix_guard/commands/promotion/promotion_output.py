"""What is said of candidates, as text for people or JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from devmatrix_guard.commands.promotion.promotion import Evaluation, Fallen, write_evaluation
from devmatrix_guard.generator.bank.score import Measured

_SHARES = ("success", "coverage", "validation", "performance", "reusability", "code_quality")


def render_candidates(
    drafts: Sequence[Evaluation], fallen: Sequence[Fallen], format_name: str
) -> str:
    """Return the drafts and the demoted versions."""
    if format_name == "json":
        data = {
            "candidates": [write_evaluation(draft) for draft in drafts],
            "demoted": [version._asdict() for version in fallen],
        }
        return json.dumps(data, indent=2) + "\n"
    lines = [f"{d.reference:<28} {d.state:<10} {_write_score(d)}".rstrip() for d in drafts]
    lines += [f"{v.reference:<28} demoted    {v.successes} of {v.uses} went well" for v in fallen]
    return "".join(f"{line}\n" for line in lines) or "There are no candidates.\n"


def render_evaluation(known: Evaluation, format_name: str) -> str:
    """Return everything that is known of a candidate."""
    if format_name == "json":
        return json.dumps(write_evaluation(known), indent=2) + "\n"
    return "".join(f"{line}\n" for line in _write_lines(known))


def _write_lines(known: Evaluation) -> Iterator[str]:
    yield f"{known.reference}: {known.state}, {_write_score(known)}"
    if known.measured is not None:
        yield from _write_measured(known.measured)
    yield from (f"against it: {sentence}" for sentence in known.shortfalls)
    if known.opinion:
        yield f"second opinion: {'veto, ' if known.veto else ''}{known.opinion}"
    if known.may_be_promoted:
        name = known.reference.partition("@")[0]
        yield f"Nothing stands against it: `guard bank promote {name}`."


def _write_measured(measured: Measured) -> Iterator[str]:
    for name in _SHARES:
        share = getattr(measured, name)
        yield f"  {name:<14} {'not measured' if share is None else f'{share:.3f}'}"
    yield f"  {'security':<14} {measured.security}"
    yield f"  {'regressions':<14} {', '.join(measured.regressions) or 'none'}"
    yield f"  applied to {', '.join(measured.specs) or 'nothing'} in {measured.seconds:.0f} s"


def _write_score(known: Evaluation) -> str:
    if known.measured is None:
        return "not evaluated"
    return f"score {known.measured.score:.3f}, quality {known.measured.quality:.3f}"
