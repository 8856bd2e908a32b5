"""`guard serve`: what the guard knows as an HTTP API, with a page for people at its root.

`run` starts the server, `app` puts it together, `routes/` answers, `page/` shows. FastAPI is
imported here and nowhere else: only once the `api` extra is known to be there.
"""
