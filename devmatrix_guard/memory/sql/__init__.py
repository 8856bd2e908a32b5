"""The roles of a memory in SQL that SQLite and PostgreSQL both understand.

Each module answers for one Protocol of `memory.base` and speaks to a `Database`: a connection of
`memory.sqlite` or `memory.postgres`. What the two do not have in common, text search and the
arithmetic of vectors, stands behind `search.TextIndex` and `vectors.SqlVectorIndex`.
"""
