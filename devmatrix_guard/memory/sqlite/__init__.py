"""The embedded memory: one SQLite file, opened by `connect`.

`database` holds the connection, its transactions and its errors; `migrate` brings the schema up
to date; `search` and `vectors` are what SQLite does in its own way. The other roles are those of
`memory.sql`.
"""
