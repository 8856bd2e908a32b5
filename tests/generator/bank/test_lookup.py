from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord, Signature
from tests.contract.build import infra_pattern


@dataclass(frozen=True)
class Shelf:
    """A source that holds what it is given."""

    patterns: tuple[InfraPattern, ...] = ()

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        found = [p for p in self.patterns if p.pattern_id == pattern_id and p.frozen_at]
        return max(found, key=lambda p: p.version, default=None)

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        wanted = (pattern_id, version)
        return next((p for p in self.patterns if (p.pattern_id, p.version) == wanted), None)

    def list_all(self) -> tuple[InfraPattern, ...]:
        ids = sorted({p.pattern_id for p in self.patterns})
        return tuple(p for p in map(self.find_latest, ids) if p is not None)


@dataclass(frozen=True)
class Writer:
    """A provider that answers with one text."""

    text: str | None

    def write(self, signature: Signature) -> str | None:
        return self.text


def shelf(*versions: int, origin: str, **facts: Any) -> Shelf:
    return Shelf(
        tuple(
            infra_pattern(version=n, origin=origin, body=f"{origin} {n}", **facts) for n in versions
        )
    )


CACHE, BANK, PACKAGE = (shelf(1, origin=o) for o in ("cache", "bank", "packaged"))


def test_the_local_cache_comes_first_then_the_bank_then_the_package() -> None:
    assert PatternBank(CACHE, BANK, PACKAGE).get("dockerfile").origin == "cache"
    assert PatternBank(Shelf(), BANK, PACKAGE).get("dockerfile").origin == "bank"
    assert PatternBank(Shelf(), Shelf(), PACKAGE).get("dockerfile").origin == "packaged"
    assert PatternBank(None, None, PACKAGE).get("dockerfile").origin == "packaged"


def test_a_source_gives_its_newest_version() -> None:
    assert PatternBank(packaged=shelf(1, 3, 2, origin="packaged")).get("dockerfile").version == 3


def test_a_pattern_that_is_nowhere_is_an_error_with_the_way_on() -> None:
    with pytest.raises(GenerationError, match="`guard bank list`"):
        PatternBank(CACHE, BANK, PACKAGE).get("nowhere")


def test_a_pin_takes_exactly_its_version_from_wherever_it_is() -> None:
    old = shelf(1, origin="packaged").patterns[0]
    bank = PatternBank(
        shelf(3, origin="cache"),
        shelf(2, origin="bank"),
        Shelf((old,)),
        pins={"dockerfile": (1, old.sha)},
    )
    assert bank.get("dockerfile") == old


def test_a_pin_is_not_satisfied_by_another_text_of_the_same_version() -> None:
    wanted = shelf(1, origin="packaged").patterns[0]
    bank = PatternBank(CACHE, BANK, Shelf((wanted,)), pins={"dockerfile": (1, wanted.sha)})
    assert bank.get("dockerfile").body == "packaged 1"


def test_a_pinned_version_that_is_gone_is_an_error_and_not_a_newer_one() -> None:
    bank = PatternBank(CACHE, BANK, PACKAGE, pins={"dockerfile": (7, "ab" * 32)})
    with pytest.raises(
        GenerationError, match=r"pins the InfraPattern dockerfile@7 .*guard bank import"
    ):
        bank.get("dockerfile")


def test_one_version_is_found_frozen_or_not() -> None:
    draft = shelf(2, origin="bank", frozen_at=None)
    bank = PatternBank(None, draft, PACKAGE)
    assert bank.get("dockerfile").version == 1
    assert bank.find_exact("dockerfile", 2) == draft.patterns[0]
    with pytest.raises(GenerationError, match="dockerfile@3"):
        bank.find_exact("dockerfile", 3)


def test_everything_is_listed_once_and_as_it_would_be_used() -> None:
    more = Shelf((infra_pattern("compose", origin="bank"), *BANK.patterns))
    assert [(p.pattern_id, p.origin) for p in PatternBank(CACHE, more, PACKAGE).list_all()] == [
        ("compose", "bank"),
        ("dockerfile", "cache"),
    ]


def purpose(pattern_id: str, text: str, domain: str) -> InfraPattern:
    signature = Signature(text, domain=domain)
    return infra_pattern(pattern_id, signature=signature, body=pattern_id, origin="packaged")


SHOP = Shelf(
    (
        purpose("health", "Health check endpoints", "api"),
        purpose("probe", "Health probe of the container", "infrastructure"),
        purpose("compose", "Stack of containers with PostgreSQL", "infrastructure"),
    )
)


def found(bank: PatternBank, text: str, domain: str = "", **options: int) -> list[str]:
    signature = Signature(text, domain=domain)
    return [m.pattern.pattern_id for m in bank.search_with_fallback(signature, **options)]


def test_a_search_stays_in_the_domain_while_it_finds_enough() -> None:
    bank = PatternBank(packaged=SHOP)
    assert found(bank, "health check", "infrastructure") == ["probe"]
    assert found(bank, "health check", "infrastructure", min_results=2) == ["health", "probe"]
    assert found(bank, "health check", "no such domain") == ["health", "probe"]
    assert found(bank, "health check", top_k=1) == ["health"]


def test_a_search_in_vain_asks_the_writer_where_there_is_one() -> None:
    assert found(PatternBank(packaged=SHOP), "quantum teleport") == []
    assert found(PatternBank(packaged=SHOP, writer=Writer(None)), "quantum teleport") == []
    bank = PatternBank(packaged=SHOP, writer=Writer("beam up"))
    (match,) = bank.search_with_fallback(Signature("quantum teleport"))
    assert (match.pattern.body, match.pattern.origin) == ("beam up", "llm")
    assert match.pattern.frozen_at is None


def test_the_writer_is_not_asked_while_something_is_found() -> None:
    bank = PatternBank(packaged=SHOP, writer=Writer("beam up"))
    assert "llm" not in {m.pattern.origin for m in bank.search_with_fallback(Signature("health"))}


def test_of_two_patterns_for_one_purpose_the_one_that_fails_falls_behind() -> None:
    twins = Shelf(tuple(purpose(key, "Health check endpoints", "api") for key in "ab"))
    assert found(PatternBank(packaged=twins), "health check") == ["a", "b"]
    failing = (InfraRecord("a", 1, uses=4, successes=0),)
    assert found(PatternBank(packaged=twins, records=failing), "health check") == ["b", "a"]
    other_version = (failing[0]._replace(version=2),)
    assert found(PatternBank(packaged=twins, records=other_version), "health check") == ["a", "b"]
