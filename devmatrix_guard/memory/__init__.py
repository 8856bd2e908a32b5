"""The memory: what guard has learned and done, behind a few small Protocols.

settings.memory -> connect.open_memory -> base.Memory(patterns, rules, files, runs, lineage, ...)

`base` says what a store can do, `sqlite/` is the embedded one and `postgres/` the one for a team;
`sql/` is what the two have in common. The same contract tests run on every backend.
"""
