"""What stands against putting a regeneration in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from devmatrix_guard.commands.application.regeneration.merge import Merge
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.step import Step
from devmatrix_guard.generator.manifest_merge import has_marks
from devmatrix_guard.generator.regenerate.syntax import is_valid_syntax
from devmatrix_guard.git.worktree import list_left_out

_NAMED = 5  # files of one sentence


def find_blockers(step: Step, merge: Merge, options: RegenerateOptions) -> tuple[str, ...]:
    """Return why nothing may be written, a sentence each."""
    return (
        *_find_refused(step, merge, options),
        *_find_unreadable(step, merge),
        *_find_left_out(step, merge),
    )


def _find_refused(step: Step, merge: Merge, options: RegenerateOptions) -> Iterator[str]:
    """Yield what the options do not allow for, a sentence each."""
    conflicts = [d for d in merge.conflicts if not has_marks(merge.ours.get(d.path, ""))]
    if conflicts and not options.inline:
        yield (
            f"both sides changed the same in {_name_some([d.path for d in conflicts])}: take your "
            "change back or put it into a file of your own, or pass --conflict inline to have both "
            "versions written between markers"
        )
    migration = step.migration
    if migration is not None:
        if migration.destroys and not options.destructive:
            lost = ", ".join(migration.destroys)
            named = any(not loss.startswith("values of ") for loss in migration.destroys)
            way = "say x-renamed-from in the spec where it is only called otherwise, or "
            yield f"the migration would lose data ({lost}): {way * named}pass --allow-data-loss"
        for column in migration.unfilled:
            yield _describe_unfilled(column, is_distinct=column in migration.distinct)


def _describe_unfilled(column: str, *, is_distinct: bool) -> str:
    if is_distinct:
        return (
            f"{column} must hold another value in each row, and rows that are there have none: "
            "keep it as it was or optional, or fill it in a migration of yours; where there is one "
            f"row at most, pass --backfill {column}=VALUE"
        )
    return (
        f"{column} must hold a value, and rows that are there have none: give it a default "
        f"in the spec, make it optional, or pass --backfill {column}=VALUE"
    )


def _find_unreadable(step: Step, merge: Merge) -> Iterator[str]:
    """Yield which files nobody could merge or run, a sentence each."""
    made = {file.path: file.text for file in step.generation.files}
    decided = {decision.path: decision for decision in merge.decisions}
    for path, text in sorted(merge.ours.items()):
        decision = decided.get(path)
        if decision is not None and decision.outcome == "conflict":
            if not has_marks(text):
                continue  # which is said already
        elif decision is not None and decision.text is not None:
            text = decision.text
        if text in (made.get(path), step.last.files.get(path)):
            continue
        if any(fnmatchcase(path, glob) for glob in step.ignored):
            continue
        if has_marks(text):
            yield f"{path} has conflict markers that nobody has settled: settle them first"
        elif not is_valid_syntax(path, text):
            yield f"{path} does not parse: correct its syntax first"


def _find_left_out(step: Step, merge: Merge) -> Iterator[str]:
    """Yield which files nobody deleted, though they are not there."""
    absent = step.last.files.keys() - merge.ours.keys()
    if absent and (left_out := sorted(absent & list_left_out(step.root))):
        yield (
            f"{_name_some(left_out)} are not checked out here: add their folders with "
            "`git sparse-checkout add` first"
        )


def _name_some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"
