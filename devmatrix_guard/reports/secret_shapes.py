"""Finds what looks like a secret in a text."""

from __future__ import annotations

import math
import re
from collections import Counter

# Tokens that name their issuer. The shapes are public; none of these occurs in ordinary code.
_TOKEN = re.compile(
    r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeprs]-[\w-]{8,}"
    r"|[rs]k_(?:live|test)_\w{10,}|sk-[\w-]{16,}"
    r"|AIza[\w-]{30,}|npm_\w{30,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\b\d{8,16}:A[\w-]{34}(?![\w-])"  # Telegram
    r"|\b(?:hf|api_org)_[A-Za-z0-9]{34,}|AGE-SECRET-KEY-1[0-9A-Z]{58,}"
    r"|\bdo[opr]_v1_[a-f0-9]{64}|\bdapi[a-f0-9]{32}|\bdp\.pt\.[A-Za-z0-9]{40,}"
    r"|\bdt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}|\bfo1_[\w-]{43}|\bfm[12][ar]?_[\w+/]{100,}"
    r"|\bglc_[\w+/]{32,}|\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|[\w-]{14}\.atlasv1\.[\w=-]{60,}"
    r"|\blin_api_[A-Za-z0-9]{40}|\bntn_[A-Za-z0-9]{40,}|\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}"
    r"|\bpul-[a-f0-9]{40}|\brubygems_[a-f0-9]{48}|\bsntryu_[a-f0-9]{64}|\bsntrys_[\w+/=]{50,}"
    r"|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|\bsq0(?:atp|csp)-[\w-]{22,}|\bSK[0-9a-fA-F]{32}\b"
    r"|\bhv[bs]\.[\w-]{90,}|\bATATT3[\w=-]{100,}|\b\w{3}\dQ~[\w~.-]{31,34}"
    r"|\bkey-[a-f0-9]{32}\b|\bwhsec_[A-Za-z0-9+/=]{24,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
# Azure's connection strings; what follows the name of a scheme in an Authorization header.
_NAMED_BARE = re.compile(
    r"\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}={0,2})"
    r"|\b(?:Basic|basic)\s+(?=[A-Za-z0-9+/]*[0-9+/=])([A-Za-z0-9+/]{16,}={0,2})(?![\w.])"
    r"|\b(?:Bearer|bearer)\s+(?=[\w.~+/-]*\d)([\w.~+/-]{16,}={0,2})"
)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@:'\"]*:([^\s/@'\"]+)(?=@)")
# password = "…", "api_key": '…', token="…": a telling name, then a literal.
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credential)s?"
    r"[\w\]\"')]*\s*(?::\s*[\w\[\], |.]+)?(?:=|:|:=|,)\s*[rbfuRBFU]{0,2}"
    r"(?P<quote>\"\"\"|'''|\"|')(?P<value>(?:\\.|(?!(?P=quote)).){3,})(?P=quote)",
    re.IGNORECASE | re.DOTALL,
)
_LITERAL = re.compile(r"(?P<quote>\"|')(?P<value>[A-Za-z0-9+/=_\-.]{20,})(?P=quote)")
_BITS_FOR_RANDOM = 4.0
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")


def find_secrets(text: str) -> set[str]:
    """Return the parts of `text` that look like secrets."""
    found = {m[0] for m in _TOKEN.finditer(text)}
    found |= {m[1] for m in _PRIVATE_KEY.finditer(text)}
    found |= {part for m in _NAMED_BARE.finditer(text) for part in m.groups() if part}
    found |= {m[1] for m in _URL_PASSWORD.finditer(text)}
    found |= {m["value"] for m in _NAMED.finditer(text)}
    found |= {m["value"] for m in _LITERAL.finditer(text) if _is_random(m["value"])}
    return {secret for secret in found if secret.strip("*\n \t")}


def _is_random(value: str) -> bool:
    if _HEXADECIMAL.fullmatch(value):
        return len(set(value)) > 8
    has_both = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return has_both and _measure_entropy(value) >= _BITS_FOR_RANDOM


def _measure_entropy(value: str) -> float:
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
