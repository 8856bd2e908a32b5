"""One process of a check that several share: reads rules, then files, and answers with results."""

from __future__ import annotations

import _pickle  # `pickle` loads `re`
import gc
import marshal
import os
import sys

from devmatrix_guard.engine.check import EngineOptions, check_alone
from devmatrix_guard.engine.collector import PausedCollector
from devmatrix_guard.engine.messages import receive, send
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.model.diff import Target


def serve() -> None:
    """Check what comes in until the input closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    requests = sys.stdin.buffer
    fields, options = marshal.loads(receive(requests))  # noqa: S302 - written by our own program
    compiled = CompiledRules(fields)
    gc.freeze()  # what is there by now stays
    with PausedCollector() as collector:
        while True:
            try:
                batch = marshal.loads(receive(requests))  # noqa: S302 - written by our own program
            except EOFError:
                return
            found = []
            for target in (Target(*fields) for fields in batch):
                found.append(check_alone(compiled, target, EngineOptions(*options), None))
                collector.count(len(target.source))
            send(answers, _pickle.dumps(found))
