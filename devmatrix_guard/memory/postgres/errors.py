"""What a user is told when a server refuses or does not answer; never with the password in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devmatrix_guard.errors import MemoryStoreError

if TYPE_CHECKING:
    import psycopg

# SQLSTATE, or the start of it: what to say. The first that fits is taken.
_BY_STATE = (
    ("28", "the memory {name} refused the login ({text}); correct `memory` or ~/.pgpass."),
    ("3D", "the memory {name} has no such database ({text}); make it, or correct `memory`."),
    (
        "42501",
        "the role of the memory {name} may not do this ({text}); grant what docs/memory.md names.",
    ),
    (
        "3F",
        "the memory {name} lacks the schema ({text}); open it once with a role that may create it.",
    ),
    (
        "42939",
        "the memory {name} cannot use a schema of PostgreSQL's own ({text}); name another.",
    ),
    (
        "42",
        "the tables of the memory {name} are not those of this release ({text}); "
        "use another schema.",
    ),
    (
        "55P03",
        "the memory {name} is in use by another process; wait for it to end and run again.",
    ),
    (
        "57014",
        "the memory {name} took too long to answer ({text}); run again when it is less busy.",
    ),
    ("25P03", "the memory {name} ended a transaction that was idle for too long; run again."),
    (
        "40",
        "the memory {name} could not serialise this with another process ({text}); run again.",
    ),
    ("25006", "the memory {name} is read-only ({text}); name a server that can be written."),
    ("53300", "the memory {name} has no free connection; run again later, or allow more."),
    ("53", "the memory {name} is out of disk space ({text}); free some and run again."),
    ("54", "the memory {name} refuses this ({text}); nothing was written."),
    ("22", "the memory {name} refuses this ({text}); nothing was written."),
    ("23", "the memory {name} refuses this ({text}); nothing was written."),
)
# What libpq says where there is no connection, and so no SQLSTATE: the remedy.
_REMEDIES = (
    (
        re.compile(
            r"password|authentication failed|not permitted to log in|role .* does not exist"
        ),
        "correct the user in `memory`, and the password in ~/.pgpass or PGPASSWORD",
    ),
    (
        re.compile(r"database .* does not exist"),
        "make the database, or correct `memory`",
    ),
    (
        re.compile(r"too many (connections|clients)|connection slots"),
        "run again later, or allow more connections",
    ),
    (
        re.compile(r"(starting up|shutting down|recovery mode)"),
        "run again in a moment",
    ),
    (
        re.compile(r"pg_hba\.conf"),
        "correct `memory`, or let this user in by the server's pg_hba.conf",
    ),
    (
        re.compile(r"SSL|certificate|TLS"),
        "correct `memory` (sslmode and its certificates), or have the server speak TLS",
    ),
)
_ANY_REMEDY = "correct `memory` (user, host, port, database), or start the server"
# What libpq puts before its reason; the host and the port stand in the name.
_PREAMBLE = re.compile(
    r"(connection (failed|is bad|timeout expired): )?(connection to server at .*? failed: )?"
)


def translate_error(error: psycopg.Error, name: str) -> MemoryStoreError:
    """Return the sentence a user is shown for an error of a statement."""
    text = _take_first_line(error.diag.message_primary or str(error))
    for state, sentence in _BY_STATE:
        if (error.sqlstate or "").startswith(state):
            return MemoryStoreError(sentence.format(name=name, text=text))
    return MemoryStoreError(f"the memory {name} does not answer ({text}); run again.")


def explain_no_connection(error: psycopg.Error, name: str, secret: str | None) -> MemoryStoreError:
    """Return the sentence a user is shown when there is no connection.

    libpq gives no SQLSTATE then, and a text of one line for each address it tried.
    """
    text = _PREAMBLE.sub("", _take_first_line(str(error).rpartition("FATAL:")[2]), count=1)
    remedy = next((told for shape, told in _REMEDIES if shape.search(text)), _ANY_REMEDY)
    if secret:
        text = text.replace(secret, "…")
    return MemoryStoreError(f"the memory {name} cannot be reached ({text}); {remedy}.")


def _take_first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0].rstrip(". ")
