"""The repositories of a memory, and which of them a role writes to and reads from."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.sql.database import Database, write_marks
from devmatrix_guard.model.knowledge.repository import Repository

_NOBODY = -1


class Scope:
    """Where facts are written, and from where they are read.

    Args:
        database: the connection.
        repository: the one that facts belong to which are written here.
        chosen: rows of the repositories that are read; that one alone unless given, all if empty.
    """

    def __init__(
        self, database: Database, repository: Repository, chosen: tuple[int, ...] | None = None
    ) -> None:
        self._database = database
        self.repository = repository
        self.chosen = chosen

    @property
    def is_own(self) -> bool:
        """Whether reads see what is written here and nothing else."""
        return self.chosen is None

    def find_own(self) -> int:
        """Return the row of the repository; -1, which no row has, where it has none yet.

        Who does not say which repository it is means the only one there is.
        """
        known = [self.repository.identity, *self.repository.former, ""]
        rows: dict[str, int] = dict(
            self._database.fetch_rows(
                f"SELECT identity, id FROM repositories WHERE identity IN ({write_marks(known)})",
                known,
            )
        )
        found = next((int(rows[identity]) for identity in known if identity in rows), _NOBODY)
        if found == _NOBODY and not self.repository.identity:
            some = self._database.fetch_rows("SELECT id FROM repositories LIMIT 2")
            return int(some[0][0]) if len(some) == 1 else _NOBODY
        return found

    def ensure_own(self) -> int:
        """Return the row of the repository, made or taken over if need be, in a transaction.

        Facts of a former identity, or of none, are those of the first repository that writes.
        """
        identity, name, _ = self.repository
        found = self.find_own()
        if found == _NOBODY:
            self._database.run(
                "INSERT INTO repositories (identity, name) VALUES (?, ?)", (identity, name)
            )
            return self.find_own()
        if identity:
            self._database.run(
                "UPDATE repositories SET identity = ?, name = ? "
                "WHERE id = ? AND (identity <> ? OR name <> ?)",
                (identity, name, found, identity, name),
            )
        return found

    def covers_everything(self) -> bool:
        """Tell whether no repository's facts are left out."""
        if self.chosen is not None:
            return not self.chosen
        rows = self._database.fetch_rows("SELECT id FROM repositories LIMIT 2")
        return [int(row) for (row,) in rows] == [self.find_own()]

    def narrow(self, column: str) -> str:
        """Return the condition that a column of repositories' rows is one of those read."""
        if self.chosen is None:
            return f"{column} = {self.find_own()}"
        if not self.chosen:
            return "TRUE"
        return f"{column} IN ({', '.join(map(str, self.chosen))})"


class SqlRepositoryStore:
    """The table `repositories` as a `RepositoryStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def list_all(self) -> tuple[Repository, ...]:
        return tuple(Repository(identity, name) for _, identity, name in self._fetch())

    def get_own(self) -> Repository:
        return self._scope.repository

    def find_rows(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return the rows of repositories by their names, or identities, or the start of these.

        Raises:
            UsageError: a name means none of them, or more than one.
        """
        return tuple(self._find_row(name) for name in names)

    def _find_row(self, text: str) -> int:
        rows = self._fetch()
        for is_meant in (
            lambda identity, name: text in (identity, name),
            lambda identity, _: bool(text) and identity.startswith(text),
        ):
            found = [row for row, identity, name in rows if is_meant(identity, name)]
            if len(found) == 1:
                return found[0]
            if found:
                ids = ", ".join(identity[:20] for row, identity, _ in rows if row in found)
                raise UsageError(
                    f"{len(found)} repositories are called `{text}`; give the start of an id "
                    f"instead: {ids}."
                )
        known = ", ".join(sorted(name or identity for _, identity, name in rows if identity))
        raise UsageError(f"the memory holds no repository `{text}`; it holds: {known or 'none'}.")

    def _fetch(self) -> list[tuple[int, str, str]]:
        return [
            (int(row), identity, name)
            for row, identity, name in self._database.fetch_rows(
                "SELECT id, identity, name FROM repositories ORDER BY name, identity"
            )
        ]
