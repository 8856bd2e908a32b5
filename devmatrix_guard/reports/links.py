"""Addresses of commits and issues on the web, where a repository's remote tells where it is."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

# host -> what stands between a repository's address and a commit, and an issue
_HOSTS = {
    "github": ("/commit/", "/issues/"),
    "gitlab": ("/-/commit/", "/-/issues/"),
    "bitbucket": ("/commits/", "/issues/"),
}
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+\.[\w-]+):(?!/)(\S+)\Z")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+\Z")
_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")
_ISSUE = re.compile(r"(?<!\w)&#35;(\d{1,9})(?!\w)")  # as Markdown is escaped; not other/shop#1
_ISSUE_IN_HTML = re.compile(r"(?<![\w&])#(\d{1,9})(?!\w)")


def find_web_address(remote: str) -> str:
    """Return the page of a repository on GitHub, GitLab or Bitbucket; empty for any other remote.

    Args:
        remote: the address git fetches from; credentials in it are left out.
    """
    scp = _SCP.match(remote)
    if scp and "://" not in remote:
        host, path = scp.groups()
    else:
        try:
            parts = urlsplit(remote)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return ""
        if parts.scheme not in ("https", "http", "ssh", "git"):
            return ""
    path = path.strip("/").removesuffix(".git")
    if not _HOST.match(host) or not _kind_of(host) or "/" not in path:
        return ""
    return f"https://{host.lower()}/{quote(path, safe='/-._~')}"


def link_commit(web: str, commit: str) -> str:
    """Return the address of a commit's page, empty where there is none."""
    kind = _kind_of(web)
    return f"{web}{_HOSTS[kind][0]}{commit}" if kind and _COMMIT.match(commit) else ""


def link_issues(web: str, escaped: str) -> str:
    """Return escaped Markdown with the issues in it, such as #12, as links."""
    kind = _kind_of(web)
    if not kind:
        return escaped
    return _ISSUE.sub(rf"[\g<0>]({web}{_HOSTS[kind][1]}\1)", escaped)


def link_html_issues(web: str, escaped: str) -> str:
    """Return escaped HTML with the issues in it, such as #12, as links."""
    kind = _kind_of(web)
    if not kind:
        return escaped
    return _ISSUE_IN_HTML.sub(rf'<a href="{web}{_HOSTS[kind][1]}\1">\g<0></a>', escaped)


def _kind_of(address: str) -> str:
    host = address.removeprefix("https://").partition("/")[0].lower()
    return next((kind for kind in _HOSTS if kind in host.split(".")), "")
