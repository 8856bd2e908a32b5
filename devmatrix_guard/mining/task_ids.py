"""Which tasks of a tracker a commit message names: `#12`, `SHOP-12`, addresses of issues."""

from __future__ import annotations

import re

_MOST = 10
# An address of an issue, a merge request or a ticket; other addresses are no tasks.
_ADDRESS = re.compile(
    r"https?://[^\s<>()\"'\]]+?/(?:issues?|pull|pulls|merge_requests|browse|tickets?|tasks?|story"
    r"|show_bug\.cgi\?id=)[/=]?[\w-]+",
    re.IGNORECASE,
)
_ANY_ADDRESS = re.compile(r"https?://[^\s<>\"'\]]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w/&#])(?:[\w.-]+/[\w.-]+)?(?:GH-|#)\d{1,9}\b")
# Jira, Linear, Shortcut and YouTrack: a key of capitals, a hyphen, a number without leading zero.
_KEY = re.compile(r"(?<![\w/.-])[A-Z][A-Z0-9]{1,9}-[1-9]\d{0,6}(?![\w-]|\.\d)")
_STANDARDS = """
UTF SHA ISO RFC PEP HTTP MD BASE CVE CWE GHSA PYSEC TLS SSL AES RSA X WIN CP KOI ASCII UCS GB EUC
ARM X86 PY PYTHON IPV IPV4 IPV6 HMAC MP H264 H265 HTML CSS ES GPL LGPL AGPL MPL BSD APACHE COVID DB
PG UTC GMT JSON
"""
_NO_KEYS = frozenset(_STANDARDS.split())


def find_tasks(message: str) -> tuple[str, ...]:
    """Return the tasks a commit message names, in the order in which they stand.

    `GH-12` is `#12`; at most ten are returned, for a message with more is a list of changes.

    Args:
        message: the subject and the body.
    """
    found: dict[int, str] = {}
    for match in _ADDRESS.finditer(message):
        found[match.start()] = match[0].rstrip(".,;:")
    rest = _ANY_ADDRESS.sub(lambda match: " " * len(match[0]), message)
    for match in _NUMBER.finditer(rest):
        found[match.start()] = match[0].replace("GH-", "#")
    for match in _KEY.finditer(rest):
        if match[0].rpartition("-")[0] not in _NO_KEYS and match.start() not in found:
            found[match.start()] = match[0]
    ordered = dict.fromkeys(found[place] for place in sorted(found))
    return tuple(ordered)[:_MOST]
