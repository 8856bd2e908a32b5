"""Files of an entity that is called otherwise now: what people wrote follows to its new ones."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.generator.entity_names import EntityNames, list_entity_names
from devmatrix_guard.generator.manifest_merge import has_marks
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.generator.regenerate.decide import Decision
from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts
from devmatrix_guard.model.named_value import NamedValue

_WORD = re.compile(r"[A-Za-z_]\w*")


class RenamedEntity(NamedValue):
    """How generated code speaks of an entity before and after."""

    before: EntityNames
    after: EntityNames

    def write_new_names(self, text: str) -> str:
        """Return a generated text with the new names."""
        return self.after.expand(self.before.generalise(text))


class RenamedFile(NamedValue):
    """A generated file that people edited or deleted, whose entity is called otherwise now.

    Attributes:
        old: where it lies; `path` where it is generated now.
        base: its text as generated last, with the new names.
        ours: its text as people left it, with the new names; None where they deleted it.
    """

    old: str
    path: str
    base: str
    ours: str | None


def find_renamed_entities(before: Sequence[Plan], after: Plan) -> Iterator[RenamedEntity]:
    """Yield the entities that the new spec says are only called otherwise.

    Args:
        before: what the application was generated from last, by every branch that was merged.
        after: what it is generated from now.
    """
    new = {names.name: names for names in list_entity_names(after)}
    for plan in before:
        old = {names.name: names for names in list_entity_names(plan)}
        for entity in after.ir.domain.entities:
            if entity.renamed_from in old.keys() - new.keys():
                yield RenamedEntity(old[entity.renamed_from], new[entity.name])


def find_renamed_files(
    entities: Sequence[RenamedEntity],
    bases: Sequence[Mapping[str, str]],
    ours: Mapping[str, str],
    theirs: Mapping[str, str],
) -> list[RenamedFile]:
    """Return the files of renamed entities that are not as they were generated.

    Args:
        entities: the entities.
        bases: path -> text as generated last, by every branch that was merged.
        ours: path -> text as it is now.
        theirs: path -> text as generated now.
    """
    found = []
    for old in sorted({path for base in bases for path in base} - theirs.keys()):
        texts = [base[old] for base in bases if old in base]
        text = ours.get(old)
        if text in texts or (text is not None and has_marks(text)):
            continue
        fitting = [entity for entity in entities if entity.write_new_names(old) in theirs]
        if not fitting:
            continue
        path = fitting[0].write_new_names(old)
        base = texts[0] if text is None else min(texts, key=lambda known: _count_own(text, known))
        own = None if text is None else _rename_ours(text, base, theirs[path], entities)
        found.append(RenamedFile(old, path, _rename(base, entities), own))
    return found


def follow_renames(
    decisions: Sequence[Decision],
    renamed: Sequence[RenamedFile],
    ours: Mapping[str, str],
    theirs: Mapping[str, str],
    *,
    inline: bool,
) -> list[Decision]:
    """Return decisions in which what people did to a file is done to its new one."""
    by_path = {decision.path: decision for decision in decisions}
    for file in renamed:
        held = by_path.get(file.path)
        if held is not None and held.outcome == "conflict":
            continue
        if file.ours is None:
            if held is not None and held.outcome == "added":
                note = f"you deleted {file.old}, which is generated here now: it stays deleted"
                by_path[file.path] = Decision(file.path, "kept", None, (), (note,))
            continue
        text = held.text if held is not None else None
        if text is None:
            text = ours.get(file.path, theirs[file.path])
        for decision in _follow(file, text, inline=inline):
            by_path[decision.path] = decision
    return [by_path[path] for path in sorted(by_path)]


def _follow(file: RenamedFile, text: str, *, inline: bool) -> Iterator[Decision]:
    """Yield what becomes of a file and of its new one, which holds `text` so far."""
    merged = merge_texts(file.path, file.base, file.ours or "", text)
    note = f"what you wrote in {file.old} is merged into it"
    if merged.conflicts:
        said = render_conflicts(merged) if inline else None
        notes = (*merged.notes, f"you edited {file.old}, which is generated here now")
        yield Decision(file.path, "conflict", said, merged.conflicts, notes)
        if not inline:
            return
    else:
        yield Decision(file.path, "merged", merged.text, (), (*merged.notes, note))
    yield Decision(file.old, "removed", None, (), (f"what you wrote is in {file.path} now",))


def _rename(text: str, entities: Sequence[RenamedEntity]) -> str:
    for entity in entities:
        text = entity.write_new_names(text)
    return text


def _count_own(text: str, base: str) -> int:
    """Return how many lines of a text are not in a generated one."""
    known = set(base.splitlines())
    return sum(line not in known for line in text.splitlines())


def _rename_ours(text: str, base: str, theirs: str, entities: Sequence[RenamedEntity]) -> str:
    """Return what people made of a generated text with the new names.

    In lines of their own only what the generator called so is renamed; what they say stays.
    """
    known = set(base.splitlines())
    gone = set(_WORD.findall(base)) - set(_WORD.findall(theirs))
    made = set(_WORD.findall(theirs))
    names = {word: new for word in gone if (new := _rename(word, entities)) in made}
    spans = _find_names(text, names)
    lines = []
    for row, line in enumerate(text.split("\n"), 1):
        if line.rstrip("\r") in known:
            lines.append(_rename(line, entities))
            continue
        for start in reversed(spans.get(row, ())):
            word = _WORD.match(line, start)
            if word is not None:
                line = line[:start] + names[word[0]] + line[word.end() :]
        lines.append(line)
    return "\n".join(lines)


def _find_names(text: str, wanted: Mapping[str, str]) -> dict[int, list[int]]:
    """Return row -> columns of some names in a module; none of what is no Python."""
    spans: dict[int, list[int]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and token.string in wanted:
                spans.setdefault(token.start[0], []).append(token.start[1])
    except (tokenize.TokenError, SyntaxError):
        return {}
    return spans
