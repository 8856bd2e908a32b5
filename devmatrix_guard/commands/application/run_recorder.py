"""Records a run of generate, verify or repair: what it read, wrote, tried, met and mended.

    with record_run(memory, "generate") as record:
        record.record_spec(spec_hash, "shop")
        record.record_ir(ir_hash)
        record.record_file("src/main.py", stratum="template", sha=sha, infra=("main", 1, text_sha))

Nothing is written to the memory but the bare run until the run ends; then everything is, at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.infra import InfraOutcome
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.run import ErrorSighting, GenerationEvent, PipelineRun

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

End = tuple[str, str]
Reference = tuple[str, int, str]

# The parts of an IR that have a kind of node of their own; an address begins with one of these.
_KINDS = (
    ("behavior/flows/", "flow"),
    ("validation/", "validation"),
    ("api/", "endpoint"),
)


class RunRecorder:
    """Collects what one run does; made by `record_run`, which also writes it.

    Args:
        memory: where it is recorded.
        run: the run as it began.
        base: folder of the application, as the paths in the lineage should begin.
        began: when, by the monotonic clock; now by default.
    """

    def __init__(
        self, memory: Memory, run: PipelineRun, base: str = "", began: float | None = None
    ) -> None:
        self.memory = memory
        self.run = run
        self.base = f"{base.strip('/')}/" if base.strip("./") else ""
        self._began = time.monotonic() if began is None else began
        self._failed = False
        self.events: list[GenerationEvent] = []
        self.errors: list[ErrorSighting] = []
        self.outcomes: list[InfraOutcome] = []
        self._nodes: dict[End, LineageNode] = {}
        self._edges: dict[tuple[str, End, End], LineageEdge] = {}
        self._written: dict[str, str] = {}
        self._me = self._add_node("run", run.id, command=run.command, at=run.started_at)

    @property
    def nodes(self) -> tuple[LineageNode, ...]:
        """Every node that was named."""
        return tuple(self._nodes.values())

    @property
    def edges(self) -> tuple[LineageEdge, ...]:
        """Every edge that was drawn."""
        return tuple(self._edges.values())

    def record_spec(self, spec_hash: str, name: str) -> None:
        """Note the spec the run works from."""
        self.run = self.run._replace(spec_hash=spec_hash)
        self._add_edge("processed", self._add_node("spec", spec_hash, name=name), self._me)

    def record_ir(self, ir_hash: str) -> None:
        """Note the ApplicationIR the run works from."""
        self.run = self.run._replace(ir_hash=ir_hash)
        ir = self._add_node("ir", ir_hash)
        if self.run.spec_hash:
            self._add_edge("produced", ("spec", self.run.spec_hash), ir)

    def record_part(self, address: str, **properties: Any) -> None:
        """Note what is known about a part of the IR, such as an endpoint's method and path."""
        self._add_node(*self._add_part(address), address=address, **properties)

    def record_file(
        self,
        path: str,
        *,
        stratum: str,
        sha: str,
        infra: Reference | None = None,
        emitter: str = "",
        addresses: Iterable[str] = (),
    ) -> None:
        """Note a file the run wrote.

        Args:
            path: within the application.
            stratum: template, ast or llm.
            sha: hash of its text.
            infra: id, version and hash of the InfraPattern that was filled in.
            emitter: the module that wrote it, where it was an emitter.
            addresses: the IR nodes it was made from.
        """
        file = self._add_node(
            "file",
            self.make_file_key(path),
            path=self.base + path,
            stratum=stratum,
            sha=sha,
            **({"emitter": emitter} if emitter else {}),
        )
        self._add_edge("wrote", self._me, file)
        if infra is not None:
            pattern_id, version, pattern_sha = infra
            pattern = self._add_node("infra-pattern", f"{pattern_id}@{version}", sha=pattern_sha)
            self._add_edge("used-in", pattern, file)
        parts = tuple(addresses)
        for address in parts:
            self._add_edge("generated", self._add_part(address), file)
        if not parts and self.run.ir_hash:
            self._add_edge("generated", ("ir", self.run.ir_hash), file)
        self._add_event(
            "file",
            path,
            stratum=stratum,
            infra_pattern=f"{infra[0]}@{infra[1]}" if infra else None,
            success=True,
        )

    def record_test(
        self,
        name: str,
        *,
        passed: bool,
        paths: Iterable[str] = (),
        duration_ms: float | None = None,
    ) -> None:
        """Note a test's or check's result, and the files it exercised.

        Args:
            name: what was tried.
            passed: how it went.
            paths: files within the application.
            duration_ms: how long it took.
        """
        key = f"{self.run.id}:{name}"
        test = self._add_node("test", key, name=name, passed=passed, run=self.run.id)
        for path in paths:
            self._add_edge("tested-by", self._add_file(path), test, passed=passed)
        self._add_event("test", success=passed, duration_ms=duration_ms, details={"name": name})

    def record_error(self, error_type: str, signature: str, *, path: str = "") -> None:
        """Note an error; `signature` is what tells errors of one type apart."""
        self._add_edge_from_file("had-error", path, self._add_error(error_type, signature))
        self.errors.append(ErrorSighting(error_type, signature, self._tell_time()))
        details = {"type": error_type, "signature": signature}
        self._add_event("error", path or None, success=False, details=details)

    def record_fix(
        self, error_type: str, signature: str, *, path: str = "", fix_ms: float | None = None
    ) -> None:
        """Note that this run met an error and mended it."""
        error = self._add_error(error_type, signature)
        self._add_edge_from_file("had-error", path, error)
        fix = f"{self.run.id}:{error_type}:{signature}"
        self._add_edge("fixed-by", error, self._add_node("fix", fix, run=self.run.id))
        self.errors.append(
            ErrorSighting(error_type, signature, self._tell_time(), fix, fix_ms, auto_fixed=True)
        )
        details = {"type": error_type, "signature": signature}
        self._add_event("fix", path or None, success=True, duration_ms=fix_ms, details=details)

    def record_pattern_outcome(
        self, pattern_id: str, version: int, *, success: bool, check: str
    ) -> None:
        """Note how one InfraPattern did in a check; only those that the check concerned."""
        at, run = self._tell_time(), self.run.id
        self.outcomes.append(InfraOutcome(pattern_id, version, at, success, check, run))

    def record_measurements(self, **facts: Any) -> None:
        """Keep measurements: fields of `PipelineRun` as such, others among its details."""
        known = {name: facts.pop(name) for name in list(facts) if name in PipelineRun._fields}
        details = {**self.run.details, **facts}
        self.run = self.run._replace(**known, details=details)

    def fail_unless(self, *, passed: bool) -> None:
        """Let the run end as failed though nothing was raised: what it looked at did not pass."""
        self._failed = not passed

    def end(self, status: str) -> None:
        """Close the run with its counts and its time."""
        status = "failed" if self._failed and status == "succeeded" else status
        written = sum(event.kind == "file" for event in self.events)
        self.run = self.run._replace(
            status=status,
            completed_at=self._tell_time(),
            duration_ms=self.run.duration_ms or (time.monotonic() - self._began) * 1000,
            files_generated=written
            if self.run.files_generated is None
            else self.run.files_generated,
            errors_count=sum(event.kind == "error" for event in self.events),
        )

    def make_file_key(self, path: str) -> str:
        """Return the key of a file's node: a path alone is not unique across runs."""
        return f"{self.run.id}:{path}"

    def _find_file_key(self, path: str) -> str:
        """Return the key of a file as the newest run wrote it, which knows what it came from."""
        own = self.make_file_key(path)
        if ("file", own) in self._nodes:
            return own
        if path not in self._written:
            found = self.memory.lineage.find(self.base + path)
            keys = [n.key for n in found if n.kind == "file" and "sha" in n.properties]
            self._written[path] = max(keys, default=own)
        return self._written[path]

    def _add_file(self, path: str) -> End:
        end = ("file", self._find_file_key(path))
        return end if end in self._nodes else self._add_node(*end, path=self.base + path)

    def _add_edge_from_file(self, kind: str, path: str, target: End) -> None:
        self._add_edge(kind, self._add_file(path) if path else self._me, target)

    def _add_part(self, address: str) -> End:
        """Return the node of a part of the IR, known by the IR's hash and the part's address."""
        ir = self.run.ir_hash or ""
        part = (classify_address(address), f"{ir}:{address}")
        if part not in self._nodes:
            self._add_node(*part, address=address)
            if ir:
                self._add_edge("has", ("ir", ir), part)
        return part

    def _add_error(self, error_type: str, signature: str) -> End:
        key = f"{error_type}:{signature}"
        return self._add_node("error", key, type=error_type, signature=signature)

    def _add_node(self, kind: str, key: str, **properties: Any) -> End:
        self._nodes[kind, key] = LineageNode(kind, key, properties)
        return kind, key

    def _add_edge(self, kind: str, source: End, target: End, **properties: Any) -> None:
        self._edges[kind, source, target] = LineageEdge(kind, source, target, properties)

    def _add_event(self, kind: str, path: str | None = None, **facts: Any) -> None:
        number, at = len(self.events), self._tell_time()
        self.events.append(GenerationEvent(self.run.id, number, kind, at, path, **facts))

    def _tell_time(self) -> str:
        """The clock may be set back while a run goes on; a run never ends before it began."""
        return max(_tell_utc_time(), self.run.started_at)


@contextmanager
def record_run(
    memory: Memory, command: str, *, base: str = "", began: float | None = None
) -> Iterator[RunRecorder]:
    """Record a run: at once as running, and when it ends with everything it did.

    One that began before is as good as over, and is written at its end alone.

    An exception ends it as failed, an interruption as interrupted, and so does a call that could
    not be followed, such as one without an interpreter; all are passed on.

    Args:
        memory: where to record.
        command: the verb.
        base: folder of the application from the project's root, empty for the root itself.
        began: when the work began, by the monotonic clock, where that was before now.
    """
    run = PipelineRun(_make_id(), command, _tell_utc_time(began))
    if began is None:
        memory.runs.save(run)
    recorder = RunRecorder(memory, run, base, began)
    try:
        yield recorder
    except UsageError:  # what was asked for could not be begun: it says nothing of the application
        _write(memory, recorder, "interrupted")
        raise
    except Exception as error:
        recorder.record_error(type(error).__name__, str(error)[:200])
        _write(memory, recorder, "failed")
        raise
    except BaseException:
        _write(memory, recorder, "interrupted")
        raise
    _write(memory, recorder, "succeeded")


def classify_address(address: str) -> str:
    """Return the kind of node that a part of an IR is, by its address."""
    if address.startswith("domain/") and address.count("/") == 1:
        return "entity"
    return next((kind for start, kind in _KINDS if address.startswith(start)), "ir-node")


def _write(memory: Memory, recorder: RunRecorder, status: str) -> None:
    if recorder.run.status == "running":
        recorder.end(status)
    with memory.transaction():
        memory.runs.save(recorder.run)
        memory.runs.add_events(recorder.events)
        memory.runs.record_errors(recorder.errors)
        memory.lineage.add(_keep_unknown_files(memory, recorder), recorder.edges)
        memory.infra.record_outcomes(recorder.outcomes)


def _keep_unknown_files(memory: Memory, recorder: RunRecorder) -> list[LineageNode]:
    """Leave out files that another run wrote and recorded: their facts are its to tell."""
    own = f"{recorder.run.id}:"
    return [
        node
        for node in recorder.nodes
        if node.kind != "file"
        or node.key.startswith(own)
        or memory.lineage.get(node.kind, node.key) is None
    ]


def _make_id() -> str:
    """Ids sort by time, and two runs of one moment differ."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.urandom(4).hex()}"


def _tell_utc_time(moment: float | None = None) -> str:
    """Return the time now, or at a moment of the monotonic clock."""
    ago = timedelta(seconds=0.0 if moment is None else time.monotonic() - moment)
    return (datetime.now(UTC) - ago).isoformat(timespec="milliseconds").replace("+00:00", "Z")
