"""The embedded memory: one SQLite file, opened by `connect`, one module per role.

`database` holds the connection, its transactions and its errors; `migrate` brings the schema up
to date; the other modules each answer for one Protocol of `memory.base`.
"""
