"""Compare what reports mask with what detect-secrets flags; print a table.

Usage: python bench/masking.py [--values 200] [--seed 1] [--plain FOLDER]

Needs `detect-secrets` and `hypothesis` beside the package, in an environment of their own:
`uv run --no-project --with detect-secrets --with hypothesis --with-editable . bench/masking.py`.
For each of its detectors that go by a format, values are generated from its expressions, put into
code and prose; whatever it flags must be masked. With a folder of Python files, counts the string
literals and comments that are masked though none of its detectors flags them.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import sysconfig
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins import keyword as keyword_plugin
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from devmatrix_guard.reports.redact import redact

# An address is no secret; of a private key the flag is its header, which stays to be read.
LEFT_OUT = {"IPPublicDetector", "PrivateKeyDetector"}
CONTEXTS = ("{}", "x = '{}'", 'call("{}", 1)', "# see {} there", "line\n{}\nline")


def main() -> None:
    """Generate, compare, print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", default=sysconfig.get_paths()["stdlib"])
    args = parser.parse_args()
    print("| detector | flagged | not masked | one of them |\n| --- | --- | --- | --- |")
    missed_all = 0
    for name, detector, expressions in _list_detectors():
        flagged, missed = _compare(detector, expressions, args.values, args.seed)
        missed_all += len(missed)
        shown = repr(missed[0]).replace("|", "\\|") if missed else ""
        print(f"| {name} | {flagged} | {len(missed)} | {shown} |")
    texts, masked = _count_masked(Path(args.plain), args.seed)
    share = sum(masked.values()) / max(texts, 1)
    print(f"\nOf {texts} literals and comments of ordinary code {share:.2%} are masked:")
    for text, count in masked.most_common(15):
        print(f"- {count} x {text[:100]!r}")
    sys.exit(bool(missed_all))


def _list_detectors() -> Iterator[tuple[str, Any, list[re.Pattern[str]]]]:
    for kind in sorted(get_mapping_from_secret_type_to_class().values(), key=lambda k: k.__name__):
        if kind.__name__ in LEFT_OUT:
            continue
        if kind.__name__ == "KeywordDetector":
            groups = keyword_plugin.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP
            yield kind.__name__, kind(), list(groups)
        elif hasattr(kind, "denylist"):
            denylist = kind().denylist
            yield kind.__name__, kind(), [denylist] if hasattr(denylist, "search") else [*denylist]


def _compare(
    detector: Any, expressions: list[re.Pattern[str]], values: int, number: int
) -> tuple[int, list[str]]:
    """Return how many secrets were flagged in generated text, and the texts that showed one."""
    flagged = 0
    missed: list[str] = []

    @seed(number)
    @settings(
        max_examples=values, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        st.sampled_from(expressions).flatmap(
            lambda e: st.from_regex(e, alphabet=st.characters(min_codepoint=32, max_codepoint=126))
        ),
        st.sampled_from(CONTEXTS),
    )
    def compare(value: str, context: str) -> None:
        nonlocal flagged
        text = context.format(value.strip("\n"))
        for secret in {s for line in text.split("\n") for s in detector.analyze_string(line)}:
            if len(secret.strip()) < 3 or not secret.strip("*"):
                continue
            flagged += 1
            if secret in redact(text):
                missed.append(text)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare()
    return flagged, missed


def _count_masked(folder: Path, number: int) -> tuple[int, Counter[str]]:
    """Return how many literals and comments files hold, and those that are masked."""
    detectors = [detector for _, detector, _ in _list_detectors()]
    files = sorted(folder.glob("*.py"))
    random.Random(number).shuffle(files)
    texts, masked = 0, Counter[str]()
    for path in files[:100]:
        try:
            tokens = [*tokenize.generate_tokens(io.StringIO(path.read_text()).readline)]
        except (UnicodeDecodeError, tokenize.TokenError, SyntaxError):
            continue
        for token in tokens:
            if token.type not in (tokenize.STRING, tokenize.COMMENT):
                continue
            texts += 1
            if redact(token.line) == token.line or redact(token.string) == token.string:
                continue
            if not any(s for d in detectors for s in d.analyze_string(token.string)):
                masked[token.string] += 1
    return texts, masked


if __name__ == "__main__":
    main()
