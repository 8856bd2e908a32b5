"""Comments of reviews with their answers, and verdicts on findings."""

from __future__ import annotations

from collections.abc import Iterable

from devmatrix_guard.memory.sql.database import Database, upsert
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.review import Dismissal, ReviewComment

_COMMENT = (
    "comment_id, reviewer, file_path, line, body, review, commented_at, url, answer_commit, "
    "code_before, code_after"
)
_DISMISSAL = "source, rule_name, verdict, file_path, code, reason"


class SqlReviewStore:
    """The tables `review_comments` and `dismissals` as a `ReviewStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def save(self, comments: Iterable[ReviewComment]) -> int:
        known = {comment.comment_id: comment for comment in self._list_own()}
        new = {c.comment_id: c for c in comments if known.get(c.comment_id) != c}
        with self._database.transaction():
            own = self._scope.ensure_own()
            self._database.run_many(
                upsert(
                    "review_comments", f"repository_id, {_COMMENT}", "repository_id, comment_id"
                ),
                [(own, *comment) for comment in new.values()],
            )
        return len(new)

    def list_all(self) -> tuple[ReviewComment, ...]:
        return self._read(self._scope.narrow("repository_id"))

    def replace_dismissals(self, dismissals: Iterable[Dismissal]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            self._database.run("DELETE FROM dismissals WHERE repository_id = ?", (own,))
            self._database.run_many(
                upsert(
                    "dismissals",
                    f"repository_id, {_DISMISSAL}",
                    "repository_id, source, rule_name",
                ),
                [(own, *dismissal) for dismissal in dismissals],
            )

    def list_dismissals(self) -> tuple[Dismissal, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {_DISMISSAL} FROM dismissals WHERE {self._scope.narrow('repository_id')} "
            "ORDER BY rule_name, source"
        )
        return tuple(Dismissal(*row) for row in rows)

    def _list_own(self) -> tuple[ReviewComment, ...]:
        return self._read(f"repository_id = {self._scope.find_own()}")

    def _read(self, where: str) -> tuple[ReviewComment, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {_COMMENT} FROM review_comments WHERE {where} "
            "ORDER BY commented_at, comment_id"
        )
        return tuple(ReviewComment(*row) for row in rows)
