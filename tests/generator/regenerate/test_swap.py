from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.generator.manifest import PATH as MANIFEST
from devmatrix_guard.generator.regenerate.journal import UNDO, hash_content, order_paths
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.swap import interrupted_paths, recover, swap, undo
from tests.helpers import tree_bytes, write_tree

OLD = {"src/a.py": b"a = 1\n", "src/b.py": b"b = 1\r\n", "gone/only.txt": b"\xff"}
NEW: dict[str, bytes | None] = {
    "src/a.py": b"a = 2\n",
    "src/new/c.py": b"c = 1\n",
    "gone/only.txt": None,
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    write_tree(tmp_path, OLD)
    return tmp_path


def _files(root: Path) -> dict[str, bytes]:
    return {p: d for p, d in tree_bytes(root).items() if not p.startswith(".guard/")}


def test_all_files_are_as_asked_for(app: Path) -> None:
    swap(app, NEW)
    assert _files(app) == {
        "src/a.py": b"a = 2\n",
        "src/b.py": b"b = 1\r\n",
        "src/new/c.py": b"c = 1\n",
    }


def test_the_application_may_be_named_from_where_one_stands(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app.parent)
    swap(Path(app.name), {"new/folder/a.py": b"1\n"})
    assert (app / "new/folder/a.py").read_bytes() == b"1\n"
    assert not (app / app.name).exists()
    undo(Path(app.name))
    assert not (app / "new").exists()


def test_a_folder_that_became_empty_goes(app: Path) -> None:
    swap(app, NEW)
    assert not (app / "gone").exists()


def test_undo_brings_every_byte_back_and_undoing_that_goes_forward(app: Path) -> None:
    swap(app, NEW)
    after = _files(app)
    assert undo(app) == ["gone/only.txt", "src/a.py", "src/new/c.py"]
    assert _files(app) == OLD
    undo(app)
    assert _files(app) == after


def test_undo_refuses_where_a_file_was_edited_since(app: Path) -> None:
    swap(app, NEW)
    (app / "src/a.py").write_text("mine\n")
    with pytest.raises(UsageError, match=r"src/a.py changed since"):
        undo(app)
    assert (app / "src/a.py").read_text() == "mine\n"


def test_without_a_change_there_is_nothing_to_undo(app: Path) -> None:
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(app)


def test_files_keep_their_mode(app: Path) -> None:
    (app / "src/a.py").chmod(0o755)
    swap(app, NEW)
    assert (app / "src/a.py").stat().st_mode & 0o777 == 0o755


def test_what_lies_in_the_undo_folder_is_ignored_by_git(app: Path) -> None:
    swap(app, NEW)
    assert (app / UNDO / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", ["../out.txt", "link/out.txt", "link.txt", "src"])
def test_nothing_is_written_where_a_path_leads_elsewhere(app: Path, name: str) -> None:
    outside = app.parent / f"{app.name}-outside"
    outside.mkdir()
    (app / "link").symlink_to(outside)
    (app / "link.txt").symlink_to(outside / "file")
    before = _files(app)
    with pytest.raises(GenerationError, match="leads out of"):
        swap(app, {**NEW, name: b"x"})
    assert _files(app) == before
    assert not any(outside.iterdir())


def test_a_file_in_the_way_of_a_folder_is_seen_before_anything_is_written(app: Path) -> None:
    (app / "src/new").write_text("in the way")
    with pytest.raises(GenerationError, match=r"src/new is in the way"):
        swap(app, NEW)
    assert _files(app) == {**OLD, "src/new": b"in the way"}


@pytest.mark.parametrize("step", [1, 2])
def test_a_change_that_failed_half_way_is_finished_later(
    app: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    moved = 0
    replace = Path.replace

    def full_disk(path: Path, target: Path) -> Path:
        nonlocal moved
        moved += "new" in path.parts
        if moved == step and "new" in path.parts:
            raise OSError(28, "No space left on device", str(target))
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full_disk)
        with pytest.raises(GenerationError, match="half done"):
            swap(app, NEW)
    assert recover(app)
    assert _files(app)["src/new/c.py"] == b"c = 1\n"
    assert _files(app)["src/a.py"] == b"a = 2\n"
    assert not recover(app)


def test_a_second_command_at_the_same_time_is_refused(app: Path) -> None:
    holder = [sys.executable, "-c", _HOLDER, str(app)]
    with subprocess.Popen(holder, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(GenerationError, match="another command"), lock(app):
            pass
        process.stdin.close()
    with lock(app):
        swap(app, NEW)


_HOLDER = """
import sys
from pathlib import Path
from devmatrix_guard.generator.regenerate.lock import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


_CHANGER = """
import sys
from pathlib import Path
from devmatrix_guard.generator.regenerate.swap import swap
root = Path(sys.argv[1])
contents = {f"src/{n % 7}/{n}.py": f"new {n}\\n".encode() for n in range(150)}
print("ready", flush=True)
swap(root, contents)
"""


@pytest.mark.parametrize("seed", range(12))
def test_a_kill_leaves_the_old_or_what_recovers_to_the_new(tmp_path: Path, seed: int) -> None:
    old = {f"src/{n % 7}/{n}.py": f"old {n}\n".encode() for n in range(150)}
    new = {path: data.replace(b"old", b"new") for path, data in old.items()}
    write_tree(tmp_path, old)
    process = subprocess.Popen(
        [sys.executable, "-c", _CHANGER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0, 0.04))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    recover(tmp_path)
    assert _files(tmp_path) in (old, new)
    swap(tmp_path, dict(new))  # nothing is left behind that would be in the way
    assert _files(tmp_path) == new


@pytest.mark.parametrize(
    "path",
    ["../out.txt", "/etc/out.txt", "link/out.txt", ".git/config", ".guard/undo/x", "a//b", ""],
)
def test_a_journal_that_leads_elsewhere_is_refused(app: Path, path: str) -> None:
    outside = app.parent / f"{app.name}-outside"
    outside.mkdir()
    (app / "link").symlink_to(outside)
    plant_journal(app, path, b"x")
    for act in (recover, undo, interrupted_paths, lambda root: swap(root, NEW)):
        with pytest.raises(UsageError, match="cannot be read"):
            act(app)
    assert not any(outside.iterdir())


def test_an_interrupted_change_is_only_finished_where_nothing_else_changed(app: Path) -> None:
    plant_journal(app, "src/a.py", b"planted")
    assert interrupted_paths(app) == ["src/a.py"]
    assert _files(app)["src/a.py"] == OLD["src/a.py"]
    (app / "src/a.py").write_text("mine\n")
    with pytest.raises(UsageError, match=r"src/a.py was changed after"):
        recover(app)
    assert (app / "src/a.py").read_text() == "mine\n"


def test_what_was_laid_out_must_be_what_the_journal_says(app: Path) -> None:
    plant_journal(app, "src/a.py", b"planted")
    (app / UNDO / "new" / "0").write_bytes(b"other")
    with pytest.raises(UsageError, match="was changed; remove"):
        recover(app)
    assert _files(app)["src/a.py"] == OLD["src/a.py"]


def test_an_interrupted_change_is_carried_on_by_no_other(app: Path) -> None:
    plant_journal(app, "src/a.py", b"planted")
    with pytest.raises(UsageError, match="was interrupted"):
        swap(app, NEW)
    assert _files(app) == OLD


def test_an_interrupted_change_can_be_taken_back(app: Path) -> None:
    half_done(app)
    assert undo(app) == ["src/a.py"]
    assert _files(app) == OLD
    assert interrupted_paths(app) == []


def half_done(app: Path) -> None:
    """Leave what a kill leaves after the first of two files."""
    contents = {"src/a.py": b"a = 2\n", "src/b.py": b"b = 2\n"}
    steps = [[p, hash_content(OLD[p]), hash_content(new)] for p, new in contents.items()]
    laid_out = {f"{UNDO}/new/{n}": new for n, new in enumerate(contents.values())}
    laid_out |= {f"{UNDO}/old/{n}": OLD[path] for n, path in enumerate(contents)}
    journal = {"format": 1, "state": "pending", "steps": steps}
    write_tree(app, {f"{UNDO}/journal.json": json.dumps(journal), **laid_out})
    (app / UNDO / "new/0").replace(app / "src/a.py")


@pytest.mark.parametrize("path", ["src/a.py", "src/b.py"])
def test_what_people_write_after_a_kill_is_neither_carried_over_nor_taken_back(
    app: Path, path: str
) -> None:
    half_done(app)
    (app / path).write_text("mine\n")
    before = _files(app)
    for act in (recover, undo):
        with pytest.raises(UsageError, match=f"{path} was changed after"):
            act(app)
        assert _files(app) == before


def test_a_file_saved_in_the_midst_of_a_change_stops_it_and_the_rest_is_put_back(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person saves one file while those before it are being replaced."""
    replace = Path.replace

    def save_meanwhile(path: Path, target: Path) -> Path:
        done = replace(path, target)
        if target == app / "src/a.py":
            (app / "src/b.py").write_text("mine\n")
        return done

    contents = {**NEW, "src/b.py": b"b = 2\n"}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", save_meanwhile)
        with pytest.raises(UsageError, match=r"src/b.py was changed meanwhile and nothing"):
            swap(app, contents)
    assert _files(app) == {**OLD, "src/b.py": b"mine\n"}
    swap(app, {"src/a.py": b"a = 3\n"})


def test_what_git_puts_back_in_the_midst_of_a_change_stops_it(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset or a stash gives files that were replaced what they held before."""
    replace = Path.replace

    def reset_meanwhile(path: Path, target: Path) -> Path:
        done = replace(path, target)
        if target == app / "src/b.py":
            (app / "src/a.py").write_bytes(OLD["src/a.py"])
        return done

    contents = {**NEW, "src/b.py": b"b = 2\n", MANIFEST: b"{}"}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", reset_meanwhile)
        with pytest.raises(UsageError, match=r"src/a.py was changed meanwhile and nothing"):
            swap(app, contents)
    assert _files(app) == OLD


def test_what_failed_leaves_what_undo_goes_back_to(app: Path) -> None:
    swap(app, NEW)
    with pytest.raises(UsageError, match="changed meanwhile"):
        swap(app, {"src/a.py": b"a = 3\n"}, {"src/a.py": b"something else"})
    undo(app)
    assert _files(app) == OLD


def test_the_manifest_comes_after_what_it_describes_and_what_it_leaves_goes_last() -> None:
    contents = {
        ".guard/base/new": b"",
        ".guard/base/old": None,
        MANIFEST: b"",
        "src/new.py": b"",
        "src/old.py": None,
    }
    assert order_paths(contents) == [
        ".guard/base/new", "src/new.py", "src/old.py", MANIFEST, ".guard/base/old"
    ]  # fmt: skip


def test_a_change_whose_manifest_is_written_is_over(app: Path) -> None:
    """What people write from then on is theirs, and stands in nobody's way."""
    contents = {MANIFEST: b"new", "src/a.py": b"a = 2\n", ".guard/base/x": None}
    write_tree(app, {MANIFEST: b"old", ".guard/base/x": b"x"})
    swap(app, contents)
    pending = (app / UNDO / "journal.json").read_text().replace("done", "pending")
    (app / UNDO / "journal.json").write_text(pending)
    (app / "src/a.py").write_text("mine\n")
    assert interrupted_paths(app) == []
    swap(app, {"src/b.py": b"b = 2\n"})
    assert _files(app)["src/a.py"] == b"mine\n"


def plant_journal(app: Path, path: str, content: bytes) -> None:
    """Lay out a change as a kill would leave it, or a clone bring it."""
    old = OLD.get(path)
    old_sha = hashlib.sha256(old).hexdigest() if old is not None else None
    steps = [[path, old_sha, hashlib.sha256(content).hexdigest()]]
    journal = {"format": 1, "state": "pending", "steps": steps}
    write_tree(app, {f"{UNDO}/journal.json": json.dumps(journal), f"{UNDO}/new/0": content})


def test_a_file_that_was_edited_while_its_new_content_was_made_is_left(app: Path) -> None:
    """Verifying what was merged takes minutes, in which people go on editing."""
    held = {path: (app / path).read_bytes() if (app / path).exists() else None for path in NEW}
    path = next(path for path in NEW if held[path] is not None)
    (app / path).write_bytes(b"edited meanwhile")
    before = _files(app)
    with pytest.raises(UsageError, match="changed meanwhile and nothing was written"):
        swap(app, NEW, held)
    assert _files(app) == before
    held[path] = b"edited meanwhile"
    swap(app, NEW, held)
    assert (app / path).exists() == (NEW[path] is not None)
