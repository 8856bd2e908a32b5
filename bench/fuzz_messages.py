"""Send editors' and agents' messages that no editor and no agent would, and look what is answered.

Usage: python bench/fuzz_messages.py [CONVERSATIONS] [SEED]

A conversation is a sequence of messages of the protocol, of which parts are replaced by values that
nobody means: addresses that lead out, positions behind the end, nesting, half characters, other
types, requests out of order, some in a frame that tells a wrong length. `guard lsp` is talked to in
this process, `guard mcp` in one of its own. Output that is no message, a request with no answer or
with two, an internal error, a text from outside of the repository, and a conversation that does not
end with its input are printed.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from devmatrix_guard.commands.editor.messages import EndOfStreamError, read_message
from devmatrix_guard.commands.editor.server import Server
from devmatrix_guard.commands.json_rpc import MessageError
from devmatrix_guard.errors import DEFECT
from tests.matrix.world import BAD, GOOD, World

GUARD = Path(sys.executable).with_name("guard")
SECONDS = 300
OUTSIDE = "told_only_outside"
Message = dict[str, Any]
_NAMES = ("a.py", "b.py", "new.py", "sub/c.py", "link.py", "loop/d.py", "pipe.py",
          "n.ipynb", "x.txt")  # fmt: skip
_TEXTS = (GOOD, BAD, "", "x = '😀'\r\n" + BAD, "\ud800\n" + BAD, "(" * 5000, "\0" + BAD,
          BAD * 300, "def f(:\n", "\ufeff" + BAD, "# -*- coding: utf-7 -*-\n" + BAD,
          "x\ry\r\nz\n")  # fmt: skip
_EDITOR_METHODS = (
    "textDocument/didOpen", "textDocument/didChange", "textDocument/didSave", "textDocument/hover",
    "textDocument/didClose", "textDocument/codeAction", "initialized", "$/cancelRequest", "no/such",
    "textDocument/completion", "workspace/didChangeConfiguration", "", "initialize",
)  # fmt: skip
_CALLS: tuple[tuple[str, Message], ...] = (
    ("recall", {"subject": "a.py:1"}),
    ("lessons_for_files", {"paths": ["a.py", "b.py"]}),
    ("check_change", {"path": "a.py", "text": BAD}),
    ("check_change", {"range": "HEAD...HEAD"}),
    ("explain_rule", {"rule_id": "no-old-call"}),
    ("match_patterns", {"text": "compare", "limit": 3}),
    ("regression_tests", {"range": ""}),
    ("report_outcome", {"pattern_id": "x", "success": True}),
)
_ADDRESSES = ("guard://rules", "guard://rules/no-old-call", "guard://lessons/a.py",
              "guard://lessons/..%2F..%2Foutside.py", "guard://lessons/%2Fetc%2Fhosts")  # fmt: skip


def make_world(folder: Path) -> Path:
    """Return a repository with what leads out, in a circle and nowhere."""
    (folder / "outside.py").write_text(f"{OUTSIDE} = 1\n" + BAD)
    root = World.make(folder / "world").root
    (root / "link.py").symlink_to("../outside.py")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe.py")
    return root


def choose_odd(chance: random.Random, root: Path) -> Any:
    """Return a value that nobody means."""
    deep: Any = []
    for _ in range(chance.choice((3, 80))):
        deep = [deep] if chance.random() < 0.5 else {"a": deep}
    return chance.choice((
        None, True, 0, -1, 2**31, 2**63, 10**40, 1.5, 1e308, "", "x", "\ud800", "\0", "é" * 3000,
        "a" * 100_000, [], {}, [None], deep, root.as_uri(), "/etc/passwd", "../../outside.py",
        make_address(chance, root),
    ))  # fmt: skip


def make_address(chance: random.Random, root: Path) -> str:
    """Return where an editor might say that a text lies."""
    base = root.as_uri()
    name = chance.choice(_NAMES)
    odd = (
        f"{base}/../outside.py", f"{base}/%2e%2e/outside.py", f"{base}/%2E%2E%2Foutside.py",
        "file:///dev/zero", "file:///proc/self/environ", "file:///", "file://host/a.py",
        "untitled:1", "http://[::1", f"{base}/%00.py", f"{base}/%ff%fe.py",
        f"{base}/{'a' * 5000}.py",
        f"{base}/\ud800.py", base, f"{base}//a.py", f"FILE://{root}/a.py", f"file:{root}/a.py", "",
        f"{base}/{'d/' * 3000}a.py", f"{base}/a.py?x#y", f"{base}/a.py/b.py",
    )  # fmt: skip
    return f"{base}/{name}" if chance.random() < 0.8 else chance.choice(odd)


def damage(chance: random.Random, value: Any, root: Path) -> Any:
    """Return a value with one of its parts replaced, left out or said twice."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(list(value))
        if chance.random() < 0.1:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: damage(chance, value[name], root)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        at = chance.randrange(len(value))
        return [*value[:at], damage(chance, value[at], root), *value[at + chance.randrange(2) :]]
    return choose_odd(chance, root)


def _make_place(chance: random.Random) -> Message:
    return {
        "line": chance.choice((0, 1, 2, 3, 400, 2**40)),
        "character": chance.choice((0, 1, 5, 9, 80, 2**40)),
    }


def _make_editor_params(chance: random.Random, root: Path) -> Message:
    text = chance.choice(_TEXTS)
    document = {"uri": make_address(chance, root), "version": chance.randrange(9), "text": text}
    place = {"start": _make_place(chance), "end": _make_place(chance)}
    change: Message = {"text": text[: chance.randrange(40)]}
    if chance.random() < 0.8:
        change["range"] = place
    return {
        "textDocument": document,
        "contentChanges": [change] * chance.randrange(3),
        "position": _make_place(chance),
        "range": place,
        "context": {"diagnostics": []},
    }


def list_editor_messages(chance: random.Random, root: Path, count: int) -> list[Message]:
    """Return a conversation of an editor, without its last message."""
    messages: list[Message] = [{"id": "begin", "method": "initialize", "params": {}}]
    for number in range(count):
        message: Message = {
            "method": chance.choice(_EDITOR_METHODS[: 6 if chance.random() < 0.8 else None]),
            "params": _make_editor_params(chance, root),
        }
        if chance.random() < 0.3:
            message["params"] = damage(chance, message["params"], root)
        if message["method"] in _EDITOR_METHODS[3:6:2] or chance.random() < 0.1:
            message["id"] = chance.choice((number, f"n{number}", -number - 1, number + 2**70))
        messages.append(message)
    if chance.random() < 0.2:
        chance.shuffle(messages)
    return messages


def list_agent_messages(chance: random.Random, root: Path, count: int) -> list[Message]:
    """Return what an agent asks once it has begun."""
    messages = []
    for number in range(count):
        name, given = chance.choice(_CALLS)
        message: Message = chance.choice((
            {"method": "tools/call", "params": {"name": name, "arguments": given}},
            {"method": "tools/call", "params": {"name": name, "arguments": given}},
            {"method": "resources/read", "params": {"uri": chance.choice(_ADDRESSES)}},
            {"method": chance.choice(("ping", "tools/list", "resources/list", "no/such"))},
            {"method": "initialize", "params": {}},
        ))  # fmt: skip
        if chance.random() < 0.5:
            message = {**message, "params": damage(chance, message.get("params", {}), root)}
        if chance.random() < 0.05:
            message = {**message, chance.choice(("result", "error")): choose_odd(chance, root)}
        messages.append({"id": chance.choice((number, f"n{number}", number + 2**70)), **message})
    return messages


def write_line(message: Message) -> bytes:
    """Return a message as one line."""
    return json.dumps({"jsonrpc": "2.0", **message}).encode("ascii") + b"\n"


def frame_editor(chance: random.Random, messages: Iterable[Message], *, broken: bool) -> bytes:
    """Return messages as an editor sends them, some of them in a frame that is none."""
    sent = []
    for message in messages:
        body = write_line(message)
        length: object = len(body)
        if broken and chance.random() < 0.1:
            length = chance.choice((0, -1, len(body) + 7, len(body) - 3, 10**12, "x", ""))
            body = chance.choice(
                (body, body[:-9], b"\xff" + body, b"[" * 100_000, b"", b"\r\n\r\n")
            )
        sent.append(b"Content-Length: %s\r\n\r\n%b" % (str(length).encode(), body))
    data = b"".join(sent)
    return data[: chance.randrange(len(data))] if broken and chance.random() < 0.5 else data


def find_editor_faults(seed: int, root: Path, count: int = 60) -> list[str]:
    """Return what is wrong with the answers to one conversation, a sentence each."""
    chance = random.Random(seed)
    broken = seed % 3 == 0
    messages = list_editor_messages(chance, root, count)
    writing = io.BytesIO()
    Server(io.BytesIO(frame_editor(chance, messages, broken=broken)), writing).run()
    writing.seek(0)
    answers = []
    try:
        while True:
            answers.append(read_message(writing))
    except EndOfStreamError:
        pass
    except MessageError as error:
        return [f"what is written is no message: {error}"]
    return [*_find_wrong_texts(writing.getvalue()), *_compare(messages, answers, whole=not broken)]


def find_agent_faults(seed: int, root: Path, count: int = 100) -> list[str]:
    """Return what is wrong with the answers of one process of `guard mcp`, a sentence each."""
    chance = random.Random(seed)
    messages = list_agent_messages(chance, root, count)
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": _CLIENT}
    first = {"id": "begin", "method": "initialize", "params": about}
    sent = [write_line(first), write_line({"method": "notifications/initialized"})]
    sent += [write_line(message) for message in messages]
    try:
        done = subprocess.run(
            [GUARD, "mcp"], cwd=root, input=b"".join(sent), capture_output=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ["the conversation does not end with its input"]
    faults = [f"it left with {done.returncode}"] if done.returncode else []
    if done.stderr:
        faults.append(f"it said on standard error {done.stderr[-300:]!r}")
    try:
        answers = [json.loads(line) for line in done.stdout.splitlines()]
    except ValueError as error:
        return [*faults, f"what is written is no message: {error}"]
    # Half a character is refused, as a rule before its message is read for an id.
    read = [m for m in messages if b"\\ud8" not in write_line(m)]
    ours = {message["id"] for message in [first, *read]} | {None}
    answers = [a for a in answers if a.get("id") in ours or a.get("id") not in _list_ids(messages)]
    faults += _find_wrong_texts(done.stdout)
    return [*faults, *_compare([first, *read], answers, whole=True)]


def _list_ids(messages: Iterable[Message]) -> set[Any]:
    return {message["id"] for message in messages}


_CLIENT = {"name": "x", "version": "1"}


def _find_wrong_texts(said: bytes) -> Iterator[str]:
    for text in (DEFECT, "Traceback", OUTSIDE, "Internal"):
        at = said.find(text.encode())
        if at >= 0:
            yield f"it says {said[max(at - 200, 0) : at + 300]!r}"


def _compare(asked: list[Message], answers: list[Message], *, whole: bool) -> Iterator[str]:
    """Yield which requests have no answer, which more than one, and which answers no request."""
    wanted = {message["id"]: message for message in asked if "id" in message}
    found = Counter(answer.get("id") for answer in answers if "method" not in answer)
    for number, message in wanted.items():
        if found[number] > 1 or (whole and not found[number]):
            yield f"{found[number]} answers to {str(message)[:300]}"
    for number in found.keys() - wanted.keys() - {None}:
        yield f"an answer to {number}, which nobody asked"


def main(conversations: int, seed: int) -> None:
    """Try that many conversations with editors, and a thirtieth of them with agents."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_world(Path(folder))
        faults = 0
        for number in range(seed, seed + conversations):
            found = [f"editor: {fault}" for fault in find_editor_faults(number, root)]
            if number % 30 == 0:
                found += [f"agent: {fault}" for fault in find_agent_faults(number, root)]
            for fault in found:
                print(f"{number}: {fault}")
            faults += len(found)
    own, others = (
        resource.getrusage(who).ru_maxrss >> 10
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"{conversations} conversations, {faults} faults, at most {own} and {others} MiB")


if __name__ == "__main__":
    main(*(int(given) for given in (sys.argv[1:] + ["300", "1"][len(sys.argv) - 1 :])[:2]))
