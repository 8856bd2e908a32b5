"""Work is handed to processes or to a Dask cluster, and what fails ends nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands import executors
from devmatrix_guard.commands.executors import Failed, check_executor, read_paths, run_all
from devmatrix_guard.errors import UsageError

NUMBERS = [1, 2, 3]


def halve(number: int) -> int:
    """Return half of an even number; of 3 nothing, as its process ends."""
    if number == 3:
        os._exit(1)
    if number % 2:
        raise UsageError(f"{number} is odd; give an even number.")
    return number // 2


def double(number: int) -> int:
    return 2 * number


def divide(number: int) -> float:
    return 1 / number


def test_every_item_comes_back_with_its_result() -> None:
    assert sorted(run_all("processes", double, NUMBERS, jobs=2)) == [(1, 2), (2, 4), (3, 6)]


def test_work_is_done_where_a_system_has_no_mask_for_signals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("pthread_sigmask", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"):
        monkeypatch.delattr(signal, name)
    assert sorted(run_all("processes", double, NUMBERS, jobs=2)) == [(1, 2), (2, 4), (3, 6)]


def test_a_process_that_dies_takes_no_other_work_with_it() -> None:
    found = dict(run_all("processes", halve, NUMBERS, jobs=2))
    assert found[1] == Failed("1 is odd; give an even number.")
    assert found[2] == 1
    assert isinstance(found[3], Failed)
    assert "its process ended" in found[3].reason


def test_a_fault_of_ours_is_told_of_its_item_alone() -> None:
    found = dict(run_all("processes", divide, [0, 2], jobs=1))
    assert found[2] == 0.5
    assert isinstance(found[0], Failed)
    assert found[0].is_defect


@pytest.mark.parametrize("name", ["threads", "dask://", "dask://host", "dask://host:port"])
def test_what_names_no_executor_is_refused_with_what_may_be_written(name: str) -> None:
    with pytest.raises(UsageError, match="write `processes` or `dask://HOST:PORT`"):
        check_executor(name)


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask's own modules warn of
def test_a_cluster_works_as_processes_do(cluster: Any) -> None:
    name = cluster.scheduler_address.replace("tcp://", "dask://")
    assert sorted(run_all(name, double, NUMBERS)) == [(1, 2), (2, 4), (3, 6)]
    found = dict(run_all(name, divide, [0, 2]))
    assert found[2] == 0.5
    assert isinstance(found[0], Failed)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask is not to be had here")
    monkeypatch.setattr(executors, "_ANSWER_SECONDS", 1)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at 127\.0\.0\.1:9"):
        list(run_all("dask://127.0.0.1:9", double, NUMBERS))


def test_without_dask_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from devmatrix_guard.commands.executors import run_all\n"
        "from devmatrix_guard.errors import MissingExtraError\n"
        "try: list(run_all('dask://127.0.0.1:8786', str, [1]))\n"
        "except MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "The executor dask:// needs an optional part" in done.stdout
    assert "devmatrix-guard[dask]" in done.stdout


def test_a_list_of_paths_is_read_from_its_own_folder(tmp_path: Path) -> None:
    file = tmp_path / "repositories.txt"
    file.write_text("# ours\none\n\n  ./two/../two \none\n/three\n")
    assert read_paths(file, "repository") == [tmp_path / "one", tmp_path / "two", Path("/three")]


def test_a_list_that_names_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "specs.txt"
    file.write_text("# none yet\n")
    with pytest.raises(UsageError, match="names no spec; write the path of one on each line"):
        read_paths(file, "spec")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [("~no-such-user/shop", "write the whole path"), ("shop\0", "name a text file")],
)
def test_a_list_with_what_can_be_no_path_is_refused(tmp_path: Path, line: str, remedy: str) -> None:
    file = tmp_path / "specs.txt"
    file.write_text(f"shop\n{line}\n")
    with pytest.raises(UsageError, match=remedy):
        read_paths(file, "spec")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_what_started_them(tmp_path: Path, sent: signal.Signals) -> None:
    begun = tmp_path / "begun"
    with _start_waiting(begun) as run:
        _wait_for(begun)
        run.send_signal(sent)
        said, _ = run.communicate(timeout=_PATIENCE)  # returns once nobody holds the pipe
    assert "left\n" in said


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.8])
def test_an_interrupt_from_a_terminal_prints_no_traceback_of_a_process(
    tmp_path: Path, seconds: float
) -> None:
    with _start_waiting(tmp_path / "begun") as run:
        _wait_for(tmp_path / "begun-main")
        time.sleep(seconds)
        os.killpg(run.pid, signal.SIGINT)
        said, _ = run.communicate(timeout=_PATIENCE)
    assert "Traceback" not in said


_PATIENCE = 20


def _start_waiting(begun: Path) -> subprocess.Popen[str]:
    """Start a run of its own, in a group of its own, whose work says when it begins and is left."""
    code = (
        "import signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from devmatrix_guard.commands.executors import run_all\n"
        "from tests.commands.test_executors import wait\n"
        "Path(sys.argv[1] + '-main').touch()\n"
        "try: list(run_all('processes', wait, [sys.argv[1]] * 3, jobs=2))\n"
        "except KeyboardInterrupt: sys.exit(130)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(begun)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait(begun: str) -> None:
    try:
        Path(begun).touch()
        time.sleep(2 * _PATIENCE)
    finally:
        print("left", flush=True)


def _wait_for(path: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
