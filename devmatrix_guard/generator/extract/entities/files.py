"""Files: what is sent or answered as it is, and rows that are answered as a table of text."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.ir.domain import Attribute, Type

_WORDS = frozenset(
    (
        "attachment",
        "blob",
        "body",
        "bytes",
        "content",
        "contents",
        "data",
        "download",
        "file",
        "media",
        "raw",
        "source",
        "upload",
    )
)
_WHOLE = ("csv", "download", "export", "dump", "table")


def is_file(media_type: str) -> bool:
    """Tell whether what is of this media type is kept as it comes: neither JSON, text nor form."""
    plain = media_type.partition(";")[0].strip().lower()
    family, _, kind = plain.partition("/")
    if family in ("image", "audio", "video", "font"):
        return True
    spoken = any(word in kind for word in ("json", "xml", "form", "yaml", "ndjson"))
    return family == "application" and not spoken and kind != "*"


def is_table(media_type: str) -> bool:
    """Tell whether a media type holds rows as lines of text."""
    return media_type.partition(";")[0].strip().lower() in ("text/csv", "application/csv")


def says_whole(word: str) -> bool:
    """Tell whether the last part of a path only says how the rows before it are written."""
    return word in _WHOLE


def add_files(
    drafts: Mapping[str, EntityDraft], endpoints: list[Endpoint], findings: Findings
) -> None:
    """Give an entity a place for each file that requests send: `PUT /users/{id}/avatar`."""
    for endpoint in endpoints:
        if endpoint.method not in ("POST", "PUT", "PATCH") or not is_file(endpoint.takes):
            continue
        holder = _find_holder(endpoint, drafts)
        if holder is None or find_file(holder, endpoint):
            continue
        name = holder.choose_free_name(endpoint.literals[-1])
        holder.attributes[name] = Attribute(
            name,
            "",
            Type("bytes"),
            nullable=True,
            origin="default",
            hidden=True,
            pointer=endpoint.pointer,
        )
        claim = f"keeps what {endpoint.method} {endpoint.path} sends"
        findings.add_inferred(f"domain/{holder.name}/{name}", claim, endpoint.pointer, 0.8)


def _find_holder(endpoint: Endpoint, drafts: Mapping[str, EntityDraft]) -> EntityDraft | None:
    noun = find_noun(endpoint)
    if endpoint.ends_in_parameter or len(noun) < 3 or noun[-2] != "{}":
        return None
    return next((draft for draft in drafts.values() if noun[:-2] in draft.nouns), None)


def find_file(draft: EntityDraft, endpoint: Endpoint) -> str:
    """Return the attribute that holds the file which a path speaks of, or ""."""
    held = [a.name for a in draft.attributes.values() if a.type.kind == "bytes"]
    word = "" if endpoint.ends_in_parameter else endpoint.literals[-1]
    if word in held:
        return word
    spoken = not word or word in _WORDS or word.removesuffix("_file") in held
    if len(held) == 1 and (spoken or endpoint.method == "GET"):
        return held[0]
    return ""
