"""Finds what looks like a secret in a text."""

from __future__ import annotations

import math
import re
from collections import Counter

# Tokens that name their issuer. The shapes are public; none of these occurs in ordinary code.
_TOKEN = re.compile(
    r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"
    r"|gh[pousr]_(?:[A-Za-z0-9]{20,}|\w{36,})|github_pat_\w{20,}"
    r"|gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas|ffct)-[\w-]{16,}|GR1348941[\w-]{20,}"
    r"|(?i:xox[abeoprs])-(?:[\w-]{8,}|(?:\d+-)+\w+)"
    r"|[rs]k_(?:live|test)_\w{10,}|sk-[\w-]{16,}"
    r"|AIza[\w-]{30,}|npm_\w{30,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\d{8,16}:A[\w-]{34}|\d{8,10}:[\w-]{35}"  # Telegram
    r"|[MNO](?=[\w.-]*\d)[\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}"  # Discord
    r"|(?<![\w.])(?:AKC|AP[\dA-F](?=[A-Za-z]*\d))[A-Za-z0-9]{8,}(?![\w.(])"  # Artifactory
    r"|[0-9a-z]{32}-us\d{1,2}"  # Mailchimp
    r"|(?:AC|SK)(?=[a-z]*\d)[a-z0-9]{32}|\bSK[0-9a-fA-F]{32}\b"  # Twilio
    r"|\b(?:hf|api_org)_[A-Za-z0-9]{34,}|AGE-SECRET-KEY-1[0-9A-Z]{58,}"
    r"|\bdo[opr]_v1_[a-f0-9]{64}|\bdapi[a-f0-9]{32}|\bdp\.pt\.[A-Za-z0-9]{40,}"
    r"|\bdt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}|\bfo1_[\w-]{43}|\bfm[12][ar]?_[\w+/]{100,}"
    r"|\bglc_[\w+/]{32,}|\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|[\w-]{14}\.atlasv1\.[\w=-]{60,}"
    r"|\blin_api_[A-Za-z0-9]{40}|\bntn_[A-Za-z0-9]{40,}|\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}"
    r"|\bpul-[a-f0-9]{40}|\brubygems_[a-f0-9]{48}|\bsntryu_[a-f0-9]{64}|\bsntrys_[\w+/=]{50,}"
    r"|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|sq0(?:atp|csp)-[\\\w-]{22,}"
    r"|\bhv[bs]\.[\w-]{90,}|\bATATT3[\w=-]{100,}|\b\w{3}\dQ~[\w~.-]{31,34}"
    r"|\bkey-[a-f0-9]{32}\b|\bwhsec_[A-Za-z0-9+/=]{24,}"
    r"|eyJ[\w=-]{8,}\.[\w=-]{8,}(?:\.[\w.+/=-]*)?"
)
_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}(.*?)(?:-{4,5} ?END [A-Z0-9 ]*|\Z)"
    r"|PuTTY-User-Key-File-\d:(.*?)(?:Private-MAC:|\Z)",
    re.DOTALL,
)
# Azure's connection strings; what follows the name of a scheme in an Authorization header; npm's
# settings; addresses that are secrets.
_NAMED_BARE = re.compile(
    r"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/=]{40,})"
    r"|\b(?:Basic|basic)\s+(?=[A-Za-z0-9+/]*[0-9+/=])([A-Za-z0-9+/]{16,}={0,2})(?![\w.])"
    r"|\b(?:Bearer|bearer)\s+(?=[\w.~+/-]*\d)([\w.~+/-]{16,}={0,2})"
    r"|/:_(?:authToken|auth|password)=\s*[\"']?([^\s\"']{3,})"
    r"|(?i:hooks\.slack\.com/services/T\w+/B\w+)/(\w+)"
    r"|(?i:api.softlayer.com/soap/v3(?:.1)?)/([A-Za-z0-9]{64})"
)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@:'\"]*:([^\s/@'\"]+)(?=@)")
_NAMES = (
    r"(?:passw(?:or)?d|passphrase|pwd|contrase[nñ]a|secret|token|credential"
    r"|(?:db|database|key)_?pass"
    r"|(?:api|access|auth|service|account|db|database|priv|private|client)_?key)s?"
)
# password = "…", "api_key": '…', token="…": a telling name, then a literal.
_NAMED = re.compile(
    _NAMES
    + r"[\w\]\"')]*\s*(?::\s*[\w\[\], |.]+)?(?:={1,3}|!==?|=>|:=|:|,)\s*[rbfuRBFU]{0,2}"
    + r"(?P<quote>\"\"\"|'''|\"|'|`)(?P<value>(?:\\.|(?!(?P=quote)).){3,})(?P=quote)",
    re.IGNORECASE | re.DOTALL,
)
# "…" == password; and `password "…";` as other languages write it.
_COMPARED = re.compile(
    r"(?P<quote>[\"'`])(?P<value>[^\"'`\n]{3,})(?P=quote)\s*[!=]{2,3}\s*\w*" + _NAMES, re.IGNORECASE
)
_STATED = re.compile(
    _NAMES + r"[^\s\"'`]{0,50}?\s*(?P<quote>[\"'`])(?P<value>[^\"'\n]{3,}?)(?P=quote);",
    re.IGNORECASE,
)
# A name that ends in such a word, then something long without quotes, or with them in disorder.
_ASSIGNED = r"[\"']?\]?\s*(?:=>|:=|::|=|:|\s)\s*[\"']?"
_NAMED_LONG = re.compile(
    r"(?:key|pw|pwd|pass|passw(?:or)?d|token|secret)"
    + _ASSIGNED
    + r"(?P<value>[A-Za-z0-9+/_-]{32,})",
    re.IGNORECASE,
)
# Cloudant, SoftLayer and IBM's cloud give keys of letters alone, known by the name before them.
_NAMED_BY_ISSUER = re.compile(
    r"(?:cloudant|clou|cl|softlayer|sl|ibm|cloud|iam)[_-]?(?:api)?[_-]?"
    + r"(?:key|pwd|pw|password|pass|token)"
    + _ASSIGNED
    + r"(?P<value>[a-z0-9]{64}|[\w-]{44}|[a-z]{24})",
    re.IGNORECASE,
)
_AMAZON = re.compile(
    r"aws.{0,20}?(?:key|pwd|pw|pass|token).{0,20}?[\"'](?P<value>[0-9a-z/+]{40})[\"']",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"(?P<quote>\"|')(?P<value>[A-Za-z0-9+/=_\-.]{20,})(?P=quote)")
_BARE = (_PRIVATE_KEY, _NAMED_BARE, _URL_PASSWORD)
_VALUES = (_NAMED, _COMPARED, _STATED, _NAMED_BY_ISSUER, _AMAZON)
_BITS_FOR_RANDOM = 4.0
_BITS_FOR_KEY, _LENGTH_OF_KEY, _DIGITS_OF_KEY = 3.5, 40, 3
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")


def find_secrets(text: str) -> set[str]:
    """Return the parts of `text` that look like secrets."""
    found = {m[0] for m in _TOKEN.finditer(text)}
    found |= {part for bare in _BARE for m in bare.finditer(text) for part in m.groups() if part}
    found |= {m["value"] for named in _VALUES for m in named.finditer(text)}
    found |= {m["value"] for m in _NAMED_LONG.finditer(text) if _is_key(m["value"])}
    found |= {m["value"] for m in _LITERAL.finditer(text) if _is_random(m["value"])}
    return {secret for secret in found if secret.strip("*\n \t")}


def _is_key(value: str) -> bool:
    """Tell whether what follows the name of a key is none of the names that code consists of."""
    if _HEXADECIMAL.fullmatch(value):
        return True
    digits = sum(c.isdigit() for c in value)
    is_long = len(value) >= _LENGTH_OF_KEY and digits >= _DIGITS_OF_KEY
    return is_long and _measure_entropy(value) >= _BITS_FOR_KEY


def _is_random(value: str) -> bool:
    if _HEXADECIMAL.fullmatch(value):
        return len(set(value)) > 8
    has_both = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return has_both and _measure_entropy(value) >= _BITS_FOR_RANDOM


def _measure_entropy(value: str) -> float:
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
