"""Behavior: the step and expression languages of a spec, checked against the domain.

    x-flows, x-state-machines, x-invariants, x-derived
        -> expressions (parse, type) -> steps -> BehaviorModel

Everything is checked before a file is written: an unknown name, a wrong type or a value that may
be null where one is needed is a SpecError with the pointer of the step.
"""
