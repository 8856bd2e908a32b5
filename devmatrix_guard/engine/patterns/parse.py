"""Turn the text of a Semgrep pattern into Python that CPython's parser accepts.

Metavariables become reserved names and ellipses that Python's grammar has no place for become
reserved arguments, parameters and attributes; `pattern_tree` turns them back.
"""

from __future__ import annotations

import re

METAVARIABLE = "__gmv_"
MANY = "__gme_"
DOTS = "__gdots"
DEEP = "__gdeep"
TYPED = "__gtyped"
NEVER = "__gnever"

_TOKEN = re.compile(
    r"""
    (?P<string>[rRbBuUfF]{0,3}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"
              |'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
  | (?P<comment>\#[^\n]*)
  | (?P<deepopen><\.\.\.)
  | (?P<deepclose>\.\.\.>)
  | (?P<ellipsis>\.\.\.)
  | (?P<many>\$\.\.\.[A-Z_][A-Z_0-9]*)
  | (?P<mv>\$[A-Z_][A-Z_0-9]*|\$[0-9]+)
  | (?P<name>[^\W\d]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<space>[ \t\f\r]+|\\\r?\n)
  | (?P<newline>\n)
  | (?P<op>\*\*|:=|.)
    """,
    re.X | re.S,
)
_KEYWORDS = re.compile(
    "and|as|assert|async|await|del|elif|else|except|for|from|global|if|import|in|is|not|or"
    "|raise|return|while|with|yield"
)
_NAMED = re.compile(r"\$(\.\.\.)?([A-Z_][A-Z_0-9]*|[0-9]+)")


class PatternTextError(ValueError):
    """The pattern uses a form that cannot be written as Python."""


class ImpossibleCodeError(ValueError):
    """The pattern asks for what no Python file can hold, and semgrep never finds."""


class _Token:
    __slots__ = ("kind", "start", "text")

    def __init__(self, kind: str, text: str, start: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start


def translate_pattern(text: str) -> str:
    """Return Python source that stands for the pattern.

    Raises:
        PatternTextError: a form that has no Python counterpart.
    """
    tokens = [_Token(m.lastgroup or "op", m.group(), m.start()) for m in _TOKEN.finditer(text)]
    try:
        _rewrite_brackets(tokens)
    except ImpossibleCodeError:
        return f"{NEVER} = {NEVER}"
    return "".join(_render(token) for token in tokens)


def dedent_pattern(source: str) -> str:
    """Return a translated pattern as it would stand in a file: unindented, with a line's end."""
    import textwrap

    return textwrap.dedent(source.strip("\n")).rstrip() + "\n"


def restore_name(name: str) -> str:
    """Return a reserved name as the user wrote it, any other name unchanged."""
    if name.startswith(METAVARIABLE):
        return "$" + name[len(METAVARIABLE) :]
    if name.startswith(MANY):
        return "$..." + name[len(MANY) :]
    return name


def restore_text(text: str) -> str:
    """Undo the renaming inside a string literal."""
    return text.replace(METAVARIABLE, "$").replace(MANY, "$...")


def _render(token: _Token) -> str:
    if token.kind in ("mv", "many"):
        return _reserve(token.text)
    if token.kind == "string":
        return _NAMED.sub(lambda m: _reserve(m.group()), token.text)
    if token.kind == "comment":
        return ""
    return token.text


def _reserve(metavariable: str) -> str:
    if metavariable.startswith("$..."):
        return MANY + metavariable[4:]
    return METAVARIABLE + metavariable[1:]


def _rewrite_brackets(tokens: list[_Token]) -> None:
    """Rewrite ellipses by the bracket they stand in: call, parameters, dictionary, chain."""
    significant = [i for i, t in enumerate(tokens) if t.kind not in ("space", "comment", "newline")]
    stack: list[_Bracket] = []
    lambdas: list[int] = []
    for position, index in enumerate(significant):
        token = tokens[index]
        before = tokens[significant[position - 1]] if position else None
        after = tokens[significant[position + 1]] if position + 1 < len(significant) else None
        if token.kind == "deepopen":
            token.text = f"{DEEP}("
            stack.append(_Bracket("deep"))
        elif token.kind == "deepclose":
            token.text = ")"
            _close(stack, "deep")
        elif token.kind == "op" and token.text in "([{":
            stack.append(_Bracket(_classify_bracket(token, tokens, significant, position)))
        elif token.kind == "op" and token.text in ")]}":
            if not stack:
                raise PatternTextError("a bracket is closed that was never opened")
            bracket = stack.pop()
            bracket.finish(token)
            if not stack and _is_assigned(tokens, significant, position):
                bracket.become_target()
            elif stack and after is not None and after.text in (",", ")", "]"):
                stack[-1].has_call |= bracket.kind == "call"
        elif token.kind == "name" and token.text == "lambda":
            lambdas.append(len(stack))
        elif token.kind == "op" and token.text == ":" and lambdas and lambdas[-1] == len(stack):
            lambdas.pop()
        elif token.text == "**" and stack and stack[-1].kind == "brace":
            stack[-1].colon = stack[-1].colon or before is None or before.text in ("{", ",")
        elif token.text == "**" and stack and stack[-1].kind == "call":
            is_unpacked = before is not None and before.text in ("(", ",")
            stack[-1].seen_unpacked = stack[-1].seen_unpacked or is_unpacked
        elif token.text == "," and stack:
            stack[-1].end_element(token)
        elif token.kind == "ellipsis" and _is_target(
            tokens, significant, position, is_outside=not stack
        ):
            token.kind, token.text = "name", DOTS
        elif token.kind in ("ellipsis", "many") or token.text in (":", "="):
            in_lambda = bool(lambdas) and lambdas[-1] == len(stack)
            _rewrite_one(token, before, after, stack[-1] if stack else None, in_lambda)


def _is_target(
    tokens: list[_Token], significant: list[int], position: int, *, is_outside: bool
) -> bool:
    """Whether an ellipsis stands where a name is bound: Python's grammar wants a name there."""
    before = tokens[significant[position - 1]] if position else None
    if before is not None and before.kind == "name" and before.text in ("for", "as"):
        return True
    return is_outside and _is_assigned(tokens, significant, position)


def _is_assigned(tokens: list[_Token], significant: list[int], position: int) -> bool:
    """Whether the sign of an assignment follows."""
    following = [tokens[index] for index in significant[position + 1 : position + 3]]
    if not following or following[0].text != "=":
        return False
    return len(following) == 1 or following[1].text != "="


class _Bracket:
    __slots__ = (
        "colon",
        "ellipses",
        "has_call",
        "kind",
        "pending",
        "seen_default",
        "seen_unpacked",
        "typed",
    )

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.pending: list[_Token] = []
        self.ellipses: list[_Token] = []
        self.colon = False
        self.has_call = False
        self.seen_default = False
        self.seen_unpacked = False
        self.typed = False

    def finish(self, closing: _Token) -> None:
        """End what only the closing bracket ends.

        A brace with a colon was a dictionary, whose lone ellipses need the `**` form.
        """
        self.end_element(closing)
        if self.kind == "brace" and self.colon:
            for token in self.pending:
                token.text = f"**{DOTS}" if token.kind == "ellipsis" else f"**{_render(token)}"
                token.kind = "done"

    def become_target(self) -> None:
        """Name what stands for any item of a tuple or list that is assigned to.

        Raises:
            ImpossibleCodeError: a call is assigned to.
        """
        if self.kind == "call" or (self.has_call and self.kind in ("group", "list")):
            raise ImpossibleCodeError
        if self.kind in ("group", "list"):
            for token in self.ellipses:
                token.kind, token.text = "name", DOTS

    def end_element(self, token: _Token) -> None:
        """Close the call that stands for a typed metavariable."""
        if self.typed:
            token.text = ")" + token.text
            self.typed = False


def _close(stack: list[_Bracket], kind: str) -> None:
    if not stack or stack[-1].kind != kind:
        raise PatternTextError("`<...` and `...>` do not pair up")
    stack.pop()


def _classify_bracket(
    token: _Token, tokens: list[_Token], significant: list[int], position: int
) -> str:
    if token.text == "{":
        return "brace"
    kind = "index" if token.text == "[" else "call"
    if not position:
        return "list" if token.text == "[" else "group"
    before = tokens[significant[position - 1]]
    if position > 1 and tokens[significant[position - 2]].text == "def":
        return "parameters"
    if before.kind in ("mv", "string") or (
        before.kind == "name" and not _KEYWORDS.fullmatch(before.text)
    ):
        return kind
    if before.text in (")", "]") or before.text == DOTS:
        return kind
    return "list" if token.text == "[" else "group"


def _rewrite_one(
    token: _Token,
    before: _Token | None,
    after: _Token | None,
    bracket: _Bracket | None,
    in_lambda: bool,
) -> None:
    if token.kind == "ellipsis" and before is not None and before.text == ".":
        token.kind, token.text = "name", DOTS
        return
    kind = "parameters" if in_lambda else bracket.kind if bracket else ""
    alone = _is_element(before, after, in_lambda)
    # In brackets that are no call's Semgrep reads no type.
    if kind == "call" and token.text == ":" and before is not None:
        if before.kind == "mv" and bracket is not None:
            before.kind, before.text = "done", f"{TYPED}({_reserve(before.text)}"
            token.text = ","
            bracket.typed = True
    elif kind == "call":
        _rewrite_argument(token, alone, is_late=bracket is not None and bracket.seen_unpacked)
    elif kind == "parameters":
        _rewrite_parameter(token, alone, bracket)
    elif kind in ("group", "list") and bracket is not None:
        if token.kind == "ellipsis" and alone:
            bracket.ellipses.append(token)
    elif kind == "brace" and bracket is not None:
        if token.text == ":":
            bracket.colon = True
        elif alone and token.kind in ("ellipsis", "many"):
            bracket.pending.append(token)


def _is_element(before: _Token | None, after: _Token | None, in_lambda: bool) -> bool:
    """Whether a token is a whole element of its list."""
    opens = before is None or before.text in ("(", "[", "{", ",") or before.text == "lambda"
    closes = after is None or after.text in (")", "]", "}", ",")
    closes = closes or (in_lambda and after is not None and after.text == ":")
    return opens and closes


def _rewrite_argument(token: _Token, alone: bool, *, is_late: bool) -> None:
    """Unpack what stands for arguments; behind `**` only another `**` may follow in Python."""
    if not alone or token.kind not in ("ellipsis", "many"):
        return
    name = DOTS if token.kind == "ellipsis" else _reserve(token.text)
    stars = "**" if is_late and token.kind == "ellipsis" else "*"
    token.kind, token.text = "done", stars + name


def _rewrite_parameter(token: _Token, alone: bool, bracket: _Bracket | None) -> None:
    if token.text == "=" and bracket is not None:
        bracket.seen_default = True
    if alone and token.kind in ("ellipsis", "many"):
        default = "=0" if bracket is not None and bracket.seen_default else ""
        name = f"{DOTS}{token.start}" if token.kind == "ellipsis" else _reserve(token.text)
        token.kind, token.text = "done", name + default
