"""`guard bank search` and `guard bank duplicates` over functions that were verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from devmatrix_guard.cli.generate.bank import command
from devmatrix_guard.commands.application.generate import run_generate
from tests.commands.loop.helpers import failed, generate, judge, passed, write_spec

BY_HAND = '''

async def settle_invoice(total: int, paid: int) -> int:
    """Return what is left to pay; a payment above the total is refused."""
    if paid > total:
        raise ValueError("paid too much")
    return total - paid
'''


def run(monkeypatch: pytest.MonkeyPatch, repo: Path, *args: str) -> Result:
    monkeypatch.chdir(repo)
    done = CliRunner().invoke(command, [*args])
    assert done.exit_code == 0, done.output
    return done


def add_by_hand(repo: Path, noun: str, code: str = BY_HAND) -> None:
    path = repo / f"{noun}s/src/services/{noun}_service.py"
    path.write_text(path.read_text() + code)


def make(repo: Path, *nouns: str) -> None:
    for noun in nouns:
        write_spec(repo, noun)
        generate(repo, noun)
        add_by_hand(repo, noun.lower())


def search(monkeypatch: pytest.MonkeyPatch, repo: Path, text: str) -> list[dict[str, object]]:
    done = run(monkeypatch, repo, "search", text, "--format", "json")
    return list(json.loads(done.output)["functions"])


def test_a_function_is_found_by_what_it_does_once_its_tests_ran(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(repo, "Note")
    assert search(monkeypatch, repo, "refuse payment above total") == []
    judge(repo, "notes", *passed("lint"))
    assert search(monkeypatch, repo, "refuse payment above total") == []  # lint says little of it
    judge(repo, "notes", *passed("lint", "tests"))
    first = search(monkeypatch, repo, "refuse payment above total")[0]
    assert first["name"] == "settle_invoice"
    assert first["path"] == "notes/src/services/note_service.py"
    assert (first["passed"], first["failed"]) == (1, 0)
    assert first["emitter"] == first["infra_pattern"] == ""
    shown = run(monkeypatch, repo, "search", "refuse payment above total").output
    assert "settle_invoice  notes/src/services/note_service.py" in shown
    assert "by hand, in notes, passed 1 of 1 times" in shown
    assert "Return what is left to pay; a payment above the total is refused." in shown


def test_of_two_alike_the_one_whose_tests_pass_comes_first(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for noun, returned in (("Memo", "total - paid"), ("Note", "paid - total")):
        write_spec(repo, noun)
        generate(repo, noun)
        add_by_hand(repo, noun.lower(), BY_HAND.replace("total - paid", returned))
    judge(repo, "memos", failed("tests", "1 failed"))
    judge(repo, "notes", *passed("tests"))
    names = [f["applications"] for f in search(monkeypatch, repo, "settle invoice")[:2]]
    assert names == [["notes"], ["memos"]]


def test_a_change_begins_its_record_anew(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(repo, "Note")
    judge(repo, "notes", *passed("tests"))
    judge(repo, "notes", *passed("tests"))
    assert search(monkeypatch, repo, "settle invoice")[0]["passed"] == 2
    path = repo / "notes/src/services/note_service.py"
    path.write_text(path.read_text().replace("paid > total", "paid >= total"))
    judge(repo, "notes", failed("tests", "1 failed"))
    first = search(monkeypatch, repo, "settle invoice")[0]
    assert (first["passed"], first["failed"]) == (0, 1)


def test_the_same_code_by_hand_in_two_applications_is_a_duplicate(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(repo, "Note", "Memo")
    judge(repo, "notes", *passed("tests"))
    assert "No code written by hand" in run(monkeypatch, repo, "duplicates").output
    judge(repo, "memos", *passed("tests"))
    shown = run(monkeypatch, repo, "duplicates").output
    assert "settle_invoice  in 2 applications, by hand" in shown
    assert "more by the generator: --generated names them." in shown
    told = json.loads(run(monkeypatch, repo, "duplicates", "--format", "json").output)
    (places,) = (one["places"] for one in told["duplicates"])
    assert [place["application"] for place in places] == ["memos", "notes"]
    whole = json.loads(
        run(monkeypatch, repo, "duplicates", "--generated", "--format", "json").output
    )
    assert whole["generated"] == 0
    assert len(whole["duplicates"]) == told["generated"] + 1


def test_one_spec_in_two_folders_makes_two_applications(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = write_spec(repo, "Note")
    for folder in ("one", "two"):
        run_generate(spec, repo / folder)
        path = repo / folder / "src/services/note_service.py"
        path.write_text(path.read_text() + BY_HAND)
        judge(repo, folder, *passed("tests"))
    shown = run(monkeypatch, repo, "duplicates").output
    assert "settle_invoice  in 2 applications, by hand" in shown
    assert "one/src/services/note_service.py" in shown
    assert "two/src/services/note_service.py" in shown


def test_without_a_memory_nothing_is_found_and_nothing_made(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert search(monkeypatch, repo, "health check") == []
    assert "No code written by hand" in run(monkeypatch, repo, "duplicates").output
    assert not (repo / ".guard").exists()
