"""The shapes of requests and answers; requests are strict, so that a misspelt field is not lost."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic import StringConstraints as Text
from pydantic.json_schema import SkipJsonSchema

_MOST_DEPTH = 32
_MOST_VALUES = 20_000
_STRICT = ConfigDict(strict=True, extra="forbid")


def require_plain_json(value: Any) -> Any:
    """Return a value that JSON can hold and that is not too deep or large.

    Raises:
        ValueError: it is.
    """
    left = _MOST_VALUES
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        left -= 1
        if depth > _MOST_DEPTH or left < 0:
            raise ValueError("it is nested too deeply, or too large")
        if isinstance(one, dict):
            waiting += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list):
            waiting += [(part, depth + 1) for part in one]
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("a number is not finite")
        elif isinstance(one, str):
            require_text(one)
    return value


def require_text(value: str) -> str:
    """Return a text that UTF-8 can hold.

    Raises:
        ValueError: it holds half of a character.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("it holds half of a character") from error
    return value


def require_number(value: Any) -> Any:
    """Return a number of JSON; 5.0 is as whole as 5, and "5" is none.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it must be a number")
    return value


def require_moment(value: Any) -> Any:
    """Return a text, which is to be a moment.

    Raises:
        ValueError: it is no text.
    """
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("it must be a moment, as 2026-01-31T12:00:00Z")
    return value


Name = Annotated[
    str,
    Text(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$"
    ),
    AfterValidator(require_text),
]  # fmt: skip
PatternType = Annotated[str, Text(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Tag = Annotated[str, Text(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+#/ -]{0,63}$")]
Prose = Annotated[str, Text(max_length=20_000), AfterValidator(require_text)]
Context = Annotated[str, Text(max_length=4000), AfterValidator(require_text)]
Parent = Annotated[str, Text(pattern=r"^[\w.@:-]{1,128}$")]
Status = Literal["draft", "active", "deprecated"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Json = Annotated[
    dict[str, Any] | list[Any],
    AfterValidator(require_plain_json),
]
JsonObject = Annotated[dict[str, Any], AfterValidator(require_plain_json)]
Order = Literal["quality", "name", "newest", "oldest", "updated"]
Tags = Annotated[list[Tag], Field(max_length=50)]


class MatchFilters(BaseModel):
    """What may be returned; a field that is left out does not restrict."""

    model_config = _STRICT
    pattern_types: Annotated[list[PatternType], Field(max_length=50)] = []
    tags: Tags = []
    status: Annotated[list[Status], Field(max_length=3)] = []
    min_quality_score: Share | None = None
    min_success_rate: Share | None = None


class MatchRequest(BaseModel):
    """What is to be done, where, and which patterns may be named for it."""

    model_config = _STRICT
    intent: Annotated[
        str,
        Text(min_length=1, max_length=1000, pattern=r"\S"),
        AfterValidator(require_text),
    ]
    context: Context = ""
    filters: MatchFilters = MatchFilters()
    limit: Annotated[int, Field(ge=1, le=100, strict=False), BeforeValidator(require_number)] = 5


class PatternMetadata(BaseModel):
    """What is known of a pattern beside its name."""

    pattern_type: str
    description: str
    version: int
    parent_pattern_id: str | None
    tags: list[str]
    status: str
    quality_score: float | None
    success_rate: float | None
    match_count: int
    last_matched_at: str | None
    created_at: str
    updated_at: str
    context_hash: str
    execution_trace: Any
    success_criteria: Any
    quality_metrics: dict[str, Any]
    performance_data: dict[str, Any]


class MatchedPattern(BaseModel):
    """A pattern, and how likely it is the one that is meant."""

    pattern_id: str
    name: str
    confidence_score: float
    metadata: PatternMetadata
    recommendations: list[str]
    signals: dict[str, float]


class QueryMetadata(BaseModel):
    """What answering took, in milliseconds, and how it was done."""

    query_time_ms: float
    embedding_time_ms: float
    search_time_ms: float
    enrichment_time_ms: float
    embedding_model: str | None
    rankings: list[str]
    filters_applied: list[str]
    cached: bool


class MatchResponse(BaseModel):
    """The patterns that were found, the likeliest first; `total_matches` counts all candidates."""

    notice: str
    matched_patterns: list[MatchedPattern]
    total_matches: int
    query_metadata: QueryMetadata


class PatternCreate(BaseModel):
    """A success pattern; its version is 1, or one more than its parent's."""

    model_config = _STRICT
    pattern_type: PatternType
    name: Name
    description: Prose = ""
    context: Context = ""
    parent_pattern_id: Parent | None = None
    execution_trace: Json = []
    success_criteria: Json = []
    quality_metrics: JsonObject = {}
    performance_data: JsonObject = {}
    tags: Tags = []
    status: Status = "active"


class PatternChange(BaseModel):
    """The fields to replace; of a FixPattern its description and tags."""

    model_config = _STRICT
    name: Name | SkipJsonSchema[None] = None
    description: Prose | SkipJsonSchema[None] = None
    context: Context | SkipJsonSchema[None] = None
    parent_pattern_id: Parent | None = None
    execution_trace: Json | SkipJsonSchema[None] = None
    success_criteria: Json | SkipJsonSchema[None] = None
    quality_metrics: JsonObject | SkipJsonSchema[None] = None
    performance_data: JsonObject | SkipJsonSchema[None] = None
    tags: Tags | SkipJsonSchema[None] = None
    status: Status | SkipJsonSchema[None] = None


class Outcome(BaseModel):
    """How one use of a pattern went; of two with one `key` the first counts."""

    model_config = _STRICT
    success: bool
    at: Annotated[datetime, Field(strict=False), BeforeValidator(require_moment)] | None = None
    key: Annotated[str, Text(pattern=r"^[\w.:@-]{1,128}$")] | None = None
    duration_ms: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = None
    note: Prose | None = None
    path: Annotated[str, Text(min_length=1, max_length=1000)] | None = None
    minutes_saved: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    check: Annotated[str, Text(pattern=r"^[\w.:-]{1,64}$")] | None = None


class OutcomeAnswer(BaseModel):
    """What the outcomes of a pattern add up to."""

    pattern_id: str
    recorded: int
    success_rate: float | None
    quality_score: float | None


class Pattern(BaseModel):
    """A pattern of the catalogue with all its fields; `details` are those of its kind."""

    notice: str
    pattern_id: str
    pattern_type: str
    name: str
    description: str
    version: int
    parent_pattern_id: str | None
    context_hash: str
    execution_trace: Any
    success_criteria: Any
    quality_metrics: dict[str, Any]
    performance_data: dict[str, Any]
    tags: list[str]
    status: str
    created_at: str
    updated_at: str
    last_matched_at: str | None
    match_count: int
    success_rate: float | None
    quality_score: float | None
    revision: str
    context: str
    created_by: str
    deleted_at: str | None
    details: dict[str, Any]


class PatternSummary(BaseModel):
    """A pattern as a listing shows it."""

    pattern_id: str
    pattern_type: str
    name: str
    status: str
    quality_score: float | None
    success_rate: float | None
    created_at: str
    updated_at: str
    stage: str
    severity: str
    layer: int | None
    tags: list[str]
    match_count: int
    last_matched_at: str | None


class PatternPage(BaseModel):
    """A part of the catalogue; `next_offset` is where the next one begins, if there is one."""

    notice: str
    patterns: list[PatternSummary]
    total: int
    next_offset: int | None
    facets: dict[str, dict[str, int]]


class Evolution(BaseModel):
    """A pattern's family, the newest version first."""

    notice: str
    pattern_id: str
    patterns: list[Pattern]


class RelatedPattern(BaseModel):
    """Another pattern, and how it is related."""

    pattern_id: str
    name: str
    relationship: str
    strength: float


class RelatedPatterns(BaseModel):
    """What a pattern is related to, the most strongly related first."""

    notice: str
    pattern_id: str
    related: list[RelatedPattern]


class CheckedFile(BaseModel):
    """A text to check as the file at a path."""

    model_config = _STRICT
    path: Annotated[str, Text(min_length=1, max_length=1000), AfterValidator(require_text)]
    text: Annotated[str, AfterValidator(require_text)]


class CheckFiles(BaseModel):
    """Texts to check: what differs from HEAD, or with `whole` all of them."""

    model_config = _STRICT
    files: Annotated[list[CheckedFile], Field(max_length=200)]
    whole: bool = False


class CheckDiff(BaseModel):
    """A unified diff from HEAD to check."""

    model_config = _STRICT
    diff: Annotated[str, Text(min_length=1), AfterValidator(require_text)]


class CheckRange(BaseModel):
    """A range of commits to check, such as main...HEAD."""

    model_config = _STRICT
    range: Annotated[str, Text(pattern=r"^[\w./@~^{}-]{1,200}$")]


class Finding(BaseModel):
    """One finding, as in `guard check --format json`."""

    model_config = ConfigDict(extra="allow")
    rule_id: str
    path: str
    start_line: int
    stage: str
    message: str


class CheckAnswer(BaseModel):
    """What was found, and what was not checked."""

    model_config = ConfigDict(extra="allow")
    schema_version: int
    findings: list[Finding]


class KeyRequest(BaseModel):
    """A key that is to be made."""

    model_config = _STRICT
    name: Annotated[str, Text(pattern=r"^[A-Za-z0-9_.@ -]{1,64}$")]
    scopes: list[Literal["read", "write", "admin"]] = Field(min_length=1, max_length=3)


class Key(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: str


class NewKey(Key):
    """A key that was just made; `key` is its secret, which is kept nowhere."""

    key: str


class KeyList(BaseModel):
    """The keys of a server."""

    keys: list[Key]


class Problem(BaseModel):
    """A failure (RFC 9457): a sentence with the remedy, and the fields where there are any."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
