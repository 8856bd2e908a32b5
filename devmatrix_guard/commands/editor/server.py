"""`guard lsp`: the conversation with an editor, and the texts it has open.

A thread reads messages; texts that changed are checked when no message waits, so that keystrokes
that come faster than checks cost one check.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from devmatrix_guard import __version__
from devmatrix_guard.commands.editor.checker import Checker
from devmatrix_guard.commands.editor.messages import write_message
from devmatrix_guard.commands.editor.silencing import find_silenceable
from devmatrix_guard.commands.editor.texts import Shift, Text
from devmatrix_guard.commands.editor.views import (
    make_diagnostic,
    make_fix,
    make_range,
    make_suppression,
    render_hover,
    touches,
)
from devmatrix_guard.commands.editor.waiting import WaitingMessages, read_all
from devmatrix_guard.commands.json_rpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MessageError,
    is_answer,
    make_failure,
)
from devmatrix_guard.errors import GuardError, describe_defect
from devmatrix_guard.files import follow_links
from devmatrix_guard.model.finding import Finding

_NOT_INITIALIZED = -32002
_MISTAKES = (KeyError, TypeError, ValueError, AttributeError, OverflowError)  # of an editor
_INCREMENTAL = 2
_MAX_TEXTS = 500
_CAPABILITIES = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": _INCREMENTAL, "save": True},
    "codeActionProvider": {"codeActionKinds": ["quickfix"]},
    "hoverProvider": True,
}
_DECIDING = ("guard.toml", "pyproject.toml")


class OpenText:
    """An open text with its file, its checker, and what was found in it last."""

    def __init__(self, uri: str, path: str, checker: Checker, text: Text) -> None:
        self.uri = uri
        self.path = path
        self.checker = checker
        self.text = text
        self.by_rules: list[Finding] = []
        self.others: list[Finding] = []

    @property
    def findings(self) -> list[Finding]:
        """All that is known to be wrong with it."""
        return [*self.by_rules, *self.others]


class Server:
    """One conversation.

    Args:
        reading: where the editor writes.
        writing: where it reads.
    """

    most_bytes = 256 << 20  # that all open texts may take

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing
        self._texts: dict[str, OpenText] = {}
        self._checkers: dict[Path, Checker] = {}
        self._dirty: dict[str, bool] = {}
        self._is_begun = False
        self._is_shut = False
        self._messages = WaitingMessages()
        self._handlers: dict[Any, Callable[[dict[str, Any]], Any]] = {
            "initialize": lambda _: self._begin(),
            "shutdown": lambda _: self._shut_down(),
            "textDocument/didOpen": self._open,
            "textDocument/didChange": self._change,
            "textDocument/didSave": self._save,
            "textDocument/didClose": self._close,
            "textDocument/codeAction": self._list_actions,
            "textDocument/hover": self._hover,
        }

    def run(self) -> int:
        """Answer until the editor leaves; return 0 where it said so before, else 1."""
        reader = threading.Thread(
            target=read_all, args=(self._reading, self._messages), daemon=True
        )
        reader.start()
        try:
            while (message := self._messages.get()[0]) is not None:
                if isinstance(message, MessageError):
                    write_message(self._writing, message.describe())
                elif message.get("method") == "exit":
                    break
                elif not is_answer(message):
                    self._answer(message)
                if self._messages.empty():
                    self._check_dirty()
        except BrokenPipeError:  # nobody reads any more
            return 1
        return 0 if self._is_shut else 1

    def _answer(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        result, failure = self._handle(message["method"], message.get("params") or {})
        if number is None:
            if failure is not None and failure[0] in (INVALID_PARAMS, INTERNAL_ERROR):
                self._log(failure[1])
        elif failure is None:
            write_message(self._writing, {"id": number, "result": result})
        else:
            write_message(self._writing, make_failure(number, *failure))

    def _handle(self, method: str, params: dict[str, Any]) -> tuple[Any, tuple[int, str] | None]:
        """Return what a method gives, or why it gives nothing."""
        if self._is_shut:
            return None, (INVALID_REQUEST, "guard was shut down; it waits for `exit`")
        if self._is_begun == (method == "initialize"):
            if self._is_begun:
                return None, (INVALID_REQUEST, "the conversation has begun already")
            return None, (_NOT_INITIALIZED, "a conversation begins with `initialize`")
        handler = self._handlers.get(method)
        if handler is None:
            return None, (METHOD_NOT_FOUND, f"guard does not answer {method}")
        try:
            return handler(params), None
        except _MISTAKES as error:
            return None, (INVALID_PARAMS, _describe_mistake(method, error))
        except BrokenPipeError:
            raise
        except (GuardError, OSError) as error:
            self._log(str(error))
            return None, None
        except Exception as error:
            return None, (INTERNAL_ERROR, describe_defect(error, method))

    def _log(self, text: str) -> None:
        params = {"type": 2, "message": f"guard: {text}"}
        write_message(self._writing, {"method": "window/logMessage", "params": params})

    def _begin(self) -> dict[str, Any]:
        self._is_begun = True
        about = {"name": "devmatrix-guard", "version": __version__}
        return {"capabilities": _CAPABILITIES, "serverInfo": about}

    def _shut_down(self) -> None:
        self._is_shut = True

    def _open(self, params: dict[str, Any]) -> None:
        document = params["textDocument"]
        uri = str(document["uri"])
        place = _to_path(uri)
        if place is None:
            return
        checker = self._find_checker(place.parent)
        if checker is None:
            return
        text = Text(str(document["text"]), int(document.get("version") or 0))
        self._dirty.pop(uri, None)
        self._texts.pop(uri, None)
        if len(self._texts) >= _MAX_TEXTS or self._measure() + text.size > self.most_bytes:
            self._tell_crowd(uri)
            return
        path = place.relative_to(checker.root).as_posix()
        self._texts[uri] = OpenText(uri, path, checker, text)
        self._dirty[uri] = True

    def _measure(self) -> int:
        return sum(one.text.size for one in self._texts.values())

    def _tell_crowd(self, uri: str) -> None:
        self._log(f"{uri} is not checked, as too much is open; close other texts and open it again")

    def _find_checker(self, folder: Path) -> Checker | None:
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        if folder not in self._checkers:
            try:
                found = Checker(folder)
            except GuardError:  # outside of any repository no rules are in force
                return None
            known = (c for c in self._checkers.values() if c.root == found.root)
            self._checkers[folder] = next(known, found)
        return self._checkers[folder]

    def _change(self, params: dict[str, Any]) -> None:
        uri = str(params["textDocument"]["uri"])
        opened = self._texts.get(uri)
        if opened is None:
            return
        version = params["textDocument"].get("version")
        if version is not None and int(version) < opened.text.version:
            self._log(f"a change of {uri} is older than the text; it is left out")
            return
        try:
            for shift in opened.text.change(params["contentChanges"], version):
                opened.others = _shift_findings(opened.others, shift)
        except _MISTAKES:  # what the editor shows is not known any more
            self._forget(uri)
            self._log(f"a change of {uri} makes no sense; open it again to have it checked")
            return
        if self._measure() > self.most_bytes:
            self._forget(uri)
            self._tell_crowd(uri)
            return
        self._dirty.setdefault(uri, False)

    def _save(self, params: dict[str, Any]) -> None:
        uri = str(params["textDocument"]["uri"])
        place = _to_path(uri)
        if place is not None and (place.name in _DECIDING or ".guard" in place.parts):
            for checker in self._checkers.values():
                checker.refresh()
            self._dirty |= dict.fromkeys(self._texts, True)
        if uri in self._texts:
            self._dirty[uri] = True

    def _close(self, params: dict[str, Any]) -> None:
        self._forget(str(params["textDocument"]["uri"]))

    def _forget(self, uri: str) -> None:
        self._dirty.pop(uri, None)
        if self._texts.pop(uri, None) is not None:
            self._publish(uri, [], None)

    def _check_dirty(self) -> None:
        while self._dirty:
            uri, is_whole = self._dirty.popitem()
            self._check(self._texts[uri], is_whole=is_whole)

    def _check(self, opened: OpenText, *, is_whole: bool) -> None:
        """Check a text, by all that is known where it is new or saved; then show what is found."""
        try:
            content = opened.text.content
            if is_whole:
                found = opened.checker.check_all(opened.path, content)
                opened.by_rules = [finding for finding in found if finding.kind == "rule"]
                opened.others = [finding for finding in found if finding.kind != "rule"]
            else:
                opened.by_rules = opened.checker.check_rules(opened.path, content)
        except (GuardError, OSError) as error:
            self._log(str(error))
            return
        except Exception as error:
            self._log(describe_defect(error, "the check of an open text"))
            return
        shown = [make_diagnostic(opened.text, finding) for finding in opened.findings]
        self._publish(opened.uri, shown, opened.text.version)

    def _publish(self, uri: str, shown: list[dict[str, Any]], version: int | None) -> None:
        params: dict[str, Any] = {"uri": uri, "diagnostics": shown}
        if version is not None:
            params["version"] = version
        write_message(
            self._writing, {"method": "textDocument/publishDiagnostics", "params": params}
        )

    def _find_at(self, uri: str, place: dict[str, Any]) -> tuple[OpenText | None, list[Finding]]:
        """Return an open text as it is now, and its findings at a range."""
        opened = self._texts.get(uri)
        if opened is None:
            return None, []
        if uri in self._dirty:
            self._check(opened, is_whole=self._dirty.pop(uri))
        found = [f for f in opened.findings if touches(place, make_range(opened.text, f))]
        return opened, found

    def _list_actions(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        uri = str(params["textDocument"]["uri"])
        opened, found = self._find_at(uri, params["range"])
        if opened is None:
            return []
        fixes = [make_fix(uri, opened.text, finding) for finding in found]
        quiet = find_silenceable(opened.checker, opened.path, opened.text, found)
        silenced = [make_suppression(uri, opened.text, finding) for finding in quiet]
        return [*(fix for fix in fixes if fix is not None), *silenced]

    def _hover(self, params: dict[str, Any]) -> dict[str, Any] | None:
        place = params["position"]
        uri = str(params["textDocument"]["uri"])
        opened, found = self._find_at(uri, {"start": place, "end": place})
        if opened is None or not found:
            return None
        parts = [render_hover(opened.checker.root, finding) for finding in found]
        contents = {"kind": "markdown", "value": "\n\n---\n\n".join(parts)}
        return {"contents": contents, "range": make_range(opened.text, found[0])}


def _to_path(uri: str) -> Path | None:
    """Return the file a URI names, with the links of its folder followed; None for another kind."""
    parts = urlsplit(uri)
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or "\0" in path:
        return None
    try:
        os.fsencode(path)
    except UnicodeError:  # half a character, which no file is called by
        return None
    place = Path(path)
    return follow_links(place.parent) / place.name if place.is_absolute() and place.name else None


def _shift_findings(findings: list[Finding], shift: Shift) -> list[Finding]:
    """Return findings where they stand after a change; those it touched are gone."""
    left = []
    for finding in findings:
        if finding.end_line < shift.first:
            left.append(finding)
        elif finding.start_line > shift.last:
            start, end = finding.start_line + shift.delta, finding.end_line + shift.delta
            left.append(finding._replace(start_line=start, end_line=end))
    return left


def _describe_mistake(method: str, error: Exception) -> str:
    """Say what is wrong with the parameters of a request."""
    if isinstance(error, KeyError) and error.args:
        return f"{method} needs `{error.args[0]}`"
    return f"the parameters of {method} are not of the protocol's form"
