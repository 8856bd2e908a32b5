"""Measures the page: server CPU of each view over a memory of many patterns.

    python bench/page.py [PATTERNS] [ROUNDS]

The patterns are those of `bench/memory.py`. CPU seconds of this process are counted, not the
clock: queries and rendering, without the network.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from memory import Corpus

from devmatrix_guard.commands.service.access import MemoryAccess
from tests.helpers import make_repo

VIEWS = (
    "/", "/patterns", "/patterns?q=session+timeout", "/patterns?stage=warn&layer=3",
    "/patterns?page=40", "/rules?shipped=true", "/runs", "/bank", "/migrations",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    from fastapi.testclient import TestClient

    from devmatrix_guard.server.app import make_app
    from devmatrix_guard.server.settings import ServeSettings

    count, rounds = [*map(int, arguments), 21_000, 9][:2] if arguments else (21_000, 9)
    with tempfile.TemporaryDirectory() as folder:
        root = make_repo(Path(folder) / "shop", {"a.py": "x = 1\n"})
        access = MemoryAccess(root)
        with access.lend(writing=True) as memory:
            memory.patterns.save(Corpus(1, count).patterns(count))
        access.close()
        app = make_app(ServeSettings(root=str(root)))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            for path in VIEWS:
                took, size = [], 0
                for _ in range(rounds + 1):
                    began = time.process_time()
                    answer = client.get(path)
                    took.append(1000 * (time.process_time() - began))
                    assert answer.status_code == 200, answer.text
                    size = len(answer.content)
                first, later = took[0], sorted(took[1:])
                middle = statistics.median(later)
                print(
                    f"{path:32} first {first:6.0f} ms, then median {middle:6.1f} "
                    f"(max {later[-1]:.0f}) ms of CPU, {size:,} bytes",
                    flush=True,
                )
    print(f"{count:,} patterns, n = {rounds}, load {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
