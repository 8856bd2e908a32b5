"""Frozen values shared by every part; import the defining module, not this package.

`NamedValue` is the base of values here, in the IR and in whatever a hook or `guard generate` loads:
it costs a tenth to define. `typing.NamedTuple` serves modules that load `typing` anyway. A frozen
dataclass is for a value that must not be a tuple: one that is compared by some fields only, or
computes a field.
"""
