"""Refresh tokens and changed passwords: the code, the tests and the ledger of an application."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.generator.ledger.ledger import find_broken, make_ledger
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from tests.generator.extract.test_credentials import read_spec

PLAN = make_plan(read_spec())
FILES = {file.path: file.text for file in generate_files(PLAN, PatternBank(PackagedPatterns()))}


def test_only_a_refresh_token_is_taken_for_new_ones() -> None:
    service, tests = FILES["src/services/user_service.py"], FILES["tests/test_user_operations.py"]
    assert "read_refresh_token(data.refresh_token)" in service
    assert '"refreshToken": self._show.refresh_token(row.id)' in service
    assert "test_post_auth_refresh_takes_refresh_tokens_alone" in tests
    assert 'in (issue_token(str(caller.id)), "a.b.c")' in tests


def test_a_password_is_changed_after_the_old_one_is_checked() -> None:
    service, tests = FILES["src/services/user_service.py"], FILES["tests/test_user_operations.py"]
    checked = service.index("verify_password, data.old_password, row.password_hash")
    assert checked < service.index("row.password_hash = hashed")
    assert "test_post_users_me_password_asks_for_the_old_password" in tests


@pytest.mark.parametrize("subject", ["POST /auth/refresh", "POST /users/me/password"])
def test_the_ledger_has_a_line_that_is_red_without_the_check(subject: str) -> None:
    lines = make_ledger(PLAN, FILES)
    own = [line for line in lines if line.subject == subject]
    assert {line.state for line in own} == {"implemented"}
    service = FILES["src/services/user_service.py"].replace("bad_credentials", "fine")
    unchecked = {**FILES, "src/services/user_service.py": service.replace("verify_password", "_")}
    assert subject in {line.subject for line in find_broken(lines, make_ledger(PLAN, unchecked))}
