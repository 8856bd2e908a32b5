"""Settings come from the root inwards, then the environment, then flags; nonsense is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.config import Settings, load_settings, read_settings
from devmatrix_guard.errors import SettingsError
from tests.helpers import write_tree


def settings_of(files: dict[str, str], folder: str = "", **flags: object) -> Settings:
    return read_settings(folder, lambda path: _bytes(files.get(path)), flags)[0]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def test_without_files_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_the_nearer_file_wins_key_by_key() -> None:
    files = {
        "pyproject.toml": "[tool.guard]\nfail-on = 'warn'\nmax-file-kb = 5\n",
        "svc/guard.toml": "max-file-kb = 7\n",
    }
    assert settings_of(files, "svc/app") == Settings(fail_on="warn", max_file_kb=7)
    assert settings_of(files, "lib") == Settings(fail_on="warn", max_file_kb=5)


def test_root_true_drops_what_lies_outside() -> None:
    files = {"guard.toml": "fail-on = 'warn'\n", "svc/guard.toml": "root = true\n"}
    assert settings_of(files, "svc") == Settings()


def test_a_pyproject_without_our_table_may_hold_anything() -> None:
    assert settings_of({"pyproject.toml": "[broken"}) == Settings()


def test_environment_wins_over_files_and_flags_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"guard.toml": "fail-on = 'warn'\nbudget = '500ms'\n"}
    monkeypatch.setenv("GUARD_FAIL_ON", "info")
    assert settings_of(files) == Settings(fail_on="advise", budget=0.5)
    assert settings_of(files, fail_on="none", budget="2s") == Settings(fail_on="never", budget=2.0)


def test_invalid_toml_is_refused_with_its_line() -> None:
    with pytest.raises(SettingsError, match=r"guard\.toml cannot be read: .*line 2"):
        settings_of({"guard.toml": "exclude = []\nfail-on =\n"})


@pytest.mark.parametrize(
    "line",
    [
        "fail-on = 'soon'",
        "rules = 3",
        "exclude = [1]",
        "shipped = 'maybe'",
        "max-file-kb = 0",
        "budget = 'a while'",
        "budget = -1",
        "memory = ''",
        "layers = {9 = ['x']}",
    ],
)
def test_a_value_of_the_wrong_kind_names_its_key(line: str) -> None:
    with pytest.raises(SettingsError, match=f"{line.split(' ')[0]} cannot be"):
        settings_of({"guard.toml": line})


def test_an_unknown_key_is_noted_with_the_nearest_name() -> None:
    _, (note,) = read_settings("", lambda path: b"fail_om = 'warn'" if "guard" in path else None)
    assert note.path == "guard.toml"
    assert note.text == "unknown setting 'fail-om'; did you mean 'fail-on'?"


def test_files_above_the_repository_do_not_count(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"guard.toml": "fail-on = 'warn'", "repo/.git": "", "repo/sub/guard.toml": "budget = 1"},
    )
    assert load_settings(tmp_path / "repo" / "sub") == Settings(budget=1.0)
