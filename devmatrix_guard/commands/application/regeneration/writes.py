"""What a regeneration writes: the contents of files, and those they are to replace."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.commands.application.generation import render_guard_files
from devmatrix_guard.commands.application.regeneration.merge import Merge
from devmatrix_guard.commands.application.regeneration.step import Step
from devmatrix_guard.files import read_if_present
from devmatrix_guard.generator.regenerate.patch import render_patch
from devmatrix_guard.model.named_value import NamedValue


class Writes(NamedValue):
    """The files that change, those below `.guard` included.

    Attributes:
        contents: path -> what the file is to hold, None where it is to go.
        held: path -> what it holds now; of one that was merged, what it held when it was read.
    """

    contents: Mapping[str, bytes | None]
    held: Mapping[str, bytes | None]


def plan_writes(step: Step, merge: Merge) -> Writes:
    """Return what has to be written for what was decided."""
    wanted = _collect_contents(step, merge)
    held = {path: read_if_present(step.root, path) for path in wanted}
    for decision in merge.decisions:
        text = merge.ours.get(decision.path)
        held[decision.path] = None if text is None else text.encode("utf-8", "surrogateescape")
    return Writes({path: data for path, data in wanted.items() if held[path] != data}, held)


def _collect_contents(step: Step, merge: Merge) -> dict[str, bytes | None]:
    """Return what every file is to hold, those below `.guard` included."""
    kept = render_guard_files(step.sources, step.generation, ignored=step.ignored)
    wanted: dict[str, bytes | None] = {path: text.encode() for path, text in kept.items()}
    for decision in merge.decisions:
        if decision.text is not None:
            wanted[decision.path] = decision.text.encode("utf-8", "surrogateescape")
        elif decision.outcome == "removed":
            wanted[decision.path] = None
    wanted |= dict.fromkeys(step.last.kept - wanted.keys())
    return wanted


def render_diff(merge: Merge) -> str:
    """Return what was decided about the files as a patch from the application's folder."""
    return render_patch(
        {
            decision.path: (merge.ours.get(decision.path), decision.text)
            for decision in merge.decisions
            if decision.text is not None or decision.outcome == "removed"
        }
    )


def render_writes(writes: Writes, above: str) -> str:
    """Return everything that would be written, as a patch from `above` the application."""

    def read(data: bytes | None) -> str | None:
        return None if data is None else data.decode("utf-8", "surrogateescape")

    return render_patch(
        {
            f"{above}{path}": (read(writes.held[path]), read(data))
            for path, data in writes.contents.items()
        }
    )
