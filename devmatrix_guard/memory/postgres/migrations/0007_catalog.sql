-- What the HTTP API serves beside FixPatterns and InfraPatterns: patterns that somebody posted because they
-- proved themselves, how their uses went, and what is counted and hidden of patterns of any kind.

CREATE TABLE success_patterns (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL UNIQUE CHECK (id <> ''),
  pattern_type TEXT COLLATE "C" NOT NULL CHECK (pattern_type NOT IN ('', 'fix', 'infra')),
  name TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
  description TEXT COLLATE "C" NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  parent_pattern_id TEXT COLLATE "C" REFERENCES success_patterns (id) DEFERRABLE INITIALLY DEFERRED,
  context TEXT COLLATE "C" NOT NULL DEFAULT '',
  context_hash TEXT COLLATE "C" NOT NULL CHECK (context_hash <> ''),
  execution_trace JSONB NOT NULL,
  success_criteria JSONB NOT NULL,
  quality_metrics JSONB NOT NULL CHECK (jsonb_typeof(quality_metrics) = 'object'),
  performance_data JSONB NOT NULL CHECK (jsonb_typeof(performance_data) = 'object'),
  status TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'deprecated')),
  created_by TEXT COLLATE "C" NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
  uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
  successes INTEGER NOT NULL DEFAULT 0 CHECK (successes BETWEEN 0 AND uses),
  success_rate DOUBLE PRECISION GENERATED ALWAYS AS
    (CASE WHEN uses > 0 THEN successes::double precision / uses END) STORED,
  quality_score DOUBLE PRECISION CHECK (quality_score BETWEEN 0 AND 1),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  deleted_at TIMESTAMPTZ,
  CHECK (parent_pattern_id <> id)
);
CREATE UNIQUE INDEX success_patterns_one_name ON success_patterns (pattern_type, name)
  WHERE deleted_at IS NULL;
CREATE INDEX success_patterns_by_status ON success_patterns (pattern_type, status);
CREATE INDEX success_patterns_by_context ON success_patterns (context_hash);
CREATE INDEX success_patterns_by_creation ON success_patterns (created_at);
CREATE INDEX success_patterns_by_parent ON success_patterns (parent_pattern_id);
CREATE INDEX success_patterns_by_trace ON success_patterns USING GIN (execution_trace jsonb_path_ops);

CREATE TABLE success_tags (
  pattern_id TEXT COLLATE "C" NOT NULL REFERENCES success_patterns (id) ON DELETE CASCADE,
  tag TEXT COLLATE "C" NOT NULL CHECK (tag <> ''),
  PRIMARY KEY (pattern_id, tag)
);
CREATE INDEX success_tags_by_tag ON success_tags (tag);

CREATE TABLE success_outcomes (
  pattern_id TEXT COLLATE "C" NOT NULL REFERENCES success_patterns (id) ON DELETE CASCADE,
  key TEXT COLLATE "C" NOT NULL CHECK (key <> ''),
  at TIMESTAMPTZ NOT NULL,
  success BOOLEAN NOT NULL,
  duration_ms DOUBLE PRECISION CHECK (duration_ms >= 0),
  note TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (pattern_id, key)
);

-- The words of success patterns, for the search.

CREATE TABLE success_terms (
  term TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL REFERENCES success_patterns (seq) ON DELETE CASCADE,
  weight DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (term, seq)
);
CREATE INDEX success_terms_by_pattern ON success_terms (seq);

-- How often a search returned a pattern, of any kind.

CREATE TABLE pattern_matches (
  pattern_id TEXT COLLATE "C" PRIMARY KEY CHECK (pattern_id <> ''),
  match_count BIGINT NOT NULL CHECK (match_count >= 1),
  last_matched_at TIMESTAMPTZ NOT NULL
);

-- FixPatterns and InfraPatterns that somebody took out of the catalogue: they stay where they were learned.

CREATE TABLE pattern_removals (
  pattern_id TEXT COLLATE "C" PRIMARY KEY CHECK (pattern_id <> ''),
  removed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  removed_by TEXT COLLATE "C" NOT NULL DEFAULT ''
);
