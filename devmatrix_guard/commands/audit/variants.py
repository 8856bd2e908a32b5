"""`guard variants`: the unfixed siblings of a fix or of a rule, with a patch each.

a rule -> what it finds in the work tree -> its fixes
a commit -> the forms it teaches, and the text it changed -> the same elsewhere -> patches
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from devmatrix_guard.commands.check.results.patches import make_patch
from devmatrix_guard.commands.learn.fixes import MAX_BLOB, read_fix, read_pair
from devmatrix_guard.commands.learn.paths import is_excluded
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.rules.active_rules import read_rulebook, suggest_nearest
from devmatrix_guard.config import load_settings
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.fixing.fixes import apply_edits
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, read_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree, stream_commits
from devmatrix_guard.git.repository import Repository, find_repository, resolve_commit
from devmatrix_guard.globs import matches_rule_paths
from devmatrix_guard.mining.candidates.cluster import FixedSite, gather
from devmatrix_guard.mining.candidates.learned_rules import build_pattern, build_rule
from devmatrix_guard.mining.candidates.messages import join_lines
from devmatrix_guard.mining.candidates.proof import prove
from devmatrix_guard.mining.candidates.rank import Judged, represent
from devmatrix_guard.mining.edits.forms import find_anchors
from devmatrix_guard.mining.fixes.variants import Variant, apply_variants, find_variants
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.product_paths import is_product_path, is_test_path
from devmatrix_guard.mining.undo.edits import is_indexed
from devmatrix_guard.mining.undo.indexing import Renames
from devmatrix_guard.model.answers.sibling import Sibling, Siblings
from devmatrix_guard.model.diff import Commit, Hunk, Target
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.shares import weigh
from devmatrix_guard.model.rule import Rule
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.reports.views.siblings import write_sibling_lines, write_siblings_json

PATCH = "patch"
_MOST_FILES = 20_000
_MOST_CHANGED = 40  # a commit with more files fixes no one thing
# What matches more often is no lesson of one fix: the code simply is right there.
_MOST_PLACES = 20


class _File(NamedTuple):
    path: str
    content: bytes


def list_variants(start: Path, subject: str) -> Siblings:
    """Return the unfixed siblings in the work tree of a rule, by id, or else of a commit.

    Raises:
        UsageError: there is no such rule and no such commit.
        GuardError: there is no repository.
    """
    repo = find_repository(start)
    rules = read_rulebook(start).rules
    exclude = load_settings(start).exclude
    if subject in rules:
        return _list_of_rule(repo, rules[subject], exclude)
    commit = resolve_commit(repo, subject) if subject.strip() else None
    if commit is None:
        raise UsageError(
            f"`{subject}` is neither a rule nor a commit; {suggest_nearest(subject, rules)}"
        )
    return _list_of_commit(repo, commit, exclude)


def render_variants(found: Siblings, format_name: str, stream: TextIO) -> str:
    """Return siblings as text, JSON or one patch."""
    if format_name == PATCH:
        return os.fsdecode(found.patch)
    return render(View(format_name, stream), found, write_sibling_lines, write_siblings_json)


def _list_of_rule(repo: Repository, rule: Rule, exclude: Sequence[str]) -> Siblings:
    files = [file for file in _read_files(repo, exclude) if _is_of_rule(rule, file.path)]
    found, left_out = _find_by_rules(files, {rule.id: rule}, {})
    edits = {file.path: file.content for file in files}
    return _finish(rule.id, rule.message, found, (), edits, left_out)


def _is_of_rule(rule: Rule, path: str) -> bool:
    paths = rule.body.get("paths")
    include = paths.get("include") if isinstance(paths, Mapping) else None
    return not include or matches_rule_paths(path, include)


def read_texts(repo: Repository, exclude: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return path and text of the code of today."""
    files = _read_files(repo, exclude)
    return [(file.path, text) for file in files if (text := _decode(file.content)) is not None]


def list_text_variants(
    repo: Repository, commit_id: str, texts: Sequence[tuple[str, str]]
) -> list[Variant]:
    """Return the places of texts that look like what a commit fixed; none of a large commit."""
    with BlobReader(repo) as blobs:
        commit = next(iter(stream_commits(repo, limit=1, rev=commit_id)))
        if len(commit.changes) > _MOST_CHANGED:
            return []
        changed = list(_read_changes(commit, blobs))
    return [
        variant
        for path, old, hunks in changed
        for variant in find_variants(old, hunks, _leave_own(texts, path))
    ]


def _list_of_commit(repo: Repository, commit_id: str, exclude: Sequence[str]) -> Siblings:
    with BlobReader(repo) as blobs:
        commit = next(iter(stream_commits(repo, limit=1, rev=commit_id)))
        if len(commit.changes) > _MOST_CHANGED:
            raise UsageError(
                f"{commit_id[:10]} changed {len(commit.changes)} files: it fixes no one thing; "
                "name a smaller commit, or a rule."
            )
        files = list(_read_files(repo, exclude))
        rules = _make_rules(read_fix(commit, blobs, Renames(), redact).sites)
        changed = list(_read_changes(commit, blobs))
    whys = {name: f"matches `{_find_pattern(rule)}`" for name, rule in rules.items()}
    found, left_out = _find_by_rules(files, rules, whys)
    texts = [(file.path, text) for file in files if (text := _decode(file.content)) is not None]
    variants = [
        variant
        for path, old, hunks in changed
        for variant in find_variants(old, hunks, _leave_own(texts, path))
    ]
    contents = {file.path: file.content for file in files}
    title = f"{commit_id[:10]} {redact(commit.subject)}"
    return _finish(commit_id, title, found, _select(variants, contents), contents, left_out)


def _find_pattern(rule: Rule) -> str:
    """Return the first pattern of a rule, which is what it looks for."""
    items = [rule.body, *rule.body.get("patterns", ())]
    found = next((item["pattern"] for item in items if "pattern" in item), "")
    return join_lines(str(found))


def _leave_own(texts: Sequence[tuple[str, str]], path: str) -> Iterator[tuple[str, str]]:
    """Yield the files that a place of a fix may be like: tests for tests, code for code."""
    yield from ((name, text) for name, text in texts if is_test_path(name) == is_test_path(path))


def _read_changes(commit: Commit, blobs: BlobReader) -> Iterator[tuple[str, str, tuple[Hunk, ...]]]:
    """Yield path, old text and hunks of each text file that a commit modified."""
    for change in commit.changes:
        if not is_indexed(change.path):
            continue
        pair = read_pair(change, blobs)
        old = _decode(pair[0]) if pair else None
        if pair and old is not None:
            yield change.path, old, diff_lines(*pair)


def _decode(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _read_files(repo: Repository, exclude: Sequence[str]) -> Iterator[_File]:
    """Yield the code of today: what HEAD has, as it stands in the work tree."""
    count = 0
    for path, mode, _ in list_tree(repo, "HEAD"):
        if not mode.startswith("100") or not is_indexed(path) or is_excluded(path, exclude):
            continue
        if not is_product_path(path) and not is_test_path(path):
            continue
        try:
            content = read_file(repo.root, path, MAX_BLOB)
        except FileError:
            continue  # gone, a link out, or too large: nothing that a patch could change
        if b"\0" in content:
            continue
        yield _File(path, content)
        count += 1
        if count == _MOST_FILES:
            return


def _make_rules(sites: Sequence[FixedSite]) -> dict[str, Rule]:
    """Return the best form of each edit of a fix as a rule, as learning would write it."""
    judged = []
    for candidate in gather(sites):
        if not find_anchors(candidate.form.before):
            continue
        proven = prove(candidate)
        if proven is not None and proven.fix is not None:
            evidence = weigh(Evidence(commits=1, files=1, sites_fixed=len(proven.sites)))
            judged.append(Judged(proven, evidence, (), ()))
    rules = {}
    for one in represent(judged):
        body: dict[str, Any] = build_rule(one, build_pattern(one, {}), redact)
        name = body["id"]
        examples = one.proven.query
        rules[name] = Rule(
            name, body["message"], "INFO", "advise", None, ("python",), {**body, **examples}
        )
    return rules


def _find_by_rules(
    files: Sequence[_File], rules: Mapping[str, Rule], whys: Mapping[str, str]
) -> tuple[list[tuple[Sibling, Finding]], list[str]]:
    """Return what rules find, and which of them find too much to mean anything."""
    targets = [Target(file.path, file.content, None) for file in files if file.path.endswith(".py")]
    compiled = compile_rules(rules.values())
    report = check_targets(compiled, targets)
    contents = {file.path: file.content for file in files}
    left_out = [f"{name} needs semgrep: {why}" for name, why in compiled.refused.items()]
    found = []
    for name in rules:
        findings = [finding for finding in report.findings if finding.rule_id == name]
        if name in whys and len(findings) > _MOST_PLACES:
            left_out.append(f"what {whys[name]} stands in {len(findings)} places")
            continue
        for finding in findings:
            why = whys.get(name, f"found by {name}")
            found.append((_make_sibling(finding, contents[finding.path], why), finding))
    return found, left_out


def _make_sibling(finding: Finding, content: bytes, why: str) -> Sibling:
    patch, doubt = b"", "what to write instead differs from place to place"
    if finding.fix is not None:
        after = _apply(content, finding.fix.edits)
        patch = make_patch(finding.path, content, after) if after is not None else b""
        doubt = finding.fix.doubt.sentence if finding.fix.doubt else ""
    return Sibling(finding.path, finding.start_line, finding.code.strip(), why, patch, doubt)


def _apply(content: bytes, edits: Iterable[Any]) -> bytes | None:
    try:
        return apply_edits(content, edits)
    except UsageError:
        return None


def _select(
    variants: Sequence[Variant], contents: Mapping[str, bytes]
) -> list[tuple[Sibling, Variant]]:
    """Return the variants whose files still parse, each place once."""
    found: dict[tuple[str, int], tuple[Sibling, Variant]] = {}
    for variant in variants:
        content = contents[variant.path]
        text = apply_variants(content.decode("utf-8"), [variant])[0]
        after = text.encode("utf-8")
        if variant.path.endswith(".py") and parse_source(content) and not parse_source(after):
            continue
        names = ", ".join(f"{one} is {other} here" for one, other in variant.renamed)
        sibling = Sibling(
            variant.path,
            variant.start,
            "\n".join(line.strip() for line in variant.before),
            f"written like the fix{f': {names}' if names else ''}",
            make_patch(variant.path, content, after),
            "written by likeness of text",
        )
        found.setdefault((variant.path, variant.start), (sibling, variant))
    return list(found.values())


def _finish(
    subject: str,
    title: str,
    found: Sequence[tuple[Sibling, Finding]],
    variants: Sequence[tuple[Sibling, Variant]],
    contents: Mapping[str, bytes],
    left_out: Sequence[str],
) -> Siblings:
    """Return all siblings, and one patch of those that do not overlap; the proven go first."""
    taken = {
        (finding.path, line)
        for _, finding in found
        for line in range(finding.start_line, finding.end_line + 1)
    }
    others = [
        (sibling, variant)
        for sibling, variant in variants
        if not any(
            (variant.path, variant.start + n) in taken for n in range(max(variant.length, 1))
        )
    ]
    patches = []
    for path, content in sorted(contents.items()):
        edited = _merge(
            content,
            [f for _, f in found if f.path == path],
            [v for _, v in others if v.path == path],
        )
        if edited != content:
            patches.append(make_patch(path, content, edited))
    siblings = sorted([*(s for s, _ in found), *(s for s, _ in others)])
    return Siblings(subject, title, tuple(siblings), b"".join(patches), tuple(left_out))


def _merge(content: bytes, findings: Sequence[Finding], variants: Sequence[Variant]) -> bytes:
    """Return a file with the fixes that fit together; text first, whose places do not move."""
    if variants:
        # A fix by its edits stands at lines that text would move: both in one file take two runs.
        return apply_variants(content.decode("utf-8"), variants)[0].encode("utf-8")
    for finding in reversed(findings):
        if finding.fix is not None:
            content = _apply(content, finding.fix.edits) or content
    return content
