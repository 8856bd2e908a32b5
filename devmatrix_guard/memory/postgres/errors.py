"""What a user is told when a server refuses or does not answer; never with the password in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devmatrix_guard.errors import MemoryStoreError

if TYPE_CHECKING:
    import psycopg

# SQLSTATE, or the start of it: what to say. The first that fits is taken.
_BY_STATE = (
    ("28", "{name} refused the login ({text}); correct `memory` or ~/.pgpass."),
    ("3D", "{name} has no such database ({text}); make it, or correct `memory`."),
    ("42501", "the role of {name} may not do this ({text}); grant what docs/memory.md names."),
    ("3F", "{name} lacks the schema ({text}); open it once with a role that may create it."),
    ("42", "the tables of {name} are not those of this release ({text}); use another schema."),
    ("55P03", "{name} is in use by another process; wait for it to end and run again."),
    ("57014", "{name} took too long to answer ({text}); run again when it is less busy."),
    ("25P03", "{name} ended a transaction that was idle for too long; run again."),
    ("40", "{name} could not serialise this with another process ({text}); run again."),
    ("25006", "{name} is read-only ({text}); name a server that can be written."),
    ("53300", "{name} has no free connection; run again later, or allow more."),
    ("53", "{name} is out of disk space ({text}); free some and run again."),
    ("54", "{name} refuses this ({text}); nothing was written."),
    ("22", "{name} refuses this ({text}); nothing was written."),
    ("23", "{name} refuses this ({text}); nothing was written."),
)


def translate_error(error: psycopg.Error, name: str) -> MemoryStoreError:
    """Return the sentence a user is shown for an error of a statement."""
    text = _take_first_line(error.diag.message_primary or str(error))
    for state, sentence in _BY_STATE:
        if (error.sqlstate or "").startswith(state):
            return MemoryStoreError(f"the memory {sentence.format(name=name, text=text)}")
    return MemoryStoreError(f"the memory {name} does not answer ({text}); run again.")


def explain_no_connection(error: psycopg.Error, name: str, secret: str | None) -> MemoryStoreError:
    """Return the sentence a user is shown when there is no connection.

    libpq gives no SQLSTATE then, and a text of one line for each address it tried.
    """
    text = _take_first_line(str(error).rpartition("FATAL:")[2].strip())
    if secret:
        text = text.replace(secret, "…")
    return MemoryStoreError(
        f"the memory {name} cannot be reached ({text}); "
        "correct `memory` (user, password, host, database), or start the server."
    )


def _take_first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0].rstrip(". ")
