-- What the HTTP API serves beside FixPatterns and InfraPatterns: patterns that somebody posted because they
-- proved themselves, how their uses went, and what is counted and hidden of patterns of any kind.

CREATE TABLE success_patterns (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  pattern_type TEXT NOT NULL CHECK (pattern_type NOT IN ('', 'fix', 'infra')),
  name TEXT NOT NULL CHECK (name <> ''),
  description TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  parent_pattern_id TEXT REFERENCES success_patterns (id) DEFERRABLE INITIALLY DEFERRED,
  context TEXT NOT NULL DEFAULT '',
  context_hash TEXT NOT NULL CHECK (context_hash <> ''),
  execution_trace TEXT NOT NULL CHECK (json_type(execution_trace) IS NOT NULL),
  success_criteria TEXT NOT NULL CHECK (json_type(success_criteria) IS NOT NULL),
  quality_metrics TEXT NOT NULL CHECK (json_type(quality_metrics) = 'object'),
  performance_data TEXT NOT NULL CHECK (json_type(performance_data) = 'object'),
  status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'deprecated')),
  created_by TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
  uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
  successes INTEGER NOT NULL DEFAULT 0 CHECK (successes BETWEEN 0 AND uses),
  success_rate REAL GENERATED ALWAYS AS
    (CASE WHEN uses > 0 THEN successes * 1.0 / uses END) VIRTUAL,
  quality_score REAL CHECK (quality_score BETWEEN 0 AND 1),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  deleted_at TEXT,
  CHECK (parent_pattern_id <> id)
);
CREATE UNIQUE INDEX success_patterns_one_name ON success_patterns (pattern_type, name)
  WHERE deleted_at IS NULL;
CREATE INDEX success_patterns_by_status ON success_patterns (pattern_type, status);
CREATE INDEX success_patterns_by_context ON success_patterns (context_hash);
CREATE INDEX success_patterns_by_creation ON success_patterns (created_at);
CREATE INDEX success_patterns_by_parent ON success_patterns (parent_pattern_id);

CREATE TABLE success_tags (
  pattern_id TEXT NOT NULL REFERENCES success_patterns (id) ON DELETE CASCADE,
  tag TEXT NOT NULL CHECK (tag <> ''),
  PRIMARY KEY (pattern_id, tag)
) WITHOUT ROWID;
CREATE INDEX success_tags_by_tag ON success_tags (tag);

CREATE TABLE success_outcomes (
  pattern_id TEXT NOT NULL REFERENCES success_patterns (id) ON DELETE CASCADE,
  key TEXT NOT NULL CHECK (key <> ''),
  at TEXT NOT NULL CHECK (at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  duration_ms REAL CHECK (duration_ms >= 0),
  note TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (pattern_id, key)
) WITHOUT ROWID;

-- The words of success patterns, for the search.

CREATE TABLE success_terms (
  term TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES success_patterns (seq) ON DELETE CASCADE,
  weight REAL NOT NULL,
  PRIMARY KEY (term, seq)
) WITHOUT ROWID;
CREATE INDEX success_terms_by_pattern ON success_terms (seq);

-- How often a search returned a pattern, of any kind.

CREATE TABLE pattern_matches (
  pattern_id TEXT PRIMARY KEY CHECK (pattern_id <> ''),
  match_count INTEGER NOT NULL CHECK (match_count >= 1),
  last_matched_at TEXT NOT NULL CHECK (last_matched_at <> '')
) WITHOUT ROWID;

-- FixPatterns and InfraPatterns that somebody took out of the catalogue: they stay where they were learned.

CREATE TABLE pattern_removals (
  pattern_id TEXT PRIMARY KEY CHECK (pattern_id <> ''),
  removed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  removed_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
