"""Which commands a line for a shell runs, and whether one of them leaves git's hooks out.

Only what is executed counts: a commit's message may speak of `--no-verify`, and `git commit
"--no-verify"` is no less an option for its quotation marks.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    # The text of an alias of git, empty where there is none.
    ReadAlias = Callable[[str], str]

_ENDS = re.compile(r"[;&|()\n]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.S)
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)(\w+)\1([^\n]*)\n.*?(?:\n[ \t]*\2[ \t]*(?=\n|$)|$)", re.S)
_RUN_FROM_INPUT = re.compile(r"\b(?:(?:ba|da|z|k)?sh|python[\d.]*|perl|ruby|node)\b[^|;&\n]*$")
_SINGLE_QUOTED = re.compile(r"'[^']*'")
_INNER = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh"}
_BEFORE = {"sudo", "env", "command", "exec", "time", "nohup", "nice", "xargs", "then", "do",
           "else", "if", "while", "!", "{", "builtin"}  # fmt: skip
_OWN_FOLDER = {"-C", "--git-dir", "--work-tree", "--namespace", "--exec-path"}
_VALUED = {
    "--message", "--file", "--author", "--date", "--template", "--reuse-message", "--trailer",
    "--reedit-message", "--fixup", "--squash", "--cleanup", "--pathspec-from-file", "--repo",
    "--push-option", "--receive-pack", "--strategy", "--strategy-option", "--onto", "--exec",
}  # fmt: skip
_VALUED_LETTERS = {"commit": "mFCct", "merge": "mFsX", "push": "o", "am": "C", "tag": "mFu"}
_SKIPPING_LETTERS = {"commit": "n", "am": "n"}
# The shortest that git takes for it: less would be `--no-verbose` too.
_NO_VERIFY, _SHORTEST = "--no-verify", "--no-veri"
_HOOKED = {"commit", "merge", "push", "am", "rebase", "pull", "cherry-pick", "revert", "checkout",
           "switch", "status", "add", "diff", "log", "show", "fetch", "stash", "branch", "restore",
           "reset", "rm", "mv", "tag", "clone", "init", "apply", "clean", "grep", "blame", "remote",
           "rev-parse", "ls-files", "worktree", "config"}  # fmt: skip
_HOOKS_PATH = "core.hookspath"
_READS = {"--get", "--get-all", "--get-regexp", "-l", "--list", "get", "list"}
_SWITCHES = {"HUSKY": ("0",), "LEFTHOOK": ("0", "false")}
_DEEPEST = 5


def find_bypass(line: str, read_alias: ReadAlias, depth: int = 0) -> str:
    """Return what leaves git's hooks out, or takes guard away, empty for nothing.

    Args:
        line: what a shell is given.
        read_alias: tells what an alias of git stands for.
        depth: how many lines this one is inside of.
    """
    if depth > _DEEPEST:
        return ""
    line = _drop_heredocs(line)
    inner = [a or b for a, b in _INNER.findall(_SINGLE_QUOTED.sub("''", line))]
    for words in split_commands(line):
        found = _judge(words, read_alias, depth)
        if found:
            return found
    return next(filter(None, (find_bypass(one, read_alias, depth + 1) for one in inner)), "")


def split_commands(line: str) -> list[list[str]]:
    """Return the words of each command of a line, without their quotation marks.

    Where these do not pair, words are what stands between spaces.
    """
    from shlex import shlex

    lexer = shlex(line.replace("\\\n", " "), posix=True, punctuation_chars=";&|()\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        words = list(lexer)
    except ValueError:
        words = re.sub(r"([;&|()\n])", r" \1 ", line).replace('"', "").replace("'", "").split(" ")
    commands: list[list[str]] = [[]]
    for word in words:
        if _ENDS.fullmatch(word):
            commands.append([])
        elif word:
            commands[-1].append(word)
    return [command for command in commands if command]


def drop_messages(line: str) -> str:
    """Return a line without the messages that commands of git are given, which are prose."""
    kept = []
    for words in split_commands(_drop_heredocs(line)):
        if _name(words[0]) == "git" and len(words) > 1 and words[1] in ("commit", "tag", "merge"):
            prose = [value for option, value in _list_options(words[1], words[2:])
                     if option in ("-m", "--message")]  # fmt: skip
            words = [word for word in words if not any(p and word.endswith(p) for p in prose)]
        kept.append(" ".join(words))
    return " ; ".join(kept)


def _drop_heredocs(line: str) -> str:
    """Take texts away that are handed to a command on its input, unless it runs them."""

    def replace(found: re.Match[str]) -> str:
        is_run = _RUN_FROM_INPUT.search(line[: found.start()])
        return found.group() if is_run else found[3]

    return _HEREDOC.sub(replace, line) if "<<" in line else line


def _judge(words: Sequence[str], read_alias: ReadAlias, depth: int) -> str:
    place = 0
    while place < len(words):
        word = words[place]
        found = _ASSIGNMENT.fullmatch(word)
        if found:
            if _switches_off(found[1], found[2]):
                return word
        elif word not in _BEFORE and word not in ("export", "set", "declare"):
            break
        place += 1
    rest = words[place:]
    if not rest:
        return ""
    name, arguments = _name(rest[0]), rest[1:]
    if name in _SHELLS and "-c" in arguments[:-1]:
        return find_bypass(arguments[arguments.index("-c") + 1], read_alias, depth + 1)
    if name == "eval":
        return find_bypass(" ".join(arguments), read_alias, depth + 1)
    if name == "guard" or "devmatrix_guard" in arguments:
        return "guard uninstall" if "uninstall" in arguments else ""
    if name in ("pre-commit", "prek", "lefthook") and "uninstall" in arguments:
        return f"{name} uninstall"
    return _judge_git(arguments, read_alias, depth) if name == "git" else ""


def _judge_git(arguments: Sequence[str], read_alias: ReadAlias, depth: int) -> str:
    aliases: dict[str, str] = {}
    place = 0
    while place < len(arguments) and arguments[place].startswith("-"):
        option = arguments[place]
        value = arguments[place + 1] if place + 1 < len(arguments) else ""
        if option in ("-c", "--config-env") or option.startswith("--config-env="):
            setting = value if option in ("-c", "--config-env") else option.partition("=")[2]
            key, _, meaning = setting.partition("=")
            if key.lower() == _HOOKS_PATH:
                return "core.hooksPath"
            if key.lower().startswith("alias."):
                aliases[key[6:].lower()] = meaning
        takes_value = option in _OWN_FOLDER or option in ("-c", "--config-env")
        place += 2 if takes_value else 1
    if place >= len(arguments):
        return ""
    command, rest = arguments[place], arguments[place + 1 :]
    if command == "config":
        return _judge_config(rest, read_alias, depth)
    if command not in _HOOKED:
        meant = aliases.get(command.lower()) or read_alias(command)
        if meant:
            line = meant[1:] if meant.startswith("!") else f"git {meant}"
            return find_bypass(f"{line} {_quote(rest)}", read_alias, depth + 1)
    for option, _ in _list_options(command, rest):
        if option == _NO_VERIFY or (option[:1] == "-" and option[1:] in _letters(command)):
            return "git's hooks, which --no-verify leaves out"
    return ""


def _judge_config(arguments: Sequence[str], read_alias: ReadAlias, depth: int) -> str:
    """Return what a setting of git that is written would leave out."""
    names = [
        word for word in arguments if not word.startswith("-") and word not in ("set", "unset")
    ]
    if _READS & set(arguments) or not names:
        return ""
    key, values = names[0].lower(), names[1:]
    removes = any(word.startswith("--unset") or word == "unset" for word in arguments)
    if key == _HOOKS_PATH and (values or removes):
        return "core.hooksPath"
    if key.startswith("alias.") and values:
        meant = values[0]
        line = meant[1:] if meant.startswith("!") else f"git {meant}"
        return find_bypass(line, read_alias, depth + 1)
    return ""


def _letters(command: str) -> str:
    return _SKIPPING_LETTERS.get(command, "") or "\0"


def _list_options(command: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each option as it is written in full, or its letter, and the value it takes."""
    valued = _VALUED_LETTERS.get(command, "")
    place = 0
    while place < len(words):
        word = words[place]
        following = words[place + 1] if place + 1 < len(words) else ""
        place += 1
        if word == "--":
            return
        if word.startswith("--"):
            name, has_value, value = word.partition("=")
            if name in _VALUED and not has_value:
                value, place = following, place + 1
            is_meant = len(name) >= len(_SHORTEST) and _NO_VERIFY.startswith(name)
            yield (_NO_VERIFY if is_meant else name), value
        elif word.startswith("-"):
            for at, letter in enumerate(word[1:], 2):
                if letter in valued:
                    value = word[at:]
                    if not value:
                        value, place = following, place + 1
                    yield f"-{letter}", value
                    break
                yield f"-{letter}", ""


def _switches_off(name: str, value: str) -> bool:
    """Tell whether a variable has the tool that runs the hooks, or git, leave guard's out."""
    if name == "SKIP":
        return "guard" in value
    if name.startswith("GIT_CONFIG_"):
        return _HOOKS_PATH in value.lower()
    return value in _SWITCHES.get(name, ())


def _name(word: str) -> str:
    """Return the name of a program without its folder."""
    return re.split(r"[\\/]", word)[-1].removesuffix(".exe")


def _quote(words: Sequence[str]) -> str:
    from shlex import quote

    return " ".join(map(quote, words))
