"""`guard trends`: how generated applications fare over time, and what to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from devmatrix_guard.commands.loop.look_back import find_similar
from devmatrix_guard.commands.loop.versions import KEPT_DAYS, rank_versions
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.model.knowledge.learning import ErrorPattern, SimilarSpec
from devmatrix_guard.model.knowledge.run import PipelineRun
from devmatrix_guard.model.knowledge.trend import Anomaly, DayOfOutcomes, ReviewTask, Trends
from devmatrix_guard.reports.escape import write_json
from devmatrix_guard.reports.period.trends import list_trend_sections, write_trend_lines

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

JUDGING = ("verify", "outcome", "build")
_GENERATING = ("generate", "regenerate")
_MOST_RUNS = 10_000
_MOST_ERRORS = 5_000
_MOST_PATTERNS = 500
_SHOWN = 10
_FEWEST_RUNS = 8  # below these nobody can say what is usual
# B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993): the factor makes the median
# absolute deviation comparable with a standard deviation, and beyond 3.5 a value is an outlier.
_MAD_FACTOR, _MEAN_FACTOR, _OUTLIER = 0.6745, 0.7979, 3.5
_FEWEST_USES = 5
_UNCALIBRATED = 0.2


def run_trends(
    start: Path,
    *,
    days: int = 30,
    until: datetime | None = None,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> Trends:
    """Return the trends of the last days, from the memory of the project of `start`.

    Args:
        start: a folder of the project.
        days: how far back.
        until: the end; now by default.
        repositories, everything: whose facts, instead of this one's.

    Raises:
        MemoryStoreError: there is no memory, or it cannot be read.
    """
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root, create=False, reading=True) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        return read_trends(memory, days, until or datetime.now(UTC))


def read_trends(memory: Memory, days: int, until: datetime) -> Trends:
    """Return the trends of the days before a moment."""
    since = _format(until - timedelta(days=days))
    runs = [run for run in memory.runs.list_recent(limit=_MOST_RUNS) if run.started_at >= since]
    runs = [run for run in reversed(runs) if run.status in ("succeeded", "failed")]
    known = memory.experience.list_errors(limit=_MOST_ERRORS)
    tallies = memory.infra.list_tallies()
    proven = {f"{t.pattern_id}@{t.version}" for t in tallies if t.successes}
    files = memory.trends.count_files(since=since)
    repaired, repeated = _count_repeats(known)
    anomalies, window = find_anomalies(runs)
    return Trends(
        since=since,
        until=_format(until),
        days=tuple(_count_days(runs)),
        growing=memory.trends.list_growing_errors(until=_format(until), days=max(days // 2, 1))[
            :_SHOWN
        ],
        repaired=repaired,
        repeated=repeated,
        files=sum(files.values()),
        reused=sum(count for name, count in files.items() if name in proven),
        failing=memory.trends.list_failing_specs()[:_SHOWN],
        alike=_find_alike(memory, runs),
        anomalies=anomalies[:_SHOWN],
        window=window,
        tasks=tuple(_list_tasks(memory, known, until)),
    )


def render_trends(trends: Trends, form: str) -> str:
    """Return trends as `text`, `json` or `html`."""
    if form == "json":
        return render_trends_json(trends)
    if form == "html":
        from devmatrix_guard.reports.period.period_html import render_page

        title = f"Generated applications: {trends.since[:10]} to {trends.until[:10]}"
        return render_page(title, (), list_trend_sections(trends))
    return "".join(f"{line}\n" for line in write_trend_lines(trends))


def render_trends_json(trends: Trends) -> str:
    """Return trends as JSON."""
    data = make_trends_record(trends) | {"schema_version": 1}
    return write_json(data, sort_keys=True)


def make_trends_record(trends: Trends) -> dict[str, Any]:
    """Return trends as plain data."""
    first, passed = trends.first
    name, alike = trends.alike
    data: dict[str, Any] = trends._asdict()
    for field in ("days", "growing", "failing", "anomalies", "tasks"):
        data[field] = [one._asdict() for one in data[field]]
    return data | {
        "window": dict(trends.window),
        "first_pass": {"verifications": first, "passed": passed},
        "alike": {"application": name, "passed": [one._asdict() for one in alike]},
    }


def find_anomalies(runs: Iterable[PipelineRun]) -> tuple[tuple[Anomaly, ...], dict[str, int]]:
    """Return runs whose duration, errors or compliance are far from those of the same command.

    Returns:
        the anomalies, the farthest first, and how many runs of each command they were measured by.
    """
    by_command: dict[str, list[PipelineRun]] = {}
    for run in runs:
        by_command.setdefault(run.command, []).append(run)
    found: list[Anomaly] = []
    window = {name: len(some) for name, some in by_command.items() if len(some) >= _FEWEST_RUNS}
    for name in window:
        for measure in ("duration_ms", "errors_count", "compliance_score"):
            values = [(r, getattr(r, measure)) for r in by_command[name]]
            known = [(run, float(value)) for run, value in values if value is not None]
            if len(known) >= _FEWEST_RUNS:
                found += _find_outliers(name, measure, known)
    found.sort(key=lambda one: (-abs(one.z), one.run_id, one.measure))
    return tuple(found), window


def _find_outliers(
    command: str, measure: str, known: Sequence[tuple[PipelineRun, float]]
) -> Iterator[Anomaly]:
    middle = median(value for _, value in known)
    distances = [abs(value - middle) for _, value in known]
    spread = median(distances) / _MAD_FACTOR or fmean(distances) / _MEAN_FACTOR
    for run, value in known:
        z = (value - middle) / spread if spread else 0.0
        if abs(z) > _OUTLIER:
            yield Anomaly(run.id, command, measure, value, middle, round(z, 1))


def _count_days(runs: Iterable[PipelineRun]) -> Iterator[DayOfOutcomes]:
    """Yield the days; a verification is the first where its spec was generated since the last."""
    fresh: dict[str, bool] = {}  # spec -> nothing was repaired since it was generated
    days: dict[str, list[tuple[PipelineRun, bool | None]]] = {}
    for run in runs:
        spec = run.spec_hash or ""
        if run.command in _GENERATING:
            fresh[spec] = True
        elif run.command == "repair":
            fresh.update((name, False) for name in fresh if name == spec or not spec)
        elif run.command in JUDGING:
            # What only compared the code says nothing of how the generation did.
            alone = fresh.pop(spec, None) if run.details.get("tested", True) else None
            days.setdefault(run.started_at[:10], []).append((run, alone))
    for day, judged in days.items():
        scores = [r.compliance_score for r, _ in judged if r.compliance_score is not None]
        first = [(run, alone) for run, alone in judged if alone is not None]
        yield DayOfOutcomes(
            day,
            len(judged),
            sum(run.status == "succeeded" for run, _ in judged),
            fmean(scores) if scores else None,
            len(first),
            sum(run.status == "succeeded" and bool(alone) for run, alone in first),
        )


def _count_repeats(known: Iterable[ErrorPattern]) -> tuple[int, int]:
    """Return how many errors were repaired, and how many of these were met again later."""
    repaired: dict[tuple[str, str], str] = {}
    met: dict[tuple[str, str], str] = {}
    for error in known:
        key = (error.error_id, error.application)
        if error.fix:
            repaired[key] = min(error.first_seen, repaired.get(key, error.first_seen))
        else:
            met[key] = max(error.last_seen, met.get(key, ""))
    first = {error_id: at for (error_id, _), at in sorted(repaired.items(), key=lambda p: p[1])}
    again = {i for (i, _), at in met.items() if i in first and at > first[i]}
    return len(first), len(again)


def _find_alike(memory: Memory, runs: Sequence[PipelineRun]) -> tuple[str, tuple[SimilarSpec, ...]]:
    """Return the application whose verification failed last, and those like it that passed."""
    failed = [r for r in runs if r.command in JUDGING and r.status == "failed" and r.spec_hash]
    if not failed:
        return "", ()
    signatures = {one.spec_hash: one for one in memory.experience.list_signatures()}
    signature = signatures.get(failed[-1].spec_hash or "")
    if signature is None:
        return "", ()
    passed = [one for one in find_similar(memory, signature) if one.succeeded]
    return signature.name, tuple(passed[:5])


def _list_tasks(
    memory: Memory, known: Sequence[ErrorPattern], until: datetime
) -> Iterator[ReviewTask]:
    """Yield what is worth a person's look each week."""
    since = (until.date() - timedelta(days=KEPT_DAYS)).isoformat()
    for (name, version), rate in rank_versions(
        memory.infra.list_tallies(since=since), until.date()
    ).items():
        if rate.failures >= 1:
            low, high = rate.find_interval()
            reason = (
                f"failed {rate.failures:.1f} of {rate.successes + rate.failures:.1f}; "
                f"its rate is between {low:.0%} and {high:.0%}"
            )
            yield ReviewTask("review", f"{name}@{version}", reason)
    fixes = [error for error in known if error.fix]
    for error in fixes:
        name = f"{error.check}: {error.signature[:60]}"
        if error.tried and not error.is_proven:
            yield ReviewTask("review", name, f"its fix helped {error.helped} of {error.tried}")
        elif not error.tried and error.fix_origin == "person":
            yield ReviewTask("confirm", name, "a person's fix that has not been tried since")
    tried = sum(error.tried for error in fixes)
    if tried >= _FEWEST_USES:
        helped = sum(error.helped for error in fixes)
        yield ReviewTask("calibrate", "past fixes", f"{helped} of {tried} trials helped")
    for pattern in memory.patterns.list_all()[:_MOST_PATTERNS]:
        record = memory.files.record_of(pattern.id)
        rate_now = record.success_rate
        if record.applied_count < _FEWEST_USES or rate_now is None:
            continue
        if abs(rate_now - pattern.evidence.confidence) > _UNCALIBRATED:
            reason = f"confidence {pattern.evidence.confidence:.2f}, and {rate_now:.2f} of its uses"
            yield ReviewTask("tune", pattern.id, f"{reason} went well")


def _format(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
