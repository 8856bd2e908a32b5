"""`guard lsp`: a conversation as an editor has it, with a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.editor.checker import Checker
from devmatrix_guard.commands.editor.messages import read_message, write_message
from devmatrix_guard.commands.editor.silencing import find_silenceable
from devmatrix_guard.commands.editor.texts import Text
from devmatrix_guard.commands.learn.learn import learn
from tests.commands.check.findings.test_removed_proof import BEFORE, BROKEN, FIXED, PROOF, TESTS
from tests.helpers import commit, make_repo
from tests.matrix.world import BAD, GOOD, RULE, World

_GUARD = Path(sys.executable).parent / "guard"


class Editor:
    """An editor that has started a server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._process = subprocess.Popen(
            [_GUARD, "lsp"], cwd=world.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._count = 0
        self.shown: dict[str, list[dict[str, Any]]] = {}
        self.log: list[str] = []

    def begin(self) -> Editor:
        self.ask("initialize", {"capabilities": {}})
        self.send("initialized", {})
        return self

    def send(self, method: str, params: Any = None, **more: Any) -> None:
        assert self._process.stdin is not None
        write_message(self._process.stdin, {"method": method, "params": params, **more})

    def send_raw(self, raw: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(raw)
        self._process.stdin.flush()

    def ask(self, method: str, params: Any = None) -> Any:
        """Return the answer to a request, keeping the diagnostics that come before it."""
        self._count += 1
        self.send(method, params, id=self._count)
        while True:
            message = self._receive()
            if message.get("id") == self._count:
                return message.get("result", message.get("error"))

    def receive_answer(self, number: Any) -> dict[str, Any]:
        """Return the next answer, which must have this id."""
        while "method" in (message := self._receive()):
            pass
        assert message["id"] == number
        return message

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        message = read_message(self._process.stdout)
        if message.get("method") == "window/logMessage":
            self.log.append(message["params"]["message"])
        if message.get("method") == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def uri(self, path: str) -> str:
        return (self.world.root / path).as_uri()

    def open(self, text: str, path: str = "a.py") -> list[str]:
        about = {"uri": self.uri(path), "languageId": "python", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": about})
        return self.settle(path)

    def change(self, change: dict[str, Any], path: str = "a.py", version: Any = 2) -> list[str]:
        about = {"uri": self.uri(path), "version": version}
        self.send("textDocument/didChange", {"textDocument": about, "contentChanges": [change]})
        return self.settle(path)

    def settle(self, path: str = "a.py") -> list[str]:
        """Return what is shown once the server has nothing left to do."""
        self.shown.pop(self.uri(path), None)
        while self.uri(path) not in self.shown:
            self._receive()
        return [
            f"{d['range']['start']['line']}:{d['range']['start']['character']} {d['code']}"
            for d in self.shown[self.uri(path)]
        ]

    def at(self, line: int, path: str = "a.py", column: int = 4) -> dict[str, Any]:
        place = {"line": line, "character": column}
        about = {"textDocument": {"uri": self.uri(path)}, "position": place}
        return {**about, "range": {"start": place, "end": place}, "context": {"diagnostics": []}}

    def leave(self) -> int:
        self.ask("shutdown")
        self.send("exit")
        return self.wait()

    def wait(self) -> int:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        return self._process.wait(timeout=60)


def test_what_is_typed_is_checked_and_what_is_mended_goes(editor: Editor) -> None:
    assert editor.open(GOOD) == []
    line = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
    assert editor.change({"range": line, "text": "é = '😀'; " + BAD}) == ["1:14 no-old-call"]
    assert editor.shown[editor.uri("a.py")][0]["severity"] == 1
    assert editor.change({"text": GOOD}) == []
    assert editor.leave() == 0


def test_a_fix_and_silencing_are_offered_and_do_what_they_say(editor: Editor) -> None:
    text = "def f():\n    " + BAD
    editor.open(text)
    fix, silence = editor.ask("textDocument/codeAction", editor.at(1, column=8))
    assert [fix["title"], fix["isPreferred"]] == ["Fix no-old-call", True]
    comment = "    # guard: ignore[no-old-call] reason=say why kind=wont-fix\n"
    for action, expected in (
        (fix, "def f():\n    " + GOOD),
        (silence, "def f():\n" + comment + "    " + BAD),
    ):
        (edit,) = action["edit"]["changes"][editor.uri("a.py")]
        change = {"range": edit["range"], "text": edit["newText"]}
        assert editor.change({"text": text}) == ["1:8 no-old-call"]
        assert editor.change(change) == []
        same = Text(text)
        same.change([change], 2)
        assert same.content.decode() == expected


def test_where_a_comment_would_be_text_silencing_is_not_offered(editor: Editor) -> None:
    editor.open('y = f"""\n{old_call(1)}\n"""\n')
    actions = editor.ask("textDocument/codeAction", editor.at(1, column=3))
    assert [action["title"] for action in actions if "Silence" in action["title"]] == []


def test_where_a_comment_would_break_the_code_silencing_is_not_offered(editor: Editor) -> None:
    lines = [*BAD.splitlines(), "y = 1 + \\", "    old_call(2)", *BAD.splitlines()]
    assert len(editor.open("\n".join(lines) + "\n")) == 3
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    actions = editor.ask("textDocument/codeAction", editor.at(0) | {"range": whole})
    titles = [action["title"] for action in actions]
    assert titles.count("Silence no-old-call here") == 2
    assert titles.count("Fix no-old-call") == 3


def test_a_whole_text_full_of_findings_costs_one_more_check_for_its_actions(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker = Checker(editor.world.root)
    counted: list[str] = []
    check = checker.check_rules
    monkeypatch.setattr(checker, "check_rules", lambda *given: counted.append("") or check(*given))
    text = Text(BAD * 40)
    found = check("a.py", text.content)
    assert find_silenceable(checker, "a.py", text, found) == found
    assert len(counted) == 1


def test_a_text_in_a_folder_that_leads_in_a_circle_is_one_that_no_disk_has(editor: Editor) -> None:
    (editor.world.root / "loop").symlink_to("loop")
    assert editor.open(BAD, "loop/a.py") == ["0:4 no-old-call"]
    assert editor.log == []


def test_a_hover_tells_the_rule_and_nothing_elsewhere(editor: Editor) -> None:
    editor.open(GOOD + BAD)
    shown = editor.ask("textDocument/hover", editor.at(1))
    assert "**`no-old-call`** (block)" in shown["contents"]["value"]
    assert "old_call is gone" in shown["contents"]["value"]
    assert editor.ask("textDocument/hover", editor.at(0)) is None


def test_a_request_sees_the_text_as_it_is_now(editor: Editor) -> None:
    editor.open(GOOD)
    about = {"uri": editor.uri("a.py"), "version": 2}
    editor.send(
        "textDocument/didChange", {"textDocument": about, "contentChanges": [{"text": BAD}]}
    )
    assert editor.ask("textDocument/codeAction", editor.at(0)) != []


def test_rules_that_change_count_from_the_next_save(editor: Editor) -> None:
    assert editor.open(BAD) == ["0:4 no-old-call"]
    editor.world.write({".guard/rules/old.yml": RULE.replace("no-old", "never-old")})
    rules = {"textDocument": {"uri": editor.uri(".guard/rules/old.yml")}}
    editor.send("textDocument/didSave", rules)
    assert editor.settle() == ["0:4 never-old-call"]


def test_an_undone_fix_is_shown_and_moves_with_its_line(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN, TESTS: BEFORE})
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    learn(repo)
    editor = Editor(World(repo)).begin()
    shown = editor.open(BEFORE, TESTS)
    line = next(int(one.split(":")[0]) for one in shown if one.endswith("removed-proof"))
    top, own, below = (
        {"start": {"line": at, "character": 0}, "end": {"line": at, "character": 0}}
        for at in (0, line + 1, line + 2)
    )
    moved = f"{line + 1}:0 removed-proof"
    assert moved in editor.change({"range": top, "text": "\n"}, TESTS)
    assert moved in editor.change({"range": below, "text": "\n"}, TESTS)
    assert moved not in editor.change({"range": own, "text": "x = 1\n"}, TESTS)
    hidden = editor.ask("textDocument/codeAction", editor.at(line + 1, TESTS, 0))
    assert hidden == []
    assert editor.leave() == 0


@pytest.mark.parametrize("uri", ["untitled:1", "http://x/a.py", "file://host/a.py", "file:///%00"])
def test_what_is_no_file_here_is_left_alone(editor: Editor, uri: str) -> None:
    about = {"uri": uri, "languageId": "python", "version": 1, "text": BAD}
    editor.send("textDocument/didOpen", {"textDocument": about})
    assert (
        editor.ask(
            "textDocument/hover",
            {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}},
        )
        is None
    )
    assert editor.shown == {}


def test_a_closed_text_shows_nothing_more(editor: Editor) -> None:
    editor.open(BAD)
    editor.send("textDocument/didClose", {"textDocument": {"uri": editor.uri("a.py")}})
    assert editor.settle() == []


@pytest.mark.parametrize(
    ("body", "number", "code"),
    [
        (b"{", None, -32700),
        (b"[]", None, -32600),
        (b"null", None, -32600),
        (b'{"jsonrpc": "2.0", "method": 3, "id": 1}', 1, -32600),
        (b'{"params": []}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "x", "params": [1]}', 4, -32602),
        (b'{"jsonrpc": "2.0", "id": null, "method": "x"}', None, -32600),
        (b'{"jsonrpc": "2.0", "method": "x", "params": {"a": 1e999}, "id": 3}', 3, -32601),
        (b"[" * 20000, None, -32700),
    ],
)
def test_a_broken_message_is_answered_and_does_not_end_the_conversation(
    editor: Editor, body: bytes, number: Any, code: int
) -> None:
    editor.send_raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert editor.receive_answer(number)["error"]["code"] == code
    assert editor.open(BAD) == ["0:4 no-old-call"]


def test_a_conversation_begins_once_and_with_initialize(tmp_path: Path) -> None:
    editor = Editor(World.make(tmp_path / "world"))
    assert editor.ask("textDocument/hover", editor.at(0))["code"] == -32002
    assert editor.ask("shutdown")["code"] == -32002
    about = {"uri": editor.uri("a.py"), "version": 1, "text": BAD}
    editor.send("textDocument/didOpen", {"textDocument": about})
    editor.begin()
    assert editor.shown == {}
    assert editor.ask("initialize", {"capabilities": {}})["code"] == -32600
    assert editor.open(BAD) == ["0:4 no-old-call"]
    assert editor.leave() == 0


def test_a_change_of_an_older_text_is_left_out(editor: Editor) -> None:
    assert editor.open(BAD) == ["0:4 no-old-call"]
    assert editor.change({"text": GOOD}, version=9) == []
    about = {"uri": editor.uri("a.py"), "version": 4}
    editor.send(
        "textDocument/didChange", {"textDocument": about, "contentChanges": [{"text": BAD}]}
    )
    assert editor.ask("textDocument/codeAction", editor.at(0)) == []
    assert "is older than the text" in editor.log[0]
    assert editor.change({"text": BAD}, version=None) == ["0:4 no-old-call"]


@pytest.mark.parametrize(
    "places",
    [
        ((99, 0), (100, 7)),  # below the last line
        ((1, 0), (1, 99)),  # behind the end
        ((1, 0), (2**31 - 1, 2**31 - 1)),
    ],
)
def test_a_place_behind_the_end_is_the_end(editor: Editor, places: Any) -> None:
    editor.open("x = 1\n\n")
    start, end = ({"line": line, "character": column} for line, column in places)
    shown = editor.change({"range": {"start": start, "end": end}, "text": BAD})
    assert [line.split()[1] for line in shown] == ["no-old-call"]


def test_a_place_within_a_character_of_two_units_does_not_cut_it(editor: Editor) -> None:
    editor.open("a = '😀'\n")
    place = {"line": 0, "character": 6}
    change = {"range": {"start": place, "end": place}, "text": "x"}
    assert editor.change(change) == []
    line = {"line": 1, "character": 0}
    assert editor.change({"range": {"start": line, "end": line}, "text": BAD}) == [
        "1:4 no-old-call"
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}},
         "text": ""},
        {"range": {"start": {"line": 1, "character": 0}, "end": {"line": 0, "character": 0}},
         "text": ""},
        {"range": {"start": {"line": 1e999, "character": 0}, "end": {"line": 0, "character": 0}},
         "text": ""},
        {"range": [], "text": ""},
        {"range": {"start": {}}, "text": ""},
        {},
        3,
    ],
)  # fmt: skip
def test_after_a_change_that_makes_no_sense_nothing_is_said_of_the_text(
    editor: Editor, change: Any
) -> None:
    """What the editor shows is not known then: findings would stand in wrong places."""
    assert editor.open(BAD) == ["0:4 no-old-call"]
    about = {"uri": editor.uri("a.py"), "version": 2}
    raw = {"textDocument": about, "contentChanges": [{"text": GOOD + BAD}, change]}
    body = json.dumps({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": raw})
    body = body.replace("Infinity", "1e999")
    editor.send_raw(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert editor.settle() == []
    assert editor.ask("textDocument/codeAction", editor.at(0)) == []
    assert [line for line in editor.log if "open it again" in line] == editor.log
    assert editor.open(BAD) == ["0:4 no-old-call"]


@pytest.mark.parametrize("name", ["a" * 300 + ".py", "%FF.py", "no/such/folder/a.py"])
def test_a_file_that_no_disk_has_is_checked_or_left(editor: Editor, name: str) -> None:
    uri = editor.uri("") + "/" + name
    about = {"uri": uri, "languageId": "python", "version": 1, "text": BAD}
    editor.send("textDocument/didOpen", {"textDocument": about})
    assert editor.ask("guard/unknown")["code"] == -32601
    assert editor.open(BAD) == ["0:4 no-old-call"]
    assert editor.leave() == 0


@pytest.mark.parametrize("params", [None, [], {}, {"textDocument": 3}, {"textDocument": {}}])
def test_wrong_parameters_are_answered_with_an_error(editor: Editor, params: Any) -> None:
    assert editor.ask("textDocument/hover", params)["code"] == -32602
    editor.send("textDocument/didChange", params)
    assert editor.ask("guard/unknown")["code"] == -32601
    assert editor.shown == {}


def test_an_editor_that_goes_without_a_word_is_noticed(editor: Editor) -> None:
    assert editor.wait() == 1


def test_a_mistake_of_an_editor_is_told_in_the_protocols_words(editor: Editor) -> None:
    told = editor.ask("textDocument/hover", {"textDocument": {"uri": editor.uri("a.py")}})
    assert told["message"] == "textDocument/hover needs `position`"
    told = editor.ask("textDocument/hover", {"textDocument": [], "position": {}})
    assert told["message"].startswith("the parameters of textDocument/hover are not of")
    assert editor.ask("shutdown") is None
    assert editor.ask("textDocument/hover", {})["code"] == -32600
    editor.send("exit")
    assert editor._process.wait(20) == 0
