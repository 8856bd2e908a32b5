from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.service.caches import KeptValues, RedisCache, open_cache
from devmatrix_guard.errors import UsageError


def test_what_was_not_used_for_longest_makes_room() -> None:
    kept = KeptValues(2, 60)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_what_is_too_old_is_not_found() -> None:
    moment = [0.0]
    kept = KeptValues(10, 30, clock=lambda: moment[0])
    kept.put("a", 1)
    moment[0] = 29.0
    assert kept.get("a") == 1
    moment[0] = 31.0
    assert kept.get("a") is None


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("a Redis server is not to be had here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "eady to accept" in line:
            break
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()
    process.stdout.close()


def test_processes_share_answers_and_writes_through_a_server(redis_url: str) -> None:
    one, other = RedisCache(redis_url, 30), open_cache(redis_url, most=1, seconds=30)
    one.put("key", b"answer")
    assert other.get("key") == b"answer"
    assert one.read_writes() == 0
    assert one.count_write() == 1
    assert other.read_writes() == 1
    one.close()
    other.close()


def test_while_the_server_is_away_nothing_is_kept_and_nothing_fails() -> None:
    away = RedisCache("valkey://127.0.0.1:1/0", 30)
    away.put("key", b"answer")
    assert away.get("key") is None
    assert (away.read_writes(), away.count_write()) == (0, 0)
    away.close()
    with pytest.raises(UsageError, match="no address of a cache"):
        RedisCache("http://127.0.0.1", 30)
