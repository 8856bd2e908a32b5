"""Finds out where the installed guard comes from, so that an entry can pin it for a whole team."""

from __future__ import annotations

import json
import os
import re
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from devmatrix_guard.git.process import run_git

PACKAGE = "devmatrix-guard"
_LABELS = ("repository", "source", "source code", "homepage")
_SCP = re.compile(r"[\w.-]+@[\w.-]+:(?!/)\S+\Z")


def find_source() -> str | None:
    """Return the address of the repository the installed guard is from; None where none is known.

    It is known from an installation by git's address, from the origin of the checkout that was
    installed, or from the package's own metadata.
    """
    try:
        installed = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    for address in (*_find_addresses_of_origin(installed), *_find_addresses_in_metadata(installed)):
        if public := publish_address(address):
            return public
    return None


def is_installed_from_folder() -> bool:
    """Tell whether the installed guard is from a folder or a file of this machine."""
    try:
        text = metadata.distribution(PACKAGE).read_text("direct_url.json") or "{}"
        return str(json.loads(text).get("url", "")).startswith("file:")
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return False


def publish_address(address: str) -> str:
    """Return an address that others can reach, without credentials; empty where it is none."""
    if _SCP.match(address):
        return address
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
        return ""
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.scheme == "ssh" and parts.username else ""
    return urlunsplit((parts.scheme, user + host, parts.path, "", ""))


def _find_addresses_of_origin(installed: metadata.Distribution) -> list[str]:
    try:
        origin = json.loads(installed.read_text("direct_url.json") or "{}")
        address = str(origin.get("url", ""))
    except (ValueError, AttributeError):
        return []
    if "vcs_info" in origin:
        return [address]
    folder = Path(unquote(urlsplit(address).path))
    if not address.startswith("file:") or not (folder / ".git").exists():
        return []
    code, answer, _ = run_git(folder, "config", "--get", "remote.origin.url")
    return [] if code else [os.fsdecode(answer).strip()]


def _find_addresses_in_metadata(installed: metadata.Distribution) -> list[str]:
    lines = installed.metadata.get_all("Project-URL") or ()
    pairs = (line.partition(", ")[::2] for line in lines)
    named = {label.lower(): address for label, address in pairs}
    return [named[label] for label in _LABELS if label in named]
