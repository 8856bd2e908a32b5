"""Plans what `guard init` adds to a repository; nothing is written before the plan is accepted."""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.rules.yaml_edit import insert_entry
from devmatrix_guard.commands.setup.agent_setup import plan_agents
from devmatrix_guard.commands.setup.setup_edits import (
    GIT_CONFIG,
    SetupEdit,
    edit_diff,
    locate_file,
    read_text,
)
from devmatrix_guard.commands.setup.setup_texts import (
    HOOK_COMMAND,
    HOOK_IDS,
    HUSKY_LINE,
    IGNORED,
    LEFTHOOK_ENTRY,
    LEFTHOOK_KEYS,
    MERGE_DRIVER,
    WORKFLOW_PATH,
    make_hook_entry,
    read_native_hooks,
    render_prek_entry,
    render_workflow,
)
from devmatrix_guard.commands.setup.source import PACKAGE, find_source, is_installed_from_folder
from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.manifest import PATH as MANIFEST
from devmatrix_guard.git.process import GitProcess, read_git_output, restrict_environment, run_git
from devmatrix_guard.git.repository import Repository, find_repository

# The first that is there gets the hook: a more particular manager before a more general one.
_MANAGERS = {
    "prek": ("prek.toml", ".prek.toml"),
    "pre-commit": (".pre-commit-config.yaml", ".pre-commit-config.yml"),
    "lefthook": ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"),
    "husky": (".husky/pre-commit",),
}


class InitOptions(NamedTuple):
    """What the user asked for: native git hooks, a workflow, and which guard a team runs.

    `source` is the address guard is pinned from, `local` the guard that each of them has installed.
    `agents` asks for the hooks of the coding agents in use, `named_agents` for those of some.
    """

    native: bool = False
    ci: bool = False
    source: str | None = None
    local: bool = False
    agents: bool = False
    named_agents: tuple[str, ...] = ()


class InitPlan(NamedTuple):
    """What was found, what will be edited with its diffs, and what the user does next."""

    root: Path
    found: tuple[str, ...]
    edits: tuple[SetupEdit, ...]
    diffs: tuple[str, ...]
    next_steps: tuple[str, ...]


def plan_init(start: Path, options: InitOptions) -> InitPlan:
    """Look at the repository around `start` and return what init would do there.

    Raises:
        GitError: there is no repository with a work tree.
        UsageError: a file is written in a way that cannot be added to; the entry is shown.
    """
    repository = find_repository(start)
    if repository.is_bare:
        raise UsageError("This repository is bare; run `guard init` in a work tree.")
    root = repository.root
    if not options.local and options.source is None:
        options = options._replace(source=find_source())
    manager, config = find_manager(root)
    edits = (
        [*_plan_native_edits(root)]
        if options.native or (not manager and _has_native_hooks(root))
        else [*_plan_hook_edits(root, options, manager, config)]
    )
    edits += [*_ignore_edits(root), *_plan_merge_driver(root)]
    if options.ci and not (root / WORKFLOW_PATH).exists():
        edits.append(SetupEdit(WORKFLOW_PATH, 0, "", render_workflow(options.source), created=True))
    found = [*_describe_repository(repository, manager, config)]
    if options.agents or options.named_agents:
        planned = plan_agents(root, options.named_agents, os.environ)
        edits += planned.edits
        found.append(f"coding agents: {', '.join(planned.agents)}")
    return InitPlan(
        root=root,
        found=tuple(found),
        edits=tuple(edits),
        diffs=tuple(edit_diff(root, edit) for edit in edits),
        next_steps=(*_list_next_steps(root, options, manager, edits),),
    )


def find_manager(root: Path) -> tuple[str, str]:
    """Return the hook manager in use and its file; pre-commit's is proposed where there is none."""
    for manager, names in _MANAGERS.items():
        for name in names:
            if (root / name).is_file():
                return manager, name
    if (root / ".husky").is_dir():
        return "husky", ".husky/pre-commit"
    return "", ".pre-commit-config.yaml"


def read_hooks_path(root: Path) -> str:
    """Return what `core.hooksPath` is set to, empty where it is not."""
    _, answer, _ = run_git(root, "config", "--get", "core.hooksPath")
    return os.fsdecode(answer).strip()


def guard_entries(config: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the (repository, hook) entries of a pre-commit or prek configuration that are ours."""
    repos = config.get("repos") if isinstance(config, dict) else None
    for repo in repos if isinstance(repos, list) else []:
        for hook in repo.get("hooks") or [] if isinstance(repo, dict) else []:
            if hook.get("id") in HOOK_IDS:
                yield repo, hook


def _plan_hook_edits(
    root: Path, options: InitOptions, manager: str, config: str
) -> Iterator[SetupEdit]:
    file = root / config
    if not file.exists():
        text = _render_new_file(manager, options)
        yield SetupEdit(config, 0, "", text, created=True, executable=manager == "husky")
        return
    text = read_text(root, config)
    if manager == "husky":
        if HOOK_COMMAND not in text:
            yield _append_text(config, text, HUSKY_LINE)
    elif manager == "lefthook":
        if HOOK_COMMAND not in text:
            yield _plan_yaml_edit(config, text, LEFTHOOK_KEYS, LEFTHOOK_ENTRY)
    elif manager == "prek":
        yield from _plan_prek_edit(config, text, options)
    else:
        yield from _plan_pre_commit_edit(config, text, options)


def _render_new_file(manager: str, options: InitOptions) -> str:
    import yaml

    if manager == "husky":
        return HUSKY_LINE
    return yaml.safe_dump(
        {"repos": [make_hook_entry(options.source, local=options.local)]}, sort_keys=False
    )


def _plan_pre_commit_edit(config: str, text: str, options: InitOptions) -> Iterator[SetupEdit]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{config} is not valid YAML; correct it first: {error}") from error
    if not any(guard_entries(data)):
        yield _plan_yaml_edit(
            config, text, ("repos",), [make_hook_entry(options.source, local=options.local)]
        )


def _plan_prek_edit(config: str, text: str, options: InitOptions) -> Iterator[SetupEdit]:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{config} is not valid TOML; correct it first: {error}.") from error
    if any(guard_entries(data)):
        return
    entry = render_prek_entry(options.source, local=options.local)
    edit = _append_text(config, text, f"\n{entry}")
    try:
        tomllib.loads(text + edit.inserted)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(
            f"{config} keeps its repos in one list; add this entry by hand:\n{entry}"
        ) from error
    yield edit


def _plan_yaml_edit(config: str, text: str, keys: tuple[str, ...], addition: Any) -> SetupEdit:
    import yaml

    try:
        insertion = insert_entry(text, keys, addition)
    except UsageError as error:
        shown = yaml.safe_dump(addition, sort_keys=False)
        place = ".".join(keys)
        raise UsageError(f"{config}: {error} Add this to {place} by hand:\n{shown}") from error
    return SetupEdit(config, *insertion)


def _plan_native_edits(root: Path) -> Iterator[SetupEdit]:
    for name, script in read_native_hooks():
        path = f"git:hooks/{name}"
        file = locate_file(root, path)
        if not file.exists():
            yield SetupEdit(path, 0, "", script, created=True, executable=True)
        elif not any(word in read_text(root, path) for word in (HOOK_COMMAND, "guard ")):
            raise UsageError(
                f"{file} is there already and is not guard's; call `{HOOK_COMMAND}` from it, or "
                "leave out --native."
            )


def _has_native_hooks(root: Path) -> bool:
    """Tell whether guard's own hooks run here already; a manager would run it a second time."""
    return any(
        HOOK_COMMAND in read_text(root, f"git:hooks/{name}")
        for name, _ in read_native_hooks()
        if locate_file(root, f"git:hooks/{name}").exists()
    )


def _plan_merge_driver(root: Path) -> Iterator[SetupEdit]:
    """Have git merge the files of generated applications by their meaning, where there are any."""
    listed = os.fsdecode(read_git_output(root, "ls-files", "-z")).split("\0")
    text = read_text(root, GIT_CONFIG)
    has_any = any(f"/{name}".endswith(f"/{MANIFEST}") for name in listed)
    if has_any and '[merge "guard"]' not in text:
        yield _append_text(GIT_CONFIG, text, MERGE_DRIVER)


def _ignore_edits(root: Path) -> Iterator[SetupEdit]:
    if all(_is_ignored(root, name) for name in (".guard/cache/x", ".guard/memory.db-wal")):
        return
    file = root / ".gitignore"
    if not file.exists():
        yield SetupEdit(".gitignore", 0, "", IGNORED, created=True)
    else:
        yield _append_text(".gitignore", read_text(root, ".gitignore"), IGNORED)


def _append_text(path: str, text: str, added: str) -> SetupEdit:
    newline = "\r\n" if "\r\n" in text else "\n"
    added = added.replace("\n", newline)
    if text and not text.endswith("\n"):
        added = newline + added.removesuffix(newline)
    return SetupEdit(path, len(text), "", added)


def _describe_repository(repository: Repository, manager: str, config: str) -> Iterator[str]:
    root = repository.root
    if (root / ".git").is_file():
        yield "a linked work tree: its git hooks are those of the main one"
    projects = _list_projects(root)
    if len(projects) > 1:
        yield (
            f"a monorepo with {len(projects)} projects: each folder may have settings of its own"
        )
    yield f"{manager}, set up in {config}" if manager else "no hook manager"
    if path := read_hooks_path(root):
        yield f"core.hooksPath is {path}: git runs hooks from there only"
    if _is_ignored(root, ".guard/rules/x.yml"):
        yield ".guard/ is ignored by git: rules would not be shared; narrow that ignore entry"


def _is_ignored(root: Path, name: str) -> bool:
    environ = restrict_environment()
    del environ["GIT_LITERAL_PATHSPECS"]  # check-ignore refuses to run under it
    process = GitProcess(root, ["check-ignore", "--no-index", name], environ=environ)
    return b"".join(process.read_chunks()) != b""


def _list_projects(root: Path) -> list[str]:
    listed = read_git_output(
        root, "-c", "core.quotePath=false", "ls-files", "-z", "--cached", "--others",
        "--exclude-standard",
    )  # fmt: skip
    names = [os.fsdecode(name) for name in listed.split(b"\0")]
    return [name for name in names if name.rpartition("/")[2] == "pyproject.toml"]


def _list_next_steps(
    root: Path, options: InitOptions, manager: str, edits: Sequence[SetupEdit]
) -> Iterator[str]:
    pins = any(f"{PACKAGE}==" in edit.inserted for edit in edits)
    if pins and options.source is None and is_installed_from_folder():
        yield "guard uninstall && guard init --local  # where no package index has guard"
    native = options.native or (not manager and _has_native_hooks(root))
    if not native and manager in ("", "pre-commit", "prek", "lefthook"):
        tool = manager or "pre-commit"
        if read_hooks_path(root):
            yield f"{tool} does not install beside core.hooksPath: run it from the hook there"
        elif not locate_file(root, "git:hooks/pre-commit").exists():
            yield f"{tool} install"
    shared = dict.fromkeys(edit.path for edit in edits if not edit.path.startswith("git:"))
    if (root / ".guard/rules").is_dir():
        shared[".guard"] = None
    if shared:
        yield f"git add {shlex.join(shared)} && git commit"
    if not (root / ".guard/rules").is_dir():
        yield "guard try       # what would this history teach?"
    yield "guard baseline  # accept what is there today, so that only new findings count"
