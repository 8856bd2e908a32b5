"""The processes of an application: forked or new, each ends as a new one would, and by itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from devmatrix_guard.verify import checks, forking
from devmatrix_guard.verify.checks import AppEnvironment, _run, check_imports, check_tests
from devmatrix_guard.verify.processes import Forks
from tests.helpers import write_tree
from tests.helpers_apps import PYTHON, make_application

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="processes are not forked on this system"
)
BARE_PYTHON = Path(sys.base_prefix) / f"bin/python3.{sys.version_info.minor}"
_SECONDS = 60
_SHORT = 0.5
_IS_FORKED = "import gc, sys; sys.exit(0 if gc.get_freeze_count() else 3)"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    return tmp_path / "app"


@pytest.fixture
def new(app: Path, tmp_path: Path, compiled: dict[str, str]) -> AppEnvironment:
    """Where each process is a new one, of an interpreter that has nothing to load."""
    return AppEnvironment(app, BARE_PYTHON, tmp_path, compiled)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with closing(Forks(BARE_PYTHON)) as forks:
        yield forks


@pytest.fixture
def forked(new: AppEnvironment, forks: Forks) -> AppEnvironment:
    """Where they are forked."""
    return new._replace(forks=forks)


def run(place: AppEnvironment, text: str, *, timeout: float = _SECONDS) -> tuple[str, str]:
    """Return how a program fared, and what is told of it."""
    program = [str(place.python), "-c", textwrap.dedent(text)]
    check = _run("it", [program], place, timeout=timeout)
    return check.status, check.detail


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def read_number(file: Path) -> int:
    return int(file.read_text())


def test_processes_are_forked(forked: AppEnvironment, new: AppEnvironment) -> None:
    assert run(forked, _IS_FORKED) == ("pass", "")
    assert run(new, _IS_FORKED) == ("fail", "")


@pytest.mark.parametrize(
    "text",
    [
        "print('fine')",
        "1 / 0",
        "def fail():\n    raise ValueError('of its own')\ntry:\n    1 / 0\nfinally:\n    fail()",
        "raise SystemExit(0)",
        "raise SystemExit('a reason')",
        "import sys; print('said'); sys.stderr.write('told'); sys.exit(7)",
        "import os; print('lost'); os._exit(4)",
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.abort()",
        "import atexit; atexit.register(print, 'last'); 1 / 0",
        "import threading as t; t.Timer(0.1, print, ['later']).start(); 1 / 0",
        "import gone",
        "import broken",
        "import sys; sys.excepthook = lambda *_: print('caught'); 1 / 0",
        "print(input())",
        "import sys; sys.stdout.buffer.write(bytes(range(256))); 1 / 0",
        "import sys; print(sys.argv, sys.path[0], __name__, sys.flags.hash_randomization); 1 / 0",
        "import os; print(os.getcwd(), sorted(os.environ)); 1 / 0",
        "import multiprocessing as m; m.get_context('spawn').Process(target=print).start(); 1 / 0",
        "print(hash('a')); 1 / 0",
    ],
)
def test_a_forked_process_ends_as_a_new_one(
    forked: AppEnvironment, new: AppEnvironment, text: str
) -> None:
    write_tree(new.app, {"broken.py": "def it(:\n"})
    assert run(forked, text) == run(new, text)


@pytest.mark.parametrize("words", [["-m", "shown", "a"], ["-m", "gone"], ["-m", "broken"]])
def test_a_forked_module_runs_as_a_new_one(
    forked: AppEnvironment, new: AppEnvironment, words: list[str]
) -> None:
    shown = "import sys; print(__name__, __file__, sys.argv, sys.path[0]); 1 / 0\n"
    write_tree(new.app, {"broken.py": "def it(:\n", "shown.py": shown})
    program = [[str(new.python), *words]]
    assert _run("it", program, forked).detail == _run("it", program, new).detail != ""


@pytest.fixture(params=["forked", "new"])
def place(request: pytest.FixtureRequest) -> AppEnvironment:
    made: AppEnvironment = request.getfixturevalue(request.param)
    return made


def test_one_that_hangs_is_ended_with_what_it_has_started(
    place: AppEnvironment, tmp_path: Path
) -> None:
    text = f"""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
        open({str(tmp_path / "child")!r}, 'w').write(str(child.pid))
        print('begun', flush=True)
        time.sleep(600)
    """
    while not (tmp_path / "child").exists():  # a busy machine may not have come so far
        status, detail = run(place, text, timeout=_SHORT)
        assert (status, detail) == ("fail", "it took longer than 0 s")
    await_end(read_number(tmp_path / "child"))
    assert run(place, "print('fine')") == ("pass", "")


def await_end(process: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while is_alive(process):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_one_leaves_running_ends_with_it(place: AppEnvironment, tmp_path: Path) -> None:
    text = f"""
        import subprocess, sys
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
        open({str(tmp_path / "child")!r}, 'w').write(str(child.pid))
    """
    assert run(place, text) == ("pass", "")
    await_end(read_number(tmp_path / "child"))


def test_one_that_never_stops_talking_is_ended(
    place: AppEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_MAX_SAID", 3 << 20)
    assert run(place, "while True: print('garbage' * 1000)") == (
        "fail",
        "it said more than 3 MiB",
    )
    assert run(place, "print('fine')") == ("pass", "")


def test_one_that_takes_all_memory_is_refused_it(place: AppEnvironment) -> None:
    status, detail = run(place, f"held = bytearray({forking.MEMORY_BYTES + (1 << 30)})")
    assert status == "fail"
    assert detail.endswith("MemoryError")
    assert run(place, "print('fine')") == ("pass", "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_one_that_ends_what_it_was_forked_from_fails_alone(
    forked: AppEnvironment, number: int
) -> None:
    text = f"import os, time; os.kill(os.getppid(), {number}); time.sleep(600)"
    assert run(forked, text)[0] == "fail"
    assert run(forked, _IS_FORKED) == ("pass", "")


def test_one_that_halts_what_it_was_forked_from_fails_alone(
    forked: AppEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devmatrix_guard.verify.processes._END_SECONDS", 0.1)
    text = f"import os, time; os.kill(os.getppid(), {signal.SIGSTOP}); time.sleep(600)"
    assert run(forked, text, timeout=_SHORT)[0] == "fail"
    assert run(forked, _IS_FORKED) == ("pass", "")


def test_one_that_writes_to_every_descriptor_tells_nothing_by_it(forked: AppEnvironment) -> None:
    text = """
        import os
        for number in range(3, 200):
            try:
                os.write(number, b'0\\n')
            except OSError:
                pass
        os._exit(5)
    """
    assert run(forked, text) == ("fail", "")
    assert run(forked, "print('fine')") == ("pass", "")


def test_one_that_leaves_its_group_is_ended(forked: AppEnvironment, tmp_path: Path) -> None:
    text = f"""
        import os, time
        os.setpgid(0, os.getpgid(os.getppid()))
        open({str(tmp_path / "it")!r}, 'w').write(str(os.getpid()))
        time.sleep(600)
    """
    while not (tmp_path / "it").exists():
        assert run(forked, text, timeout=_SHORT)[0] == "fail"
    await_end(read_number(tmp_path / "it"))
    assert run(forked, "print('fine')") == ("pass", "")


def test_nothing_is_left_from_one_to_the_next(forked: AppEnvironment) -> None:
    write_tree(forked.app, {"own.py": "x = 1\n"})
    text = "import json, os, own; json.left = os.environ['LEFT'] = 'here'; assert own.x == 1"
    assert run(forked, text) == ("pass", "")
    write_tree(forked.app, {"own.py": "x = 22\n"})
    text = "import json, os, own; assert not hasattr(json, 'left') and 'LEFT' not in os.environ"
    assert run(forked, f"{text} and own.x == 22") == ("pass", "")


def test_random_numbers_of_two_differ(forked: AppEnvironment) -> None:
    text = "import random; print(random.random()); 1 / 0"
    assert run(forked, text) != run(forked, text)


@pytest.mark.parametrize("path", ["json.py", "json/__init__.py"])
def test_a_module_of_its_own_comes_before_one_of_that_name(
    forked: AppEnvironment, new: AppEnvironment, path: str
) -> None:
    write_tree(new.app, {path: "own = True\n"})
    assert run(forked, "import json; json.own") == run(new, "import json; json.own") == ("pass", "")


def test_applications_share_what_they_are_forked_from_and_no_module(
    forked: AppEnvironment, new: AppEnvironment, tmp_path: Path
) -> None:
    write_tree(new.app, {"own.py": "x = 1\n"})
    write_tree(tmp_path / "other", {"own.py": "x = 2\n"})
    write_tree(tmp_path / "third", {"own.py": "x = 3\n", "json.py": "own = True\n"})
    places = [forked._replace(app=tmp_path / name) for name in ("app", "other", "third", "app")]
    text = "import gc, os, own; print(own.x, gc.get_freeze_count() and os.getppid()); 1 / 0"
    said = [run(place, text)[1].split()[:2] for place in places]
    assert [x for x, _ in said] == ["1", "2", "3", "1"]
    assert said[0] == said[3]
    assert said[1][1] == said[0][1] != "0" == said[2][1]


@pytest.mark.parametrize(
    "text",
    [
        "import warnings; warnings.warn('old', DeprecationWarning, stacklevel=2)",
        "raise ValueError('broken')",
        "import threading as t, time; t.Thread(target=time.sleep, args=[600], daemon=True).start()",
        "raise SystemExit(3)",
        "import os; os._exit(3)",
        "import os; os.abort()",
        "import sys; print(*sys.argv)",
    ],
    ids=["warns", "fails", "starts a thread", "leaves", "exits", "aborts", "prints"],
)
def test_what_is_shared_shows_what_it_shows_in_a_new_process(
    new: AppEnvironment, tmp_path: Path, text: str
) -> None:
    write_tree(tmp_path / "libraries", {"fastapi.py": text})
    place = new._replace(variables={**new.variables, "PYTHONPATH": str(tmp_path / "libraries")})
    program = "import warnings; warnings.simplefilter('error'); import fastapi; print('there')"
    with closing(Forks(new.python)) as forks:
        assert run(place._replace(forks=forks), program) == run(place, program)


def test_tests_of_an_application_run_forked_with_warnings_as_errors(new: AppEnvironment) -> None:
    write_tree(
        new.app,
        {
            "pyproject.toml": "[tool.pytest.ini_options]\nfilterwarnings = ['error']\n",
            "test_it.py": "import gc\n\ndef test_it() -> None:\n    assert gc.get_freeze_count()\n",
            "src/__init__.py": "",
            "src/main.py": "",
        },
    )
    with closing(Forks(Path(sys.executable))) as forks:
        place = new._replace(python=Path(sys.executable), forks=forks)
        assert check_imports(place).status == "pass"
        check = check_tests(place)
    assert check.status == "pass", check.detail


@pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
def test_what_applications_import_of_others_is_shared(
    app: Path, tmp_path: Path, compiled: dict[str, str]
) -> None:
    app = make_application(app)
    variables = {"SECRET_KEY": "x" * 32, **compiled}
    with closing(Forks(PYTHON)) as forks:
        place = AppEnvironment(app, PYTHON, tmp_path, variables, forks)
        assert run(place, _IS_FORKED) == ("pass", "")
        text = """
            import sys
            before = set(sys.modules)
            import src.main, alembic.config, alembic.command
            added = {name.partition(".")[0] for name in set(sys.modules) - before}
            assert not added - set(sys.stdlib_module_names) - {"src", "pydantic"}, added
        """
        assert run(place, text) == ("pass", "")


def test_they_end_with_whoever_asked_for_them(app: Path, tmp_path: Path) -> None:
    text = f"""
        from pathlib import Path
        from devmatrix_guard.verify.checks import AppEnvironment, _run
        from devmatrix_guard.verify.processes import Forks
        app, python = Path({str(app)!r}), Path({str(BARE_PYTHON)!r})
        place = AppEnvironment(app, python, Path({str(tmp_path)!r}), {{}}, Forks(python))
        text = 'import os, time; open("it", "w").write(f"{{os.getpid()}} {{os.getppid()}}")'
        _run("it", [[str(python), "-c", text + "; time.sleep(600)"]], place)
    """
    asker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(text)])
    try:
        deadline = time.monotonic() + _SECONDS
        while not (app / "it").exists() or not (app / "it").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        asker.kill()
        asker.wait()
    for process in (app / "it").read_text().split():
        await_end(int(process))


def test_what_others_are_forked_from_ends_with_half_a_request(app: Path) -> None:
    link, theirs = socket.socketpair()
    words = [str(BARE_PYTHON), "-P", forking.__file__, str(theirs.fileno())]
    process = subprocess.Popen(words, pass_fds=[theirs.fileno()])
    theirs.close()
    with link:
        assert link.recv(64) == b"ready\n"
        socket.send_fds(link, [b"{"], [1, 2])
    try:
        assert process.wait(_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def test_one_that_ends_what_it_was_forked_from_at_once_runs_once(
    new: AppEnvironment, app: Path, tmp_path: Path
) -> None:
    """It is known before it begins, however slow what it was forked from is to tell of it."""
    slow = """
        import os, time
        open_process = os.pidfd_open
        os.pidfd_open = lambda process: time.sleep(0.3) or open_process(process)
    """
    write_tree(tmp_path / "slow", {"sitecustomize.py": textwrap.dedent(slow)})
    text = f"""
        import gc, os
        os.write(os.open('it', os.O_CREAT | os.O_APPEND | os.O_WRONLY), b'.')
        if gc.get_freeze_count():
            os.kill(os.getppid(), {signal.SIGKILL})
    """
    with closing(Forks(new.python)) as forks:
        variables = {**new.variables, "PYTHONPATH": str(tmp_path / "slow")}
        run(new._replace(forks=forks, variables=variables), text)
    assert (app / "it").read_bytes() == b"."
