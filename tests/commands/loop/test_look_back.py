"""A memory that is away, slow, newer or full of nonsense changes no byte and holds nothing up."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.generation import read_sources
from devmatrix_guard.commands.loop.look_back import look_back
from devmatrix_guard.commands.loop.use import describe_look_back
from devmatrix_guard.model.knowledge.learning import LookBack, SpecSignature
from devmatrix_guard.model.knowledge.run import PipelineRun
from tests.commands.loop.helpers import (
    failed,
    generate,
    judge,
    open_repo_memory,
    passed,
    write_spec,
)
from tests.helpers import make_repo, tree_bytes

AT = "2026-11-01T10:00:00Z"


@pytest.fixture
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The application as it is generated where there is no memory."""
    folder = make_repo(tmp_path_factory.mktemp("plain") / "repo")
    generate(folder, memory=False)
    return tree_bytes(folder / "notes")


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARD_LOOK_BACK_MS", "60000")


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that lets everybody connect, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://guard@127.0.0.1:{server.getsockname()[1]}/team"


def look(repo: Path, noun: str = "Note") -> LookBack:
    sources = read_sources(write_spec(repo, noun))
    return look_back(read_context(repo / f"{noun.lower()}s"), sources.ir, sources.spec_sha)


def test_without_a_memory_nothing_is_asked(repo: Path) -> None:
    looked = look(repo)
    assert looked.signature is not None
    assert looked._replace(signature=None) == LookBack()


@pytest.mark.usefixtures("patience")
def test_specs_like_this_one_are_found_with_their_outcome(repo: Path) -> None:
    generate(repo, "Memo")
    judge(repo, "memos", *passed("imports", "tests"))
    (alike,) = look(repo).similar
    assert (alike.name, alike.runs, alike.succeeded) == ("memos", 1, 1)
    assert 0.3 < alike.similarity < 1


@pytest.mark.usefixtures("patience")
def test_the_history_of_the_application_is_told(repo: Path) -> None:
    generate(repo)
    judge(repo, "notes", *passed("tests"))
    judge(repo, "notes", failed("tests", "ValueError: no"))
    history = look(repo).history
    assert (history.verified, history.passed, history.last_passed) == (2, 1, False)
    assert history.errors == ("tests: ValueError: no",)


@pytest.mark.usefixtures("patience")
def test_an_earlier_form_of_the_same_spec_is_none_like_it(repo: Path) -> None:
    signature = look(repo).signature
    assert signature is not None
    with open_repo_memory(repo) as memory:
        for name in (signature.name, "other"):
            spec = SpecSignature(f"{name} before", name, signature.features)
            memory.experience.save_signature(spec, AT)
            folder = {"folder": f"{name}/"}
            run = PipelineRun(name, "generate", AT, AT, "succeeded", spec.spec_hash, details=folder)
            memory.runs.save(run)
    assert [one.name for one in look(repo).similar] == ["other"]


@pytest.mark.usefixtures("patience")
def test_another_folder_of_the_same_name_is_another_application(repo: Path) -> None:
    run_generate(write_spec(repo, "Note"), repo / "elsewhere")
    judge(repo, "elsewhere", failed("tests", "ValueError: no"))
    history = look(repo).history
    assert (history.runs, history.verified, history.errors) == (0, 0, ())


@pytest.mark.usefixtures("patience")
def test_verifications_of_the_application_itself_are_told(repo: Path) -> None:
    generate(repo)
    judge(repo, "notes", *passed("tests"))
    told = describe_look_back(look(repo), ())
    assert told[0].startswith("this application: 1 of 1 runs of `guard verify` and `guard build`")
    assert told[0].endswith(" passed, the last passed")


@pytest.mark.usefixtures("patience")
def test_a_spec_like_those_that_fail_is_told_apart(repo: Path) -> None:
    signature = look(repo).signature
    assert signature is not None
    with open_repo_memory(repo) as memory:
        for number in (1, 2):
            spec = SpecSignature(f"s{number}", f"bad-{number}", signature.features)
            memory.experience.save_signature(spec, AT)
            run = PipelineRun(f"r{number}", "verify", AT, AT, "failed", f"s{number}")
            memory.runs.save(run)
    assert look(repo).anomaly == "2 of 2 specs like this one never passed (bad-1, bad-2)"


@pytest.mark.usefixtures("patience")
def test_a_memory_of_a_newer_release_is_left_alone(repo: Path, plain: dict[str, bytes]) -> None:
    generate(repo, "Memo")
    with sqlite3.connect(repo / ".guard/memory.db") as database:
        database.execute("PRAGMA user_version = 999")
    (said,) = generate(repo).memory
    assert said.startswith("the memory was not used: ")
    assert "schema version 999" in said
    assert tree_bytes(repo / "notes") == plain


@pytest.mark.usefixtures("patience")
def test_a_damaged_memory_stops_no_generation(repo: Path, plain: dict[str, bytes]) -> None:
    (repo / ".guard").mkdir()
    (repo / ".guard/memory.db").write_bytes(b"no database" * 1000)
    (said,) = generate(repo).memory
    assert said.startswith("the memory was not used: ")
    assert "is damaged" in said
    assert tree_bytes(repo / "notes") == plain


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    "nonsense",
    [
        "UPDATE spec_signatures SET features = '[[1]]', spec_hash = 'other'",
        "UPDATE infra_tallies SET week = 'some-weeks', failures = 9",
        "UPDATE error_patterns SET fix = '[[1]]', fix_id = 'x', fix_origin = 'person'",
    ],
    ids=["features", "weeks", "fixes"],
)
def test_nonsense_in_the_memory_is_said_and_not_used(
    repo: Path, plain: dict[str, bytes], nonsense: str
) -> None:
    generate(repo, "Memo")
    judge(repo, "memos", *passed("imports", "tests"))
    judge(repo, "memos", failed("tests", "ValueError: no"))
    with open_repo_memory(repo) as memory:
        memory.database.run(nonsense)
    said = generate(repo).memory
    assert len(said) == 1
    assert said[0].startswith("the memory was not used: it holds what cannot be read")
    assert tree_bytes(repo / "notes") == plain


def test_a_server_that_says_nothing_is_not_waited_for(
    repo: Path, plain: dict[str, bytes], silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", silent_server)
    started = time.monotonic()
    (said,) = generate(repo).memory
    assert said == "the memory did not answer within 50 ms and was not used."
    assert time.monotonic() - started < 9  # libpq alone would wait for ten seconds
    assert tree_bytes(repo / "notes") == plain


def test_a_server_that_is_away_is_said(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("GUARD_MEMORY", f"postgresql://guard@127.0.0.1:{port}/team")
    monkeypatch.setenv("GUARD_LOOK_BACK_MS", "60000")
    (said,) = generate(repo).memory
    assert said.startswith("the memory was not used: ")


def test_no_time_means_no_look_back(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(repo, "Memo")
    monkeypatch.setenv("GUARD_LOOK_BACK_MS", "0")
    assert look(repo).similar == ()
    assert generate(repo).memory == ()


@pytest.mark.usefixtures("patience")
def test_a_generation_is_recorded_with_the_time_it_took(repo: Path) -> None:
    started = time.monotonic()
    generate(repo)
    took = (time.monotonic() - started) * 1000
    with open_repo_memory(repo) as memory:
        (run,) = memory.runs.list_recent()
    assert run.duration_ms is not None
    assert 0 < run.duration_ms <= took
