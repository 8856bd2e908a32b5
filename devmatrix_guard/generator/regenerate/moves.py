"""Generated files that people moved: found by what is in them, wherever they lie now."""

from __future__ import annotations

from collections.abc import Mapping

# Half of a file's lines is what git asks of a rename by default (`git diff -M`: 50 %).
_ALIKE = 0.5
_FEWEST = 5  # lines; what is shorter resembles too much


def find_moves(base: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Return old -> new path of generated files that lie elsewhere now.

    Args:
        base: path -> text as generated last, of files that are not at their place.
        found: path -> text of files that nobody generated.
    """
    lines = {path: _read_lines(text) for path, text in found.items()}
    moves: dict[str, str] = {}
    for path, text in sorted(base.items()):
        wanted = _read_lines(text)
        suffix = path.rpartition(".")[2]
        if len(wanted) < _FEWEST:
            continue
        shares = {
            other: len(wanted & held) / len(wanted)
            for other, held in lines.items()
            if other.endswith(f".{suffix}") and other not in moves.values()
        }
        best = max(sorted(shares), key=lambda other: shares[other], default="")
        if best and shares[best] >= _ALIKE:
            moves[path] = best
    return moves


def _read_lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}
