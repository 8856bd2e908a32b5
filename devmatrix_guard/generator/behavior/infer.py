"""Flows nobody wrote: `POST /orders/{id}/cancel` says enough, where states or flags fit."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.extract.naming import is_form_of
from devmatrix_guard.ir.behavior import StateMachine
from devmatrix_guard.ir.domain import Entity

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
}
_OPPOSITES = {
    "deactivate": "activate",
    "disable": "enable",
    "reopen": "complete",
    "hide": "show",
    "incomplete": "complete",
    "undo": "do",
    "lock": "unlock",
    "inactivate": "activate",
}


def infer_steps(
    entity: Entity, verb: str, by: dict[str, str], machine: StateMachine | None
) -> list[dict[str, Any]] | None:
    """Return the steps an action of this name means, as a spec would hold them, or None.

    Args:
        entity: whose row is addressed.
        verb: last word of the path, in snake case.
        by: attribute to expression, to load the row.
        machine: states of the entity, if declared.
    """
    bare = verb.removeprefix("mark_as_").removeprefix("mark_").removeprefix("set_")
    change = _transition(bare, machine) or _state(entity, bare, machine) or _flag(entity, bare)
    if change is None:
        return None
    load = {"as": "found", "entity": entity.name, "by": by, "lock": True}
    return [{"load": load}, change, {"return": "found"}]


def _transition(verb: str, machine: StateMachine | None) -> dict[str, Any] | None:
    for transition in machine.transitions if machine else ():
        if transition.event == verb:
            return {"transition": {"target": "found", "event": verb}}
    return None


def _state(entity: Entity, verb: str, machine: StateMachine | None) -> dict[str, Any] | None:
    for attribute in entity.attributes:
        if machine is not None and attribute.name == machine.attribute:
            continue
        for value in attribute.type.enum:
            if not isinstance(value, str):
                continue
            word = value.lower().replace("-", "_").replace(" ", "_")
            if word in _MEANT.get(verb, ()) or is_form_of(word, verb):
                return {"set": {f"found.{attribute.name}": repr(value)}}
    return None


def _flag(entity: Entity, verb: str) -> dict[str, Any] | None:
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


def _says(word: str, verb: str) -> bool:
    return word == verb or word in _MEANT.get(verb, ()) or is_form_of(word, verb)
