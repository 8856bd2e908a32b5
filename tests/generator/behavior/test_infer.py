"""What the last word of a path means: steps as a spec would hold them, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.generator.behavior.infer import Action, BodyAttribute, infer_steps
from devmatrix_guard.ir.behavior import StateMachine, StateTransition
from devmatrix_guard.ir.domain import Attribute, Entity, Relation, Type

ARTICLE = Entity(
    "Article",
    "articles",
    "articles",
    "id",
    (
        Attribute("id", "id", Type("uuid")),
        Attribute("is_published", "is_published", Type("boolean")),
        Attribute("published_at", "published_at", Type("datetime"), True, origin="default"),
        Attribute("archived", "archived", Type("boolean")),
        Attribute("status", "status", Type("string", enum=("draft", "approved", "rejected"))),
        Attribute("author_id", "author_id", Type("uuid")),
    ),
    relations=(Relation("author", "author", "many_to_one", "User", column="author_id"),),
    owner="author",
)
MACHINE = StateMachine(
    "Article",
    "status",
    "draft",
    ("draft", "approved", "rejected"),
    (),
    (StateTransition("approve", ("draft",), "approved", None),),
    "",
)


def _infer(verb: str, machine: StateMachine | None = None, **more: Any) -> list[dict[str, Any]]:
    return infer_steps(ARTICLE, Action(verb, {"id": "path.id"}, **more), machine) or []


def test_the_row_is_loaded_and_locked_before_and_returned_after() -> None:
    first, *_, last = _infer("archive")
    assert first == {
        "load": {"as": "found", "entity": "Article", "by": {"id": "path.id"}, "lock": True}
    }
    assert last == {"return": "found"}


@pytest.mark.parametrize(
    ("verb", "change"),
    [
        pytest.param("archive", {"found.archived": "true"}, id="a flag"),
        pytest.param("unarchive", {"found.archived": "false"}, id="its opposite"),
        pytest.param("mark_as_archived", {"found.archived": "true"}, id="marked"),
        pytest.param(
            "publish",
            {"found.is_published": "true", "found.published_at": "now()"},
            id="a flag and its moment",
        ),
        pytest.param("approve", {"found.status": "'approved'"}, id="a value of an enum"),
        pytest.param("reject", {"found.status": "'rejected'"}, id="another"),
    ],
)
def test_a_verb_changes_the_attribute_that_is_a_form_of_it(
    verb: str, change: dict[str, str]
) -> None:
    assert {"set": change} in _infer(verb)


@pytest.mark.parametrize("verb", ["frobnicate", "toggle", "status"])
def test_a_verb_that_fits_nothing_or_two_things_means_nothing(verb: str) -> None:
    assert _infer(verb) == []


MOMENTS = Entity(
    "Note",
    "notes",
    "notes",
    "id",
    (
        Attribute("id", "id", Type("uuid")),
        Attribute("archived_at", "archivedAt", Type("datetime"), True, origin="default"),
        Attribute("approved_at", "approvedAt", Type("datetime"), True, origin="default"),
        Attribute("deleted_at", "deletedAt", Type("datetime"), False, origin="default"),
        Attribute("status", "status", Type("string", enum=("offered", "sold"))),
    ),
)


@pytest.mark.parametrize(
    ("verb", "change"),
    [
        pytest.param("archive", {"found.archived_at": "now()"}, id="when it was done"),
        pytest.param("restore", {"found.archived_at": "null"}, id="it is done no more"),
        pytest.param("unapprove", {"found.approved_at": "null"}, id="and by the word itself"),
        pytest.param("purchase", {"found.status": "'sold'"}, id="sold to who buys"),
        pytest.param("delete", {}, id="a moment that must be there"),
        pytest.param("undo", {}, id="nothing said"),
    ],
)
def test_a_verb_says_when_it_was_done_where_nothing_else_fits(
    verb: str, change: dict[str, str]
) -> None:
    steps = infer_steps(MOMENTS, Action(verb, {"id": "path.id"}), None) or []
    assert [step["set"] for step in steps if "set" in step] == ([change] if change else [])


def test_an_event_of_a_machine_goes_before_all_else() -> None:
    event = {"transition": {"target": "found", "event": "approve"}}
    assert event in _infer("approve", MACHINE)


def test_a_state_that_a_machine_rules_is_not_set() -> None:
    assert _infer("reject", MACHINE) == []


def test_only_the_owner_may_do_it() -> None:
    guard = {
        "require": {
            "expr": "found.author_id == viewer.id",
            "else": {"status": 403, "code": "forbidden"},
        }
    }
    assert guard in _infer("archive", viewer_key="id")
    assert guard not in _infer("archive")


def test_what_is_so_already_is_refused_where_the_spec_declares_a_conflict() -> None:
    refusal = {"status": 409, "code": "already_archive"}
    step = {"require": {"expr": "found.archived != true", "else": refusal}}
    assert step in _infer("archive", refuses=True)
    assert step not in _infer("archive")


def test_the_body_sets_what_it_says_and_keeps_what_it_leaves_out() -> None:
    body = (BodyAttribute("author_id", "author", True), BodyAttribute("archived", "gone", False))
    change = {
        "found.author_id": "body.author",
        "found.archived": "coalesce(body.gone, found.archived)",
    }
    assert {"set": change} in _infer("move", body_attributes=body)


def test_the_body_does_not_set_a_state_that_a_machine_rules() -> None:
    body = (BodyAttribute("status", "status", True),)
    assert _infer("move", MACHINE, body_attributes=body) == []


def test_what_a_row_keeps_count_of_is_counted() -> None:
    counts = (Attribute("likes", "likes", Type("integer"), True), *ARTICLE.attributes)
    counts += (Attribute("vote_count", "voteCount", Type("integer")),)
    liked = ARTICLE._replace(attributes=counts, owner="")
    by = {"id": "path.id"}

    def change(verb: str) -> Any:
        steps = infer_steps(liked, Action(verb, by, refuses=True), None)
        return steps[1:] if steps is not None else None

    assert change("like") == [{"set": {"found.likes": "coalesce(found.likes, 0) + 1"}}, _RETURN]
    down = "greatest(coalesce(found.vote_count, 0) - 1, 0)"
    assert change("unvote") == [{"set": {"found.vote_count": down}}, _RETURN]
    assert change("share") is None


_RETURN = {"return": "found"}


PURSE = Entity(
    "Purse",
    "purses",
    "purses",
    "id",
    (Attribute("id", "id", Type("bigint")), Attribute("balance", "balance", Type("decimal"))),
)


def _move(verb: str) -> list[dict[str, Any]]:
    return infer_steps(PURSE, Action(verb, {"id": "path.id"}, amount="amount"), None) or []


def test_an_amount_is_put_on_the_only_balance_or_taken_from_it_as_far_as_it_goes() -> None:
    added = {"found.balance": "coalesce(found.balance, 0) + body.amount"}
    taken = {"found.balance": "coalesce(found.balance, 0) - body.amount"}
    assert {"set": added} in _move("deposit")
    assert {"set": taken} in _move("withdraw")
    enough = [step["require"]["expr"] for step in _move("withdraw") if "require" in step]
    assert enough == ["body.amount > 0", "coalesce(found.balance, 0) >= body.amount"]
    assert _move("estimate") == []
