"""Generated files that are called otherwise now: what people wrote follows to the new ones.

They are those of an entity that the spec says was renamed, and those of an operation or a flow with
another name, which are known by what is in them.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from devmatrix_guard.generator.entity_names import EntityNames, list_entity_names
from devmatrix_guard.generator.manifest_merge import has_marks
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.generator.regenerate.decide import Decision
from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts
from devmatrix_guard.generator.regenerate.python.renamed_definitions import ALIKE, measure_likeness
from devmatrix_guard.model.named_value import NamedValue

_WORD = re.compile(r"[A-Za-z_]\w*")


class RenamedEntity(NamedValue):
    """How generated code speaks of an entity before and after."""

    before: EntityNames
    after: EntityNames

    def write_new_names(self, text: str) -> str:
        """Return a generated text with the new names."""
        return self.after.expand(self.before.generalise(text))


class RenamedStem(NamedValue):
    """A file whose name, and with it what it defines, is another now."""

    before: str
    after: str

    def write_new_names(self, text: str) -> str:
        """Return a generated text with the new name."""
        return re.sub(rf"(?<![^\W_]){re.escape(self.before)}(?![^\W_])", lambda _: self.after, text)


class RenamedFile(NamedValue):
    """A generated file that people edited or deleted, and that is called otherwise now.

    Attributes:
        old: where it lies; `path` where it is generated now.
        base: its text as generated last, with the new names.
        ours: its text as people left it, with the new names; None where they deleted it.
        is_certain: whether the spec says so, and it is not what the files resemble.
    """

    old: str
    path: str
    base: str
    ours: str | None
    is_certain: bool = True


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
        if text is not None and (text.replace("\r\n", "\n") in texts or has_marks(text)):
            continue
        base = texts[0] if text is None else min(texts, key=lambda known: _count_own(text, known))
        names: Sequence[RenamedEntity | RenamedStem] = entities
        path = next((new for e in entities if (new := e.write_new_names(old)) in theirs), "")
        is_certain = bool(path)
        if not path and text is not None:
            others = {p: t for p, t in theirs.items() if all(p not in known for known in bases)}
            path, names = _find_like(old, base, others)
        if path:
            own = None if text is None else _rename_ours(text, base, theirs[path], names)
            found.append(RenamedFile(old, path, _rename(base, names), own, is_certain))
    return found


def _find_like(old: str, base: str, others: Mapping[str, str]) -> tuple[str, Sequence[RenamedStem]]:
    """Return the one new file beside an old one that is this one under another name, or ""."""
    found = {}
    for path, text in others.items():
        here, there = PurePosixPath(path), PurePosixPath(old)
        if here.suffix != there.suffix or here.parent != there.parent:
            continue
        stems = _pair_stems(old, path)
        found[path] = (measure_likeness(_rename(base, stems), text), stems)
    ranked = sorted(found, key=lambda path: -found[path][0])
    if not ranked or found[ranked[0]][0] < ALIKE:
        return "", ()
    if len(ranked) > 1 and found[ranked[1]][0] == found[ranked[0]][0]:
        return "", ()
    return ranked[0], found[ranked[0]][1]


def _pair_stems(old: str, new: str) -> Sequence[RenamedStem]:
    """Return the names of two files, and the same without what both begin with."""
    before, after = (PurePosixPath(path).stem.split("_") for path in (old, new))
    pairs = [RenamedStem("_".join(before), "_".join(after))]
    while len(before) > 1 and len(after) > 1 and before[0] == after[0]:
        del before[0], after[0]
        pairs.append(RenamedStem("_".join(before), "_".join(after)))
    return pairs


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
    if merged.conflicts and not file.is_certain:
        return  # both stay, and the report says that the old one is not generated any more
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


def _rename(text: str, names: Sequence[RenamedEntity | RenamedStem]) -> str:
    for name in names:
        text = name.write_new_names(text)
    return text


def _count_own(text: str, base: str) -> int:
    """Return how many lines of a text are not in a generated one."""
    known = set(base.splitlines())
    return sum(line not in known for line in text.splitlines())


def _rename_ours(
    text: str, base: str, theirs: str, renamed: Sequence[RenamedEntity | RenamedStem]
) -> str:
    """Return what people made of a generated text with the new names.

    In lines of their own only what the generator called so is renamed; what they say stays.
    """
    known = set(base.splitlines())
    gone = set(_WORD.findall(base)) - set(_WORD.findall(theirs))
    made = set(_WORD.findall(theirs))
    names = {word: new for word in gone if (new := _rename(word, renamed)) in made}
    spans = _find_names(text, names)
    lines = []
    for row, line in enumerate(text.split("\n"), 1):
        if line.rstrip("\r") in known:
            lines.append(_rename(line, renamed))
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
