from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.fragment import CodeFragment
from devmatrix_guard.model.knowledge.learning import (
    ErrorPattern,
    FixEdit,
    SimilarSpec,
    SpecSignature,
)
from devmatrix_guard.model.knowledge.repository import Repository
from devmatrix_guard.model.knowledge.run import PipelineRun

DAYS = [f"2026-11-{day:02}T10:00:00Z" for day in range(1, 10)]


def error(number: int = 1, **facts: object) -> ErrorPattern:
    made = ErrorPattern(
        f"e{number}",
        "tests",
        "NameError: name 'clock' is not defined",
        "type:time",
        "src/models/entities/«entity».py",
        "emitter",
        "NameError: … at line 3",
        "",
        "entities",
        "x = clock()\n",
        application="shop",
        first_seen=DAYS[0],
        last_seen=DAYS[0],
    )
    return made._replace(**facts)


FIX = (FixEdit("src/models/entities/«entity».py", "x = clock()\n", "x = time()\n"),)


def repaired(number: int = 1, **facts: object) -> ErrorPattern:
    values = {"fix": FIX, "fix_origin": "person", "last_seen": DAYS[1]} | facts
    return error(number, **values)


def test_signatures_come_back_the_latest_first(memory: Memory) -> None:
    a, b = SpecSignature("aa", "shop", ("entity:order",)), SpecSignature("bb", "«é»", ())
    memory.experience.save_signature(a, DAYS[1])
    memory.experience.save_signature(b, DAYS[0])
    assert memory.experience.list_signatures() == (a, b)
    memory.experience.save_signature(b._replace(features=("type:time",)), DAYS[2])
    assert memory.experience.list_signatures(limit=1) == (b._replace(features=("type:time",)),)


def test_specs_are_judged_by_their_verifications(memory: Memory) -> None:
    runs = [
        PipelineRun("g", "generate", DAYS[0], DAYS[0], "succeeded", "aa"),
        PipelineRun("v1", "verify", DAYS[1], DAYS[1], "failed", "aa", compliance_score=0.5),
        PipelineRun("v2", "verify", DAYS[2], DAYS[2], "succeeded", "aa", compliance_score=1.0),
        PipelineRun("v3", "outcome", DAYS[3], DAYS[3], "failed", "bb"),
        PipelineRun("v4", "verify", DAYS[4], DAYS[4], "interrupted", "bb"),
    ]
    for run in runs:
        memory.runs.save(run)
    assert memory.experience.judge_specs(["aa", "bb", "cc"]) == {
        "aa": SimilarSpec("", "aa", 0.0, 2, 1, pytest.approx(0.75)),
        "bb": SimilarSpec("", "bb", 0.0, 1, 0, None),
    }
    assert memory.experience.judge_specs([]) == {}


def test_the_runs_of_an_application_are_those_on_all_its_specs(memory: Memory) -> None:
    for day, spec in enumerate(("aa", "bb", "cc")):
        memory.runs.save(PipelineRun(spec, "generate", DAYS[day], DAYS[day], "succeeded", spec))
        name = "shop" if spec != "bb" else "other"
        memory.experience.save_signature(SpecSignature(spec, name, ()), DAYS[day])
    assert [run.id for run in memory.experience.list_runs_of("shop")] == ["cc", "aa"]
    assert [run.id for run in memory.experience.list_runs_of("shop", limit=1)] == ["cc"]
    assert memory.experience.list_runs_of("nowhere") == ()


def test_an_error_comes_back_as_it_was_recorded(memory: Memory) -> None:
    memory.experience.record_errors([error(), repaired(2, compliance_before=0.5, iterations=2)])
    found = memory.experience.list_errors()
    assert found == (repaired(2, compliance_before=0.5, iterations=2), error())


def test_an_error_met_again_is_counted_and_keeps_when_it_was_met_first(memory: Memory) -> None:
    memory.experience.record_errors([error()])
    memory.experience.record_errors([error(first_seen=DAYS[3], last_seen=DAYS[3], message="again")])
    (found,) = memory.experience.list_errors()
    assert (found.occurrences, found.first_seen, found.last_seen) == (2, DAYS[0], DAYS[3])
    assert found.message == "again"


def test_each_fix_of_an_error_is_kept_with_what_became_of_it(memory: Memory) -> None:
    other = (FixEdit("src/a.py", "x", "y"),)
    memory.experience.record_errors([error(), repaired(), repaired(fix=other)])
    memory.experience.record_errors([repaired(occurrences=0, tried=1, helped=1)])
    memory.experience.record_errors([repaired(fix=other, occurrences=0, tried=1)])
    fixed = {one.fix: one for one in memory.experience.list_errors(fixed=True)}
    assert (fixed[FIX].tried, fixed[FIX].helped, fixed[FIX].occurrences) == (1, 1, 1)
    assert (fixed[other].tried, fixed[other].helped) == (1, 0)
    assert fixed[FIX].is_proven
    assert not fixed[other].is_proven
    assert memory.experience.list_errors(fixed=False) == (error(),)


def test_errors_are_found_by_construct_and_by_application(memory: Memory) -> None:
    memory.experience.record_errors(
        [error(), error(2, construct="flow:checkout"), error(3, application="other")]
    )
    by_construct = memory.experience.list_errors(constructs=["flow:checkout", "type:x"])
    assert [one.error_id for one in by_construct] == ["e2"]
    assert [one.error_id for one in memory.experience.list_errors(application="other")] == ["e3"]
    assert len(memory.experience.list_errors(limit=2)) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"cause": "fate"},
        {"error_id": ""},
        {"helped": 1},
        {"compliance_before": 1.5},
        {"last_seen": "2025-01-01T00:00:00.000Z"},
        {"fix": (), "fix_origin": "person"},
    ],
)
def test_nonsense_is_refused(memory: Memory, facts: dict[str, object]) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.experience.record_errors([error(), error(2)._replace(**facts)])
    assert memory.experience.list_errors() == ()


def test_functions_are_replaced_by_place_and_name(memory: Memory) -> None:
    one = CodeFragment("shop", "src/a.py", "total", "d1", "services", "", "def total(): ...", 1)
    one = one._replace(seen_at=DAYS[0])
    memory.experience.save_fragments([one, one._replace(name="other", seen_at=DAYS[1])])
    memory.experience.save_fragments([one._replace(digest="d2", passed=2, seen_at=DAYS[2])])
    assert [(f.name, f.digest, f.passed) for f in memory.experience.list_fragments()] == [
        ("total", "d2", 2),
        ("other", "d1", 1),
    ]


def test_what_runs_taught_belongs_to_a_repository(location: str, tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        repository = Repository(f"name:{name}", name)
        with open_memory(location, tmp_path, repository=repository) as memory:
            memory.experience.record_errors([error(application=name)])
            memory.experience.save_signature(SpecSignature("aa", name, ()), DAYS[0])
            assert len(memory.experience.list_errors()) == 1
            assert len(memory.experience.list_signatures()) == 1
            found = memory.choose(everything=True).experience.list_errors()
    assert {one.application for one in found} == {"ours", "theirs"}
