"""Reads a test in a language with braces: what runs, under which conditions, and what never."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from devmatrix_guard.mining.regression.body import (
    MAX_CHECKS,
    NEVER,
    RETURNED,
    SKIPPED,
    SWALLOWED,
    UNCALLED,
    Content,
    Place,
)
from devmatrix_guard.mining.regression.braces import BLOCK, Block, Statement
from devmatrix_guard.mining.regression.checks import Check, Parts
from devmatrix_guard.mining.regression.matchers import (
    find_close,
    is_check,
    is_failing,
    read_condition,
    read_matcher,
    split_words,
)

UNAWAITED = "nothing waits for it"
_MAX_VALUE = 40  # tokens that a name may stand for
_MAX_SHOWN = 100
_MAX_TURNS = 200
_MAX_ALL_TURNS = 2000  # of the loops of a test, which may stand within one another
_MAX_READ = 20_000  # statements of a test, those of a loop at each turn
_MAX_TABLE = 4000  # tokens
_DECLARES = ("const", "let", "var", "val", "final", "auto", "mut")
_LEAVES = ("return", "continue", "break")
_SKIPS = re.compile(
    r"(?:t|tb|this|ctx|context|test|it) (?:\.|->) (?:Skip\w*|skip|todo|markTestSkipped) \("
    r"|(?:\$this -> )?markTestSkipped|(?:GTEST_SKIP|pending|skip) \(|throw new SkipException"
)
_LOOPS = ("for", "foreach", "while", "loop")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_BROAD = frozenset(("Exception", "Throwable", "Error", "AssertionError", "AssertionFailedError"))
_DOUBLES = re.compile(
    r"(?:(?:jest|vi|vitest) \. spyOn|sinon \. stub) \( [\w$. ]+ , ['\"](\w+)['\"] \)"
    r" \. (?:mock|return|resolve|calls)\w+"
    r"|\. (\w+) = (?:async )?(?:\( [^()]*\) =>|\w+ =>|function\b|(?:jest|vi) \. fn\b)"
)
_Names = dict[str, tuple[str, ...]]


def read_content(
    statements: Sequence[Statement], row: Sequence[str] = (), case: str = ""
) -> Content:
    """Return what the statements of a test ask for.

    Args:
        statements: the test as a whole.
        row: what its parameters are in one of its cases.
        case: that case as a text, empty where it has none.
    """
    reader = _Reader(statements)
    reader.read_test(statements, row, case)
    return Content(tuple(reader.checks), tuple(reader.dead), tuple(reader.steps))


class _Reader:
    def __init__(self, statements: Sequence[Statement]) -> None:
        self.checks: list[Check] = []
        self.dead: list[tuple[Check, str]] = []
        self.steps: list[Check] = []
        self._names: _Names = {}
        self._used = _count_words(statements)
        self._turns = 0
        self._read_already = 0

    def read_test(self, statements: Sequence[Statement], row: Sequence[str], case: str) -> None:
        for statement in statements:
            for block in statement.blocks:
                kept = dict(self._names)
                self._bind_row(_list_parameters(block.head), row)
                self._read(block.body, Place(case=case))
                self._names = kept

    def _read(self, body: Sequence[Statement], place: Place) -> None:
        for statement in body:
            self._read_already += 1
            is_full = len(self.checks) + len(self.dead) + len(self.steps) > MAX_CHECKS
            if is_full or self._read_already > _MAX_READ:
                return
            place = self._read_statement(statement, place)

    def _read_statement(self, statement: Statement, place: Place) -> Place:
        """Read a statement; return the place of those after it."""
        if not statement.tokens:
            for block in statement.blocks:
                self._read(block.body, place)
            return place
        if not statement.is_control():
            return self._read_plain(statement, place)
        first = statement.tokens[0]
        if first == "if":
            return self._read_if(statement, place)
        if first in _LOOPS:
            self._read_loop(statement.blocks[0], place)
            return place
        if first == "try":
            return self._read_try(statement, place)
        if first in ("switch", "match", "select", "do", "unsafe"):
            for block in statement.blocks:
                self._read(block.body, place.under(" ".join(block.head)))
            return place
        return self._read_plain(statement, place)

    def _read_if(self, statement: Statement, place: Place) -> Place:
        after = place
        for block in statement.blocks:
            words = self._resolve(self._bind_head(_list_condition(block.head)))
            text = " ".join(words)
            if len(statement.blocks) == 1 and block.body and is_failing(block.body[-1].tokens):
                self._add(read_condition(words, positive=False), statement, place)
                continue
            is_other = block.head[:1] == ("else",) and block.head[1:2] != ("if",)
            if is_other:
                self._read(block.body, after)
                continue
            inner = place.never(NEVER) if _is_false(words) else place.under(f"if {text}")
            self._read(block.body, place if words == ["true"] else inner)
            if words == ["true"]:
                after = place.never(RETURNED if _leaves(block.body) else NEVER)
            elif not _is_false(words):
                after = after.under(f"unless {text}")
        has_left = any(_leaves(block.body) for block in statement.blocks)
        is_certain = after.reason == RETURNED
        return after if has_left and (is_certain or not after.reason) else place

    def _read_loop(self, block: Block, place: Place) -> None:
        target, over = _split_loop(block.head)
        resolved = self._resolve(over)
        self._forget_assigned(block.body)
        if resolved in (["false"], ["[", "]"], ["0"]):
            self._read(block.body, place.never(NEVER))
            return
        self._read_turns(target, resolved, block.body, place, "while" if not target else "for")

    def _read_turns(
        self, target: Sequence[str], over: Sequence[str], body: Sequence[Statement], place: Place,
        word: str,
    ) -> None:  # fmt: skip
        turns = list_rows(over) if len(over) <= _MAX_TABLE else []
        self._turns += len(turns)
        if not turns or len(turns) > _MAX_TURNS or self._turns > _MAX_ALL_TURNS or not target:
            self._read(body, place.under(f"{word} {' '.join(over)}"))
            return
        fields = _list_fields(over)
        for key, row in turns:
            kept = dict(self._names)
            self._bind_turn(target, key, row, fields)
            self._read(body, place._replace(case=place.case or " ".join(row)))
            self._names = kept

    def _read_try(self, statement: Statement, place: Place) -> Place:
        inner = after = place
        for block in statement.blocks[1:]:
            if block.head[:1] != ("catch",) or _tells(block.body):
                continue
            kinds = {word for word in block.head[1:] if _WORD.fullmatch(word)}
            if kinds & _BROAD or len(kinds) <= 1:
                inner = inner.never(SWALLOWED)
            else:
                caught = f"unless {' '.join(block.head[2:-1])} is caught"
                inner = inner.under(caught)
                after = after.under(caught) if _leaves(block.body) else after
        for number, block in enumerate(statement.blocks):
            is_handler = block.head[:1] == ("catch",)
            where = place.under(" ".join(block.head)) if is_handler else place
            self._read(block.body, inner if number == 0 else where)
        return after

    def _read_plain(self, statement: Statement, place: Place) -> Place:
        words = [*statement.tokens]
        is_exit = words[0] in (*_LEAVES, "throw")
        is_awaited = words[0] in ("await", "return", "yield", "co_await")
        while words and words[0] in (
            "await",
            "return",
            "yield",
            "throw",
            "co_await",
            "defer",
            "go",
        ):
            words = words[1:]
        if _SKIPS.match(" ".join(words)):
            return place.never(SKIPPED)
        name, value = _split_binding(words)
        if statement.blocks:
            self._read_blocks(statement, name, place)
        elif words and is_check(words):
            self._read_check(words, statement, place, is_awaited=is_awaited)
        elif words and "(" in words and not is_exit:
            resolved = self._resolve(value or words)
            step = self._make(("step", " ".join(resolved), "", ""), statement, place)
            if not place.reason:
                self.steps.append(step)
        if value:
            self._bind(name, value)
        return place.never(RETURNED) if is_exit else place

    def _read_check(
        self, words: list[str], statement: Statement, place: Place, *, is_awaited: bool
    ) -> None:
        parts = split_words(words, "&&")
        if len(parts) > 1 and not is_check(parts[0]) and words[0] not in ("assert", "("):
            place = place.under(f"if {' '.join(self._resolve(parts[0]))}")
            words = words[len(words) - len(parts[-1]) :]
        is_promise = any(word in ("resolves", "rejects") for word in words)
        if is_promise and not is_awaited and words[0] == "expect":
            place = place.never(UNAWAITED)
        if "catch" in words and words[words.index("catch") - 1] == ".":
            place = place.never(SWALLOWED)
            words = words[: words.index("catch") - 1]
        self._add(read_matcher(self._resolve(words)), statement, place)

    def _read_blocks(self, statement: Statement, name: Sequence[str], place: Place) -> None:
        """Read functions in a statement: a callback, or one that is called by its name."""
        words = statement.tokens
        own = _find_own_name(words) or (name[0] if len(name) == 1 else "")
        if own and words[-1] == BLOCK and self._used.get(own, 0) < 2:
            place = place.never(UNCALLED)
        over = _find_iterated(words)
        for block in statement.blocks:
            parameters = _list_parameters(block.head)
            if over:
                self._read_turns(parameters, self._resolve(over), block.body, place, "for")
            else:
                self._read(block.body, place)

    def _add(self, found: Sequence[Parts], statement: Statement, place: Place) -> None:
        for parts in found:
            check = self._make(parts, statement, place)
            if place.reason:
                self.dead.append((check, place.reason))
            else:
                self.checks.append(check)

    def _make(self, parts: Parts, statement: Statement, place: Place) -> Check:
        shown = write_code(statement.tokens)
        shown = shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…"
        return Check(*parts, place.where, statement.line, shown, place.case)

    def _resolve(self, words: Sequence[str]) -> list[str]:
        """Return tokens with what their names stand for."""
        found: list[str] = []
        number, before = 0, ""
        while number < len(words):
            word, after = words[number], words[number + 1 : number + 2]
            field = " ".join(words[number : number + 3])
            is_free = before not in (".", "?.") and tuple(after) != (":",)
            if is_free and tuple(after) == (".",) and field in self._names:
                found += self._names[field]
                number += 3
            else:
                found += self._names.get(word, (word,)) if is_free else (word,)
                number += 1
            before = words[number - 1]
        return found

    def _bind(self, name: Sequence[str], value: Sequence[str]) -> None:
        resolved = tuple(self._resolve([word for word in value if word != "await"]))
        for number, one in enumerate(name):
            own = resolved if len(name) == 1 else (*resolved, "[", str(number), "]")
            is_made = resolved[:1] == ("new",) or resolved[-1:] == (BLOCK,)
            if len(own) > _MAX_VALUE or is_made or one == "_":
                self._names.pop(one, None)
            else:
                self._names[one] = own

    def _bind_head(self, words: Sequence[str]) -> list[str]:
        """Bind what the head of an `if` names (`err := f(); err != nil`), and return the rest."""
        *given, condition = split_words(words, ";")
        for part in given:
            name, value = _split_binding(part)
            if value:
                self._bind(name, value)
        return condition

    def _bind_row(self, parameters: Sequence[str], row: Sequence[str]) -> None:
        values = split_words(row[1:-1], ",") if row[:1] in (["["], ("[",)) else [[*row]]
        for name, value in zip(parameters, values, strict=False):
            self._names[name] = tuple(value)

    def _bind_turn(
        self, target: Sequence[str], key: Sequence[str], row: Sequence[str], fields: Sequence[str]
    ) -> None:
        if row[:1] == ["{"]:
            values = split_words(row[1:-1], ",")
            for number, value in enumerate(values):
                if value[1:2] == [":"]:
                    name, value = value[0], value[2:]
                elif number < len(fields):
                    name = fields[number]
                else:
                    continue
                self._names[f"{target[-1]} . {name}"] = tuple(value)
                if name in target:
                    self._names[name] = tuple(value)
        elif row[:1] == ["["] and len(target) > 1:
            self._bind_row(target, row)
        else:
            self._names[target[-1]] = tuple(row)
        if key and len(target) > 1:
            self._names[target[0]] = tuple(key)

    def _forget_assigned(self, body: Sequence[Statement]) -> None:
        for statement in body:
            name, value = _split_binding(statement.tokens)
            for one in name if value else ():
                self._names.pop(one, None)
            for block in statement.blocks:
                self._forget_assigned(block.body)


def find_skip(statements: Sequence[Statement]) -> int:
    """Return the line of the call that skips a test before anything else, 0 where none does."""
    for statement in statements:
        for block in statement.blocks:
            if block.body and _SKIPS.match(" ".join(block.body[0].tokens)):
                return block.body[0].line
    return 0


def find_doubles(words: Sequence[str]) -> set[str]:
    """Return the names of the methods that a test of JavaScript replaces."""
    return {match[1] or match[2] for match in _DOUBLES.finditer(" ".join(words))}


def write_code(words: Sequence[str]) -> str:
    """Return tokens as somebody writes them, in one line."""
    text = " ".join(words)
    text = re.sub(r" ([.,;)\]]|\?\.|\((?! ?\)? =>)|\[)", r"\1", text)
    return re.sub(r"([.(\[!]|\?\.) (?=\S)", r"\1", text)


def list_rows(words: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Return the entries of a table that is written out, each with its key if it has one."""
    start = len(words) - 1
    if not words or words[-1] not in ("]", "}"):
        return []
    depth = 0
    for start in range(len(words) - 1, -1, -1):
        depth += (words[start] in (")", "]", "}")) - (words[start] in ("(", "[", "{"))
        if depth == 0:
            break
    rows: list[tuple[list[str], list[str]]] = []
    for part in split_words(words[start + 1 : -1], ","):
        key, *value = split_words(part, ":")
        if part:
            rows.append((key, value[0]) if len(value) == 1 and words[-1] == "}" else ([], part))
    return rows


def _list_fields(words: Sequence[str]) -> list[str]:
    """Return the names of the fields of a table of Go: `[]struct { in string; want int }`."""
    if "struct" not in words:
        return []
    start = [*words].index("struct") + 1
    inside = words[start + 1 : find_close(words, start)]
    return [
        name
        for part in split_words(inside, ";")
        for name in (word for word in _split_names(part) if _WORD.fullmatch(word))
    ]


def _split_names(part: Sequence[str]) -> list[str]:
    """Return the names before a type: `a, b string`."""
    names = part[:1]
    for before, word in pairwise(part):
        if before == ",":
            names = [*names, word]
    return [*names]


def _count_words(statements: Sequence[Statement]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for statement in statements:
        inner: dict[str, int] = {}
        for word in statement.tokens:
            counts[word] = counts.get(word, 0) + 1
        for block in statement.blocks:
            inner = _count_words(block.body)
            for word, count in inner.items():
                counts[word] = counts.get(word, 0) + count
    return counts


def _list_condition(head: Sequence[str]) -> list[str]:
    words = [word for number, word in enumerate(head) if number > 1 or word not in ("if", "else")]
    if words[:1] == ["("] and find_close(words, 0) == len(words) - 1:
        return words[1:-1]
    return words


def _split_loop(head: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what a loop gives a value at each turn, and what it goes over."""
    words = _list_condition(head[1:])
    for mark in ("of", "range", "in", ":"):
        if mark in words:
            place = words.index(mark)
            names = [w for w in words[:place] if _WORD.fullmatch(w) and w not in _DECLARES]
            return names, words[place + 1 :]
    return [], words


def _list_parameters(head: Sequence[str]) -> list[str]:
    """Return the parameters of a function that a block is of."""
    if head[-1:] in (("=>",), ("->",)):
        head = head[:-1]
        if head and head[-1] != ")":
            return [head[-1]]
    if ")" not in head:
        return []
    end = len(head) - 1 - [*head][::-1].index(")")
    depth = 0
    for start in range(end, -1, -1):
        depth += (head[start] in (")", "]", "}")) - (head[start] in ("(", "[", "{"))
        if depth == 0:
            break
    inside = [part for part in split_words(head[start + 1 : end], ",") if part]
    if len(inside) == 1 and inside[0][0] in ("[", "{"):
        inside = split_words(inside[0][1:-1], ",")
    return [part[0] for part in inside if part]


def _find_own_name(words: Sequence[str]) -> str:
    if words[0] in ("function", "fn", "func") and len(words) > 1 and _WORD.fullmatch(words[1]):
        return words[1]
    return ""


def _find_iterated(words: Sequence[str]) -> list[str]:
    """Return the table that a callback is called for each entry of: `rows.forEach(…)`."""
    for mark in ("forEach", "map"):
        if mark in words and words[words.index(mark) - 1] == ".":
            return [*words[: words.index(mark) - 1]]
    return []


def _split_binding(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names that a statement gives a value, and that value."""
    for mark in ("=", ":="):
        if mark in words:
            place = [*words].index(mark)
            names = [part for part in split_words(words[:place], ",") if part]
            own = []
            for part in names:
                kept = split_words(part, ":")[0]
                if not kept or not _WORD.fullmatch(kept[-1]) or "." in kept or "(" in kept:
                    return [], []
                own.append(kept[-1])
            return own, [*words[place + 1 :]]
    return [], []


def _is_false(words: Sequence[str]) -> bool:
    parts = split_words(words, "&&")
    return any(part in (["false"], ["0"], ["null"]) for part in parts)


def _leaves(body: Sequence[Statement]) -> bool:
    """Tell whether a block ends the test, or the turn of a loop, without a failure."""
    words = body[-1].tokens if body else ()
    return bool(words) and (words[0] in _LEAVES or bool(_SKIPS.match(" ".join(words))))


def _tells(body: Sequence[Statement]) -> bool:
    """Tell whether a handler says that something is wrong."""
    for statement in body:
        words = statement.tokens
        if is_check(words) or (words and is_failing(words)) or {"done", "reject"} & {*words}:
            return True
        if "throw" in words or any(_tells(block.body) for block in statement.blocks):
            return True
    return False
