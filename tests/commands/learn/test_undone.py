"""`check`, `try` and `report` name the same undone fixes of the same range."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from devmatrix_guard.commands.check.arguments.request import RANGE, WORKTREE, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.learn.preview import try_out
from devmatrix_guard.commands.memory.report import run_report
from tests.helpers import commit, git, make_repo
from tests.helpers_fork import run_guard

# All of them are tried with `--hypothesis-profile long`, as properties are on more examples.
SEEDS = range(min(8, settings().max_examples // 5))
START = datetime.fromtimestamp(1_700_000_000, UTC)
Undone = set[tuple[str, int, str]]


def by_try(repo: Path, newest: int) -> Undone:
    undone = try_out(repo, limit=newest).undone
    return {(one.path, one.line, one.fix.commit) for one in undone if one.stands}


def by_check(repo: Path, newest: int, rules_from: str = "") -> Undone:
    text = f"HEAD~{newest}...HEAD"
    request = CheckRequest(scope=RANGE, range_text=text, rules_from=rules_from)
    found = examine_request(request, repo).findings
    return {
        (f.path, f.start_line, f.sources[0].commit) for f in found if f.rule_id == "undo-of-fix"
    }


def by_report(repo: Path, since: datetime) -> Undone:
    found = run_report(repo, since, START + timedelta(days=900)).findings
    return {
        (f.path, f.start_line, f.sources[0].commit) for f in found if f.rule_id == "undo-of-fix"
    }


def body(name: str, *, fixed: bool, extra: int = 0) -> str:
    call = f"open({name}, encoding='utf-8')" if fixed else f"open({name})"
    more = "".join(f"    also_{n} = {name} + str({n})\n" for n in range(extra))
    return f"def load_{name}({name}):\n{more}    handle = {call}\n    return handle.read()\n\n\n"


class History:
    """A repository that grows by random steps, one a day."""

    NAMES = ("alpha", "beta", "gamma")

    def __init__(self, root: Path, seed: int) -> None:
        self.repo = make_repo(root)
        self.random = random.Random(seed)
        self.day = 0
        self.state = {(path, name): (False, 0) for path in ("a.py", "b.ts") for name in self.NAMES}
        self.moved: dict[str, str] = {}
        self.save("Start")

    def save(self, message: str) -> None:
        files: dict[str, str] = {}
        for (path, name), (fixed, extra) in self.state.items():
            path = self.moved.get(path, path)
            files[path] = files.get(path, "") + body(name, fixed=fixed, extra=extra)
        gone = {path: None for path in self.moved if (self.repo / path).exists()}
        commit(self.repo, {**files, **gone}, message, day=self.day)
        self.day += 1

    def step(self) -> None:
        key = self.random.choice(sorted(self.state))
        fixed, extra = self.state[key]
        act = self.random.choice(("fix", "undo", "undo", "revert", "grow", "move", "other"))
        if act == "fix":
            self.state[key] = True, extra
            self.save(f"Fix crash of {key[1]} (#{self.day})")
        elif act in ("undo", "revert"):
            self.state[key] = False, extra
            self.save(f"Simplify {key[1]}" if act == "undo" else f"Revert {key[1]}")
        elif act == "grow":
            self.state[key] = fixed, extra + 1
            self.save(f"Extend {key[1]}")
        elif act == "move":
            self.moved[key[0]] = "moved_" + key[0]
            self.save(f"Move {key[0]}")
        else:
            commit(self.repo, {"notes.txt": f"{self.day}\n"}, "Note", day=self.day)
            self.day += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_random_histories_get_one_answer(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path / "repo", seed)
    for _ in range(14):
        history.step()
    repo = history.repo
    for newest in (3, 8, 14):
        expected = by_try(repo, newest)
        assert by_check(repo, newest) == expected
        assert by_check(repo, newest, WORKTREE) == expected
        first = START + timedelta(days=history.day - newest, hours=-12)
        assert by_report(repo, first) == expected
    learned = run_guard(repo, "learn")
    assert learned.returncode == 0
    assert by_check(repo, 14) == by_try(repo, 14)


def test_the_random_histories_undo_something(tmp_path: Path) -> None:
    counts = []
    for seed in range(8):
        history = History(tmp_path / str(seed), seed)
        for _ in range(14):
            history.step()
        counts.append(len(by_try(history.repo, 14)))
    assert sum(counts) >= 4


BEFORE, AFTER = body("path", fixed=False), body("path", fixed=True)


def test_a_fix_made_and_undone_within_the_range_is_named(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"load.py": BEFORE})
    fix = commit(repo, {"load.py": AFTER}, "Fix crash on non-ASCII files", day=2)
    commit(repo, {"load.py": BEFORE}, "Simplify", day=4)
    expected = {("load.py", 2, fix)}
    assert by_try(repo, 2) == by_check(repo, 2) == expected
    assert by_report(repo, START + timedelta(days=1)) == expected
    assert by_report(repo, START - timedelta(days=9)) == expected  # with the very first commit


def undo_in_two_commits(repo: Path) -> None:
    half = AFTER.replace(", encoding='utf-8'", ", None")
    commit(repo, {"load.py": half}, "Prepare", day=4)
    commit(repo, {"load.py": BEFORE}, "Simplify", day=5)


def undo_in_a_large_commit(repo: Path) -> None:
    others = {f"m{n}.py": f"x = {n}\n" for n in range(30)}
    commit(repo, {"load.py": BEFORE, **others}, "Simplify all", day=4)


@pytest.mark.parametrize("undo", [undo_in_two_commits, undo_in_a_large_commit])
def test_what_the_whole_range_undoes_is_named(tmp_path: Path, undo: Callable[[Path], None]) -> None:
    repo = make_repo(tmp_path / "repo", {"load.py": BEFORE})
    fix = commit(repo, {"load.py": AFTER}, "Fix crash on non-ASCII files", day=2)
    base = git(repo, "rev-parse", "HEAD").strip()
    undo(repo)
    newest = int(git(repo, "rev-list", "--count", f"{base}..HEAD"))
    assert by_try(repo, newest) == by_check(repo, newest) == {("load.py", 2, fix)}
    assert by_report(repo, START + timedelta(days=3)) == {("load.py", 2, fix)}


def test_what_is_mended_again_or_announced_is_left_out(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"load.py": BEFORE})
    commit(repo, {"load.py": AFTER}, "Fix crash on non-ASCII files", day=2)
    commit(repo, {"load.py": BEFORE}, "Simplify", day=3)
    commit(repo, {"load.py": AFTER}, "Fix crash again", day=4)
    assert by_try(repo, 3) == by_check(repo, 3) == by_check(repo, 2) == set()
    commit(repo, {"load.py": BEFORE}, "Revert the encoding", day=5)
    assert by_try(repo, 4) == by_check(repo, 4) == by_check(repo, 1) == set()


def test_excluded_files_and_comments_count_in_a_range_that_leaves_a_file_as_it_was(
    tmp_path: Path,
) -> None:
    said = BEFORE.replace("    handle", "    # guard: ignore[undo-of-fix] reason=x\n    handle", 1)
    repo = make_repo(tmp_path / "repo", {"load.py": said, "vendor/v.py": BEFORE})
    for text in (AFTER, said):
        commit(
            repo, {"load.py": text, "vendor/v.py": text}, "Fix" if text == AFTER else "Go", day=1
        )
    assert {path for path, *_ in by_check(repo, 2)} == set()
    settings = "exclude = ['vendor']\n"
    other = make_repo(tmp_path / "other", {"guard.toml": settings, "vendor/v.py": BEFORE})
    for text in (AFTER, BEFORE):
        commit(other, {"vendor/v.py": text}, "Fix" if text == AFTER else "Go", day=1)
    assert by_check(other, 2) == by_try(other, 2) == set()


def test_the_same_edit_at_another_place_is_another_fix(tmp_path: Path) -> None:
    """One of two was taken for the other, picked twice, and nobody saw it undone."""
    old = "def one(p):\n    return open(p)\n\n\ndef two(p):\n    return open(p)\n"
    first = old.replace("open(p)", "open(p, encoding='utf-8')", 1)
    repo = make_repo(tmp_path / "repo", {"a.py": old})
    commit(repo, {"a.py": first}, "Fix reading of one (#1)", day=2)
    commit(
        repo, {"a.py": old.replace("open(p)", "open(p, encoding='utf-8')")}, "Fix two (#2)", day=3
    )
    report = learn(repo)
    assert (report.fixes, report.duplicates) == (2, 0)
    both = (repo / "a.py").read_text()
    for name, undone in (("two", first), ("one", first[: first.index("def two")])):
        text = undone if name == "two" else both.replace(undone, old[: old.index("def two")])
        git(repo, "checkout", "-q", ".")
        (repo / "a.py").write_text(text)
        git(repo, "add", "-A")
        found = examine_request(CheckRequest(), repo).findings
        assert [f.rule_id for f in found] == ["undo-of-fix"], name
        git(repo, "reset", "-q", "--hard")


HALF = AFTER.replace(", encoding='utf-8'", ", None")


@pytest.mark.parametrize(
    "texts",
    [(BEFORE, AFTER, BEFORE), (BEFORE, HALF, AFTER, BEFORE), (BEFORE, AFTER, HALF, BEFORE)],
    ids=["at once", "mended in two commits", "undone in two commits"],
)
@pytest.mark.parametrize("subject", ["Fix it again", "Open as UTF-8"])
def test_what_is_undone_mended_and_undone_again_is_named(
    tmp_path: Path, texts: tuple[str, ...], subject: str
) -> None:
    repo = make_repo(tmp_path / "repo", {"load.py": BEFORE})
    fix = commit(repo, {"load.py": AFTER}, "Fix crash on non-ASCII files", day=2)
    for day, text in enumerate(texts, 3):
        commit(repo, {"load.py": text}, subject if text == AFTER else f"Step {day}", day=day)
    for newest in (len(texts), len(texts) + (texts[-2] == AFTER)):
        assert ("load.py", 2, fix) in by_try(repo, newest)
        found = examine_request(
            CheckRequest(scope=RANGE, range_text=f"HEAD~{newest}...HEAD"), repo
        ).findings
        assert fix in {source.commit for one in found for source in one.sources}


@pytest.mark.parametrize("path", ["load.py", "files/loading.py"])
def test_an_undone_fix_is_named_where_its_function_moves_and_takes_other_names(
    tmp_path: Path, path: str
) -> None:
    others = "".join(
        f"def other_{n}(a):\n    total = a * {n}\n    return total\n\n\n" for n in range(8)
    )
    repo = make_repo(tmp_path / "repo", {"load.py": BEFORE + others})
    fix = commit(repo, {"load.py": AFTER + others}, "Fix crash on non-ASCII files", day=2)
    moved = (
        body("where", fixed=False).replace("load_where", "read_file").replace("handle", "stream")
    )
    commit(repo, {"load.py": None, path: others + moved}, "Rearrange", day=3)
    assert {commit for _, _, commit in by_try(repo, 2)} == {fix}
    assert {commit for _, _, commit in by_check(repo, 1)} == {fix}
