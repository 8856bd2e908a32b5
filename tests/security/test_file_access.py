"""Files are read and written by `files.py`; what opens one otherwise is listed here, with a reason.

What lies in a work tree belongs to somebody else: a link out, a pipe, a terabyte. A new way to open
a file fails here until it goes through `files.py`, or has a reason why nobody else can plant what
it opens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "devmatrix_guard"
_CALLS = """
open read_bytes read_text write_bytes write_text fdopen mkdir makedirs unlink rmdir removedirs touch
chmod symlink symlink_to hardlink_to link iterdir glob rglob scandir listdir rmtree move copytree
copyfile copyfileobj copy2 mkdtemp mkstemp TemporaryDirectory NamedTemporaryFile TemporaryFile
mkfifo mknod truncate
"""
ATTRIBUTES = frozenset(_CALLS.split())
MOVES = frozenset({"replace", "rename", "renames"})  # with one value it is no text's `replace`
OWN = "a folder that was made under a name nobody else chooses"
GIT = "git's own folder, which no commit can fill"
PACKAGED = "what comes with the package"
CHECKED = "a place that `files.py` has checked"

ALLOWED: dict[str, tuple[str, str]] = {
    "files.py": ("*", "the one way itself"),
    "file_listing.py": ("*", "the part of the one way that enters and lists folders"),
    "file_folders.py": ("*", "the part of the one way that works within a folder"),
    "file_lock.py": ("open", "locks, which are never read: a checked place, or a folder"),
    "engine/worker.py": ("fdopen", "pipes of our own"),
    "error_handling.py": ("open", "the standard streams and the null device"),
    "cli/agents/lsp.py": ("fdopen", "the standard streams"),
    "mcp/streams.py": ("fdopen open", "the standard streams and the null device"),
    "commands/agents/told.py": ("makedirs", GIT),
    "commands/application/adopt.py": ("TemporaryDirectory", OWN),
    "commands/application/regeneration/trial.py": ("TemporaryDirectory copytree copy2", OWN),
    "commands/application/runs.py": ("mkdir", "the folder the user names"),
    "commands/application/verify.py": ("TemporaryDirectory", OWN),
    "commands/build/deploy.py": ("TemporaryDirectory write_text", OWN),
    "commands/build/environment.py": ("rmtree", "the folder the user names"),
    "commands/check/change/undo_detector.py": ("read_text", GIT),
    "commands/check/warn_once.py": ("mkdir", GIT),
    "commands/learn/results/folders.py": ("mkdir TemporaryFile", CHECKED),
    "commands/learn/first_use.py": ("mkdir open unlink", GIT),
    "commands/learn/fix_memory.py": ("mkdir", GIT),
    "commands/learn/fixes_only.py": ("mkdir unlink", GIT),
    "commands/learn/results/overlap.py": ("TemporaryDirectory", OWN),
    "commands/loop/suggest.py": ("TemporaryDirectory write_text", OWN),
    "commands/promotion/trials.py": ("TemporaryDirectory read_bytes", OWN),
    "commands/project_memory.py": ("mkdir", GIT),
    "commands/setup/deep.py": ("TemporaryDirectory", OWN),
    "commands/service/keys.py": ("mkdir", GIT),
    "commands/setup/setup_edits.py": ("mkdir unlink iterdir rmdir", GIT + ", and empty folders"),
    "commands/setup/setup_texts.py": ("iterdir read_text", PACKAGED),
    "commands/setup/source.py": ("read_text", PACKAGED),
    "engine/rules/cache.py": ("makedirs scandir unlink", GIT),
    "engine/semgrep/process.py": ("mkdir", GIT),
    "engine/semgrep/tier.py": ("mkdtemp mkdir write_bytes write_text touch rmtree", OWN),
    "generator/bank/packaged.py": ("read_bytes read_text", PACKAGED),
    "generator/emit/models/expressions.py": ("write_text", "its own: an expression's text"),
    "generator/emit/services/asked.py": ("write_text", "its own: an expression's text"),
    "generator/emit/services/workflows.py": ("write_text", "its own: an expression's text"),
    "generator/regenerate/swap.py": ("mkdir rmtree replace rmdir iterdir", CHECKED),
    "generator/write.py": ("mkdir iterdir rmdir replace rmtree", "the folder the user names"),
    "git/attributes.py": ("TemporaryDirectory mkdir write_text", OWN),
    "git/blobs.py": ("open fdopen", "the null device, and pipes of our own"),
    "git/changes.py": ("read_text", GIT),
    "git/index.py": ("read_bytes", GIT),
    "git/loose.py": ("open", GIT),
    "git/process.py": ("open", "the null device"),
    "git/repository.py": ("read_text", GIT),
    "llm/endpoint.py": ("open", "the address the user names, of http or https"),
    "memory/connect.py": ("replace", CHECKED),
    "memory/consent.py": ("mkdir", "the user's configuration"),
    "memory/sql/migrations.py": ("glob read_text", PACKAGED),
    "memory/sqlite/migrate.py": ("read_text", PACKAGED),
    "memory/sqlite/ann.py": ("mkdir", "the user's own cache"),
    "memory/sqlite/database.py": ("mkdir", CHECKED),
    "server/page/assets.py": ("iterdir read_bytes", PACKAGED),
    "verify/checks.py": ("open read_text TemporaryFile", OWN),
    "verify/forking.py": ("scandir", "names in the folder of an application that runs"),
}


def _find_uses(tree: ast.AST) -> Iterator[str]:
    """Yield the name of each call that opens, lists, makes, moves or removes a file."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"open", "rmtree", "copytree"}:
            yield node.func.id
        elif isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in ATTRIBUTES or (name in MOVES and _moves_a_file(node, node.func.value)):
                yield name


def _moves_a_file(node: ast.Call, owner: ast.expr) -> bool:
    is_os = isinstance(owner, ast.Name) and owner.id == "os"
    return is_os or (len(node.args) == 1 and not node.keywords)


def _used() -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        found = set(_find_uses(ast.parse(path.read_bytes())))
        if found:
            used[path.relative_to(PACKAGE).as_posix()] = found
    return used


def test_files_are_opened_in_one_place() -> None:
    assert {
        module: sorted(rest)
        for module, names in _used().items()
        if (allowed := ALLOWED.get(module, ("", ""))[0]) != "*"
        and (rest := names - set(allowed.split()))
    } == {}


def test_every_exception_is_still_needed() -> None:
    used = _used()
    assert {
        module: sorted(rest)
        for module, (names, _) in ALLOWED.items()
        if names != "*" and (rest := set(names.split()) - used.get(module, set()))
    } == {}


def test_every_kind_of_use_is_seen() -> None:
    source = (
        "open('a'); path.open(); path.read_text(); os.open('a', 0); shutil.rmtree('a'); "
        "os.replace('a', 'b'); path.rename(other); path.glob('*'); text.replace('a', 'b'); "
        "value._replace(a=1); moment.replace(tzinfo=UTC)"
    )
    assert sorted(_find_uses(ast.parse(source))) == sorted(
        ["open", "open", "read_text", "open", "rmtree", "replace", "rename", "glob"]
    )
