"""Write flows, state machines and invariants as the spec holds them: the way back from the IR.

Expressions keep their text, so that what is written here reads as what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from devmatrix_guard.ir import behavior as ir
from devmatrix_guard.ir.expression import Expression

Data = dict[str, Any]


def write_flow(flow: ir.Flow) -> Data:
    """Return what stands under the name of a flow in `x-flows`."""
    found: Data = {"description": flow.description} if flow.description else {}
    if flow.serializable:
        found["transaction"] = "serializable-retry"
    if flow.inputs:
        found["inputs"] = {name: kind.removeprefix("row:") for name, kind in flow.inputs}
    return {**found, "steps": write_steps(flow.steps)}


def write_machine(machine: ir.StateMachine) -> Data:
    """Return what stands under the name of an entity in `x-state-machines`."""
    transitions = []
    for one in machine.transitions:
        written: Data = {"event": one.event, "from": list(one.sources), "to": one.target}
        if one.guard is not None:
            written["guard"] = one.guard.text
        transitions.append(written)
    return {"field": machine.attribute, "initial": machine.initial, "transitions": transitions}


def write_invariant(invariant: ir.Invariant) -> Data:
    """Return an item of `x-invariants`."""
    return {
        "name": invariant.name,
        "entity": invariant.entity,
        "expr": invariant.text,
        "enforce": list(invariant.enforce),
    }


def write_steps(steps: Sequence[ir.Step]) -> list[Data]:
    """Return steps, each as the one word with what it needs."""
    return [_WRITERS[type(step)](step) for step in steps]


def _write_settings(settings: Sequence[ir.Setting]) -> Data:
    return {setting.attribute: setting.value.text for setting in settings}


def _write_items(items: Sequence[ir.PayloadItem]) -> Data:
    return {item.name: item.value.text for item in items}


def _write_failure(failure: ir.Failure) -> Data:
    written: Data = {"status": failure.status, "code": failure.code}
    return {**written, "message": failure.message} if failure.message else written


def _keep(**values: Any) -> Data:
    """Return what is there: nothing that is None, false or empty; `_` at the end is left out."""
    kept = {}
    for name, value in values.items():
        if value is None or value is False or value in ("", (), [], {}):
            continue
        written = value.text if isinstance(value, Expression) else value
        kept[name.rstrip("_")] = _write_failure(written) if type(written) is ir.Failure else written
    return kept


def _write_order(order: Sequence[ir.Order]) -> list[str]:
    return [f"{'-' if one.descending else ''}{one.attribute}" for one in order]


def _write_load(step: ir.Load) -> Data:
    found = _keep(
        as_=step.name, entity=step.entity, by=_write_settings(step.by), where=step.where,
        order_by=_write_order(step.order), lock=step.lock, skip_locked=step.skip_locked,
        optional=step.optional,
    )  # fmt: skip
    if not step.optional:
        found["else"] = _write_failure(step.otherwise)
    return {"load": found}


def _write_load_many(step: ir.LoadMany) -> Data:
    found = _keep(
        as_=step.name, entity=step.entity, where=step.where, order_by=_write_order(step.order),
        limit=step.limit, lock=step.lock,
    )  # fmt: skip
    return {"load_many": found}


def _write_number(step: ir.Number) -> Data:
    found = _keep(as_=step.name, series=step.series, per=step.per)
    return {"number": found if step.start == 1 else {**found, "start": step.start}}


def _write_require(step: ir.Require) -> Data:
    return {"require": {"expr": step.condition.text, "else": _write_failure(step.otherwise)}}


def _write_for_each(step: ir.ForEach) -> Data:
    found = _keep(in_=step.collection, as_=step.name, order_by=step.order_by)
    return {"for_each": {**found, "steps": write_steps(step.steps)}}


def _write_when(step: ir.When) -> Data:
    then, otherwise = write_steps(step.then), write_steps(step.otherwise)
    return {"when": {"expr": step.condition.text, "then": then, **_keep(else_=otherwise)}}


def _write_create(step: ir.Create) -> Data:
    found = _keep(as_=step.name, entity=step.entity)
    return {"create": {**found, "set": _write_settings(step.settings)}}


def _write_create_many(step: ir.CreateMany) -> Data:
    found = {"entity": step.entity, "from": step.collection.text, "as": step.name}
    return {"create_many": {**found, "set": _write_settings(step.settings)}}


def _write_upsert(step: ir.Upsert) -> Data:
    parts = (("key", step.key), ("insert", step.insert), ("update", step.update))
    found = _keep(as_=step.name, entity=step.entity)
    return {"upsert": {**found, **{name: _write_settings(part) for name, part in parts}}}


def _write_set(step: ir.Set) -> Data:
    return {"set": {f"{step.name}.{one.attribute}": one.value.text for one in step.settings}}


def _write_amount(step: ir.Increment | ir.Decrement) -> Data:
    return _keep(target=f"{step.target.text}.{step.attribute}", by=step.by)


def _write_increment(step: ir.Increment) -> Data:
    rest = _keep(ceiling=step.ceiling, else_=step.otherwise)
    return {"increment": {**_write_amount(step), **rest}}


def _write_decrement(step: ir.Decrement) -> Data:
    return {"decrement": {**_write_amount(step), **_keep(floor=step.floor, else_=step.otherwise)}}


def _write_transition(step: ir.Transition) -> Data:
    otherwise = _write_failure(step.otherwise)
    return {"transition": {"target": step.name, "event": step.event, "else": otherwise}}


def _write_return(step: ir.Return) -> Data:
    return {
        "return": step.value.text if step.value is not None else _write_items(step.items) or None
    }


def _write_call(step: ir.CallPort) -> Data:
    found = _keep(port=step.port, as_=step.name, else_=step.otherwise)
    return {"call": {**found, **_keep(with_=_write_items(step.arguments))}}


def _write_describe(step: ir.Describe) -> Data:
    found = _keep(text=step.text, inputs=[name for name, _ in step.inputs])
    if step.output[0]:
        found["output"] = {"name": step.output[0], "type": step.output[1]}
    return {"describe": {**found, **_keep(entities=list(step.entities))}}


_WRITERS: dict[type, Callable[[Any], Data]] = {
    ir.Load: _write_load,
    ir.LoadMany: _write_load_many,
    ir.Let: lambda step: {"let": {step.name: step.value.text}},
    ir.Number: _write_number,
    ir.Run: lambda s: {"run": _keep(flow=s.flow, as_=s.name, with_=_write_items(s.arguments))},
    ir.Require: _write_require,
    ir.ForEach: _write_for_each,
    ir.When: _write_when,
    ir.Create: _write_create,
    ir.CreateMany: _write_create_many,
    ir.Upsert: _write_upsert,
    ir.Set: _write_set,
    ir.Increment: _write_increment,
    ir.Decrement: _write_decrement,
    ir.Transition: _write_transition,
    ir.Delete: lambda step: {"delete": step.name},
    ir.Emit: lambda s: {"emit": _keep(event=s.event, payload=_write_items(s.payload))},
    ir.CallPort: _write_call,
    ir.Return: _write_return,
    ir.Describe: _write_describe,
}
