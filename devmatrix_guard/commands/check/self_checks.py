"""Says what a range changes about its own checking, as it cannot be allowed to decide that."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from devmatrix_guard.commands.check.settings_source import is_below
from devmatrix_guard.config import SETTINGS_FILES
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import Note

_SHOWN = 10


def deciding_paths(changed: Collection[str], rule_tops: Sequence[str]) -> list[str]:
    """Return those of the changed paths that decide what is found: settings, rules, baseline."""
    return sorted(
        path
        for path in changed
        if path.rpartition("/")[2] in (*SETTINGS_FILES, ".gitattributes")
        or path == BASELINE_PATH
        or any(is_below(path, top) for top in rule_tops)
    )


def effect_notes(
    paths: Sequence[str], by_base: Sequence[Finding], by_head: Sequence[Finding]
) -> list[Note]:
    """Return what the changed versions of `paths` would do to the findings."""
    notes = [Note(path, 0, "changed by this range; the base's version decides") for path in paths]
    base, head = {_key(f) for f in by_base}, {_key(f) for f in by_head}
    gone = [f for f in by_base if _key(f) not in head]
    new = [f for f in by_head if _key(f) not in base]
    for found, verb in ((gone, "hide"), (new, "add")):
        if found:
            notes.append(Note(paths[0], 0, f"the changed version would {verb} {_named(found)}"))
    return notes


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return finding.rule_id, finding.path, finding.fingerprint, finding.stage


def _named(findings: Sequence[Finding]) -> str:
    shown = [f"{f.rule_id} at {f.path}:{f.start_line}" for f in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        shown.append(f"{len(findings) - _SHOWN} more")
    return f"{len(findings)} finding{'s' * (len(findings) != 1)}: {', '.join(shown)}"
