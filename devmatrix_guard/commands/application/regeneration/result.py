"""What a regeneration does, or would do."""

from __future__ import annotations

from devmatrix_guard.commands.application.verify import Verification
from devmatrix_guard.generator.emit.models.revisions import Revision
from devmatrix_guard.generator.regenerate.decide import Decision
from devmatrix_guard.generator.regenerate.merge_result import Conflict
from devmatrix_guard.ir.changes import Change
from devmatrix_guard.model.named_value import NamedValue

__all__ = ["Conflict", "Regeneration"]


class Regeneration(NamedValue):
    """What a regeneration does, or would do.

    Attributes:
        changes: of the IR, node by node.
        decisions: about every file that is not the same as before.
        migration: the new revision, or None where the tables stay as they are.
        diff: what changes in the files, as a patch from the application's folder.
        patch: the same with what is kept below `.guard`, from the root of the repository; only of
            a dry run.
        held_back: paths that other areas than those asked for would change.
        blockers: why nothing was written, a sentence each.
        verification: of the result, None where it was not run.
        written: whether the files were put in place.
        memory: what the memory knew, and what was made of it, a sentence each.
    """

    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]
    migration: Revision | None
    diff: str = ""
    patch: str = ""
    held_back: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    verification: Verification | None = None
    written: bool = False
    memory: tuple[str, ...] = ()

    @property
    def conflicts(self) -> list[Decision]:
        """The files in which both sides changed the same thing."""
        return [d for d in self.decisions if d.outcome == "conflict"]
