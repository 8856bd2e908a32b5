"""Settings come from the root inwards, then the environment, then flags; nonsense is named."""

from __future__ import annotations

import subprocess
import sys
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


def test_settings_nested_without_end_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"guard\.toml cannot be read"):
        settings_of({"guard.toml": "a = " + "[" * 20_000})


def test_tools_that_are_no_table_hold_no_settings() -> None:
    assert settings_of({"pyproject.toml": "tool = 3\n"}) == settings_of({})


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
        "jobs = -1",
        "jobs = 65",
        "memory = ''",
        "layers = {9 = ['x']}",
        'rules = ["\\u0000"]',
        'layers = {routes = ["a\\u0000"]}',
    ],
)
def test_a_value_of_the_wrong_kind_names_its_key(line: str) -> None:
    with pytest.raises(SettingsError, match=f"{line.split(' ')[0]} cannot be"):
        settings_of({"guard.toml": line})


def test_an_unknown_key_is_noted_with_the_nearest_name() -> None:
    _, (note,) = read_settings("", lambda path: b"fail_om = 'warn'" if "guard" in path else None)
    assert (note.path, note.line) == ("guard.toml", 1)
    assert note.text == "unknown setting 'fail-om'; did you mean 'fail-on'?"


def test_files_above_the_repository_do_not_count(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"guard.toml": "fail-on = 'warn'", "repo/.git": "", "repo/sub/guard.toml": "budget = 1"},
    )
    assert load_settings(tmp_path / "repo" / "sub") == Settings(budget=1.0)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        pytest.param("guard.toml", "rules = []\n\nmax-file-kb = 'x'\n", 3, id="own file"),
        pytest.param(
            "pyproject.toml",
            "[tool.other]\nmax_file_kb = 1\n[tool.guard]\nmax_file_kb = 'x'\n",
            4,
            id="table of pyproject",
        ),
        pytest.param("pyproject.toml", "tool.guard.max-file-kb = 'x'\n", 1, id="dotted key"),
        pytest.param("pyproject.toml", "[tool.guard]\n'max-file-kb' = 'x'\n", 2, id="quoted key"),
        pytest.param("guard.toml", "rules = []\n[layers]\n9 = ['x']\n", 2, id="table"),
    ],
)
def test_a_value_of_the_wrong_kind_names_its_line(path: str, text: str, line: int) -> None:
    with pytest.raises(SettingsError, match=rf"{path}, line {line}: "):
        settings_of({path: text})


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("RULES", "a:b/c", {"rules": ("a", "b/c")}),
        ("SHIPPED", "no", {"shipped": False}),
        ("EXCLUDE", "gen/*", {"exclude": ("gen/*",)}),
        ("FAIL_ON", "warn", {"fail_on": "warn"}),
        ("ON_WARN", "ask_once", {"on_warn": "ask-once"}),
        ("ON_UNJUDGED", "Note", {"on_unjudged": "note"}),
        ("ON_NEW_SUPPRESSION", "fail", {"on_new_suppression": "fail"}),
        ("MAX_FILE_KB", "12", {"max_file_kb": 12}),
        ("BUDGET", "1m", {"budget": 60.0}),
        ("JOBS", "3", {"jobs": 3}),
        ("SEMGREP", "1", {"semgrep": True}),
        ("NOTEBOOKS", "0", {"notebooks": False}),
        ("MEMORY", "postgresql://db/guard", {"memory": "postgresql://db/guard"}),
        ("REPOSITORY", "shop-fork", {"repository": "shop-fork"}),
        ("REPLICA", "postgresql://near/guard", {"replica": "postgresql://near/guard"}),
        ("VECTORS", "http://db:6333", {"vectors": "http://db:6333"}),
        ("GRAPH", "bolt://db:7687", {"graph": "bolt://db:7687"}),
        ("SYNC", "nats://bus:4222", {"sync": "nats://bus:4222"}),
        ("EMBEDDINGS", "minilm", {"embeddings": "minilm"}),
        ("LOOK_BACK_MS", "20", {"look_back_ms": 20}),
        (
            "LAYERS",
            "3=app/api/**;services=app/s/**",
            {"layers": {"3": ("app/api/**",), "4": ("app/s/**",)}},
        ),
        ("MIGRATIONS", "use b, not a", {"migrations": ("use b, not a",)}),
        ("LEARN_ON_FIRST_USE", "Off", {"learn_on_first_use": "off"}),
    ],
)
def test_every_setting_has_a_variable(
    variable: str, text: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GUARD_{variable}", text)
    assert settings_of({}) == Settings()._replace(**expected)  # type: ignore[arg-type]


def test_the_variables_tested_are_all_there_are() -> None:
    (mark,) = test_every_setting_has_a_variable.pytestmark  # type: ignore[attr-defined]
    assert [case[0].lower() for case in mark.args[1]] == list(Settings._fields)


def test_a_misspelt_variable_is_noted_and_a_strange_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUARD_FAILON", "warn")
    for other in ("TRACEBACK", "SEMGREP_PATH", "ACTION_FAIL_ON", "ANNOTATIONS_LIMIT"):
        monkeypatch.setenv(f"GUARD_{other}", "1")
    _, (note,) = read_settings("", lambda path: None)
    assert note.path == "GUARD_FAILON"
    assert "did you mean 'fail-on'" in note.text


def test_layers_may_be_named() -> None:
    files = {"guard.toml": "[layers]\nroutes = 'app/api/**'\n7 = ['tests/**']\n"}
    assert settings_of(files).layers == {"3": ("app/api/**",), "7": ("tests/**",)}


def test_the_nearest_settings_file_wins_and_one_of_others_is_none(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            ".git": "",
            "pyproject.toml": "[tool.guard]\nfail-on = 'warn'\n",
            "a/pyproject.toml": "[project]\ndependencies = ['devmatrix-guard']\n",
            "b/guard.toml": "fail-on = 'never'\n",
        },
    )
    (tmp_path / "a/b").mkdir()
    assert load_settings(tmp_path / "a/b").fail_on == "warn"
    assert load_settings(tmp_path / "b").fail_on == "never"


def test_without_settings_no_toml_parser_is_loaded(tmp_path: Path) -> None:
    write_tree(tmp_path, {".git": "", "pyproject.toml": "[project]\nname = 'devmatrix-guard'\n"})
    program = (
        "import sys; from pathlib import Path; from devmatrix_guard.config import load_settings;"
        "load_settings(Path.cwd()); sys.exit('tomllib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("place", ["/etc/rules", "../rules", "a/../../rules", "~/rules"])
def test_a_repository_cannot_take_rules_from_outside(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"guard.toml": f"rules = ['.guard/rules', '{place}']\n"}
    with pytest.raises(SettingsError, match=r"outside of it.* GUARD_RULES"):
        settings_of(files)
    assert settings_of({**files, "sub/guard.toml": "root = true\n"}, "sub").rules
    monkeypatch.setenv("GUARD_RULES", place)
    assert settings_of(files).rules == (place,)
