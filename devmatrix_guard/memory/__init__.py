"""The memory: what guard has learned and done, behind a few small Protocols.

settings.memory -> connect.open_memory -> base.Memory(patterns, rules, files, runs, lineage, ...)

`base` says what a store can do, `sqlite/` is the embedded one, and the same contract tests run
on every backend.
"""
