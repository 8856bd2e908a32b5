"""Flows nobody wrote: `POST /orders/{id}/cancel` says enough, where states or flags fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.generator.extract.entities.naming import is_form_of
from devmatrix_guard.ir.behavior import StateMachine
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.ir.names import to_plural, to_snake
from devmatrix_guard.model.named_value import NamedValue

_MEANT = {
    "pay": ("paid",),
    "send": ("sent",),
    "complete": ("completed", "complete", "done", "finished"),
    "finish": ("finished", "done", "completed"),
    "start": ("started", "in_progress", "inprogress", "running", "active"),
    "begin": ("started", "in_progress"),
    "stop": ("stopped", "inactive"),
    "cancel": ("cancelled", "canceled"),
    "reopen": ("open", "opened", "todo"),
    "restore": ("active", "open"),
    "activate": ("active", "activated", "enabled"),
    "deactivate": ("inactive", "deactivated", "disabled"),
    "enable": ("enabled", "active"),
    "disable": ("disabled", "inactive"),
    "return": ("returned", "available"),
    "checkout": ("checked_out", "borrowed"),
    "borrow": ("borrowed", "checked_out"),
    "hide": ("hidden",),
    "done": ("done", "completed"),
    "deliver": ("delivered",),
    "validate": ("valid", "validated"),
    "ban": ("banned",),
    "ack": ("acknowledged", "acked"),
    "purchase": ("purchased", "bought", "sold"),
    "buy": ("bought", "purchased", "sold"),
    "sell": ("sold",),
    "resume": ("active", "running", "in_progress"),
    "check_in": ("checked_in",),
    "check_out": ("checked_out",),
    "unpublish": ("draft", "unpublished"),
    "unarchive": ("active", "open"),
}
_OPPOSITES = {
    "close": "open",
    "deactivate": "activate",
    "disable": "enable",
    "reopen": "complete",
    "hide": "show",
    "incomplete": "complete",
    "undo": "do",
    "lock": "unlock",
    "inactivate": "activate",
}
# What takes away that something was done: where a row says when, it says so no more.
_UNDONE = {"restore": ("archive", "delete"), "reopen": ("close", "complete"), "resume": ("pause",)}


_STATES = ("status", "state")
_WORD = re.compile(r"[A-Za-z_]{3,}")
# What a row is afterwards, where its status may be any text.
_DONE = {
    "accept": "accepted",
    "approve": "approved",
    "archive": "archived",
    "cancel": "cancelled",
    "close": "closed",
    "complete": "completed",
    "confirm": "confirmed",
    "decline": "declined",
    "publish": "published",
    "reject": "rejected",
    "resolve": "resolved",
}
# What anyone does with a row, over and over, and a row may keep count of.
_COUNTED = {
    "clap",
    "click",
    "dislike",
    "download",
    "downvote",
    "favorite",
    "like",
    "play",
    "share",
    "star",
    "upvote",
    "view",
    "visit",
    "vote",
}
# What puts an amount on a balance, and what takes one from it.
_ADDED = {"deposit", "credit", "top_up", "topup", "recharge", "add_funds", "add_money", "refill"}
_TAKEN = {"withdraw", "withdrawal", "debit", "spend", "take_out"}
_BALANCES = ("balance", "current_balance", "available_balance", "credits", "points")
_NUMBERS = ("integer", "bigint", "number", "decimal")
# What is said by POST where other APIs have a method.
_READS = ("get", "read", "fetch", "show", "info", "retrieve", "describe")
_REMOVES = ("delete", "remove", "destroy")
LISTED = "delete_listed"
# What others than the owner of a row do with it.
_OF_OTHERS = {
    "accept",
    "acknowledge",
    "approve",
    "assign",
    "claim",
    "decline",
    "flag",
    "read",
    "reject",
    "report",
    "resolve",
    "review",
    "verify",
}


class BodyAttribute(NamedValue):
    """An attribute that the body of a request says: its name, the property, must it be there."""

    attribute: str
    wire: str
    required: bool


class Action(NamedValue):
    """An action that a path names.

    Attributes:
        verb: last word of the path, in snake case, or `LISTED`.
        by: attribute to expression, to load the row.
        viewer_key: the key of whoever is signed in; "" where nobody need be.
        refuses: a 409 is declared, so that doing it twice is refused.
        body_attributes: what the body says of the row.
        amount: the number that a body gives and that is nothing else, its property, or "".
        reply: the answer that tells less than the whole row: each field and its expression.
    """

    verb: str
    by: Mapping[str, str]
    viewer_key: str = ""
    refuses: bool = False
    body_attributes: tuple[BodyAttribute, ...] = ()
    reply: Mapping[str, str] = {}
    amount: str = ""


def infer_steps(
    entity: Entity, action: Action, machine: StateMachine | None
) -> list[dict[str, Any]] | None:
    """Return the steps an action of this name means, as a spec would hold them, or None.

    Args:
        entity: whose row is addressed.
        action: what is done with it.
        machine: states of the entity, if declared.
    """
    if action.verb == LISTED:
        return _infer_removals(entity, action)
    verb = action.verb.removeprefix("mark_as_").removeprefix("mark_").removeprefix("set_")
    change = (
        _infer_transition(verb, machine)
        or _infer_state(entity, verb, machine)
        or _infer_flag(entity, verb)
        or _infer_moment(entity, verb)
    )
    settings = _infer_settings(action.body_attributes, machine)
    counted = _infer_count(entity, verb) if change is None else {}
    if counted:
        settings = {**settings, **counted}
    named = any("body." in value for value in action.by.values())
    load = {"as": "found", "entity": entity.name, "by": dict(action.by), "lock": True}
    steps: list[dict[str, Any]] = [{"load": load}]
    if action.amount:
        moved = _infer_amount(entity, verb, action.amount)
        owned = _find_owned(entity, verb, action.viewer_key)
        answer: Any = dict(action.reply) or "found"
        return [*steps, *owned, *moved, {"return": answer}] if moved else None
    if named and change is None and not settings:
        return _infer_method(entity, action, load)
    if change is None and not settings:
        return None
    answer = dict(action.reply) or "found"
    steps += _find_owned(entity, verb, action.viewer_key)
    if change is None:
        change = {"set": settings}
    elif "set" in change:
        (target, value), *_ = change["set"].items()
        if action.refuses and not value.startswith("not "):
            refusal = {"status": 409, "code": f"already_{verb}"}
            before = f"{target} == null" if value == "now()" else f"{target} != {value}"
            steps.append({"require": {"expr": before, "else": refusal}})
        change = {"set": {**change["set"], **_infer_moments(entity, verb, value), **settings}}
    elif settings:
        steps.append({"set": settings})
    return [*steps, change, {"return": answer}]


def _infer_amount(entity: Entity, verb: str, wire: str) -> list[dict[str, Any]]:
    """Return the steps that put an amount on a balance or take it from there, as far as it goes."""
    found = [a.name for a in entity.attributes if a.name in _BALANCES and a.type.kind in _NUMBERS]
    if len(found) != 1 or verb not in _ADDED | _TAKEN:
        return []
    balance = f"coalesce(found.{found[0]}, 0)"
    wrong = {"status": 422, "code": "amount_not_positive"}
    steps: list[dict[str, Any]] = [{"require": {"expr": f"body.{wire} > 0", "else": wrong}}]
    if verb in _ADDED:
        return [*steps, {"set": {f"found.{found[0]}": f"{balance} + body.{wire}"}}]
    short = {"status": 409, "code": f"{found[0]}_too_low"}
    return [
        *steps,
        {"require": {"expr": f"{balance} >= body.{wire}", "else": short}},
        {"set": {f"found.{found[0]}": f"{balance} - body.{wire}"}},
    ]


def _infer_method(
    entity: Entity, action: Action, load: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """Return the steps of a word that stands for a method: `get`, `delete`."""
    if action.verb in _READS and not action.reply:
        return [{"load": {**load, "lock": False}}, {"return": "found"}]
    if action.verb in _REMOVES:
        owned = _find_owned(entity, action.verb, action.viewer_key)
        answer = dict(action.reply) or None
        return [{"load": load}, *owned, {"delete": "found"}, {"return": answer}]
    return None


def _infer_removals(entity: Entity, action: Action) -> list[dict[str, Any]]:
    """Return the steps that remove the rows whose keys a body lists, those of the caller alone."""
    ((key, listed),) = action.by.items()
    where = f"it.{key} in {listed}"
    owner = next((r for r in entity.relations if r.name == entity.owner), None)
    if owner is not None and action.viewer_key:
        where += f" and it.{owner.column} == viewer.{action.viewer_key}"
    load = {"as": "found", "entity": entity.name, "where": where, "order_by": key, "lock": True}
    each = {"in": "found", "as": "each", "steps": [{"delete": "each"}]}
    return [{"load_many": load}, {"for_each": each}, {"return": dict(action.reply) or None}]


def _infer_settings(
    body_attributes: tuple[BodyAttribute, ...], machine: StateMachine | None
) -> dict[str, str]:
    """Return what the body sets; states are only changed by events."""
    ruled = machine.attribute if machine is not None else ""
    return {
        f"found.{item.attribute}": (
            f"body.{item.wire}"
            if item.required
            else f"coalesce(body.{item.wire}, found.{item.attribute})"
        )
        for item in body_attributes
        if item.attribute != ruled
    }


def _find_owned(entity: Entity, verb: str, viewer_key: str) -> list[dict[str, Any]]:
    """Return the step that lets only the owner of the row go on."""
    owner = next((r for r in entity.relations if r.name == entity.owner), None)
    column = entity.key if entity.is_principal else owner.column if owner is not None else ""
    if not column or not viewer_key or verb in _OF_OTHERS | _COUNTED:
        return []
    refusal = {"status": 403, "code": "forbidden"}
    condition = f"found.{column} == viewer.{viewer_key}"
    return [{"require": {"expr": condition, "else": refusal}}]


def _infer_moment(entity: Entity, verb: str) -> dict[str, Any] | None:
    """Return that a row says when it was done, or does so no more: `archived_at` alone."""
    done = _infer_moments(entity, verb, "")
    if done:
        return {"set": done}
    opposites = _UNDONE.get(verb, (verb[2:],) if verb.startswith("un") else ())
    undone = [name for word in opposites for name in _infer_moments(entity, word, "")]
    return {"set": {undone[0]: "null"}} if len(undone) == 1 else None


def _infer_moments(entity: Entity, verb: str, value: str) -> dict[str, str]:
    """Return when it was done, where the row has a place for that: `published_at`."""
    word = value.strip("'\"").lower()
    return {
        f"found.{a.name}": "now()"
        for a in entity.attributes
        if a.type.kind == "datetime"
        and a.nullable
        and a.origin == "default"
        and a.name.endswith("_at")
        and (is_form_of(a.name.removesuffix("_at"), verb) or a.name == f"{word}_at")
    }


def _infer_transition(verb: str, machine: StateMachine | None) -> dict[str, Any] | None:
    for transition in machine.transitions if machine else ():
        if transition.event in (verb, to_snake(verb)):
            return {"transition": {"target": "found", "event": verb}}
    return None


def _infer_state(entity: Entity, verb: str, machine: StateMachine | None) -> dict[str, Any] | None:
    for attribute in entity.attributes:
        if machine is not None and attribute.name == machine.attribute:
            continue
        for value in attribute.type.enum:
            if not isinstance(value, str):
                continue
            word = value.lower().replace("-", "_").replace(" ", "_")
            if word in _MEANT.get(verb, ()) or is_form_of(word, verb):
                return {"set": {f"found.{attribute.name}": repr(value)}}
    return _infer_word(entity, verb, machine)


def _infer_word(entity: Entity, verb: str, machine: StateMachine | None) -> dict[str, Any] | None:
    """Return the word that a status of any text is set to: one its description lists, or usual."""
    for attribute in entity.attributes:
        plain = attribute.type.kind in ("string", "text") and not attribute.type.enum
        ruled = machine is not None and attribute.name == machine.attribute
        if attribute.name not in _STATES or not plain or ruled or attribute.constraints:
            continue
        listed = [word.lower() for word in _WORD.findall(attribute.description)]
        for word in (*listed, _DONE.get(verb, "")):
            if word and word != verb and (word in _MEANT.get(verb, ()) or is_form_of(word, verb)):
                return {"set": {f"found.{attribute.name}": repr(word)}}
    return None


def _infer_flag(entity: Entity, verb: str) -> dict[str, Any] | None:
    flags = [a.name for a in entity.attributes if a.type.kind == "boolean" and not a.hidden]
    if verb == "toggle" and len(flags) == 1:
        return {"set": {f"found.{flags[0]}": f"not found.{flags[0]}"}}
    for name in flags:
        word = name.removeprefix("is_").removeprefix("has_")
        if _says(word, verb):
            return {"set": {f"found.{name}": "true"}}
        opposite = _OPPOSITES.get(verb) or verb.removeprefix("un").removeprefix("de")
        if opposite != verb and _says(word, opposite):
            return {"set": {f"found.{name}": "false"}}
    return None


def _infer_count(entity: Entity, verb: str) -> dict[str, str]:
    """Return what counts up, or down again: `POST /ideas/{id}/like` where an idea has `likes`."""
    for word, change in ((verb, "+ 1"), (verb.removeprefix("un").removeprefix("re"), "- 1")):
        names = {to_plural(word), f"{word}_count", f"{to_plural(word)}_count"}
        found = [a for a in entity.attributes if a.name in names and not a.hidden]
        numbers = [a.name for a in found if a.type.kind in ("integer", "bigint")]
        if word not in _COUNTED or not numbers or (word == verb) != (change == "+ 1"):
            continue
        value = f"coalesce(found.{numbers[0]}, 0)"
        counted = f"{value} + 1" if change == "+ 1" else f"greatest({value} - 1, 0)"
        return {f"found.{numbers[0]}": counted}
    return {}


def _says(word: str, verb: str) -> bool:
    return word == verb or word in _MEANT.get(verb, ()) or is_form_of(word, verb)
