"""A memory on a PostgreSQL server, for a team; opened by `connect`, needs the extra `postgres`.

`address` reads the URL, `database` holds the connection and its transactions, `errors` says what
went wrong, `text` carries what PostgreSQL cannot hold, `migrate` brings the schema up to date;
`search` and `vectors` are what PostgreSQL does in its own way. The other roles are those of
`memory.sql`.
"""
