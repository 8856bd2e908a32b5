"""What the memory tells before a generation, and what a run hands it afterwards."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.posterior import Posterior

# Who made an error: the InfraPattern, an emitter, what a person wrote, the spec or its overlay, or
# the machine. Only the first counts against an InfraPattern.
CAUSES = ("pattern", "emitter", "person", "spec", "environment", "unknown")


class SpecSignature(NamedValue):
    """What a spec is made of, to find specs like it.

    Attributes:
        spec_hash: of its text.
        name: of the application.
        features: sorted words such as `entity:order`, `type:decimal` or `endpoint:GET /orders/{}`.
    """

    spec_hash: str
    name: str
    features: tuple[str, ...]


class FixEdit(NamedValue):
    """A piece of a file that was wrong, and what took its place.

    `path` and both texts may hold `«Entity»`, `«entity»`, `«entities»` and `«ENTITY»` for the names
    of the entity that the file is about.
    """

    path: str
    before: str
    after: str


class ErrorPattern(NamedValue):
    """An error as it is remembered, with what repaired it where that is known.

    Attributes:
        error_id: the same for the same check, signature, place and cause.
        check: what failed: compliance, imports, lint, types, tests, smoke, spec …
        signature: its text without what differs from one occurrence to the next.
        construct: the feature of the IR it belongs to, as in a `SpecSignature`, or "".
        path: of the file, with placeholders for the names of its entity.
        cause: one of `CAUSES`.
        message: its text as it was met.
        infra_pattern: `id@version` where the file comes from one.
        emitter: what wrote the file, where that was an emitter.
        failed_code: what was wrong, as far as it is known.
        fix: the edits that repaired it; empty while nothing has.
        fix_origin: repair, past-fix or person.
        compliance_before, compliance_after: recall around the fix.
        iterations: rounds that the fix took.
        occurrences: how often the error was met.
        tried, helped: how often the fix was tried since, and how often it was kept.
        application: whose error it was first.
        first_seen, last_seen: ISO 8601.
    """

    error_id: str
    check: str
    signature: str
    construct: str = ""
    path: str = ""
    cause: str = "unknown"
    message: str = ""
    infra_pattern: str = ""
    emitter: str = ""
    failed_code: str = ""
    fix: tuple[FixEdit, ...] = ()
    fix_origin: str = ""
    compliance_before: float | None = None
    compliance_after: float | None = None
    iterations: int = 0
    occurrences: int = 1
    tried: int = 0
    helped: int = 0
    application: str = ""
    first_seen: str = ""
    last_seen: str = ""

    @property
    def is_proven(self) -> bool:
        """Whether its fix may be applied without asking: it helped at least as often as not."""
        return bool(self.fix) and 2 * self.helped >= self.tried


class KnownRepair(NamedValue):
    """A repair of one error: what it was, and the edits.

    Attributes:
        error_id: as the memory knows the error.
        reason: a sentence: what failed, and what it says.
        infra_pattern: `id@version` whose text alone it repairs, or "".
        edits: with placeholders for the names of an entity.
    """

    error_id: str
    reason: str
    infra_pattern: str
    edits: tuple[FixEdit, ...]


class InfraTally(NamedValue):
    """How the uses of one InfraPattern version went in one week (`week` is its Monday)."""

    pattern_id: str
    version: int
    week: str
    successes: int
    failures: int


class SimilarSpec(NamedValue):
    """A spec like another, and how it fared; `similarity` is from 0 to 1."""

    name: str
    spec_hash: str
    similarity: float
    runs: int = 0
    succeeded: int = 0
    compliance: float | None = None


class VersionRank(NamedValue):
    """A version of an InfraPattern with what its recorded uses say."""

    pattern_id: str
    version: int
    posterior: Posterior

    @property
    def reference(self) -> str:
        """The name under which runs and lineage speak of this version."""
        return f"{self.pattern_id}@{self.version}"


class VersionChoice(NamedValue):
    """A version that is taken instead of the newest, and why."""

    pattern_id: str
    version: int
    sha: str
    avoided: int
    reason: str


class SpecHistory(NamedValue):
    """What became of the runs of one application.

    Attributes:
        runs, verified, passed: runs of any kind, verifications, and those that passed.
        last_at, last_passed: of the last verification; None where there was none.
        compliance: measured last.
        errors: signatures of the errors that no fix is known for, the latest first.
    """

    runs: int = 0
    verified: int = 0
    passed: int = 0
    last_at: str = ""
    last_passed: bool | None = None
    compliance: float | None = None
    errors: tuple[str, ...] = ()


class LookBack(NamedValue):
    """What the memory says before a generation.

    Attributes:
        signature: of the spec; None where nothing was asked.
        similar: specs like it, the most alike first.
        history: of the application.
        errors: that such constructs and InfraPatterns had, with what repaired them.
        ranks: of the versions that outcomes are known of.
        versions: id, version and hash of those frozen in the bank, of patterns that failed.
        choices: versions taken instead of the newest.
        repairs: errors whose proven fix is applied as soon as the failing code is generated.
        anomaly: why the spec looks like those that fail, or "".
        note: why the memory was not used, or "".
        milliseconds: that it took.
    """

    signature: SpecSignature | None = None
    similar: tuple[SimilarSpec, ...] = ()
    history: SpecHistory = SpecHistory()
    errors: tuple[ErrorPattern, ...] = ()
    ranks: tuple[VersionRank, ...] = ()
    versions: tuple[tuple[str, int, str], ...] = ()
    choices: tuple[VersionChoice, ...] = ()
    repairs: tuple[ErrorPattern, ...] = ()
    anomaly: str = ""
    note: str = ""
    milliseconds: float = 0.0


class CheckOutcome(NamedValue):
    """What one check said of an application.

    Attributes:
        name: imports, lint, types, tests, smoke, ci-tests …
        passed: how it went.
        detail: the tool's text.
        findings: what failed, one by one.
        paths: files it names, within the application; empty where it names none.
        seconds: it took.
    """

    name: str
    passed: bool
    detail: str = ""
    findings: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    seconds: float = 0.0


class RunOutcome(NamedValue):
    """How an application did: its checks, and its compliance where that was measured."""

    checks: tuple[CheckOutcome, ...] = ()
    compliance: float | None = None

    @property
    def passed(self) -> bool:
        """Whether no check failed, and nothing that the spec asks for is missing."""
        return all(check.passed for check in self.checks) and self.compliance in (None, 1.0)


class RecordedOutcome(NamedValue):
    """What the memory made of an outcome.

    Attributes:
        run_id: of the run it belongs to.
        met: errors that were met.
        learned: errors whose fix became known by it.
        charged: InfraPatterns that a failure was laid to, as `id@version`.
    """

    run_id: str
    met: tuple[ErrorPattern, ...] = ()
    learned: tuple[ErrorPattern, ...] = ()
    charged: tuple[str, ...] = ()
