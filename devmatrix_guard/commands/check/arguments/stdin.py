"""What `--stdin-filename PATH -` asks to have checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from devmatrix_guard.commands.check.arguments.request import AUTO, CheckRequest, GivenText
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import MAX_BYTES

STDIN = "-"


def read_stdin(request: CheckRequest, given: Mapping[str, Any], stream: BinaryIO) -> CheckRequest:
    """Return the request for a text on a stream, which is read to its end.

    Args:
        request: what else is asked for; it names `-` alone.
        given: the options, by parameter.
        stream: the text.

    Raises:
        UsageError: options exclude each other, or the text is larger than any file may be.
    """
    name = given.get("stdin_filename")
    if name == "":
        raise UsageError("--stdin-filename is empty; name the file whose text is given.")
    if name is None:
        raise UsageError("--new-lines goes with --stdin-filename PATH, which names the file.")
    if request.paths != (STDIN,):
        raise UsageError("--stdin-filename checks standard input alone; name it by `-`.")
    if given.get("fix"):
        raise UsageError("--fix cannot write standard input; --diff prints the fixes as a patch.")
    if given.get("on_warn"):
        raise UsageError("--on-warn is about a commit, and standard input is none; leave it out.")
    if request.scope != AUTO:
        raise UsageError("--stdin-filename excludes --staged, --range and --all; leave them out.")
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UsageError(f"standard input is larger than {MAX_BYTES >> 20} MiB; shorten it.")
    text = GivenText(name, content, is_whole=not given.get("new_lines"))
    return request._replace(paths=(name,), texts=(text,), is_hook=False)
