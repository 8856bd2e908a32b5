"""Starts git and reads what it says, by `os.posix_spawn`: importing `subprocess` is slow.

Where the system has no such call, as on Windows, `subprocess` and threads do the same.
"""

from __future__ import annotations

import os

from devmatrix_guard.errors import GitError, InternalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_CHUNK = 1 << 16
CAN_POLL = hasattr(os, "posix_spawnp")  # who has the one can poll pipes, too
_RUNNING: dict[int, Any] = {}  # started by `subprocess`, which has to be asked for the end

# Read without locks, pagers, prompts or translation, and never fetch a missing object. Older
# git ignores GIT_NO_LAZY_FETCH; with no transport allowed its lazy fetch fails at once instead.
# Objects and parents are those that were committed: a replacement or graft, which only this clone
# has, would show another history than everybody else's.
_READING = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# Relative to where guard was started, which is not where each git is told to work.
_PLACES = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY")
# GIT_DIFF_OPTS overrides -U0; the pathspec switches contradict GIT_LITERAL_PATHSPECS.
_REMOVED = (
    "GIT_DIFF_OPTS",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
)


def resolve_environment() -> dict[str, str]:
    """Return the caller's environment with git's places in it made absolute."""
    environ = dict(os.environ)
    for name in _PLACES:
        if environ.get(name):
            environ[name] = os.path.abspath(environ[name])  # noqa: PTH100  # pathlib is slow to load
    return environ


def restrict_environment() -> dict[str, str]:
    """Return the environment for a git that only reads; the caller's GIT_INDEX_FILE stays."""
    environ = resolve_environment()
    for name in _REMOVED:
        environ.pop(name, None)
    environ.update(_READING)
    return environ


# What a repository's own configuration would have git start while it reads.
_STARTS_NOTHING = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_RUNS_NO_HOOK = ("-c", f"core.hooksPath={os.devnull}")
# What git says of an object that is lost, or is not what its name says.
_DAMAGE = (
    "bad object",
    "bad tree object",
    "could not parse commit",
    "Could not read",
    "could not read tree",
    "data stream error",
    "Failed to traverse parents",
    "is corrupt",
    "missing object",
    "unable to read",
    "unable to unpack",
)
_ASKS_FOR_SETTINGS = ("config", "rev-parse")  # they run no hook, and may be asked where hooks are


class GitProcess:
    """One running git whose output arrives in chunks while its errors are kept.

    Args:
        cwd: folder git is told to work in.
        args: git's arguments.
        stdin: what git reads on its standard input.
        environ: the whole environment; None for `restrict_environment()`.
        keep_errors: whether what git writes to standard error will be asked for.
    """

    def __init__(
        self,
        cwd: str | os.PathLike[str],
        args: Sequence[str],
        *,
        stdin: bytes = b"",
        environ: Mapping[str, str] | None = None,
        keep_errors: bool = True,
    ) -> None:
        self.cwd = cwd
        self._stdin_data = memoryview(stdin)
        self._errors = bytearray()
        self._code: int | None = None
        child_in, self._stdin = os.pipe()
        self._stdout, child_out = os.pipe()
        self._stderr, child_err = os.pipe() if keep_errors else (-1, _open_nothing())
        try:
            self._pid = spawn_git(cwd, args, (child_in, child_out, child_err), environ)
        except BaseException:
            self._close(self._stdin, self._stdout, self._stderr)
            raise
        finally:
            self._close(child_in, child_out, child_err)
        self._feeder: Any = None
        if CAN_POLL:
            os.set_blocking(self._stdin, False)
        elif self._stdin_data:
            from devmatrix_guard.git.threads import start_thread

            self._feeder = start_thread(self._feed_input)
            return
        # So that git works while its answer is not yet asked for.
        self._is_fed = not self._feed_input()

    def read_chunks(self) -> Iterator[bytes]:
        """Yield standard output as it comes, feeding standard input and keeping the errors."""
        if not CAN_POLL:
            yield from self._read_by_threads()
            return
        if self._is_fed and self._stderr < 0:
            yield from self._read_output()
            return
        import select  # slow to load, and needed only for more ends than one

        poll = select.poll()
        open_ends = {end for end in (self._stdout, self._stderr) if end >= 0}
        for end in open_ends:
            poll.register(end, select.POLLIN)
        if not self._is_fed:
            poll.register(self._stdin, select.POLLOUT)
        try:
            while open_ends:
                for end, _event in poll.poll():
                    if end == self._stdin:
                        if not self._feed_input():
                            poll.unregister(end)
                        continue
                    data = os.read(end, _CHUNK)
                    if not data:
                        poll.unregister(end)
                        open_ends.discard(end)
                    elif end == self._stdout:
                        yield data
                    else:
                        self._errors += data
        finally:
            self._finish()

    def _read_output(self) -> Iterator[bytes]:
        try:
            while data := os.read(self._stdout, _CHUNK):
                yield data
        finally:
            self._finish()

    def _read_by_threads(self) -> Iterator[bytes]:
        """Do what `read_chunks` does where pipes cannot be polled: each end has a thread."""
        from devmatrix_guard.git.threads import start_thread

        keeper = start_thread(self._keep_errors)
        try:
            while data := os.read(self._stdout, _CHUNK):
                yield data
        finally:
            self._close(self._stdout)
            self._stdout = -1
            for thread in (keeper, self._feeder):
                if thread is not None:
                    thread.join()
            self._finish()

    def _keep_errors(self) -> None:
        while self._stderr >= 0 and (data := os.read(self._stderr, _CHUNK)):
            self._errors += data

    def _feed_input(self) -> bool:
        """Write what fits; True while there is more to write."""
        try:
            while self._stdin_data:
                written = os.write(self._stdin, self._stdin_data[:_CHUNK])
                self._stdin_data = self._stdin_data[written:]
        except BlockingIOError:
            return True
        except OSError:  # git has enough; where there is no SIGPIPE the error is another
            self._stdin_data = self._stdin_data[:0]
        self._close(self._stdin)
        self._stdin = -1
        return False

    def _finish(self) -> None:
        # Closing our ends first lets a git that is not read to its end stop by SIGPIPE.
        self._close(self._stdin, self._stdout, self._stderr)
        self._stdin = self._stdout = self._stderr = -1
        if self._code is None:
            self._code = wait_for(self._pid)

    @property
    def code(self) -> int:
        """The exit code, once the output has been read."""
        if self._code is None:
            raise InternalError("a git process was asked for its code before its end")
        return self._code

    @property
    def errors(self) -> str:
        """What git wrote to standard error, without its advice on how it is used."""
        lines = os.fsdecode(bytes(self._errors)).splitlines()
        return "\n".join(line for line in lines if not line.startswith("hint:")).strip()

    @staticmethod
    def _close(*ends: int) -> None:
        for end in ends:
            if end >= 0:
                os.close(end)


def _open_nothing() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def spawn_git(
    cwd: str | os.PathLike[str],
    args: Sequence[str],
    ends: tuple[int, int, int],
    environ: Mapping[str, str] | None = None,
) -> int:
    """Start git with the three given file descriptors as its standard streams; return its pid.

    It starts no program that the repository's own configuration names.

    Raises:
        GitError: git is not installed.
    """
    environ = restrict_environment() if environ is None else environ
    hooks = () if args[0] in _ASKS_FOR_SETTINGS else _RUNS_NO_HOOK
    argv = ["git", "-C", os.fspath(cwd), *_STARTS_NOTHING, *hooks, *args]
    if not hasattr(os, "posix_spawnp"):
        return _start_by_subprocess(argv, ends, environ)
    actions = [(os.POSIX_SPAWN_DUP2, end, target) for target, end in enumerate(ends)]
    try:
        return os.posix_spawnp("git", argv, environ, file_actions=actions)
    except FileNotFoundError as error:
        raise _refuse_absence() from error


def _start_by_subprocess(
    argv: list[str], ends: tuple[int, int, int], environ: Mapping[str, str]
) -> int:
    import subprocess

    try:
        process = subprocess.Popen(argv, stdin=ends[0], stdout=ends[1], stderr=ends[2], env=environ)
    except FileNotFoundError as error:
        raise _refuse_absence() from error
    _RUNNING[process.pid] = process
    return process.pid


def wait_for(pid: int) -> int:
    """Wait for the end of a git that was started, and return its exit code."""
    process = _RUNNING.pop(pid, None)
    if process is not None:
        return int(process.wait())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _refuse_absence() -> GitError:
    return GitError("git is not installed, or not on PATH; install it.")


def run_git(cwd: str | os.PathLike[str], *args: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
    """Run git to its end; return its exit code, output and errors."""
    process = GitProcess(cwd, args, stdin=stdin)
    output = b"".join(process.read_chunks())
    return process.code, output, process.errors


def read_git_output(cwd: str | os.PathLike[str], *args: str, stdin: bytes = b"") -> bytes:
    """Return what git prints.

    Raises:
        GitError: git failed; the text is git's own.
    """
    code, output, errors = run_git(cwd, *args, stdin=stdin)
    if code:
        raise describe_failure(cwd, args, code, errors)
    return output


def describe_failure(
    cwd: str | os.PathLike[str], args: Sequence[str], code: int, errors: str
) -> GitError:
    """Return the error for a git that failed, in git's own words unless its index is damaged."""
    if damaged := describe_damaged_index(cwd):
        return damaged
    said = errors.removeprefix("fatal: ") or f"git {args[0]} ended with code {code}"
    if any(words in said for words in _DAMAGE):
        return describe_damage(said.splitlines()[0].removeprefix("error: "))
    return GitError(f"git refused: {said}")


def describe_damaged_index(cwd: str | os.PathLike[str]) -> GitError | None:
    """Return the error for an index that is not what git wrote, and None for any other."""
    from devmatrix_guard.git.index import is_index_whole

    code, output, _ = run_git(cwd, "rev-parse", "--git-path", "index")
    path = os.path.join(cwd, os.fsdecode(output.removesuffix(b"\n")))  # noqa: PTH118
    if code or is_index_whole(path):
        return None
    return GitError(
        f"the index, {path}, is damaged; remove it and run `git reset`, which writes it again from "
        "HEAD: the files in the work tree stay, what was staged has to be added again."
    )


def describe_damage(said: str) -> GitError:
    """Return the error for an object that git needs and cannot read."""
    return GitError(
        f"objects of this repository are missing or damaged ({said}); "
        "`git fsck` names them, a partial clone has to fetch them."
    )


def split_stream(chunks: Iterator[bytes], separator: bytes) -> Iterator[bytes]:
    """Yield the fields between separators, and what follows the last one if it is not empty."""
    rest = b""
    for chunk in chunks:
        head, found, tail = chunk.rpartition(separator)
        if not found:
            rest += chunk
            continue
        yield from (rest + head).split(separator)
        rest = tail
    if rest:
        yield rest
