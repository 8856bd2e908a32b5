-- The memory on a server, table by table what the embedded one is. Lists are rows of their own
-- tables, never arrays; what can be computed is computed; what must not be is refused here and not
-- only in the program. Text is compared by its bytes, so that both put it in the same order.

CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Files of the checked project, and what is known about them.

CREATE TABLE file_audit (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_path TEXT COLLATE "C" NOT NULL UNIQUE CHECK (file_path <> ''),
  file_type TEXT COLLATE "C" NOT NULL DEFAULT '',
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  technical_debt TEXT COLLATE "C" NOT NULL DEFAULT '',
  status TEXT COLLATE "C" NOT NULL DEFAULT 'Not Started'
    CHECK (status IN ('Not Started', 'In Progress', 'Complete', 'Failed')),
  notes TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE file_workflows (
  file_id BIGINT NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  workflow TEXT COLLATE "C" NOT NULL CHECK (workflow <> ''),
  PRIMARY KEY (file_id, workflow)
);

-- FixPatterns: what mining found. The evidence is one JSON value with the columns that are asked
-- for drawn out of it, so that there is one copy of each number.

CREATE TABLE fix_patterns (
  id TEXT COLLATE "C" PRIMARY KEY CHECK (id <> ''),
  digest TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL CHECK (title <> ''),
  pattern_before TEXT COLLATE "C" NOT NULL CHECK (pattern_before <> ''),
  pattern_after TEXT COLLATE "C",
  severity TEXT COLLATE "C" NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ERROR')),
  stage TEXT COLLATE "C" NOT NULL CHECK (stage IN ('candidate', 'advise', 'warn', 'block', 'retired')),
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  anchors JSONB NOT NULL CHECK (jsonb_typeof(anchors) = 'array'),
  constraints JSONB NOT NULL CHECK (jsonb_typeof(constraints) = 'object'),
  evidence JSONB NOT NULL CHECK (jsonb_typeof(evidence) = 'object'),
  confidence_score DOUBLE PRECISION GENERATED ALWAYS AS ((evidence ->> 'confidence')::double precision) STORED
    NOT NULL CHECK (confidence_score BETWEEN 0 AND 1),
  wilson_low DOUBLE PRECISION GENERATED ALWAYS AS ((evidence ->> 'wilson_low')::double precision) STORED
    NOT NULL CHECK (wilson_low BETWEEN 0 AND 1),
  sites_fixed INTEGER GENERATED ALWAYS AS ((evidence ->> 'sites_fixed')::integer) STORED
    NOT NULL CHECK (sites_fixed >= 0),
  left_alone INTEGER GENERATED ALWAYS AS ((evidence ->> 'left_alone')::integer) STORED
    NOT NULL CHECK (left_alone >= 0),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX fix_patterns_by_confidence ON fix_patterns (confidence_score DESC);
CREATE INDEX fix_patterns_by_severity ON fix_patterns (severity);
CREATE INDEX fix_patterns_by_layer ON fix_patterns (layer_number);

-- The places a pattern was learned from. A file that is the source of a pattern cannot be
-- removed from under it.

CREATE TABLE pattern_pairs (
  pattern_id TEXT COLLATE "C" NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  file_id BIGINT NOT NULL REFERENCES file_audit (id) ON DELETE RESTRICT,
  commit_id TEXT COLLATE "C" NOT NULL,
  commit_date TEXT COLLATE "C" NOT NULL,
  commit_subject TEXT COLLATE "C" NOT NULL,
  qualname TEXT COLLATE "C" NOT NULL,
  code_before TEXT COLLATE "C" NOT NULL,
  code_after TEXT COLLATE "C" NOT NULL,
  before_line INTEGER NOT NULL CHECK (before_line >= 0),
  after_line INTEGER NOT NULL CHECK (after_line >= 0),
  PRIMARY KEY (pattern_id, position)
);
CREATE INDEX pattern_pairs_by_file ON pattern_pairs (file_id);
CREATE INDEX pattern_pairs_by_commit ON pattern_pairs (commit_id);

-- What people say about a pattern. Apart from fix_patterns, so that learning again cannot
-- overwrite it.

CREATE TABLE pattern_notes (
  pattern_id TEXT COLLATE "C" PRIMARY KEY REFERENCES fix_patterns (id) ON DELETE CASCADE,
  problem_type TEXT COLLATE "C" CHECK (problem_type IN ('Security', 'Architecture', 'Standards', 'UI-UX')),
  code_type TEXT COLLATE "C",
  problem_description TEXT COLLATE "C" NOT NULL DEFAULT '',
  solution_steps TEXT COLLATE "C" NOT NULL DEFAULT '',
  verification_steps TEXT COLLATE "C" NOT NULL DEFAULT '',
  learnings TEXT COLLATE "C" NOT NULL DEFAULT '',
  prevention_guidance TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_by TEXT COLLATE "C" NOT NULL DEFAULT '',
  reviewed BOOLEAN NOT NULL DEFAULT FALSE,
  reviewer_notes TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE pattern_labels (
  pattern_id TEXT COLLATE "C" NOT NULL REFERENCES pattern_notes (pattern_id) ON DELETE CASCADE,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('tag', 'workflow', 'task', 'anti-pattern')),
  value TEXT COLLATE "C" NOT NULL CHECK (value <> ''),
  PRIMARY KEY (pattern_id, kind, value)
);
CREATE INDEX pattern_labels_by_value ON pattern_labels (kind, value);

CREATE TABLE pattern_relationships (
  source_pattern_id TEXT COLLATE "C" NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  target_pattern_id TEXT COLLATE "C" NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  relationship_type TEXT COLLATE "C" NOT NULL CHECK (relationship_type IN
    ('prerequisite', 'follows', 'conflicts', 'enhances', 'evolved-from', 'similar-to')),
  strength DOUBLE PRECISION NOT NULL CHECK (strength BETWEEN 0 AND 1),
  description TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (source_pattern_id, target_pattern_id, relationship_type),
  CHECK (source_pattern_id <> target_pattern_id)
);
CREATE INDEX pattern_relationships_by_target ON pattern_relationships (target_pattern_id);

-- Each use of a pattern. Counts and rates are computed from these rows: a pattern that was never
-- used has no success rate.

CREATE TABLE pattern_uses (
  pattern_id TEXT COLLATE "C" NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  file_id BIGINT NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  applied_at TIMESTAMPTZ NOT NULL,
  success BOOLEAN NOT NULL,
  minutes_saved DOUBLE PRECISION CHECK (minutes_saved >= 0),
  PRIMARY KEY (pattern_id, file_id, applied_at)
);
CREATE INDEX pattern_uses_by_file ON pattern_uses (file_id);

CREATE VIEW pattern_record AS
  SELECT pattern_id,
         count(*) AS applied_count,
         avg(CASE WHEN success THEN 1.0 ELSE 0.0 END)::double precision AS success_rate,
         avg(minutes_saved) AS avg_time_saved,
         max(applied_at) AS last_applied
  FROM pattern_uses GROUP BY pattern_id;

-- Search: two full-text indexes. Both hold what the program cut: the stems of words (camelCase,
-- snake_case, dotted names), weighted A in the title, B in the problem and C in the code, and pieces
-- of four characters of each word. A lexeme's positions only count how often it is there.

CREATE TABLE pattern_search (
  pattern_id TEXT COLLATE "C" PRIMARY KEY REFERENCES fix_patterns (id) ON DELETE CASCADE,
  words TSVECTOR NOT NULL,
  words_length INTEGER NOT NULL CHECK (words_length >= 0),
  pieces TSVECTOR NOT NULL,
  pieces_length INTEGER NOT NULL CHECK (pieces_length >= 0)
);
CREATE INDEX pattern_search_by_word ON pattern_search USING gin (words);
CREATE INDEX pattern_search_by_piece ON pattern_search USING gin (pieces);

-- Rules. A rule that changes is a new version; one version at most is active. A pattern that a
-- rule was made from cannot be deleted: retire the rule first, then remove its versions.

CREATE TABLE guardian_rules (
  rule_name TEXT COLLATE "C" NOT NULL CHECK (rule_name <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  digest TEXT COLLATE "C" NOT NULL,
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  rule_type TEXT COLLATE "C" NOT NULL CHECK (rule_type IN ('prevention', 'detection', 'enforcement')),
  stage TEXT COLLATE "C" NOT NULL CHECK (stage IN ('candidate', 'advise', 'warn', 'block', 'retired')),
  rule_pattern JSONB NOT NULL CHECK (jsonb_typeof(rule_pattern) = 'object'),
  languages JSONB NOT NULL CHECK (jsonb_typeof(languages) = 'array'),
  has_autofix BOOLEAN GENERATED ALWAYS AS (rule_pattern ? 'fix') STORED,
  severity TEXT COLLATE "C" NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ERROR')),
  action_required TEXT COLLATE "C" NOT NULL,
  origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('mined', 'shipped', 'hand-written')),
  sources JSONB NOT NULL CHECK (jsonb_typeof(sources) = 'array'),
  examples JSONB NOT NULL CHECK (jsonb_typeof(examples) = 'array'),
  file_path TEXT COLLATE "C" NOT NULL DEFAULT '',
  source_pattern_id TEXT COLLATE "C" REFERENCES fix_patterns (id) ON DELETE RESTRICT,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (rule_name, version)
);
CREATE UNIQUE INDEX guardian_rules_one_active ON guardian_rules (rule_name) WHERE active;
CREATE INDEX guardian_rules_by_layer ON guardian_rules (layer_number);
CREATE INDEX guardian_rules_by_type ON guardian_rules (rule_type);
CREATE INDEX guardian_rules_by_pattern ON guardian_rules (source_pattern_id);

-- Runs. Events die with their run.

CREATE TABLE pipeline_runs (
  id TEXT COLLATE "C" PRIMARY KEY CHECK (id <> ''),
  command TEXT COLLATE "C" NOT NULL CHECK (command <> ''),
  spec_hash TEXT COLLATE "C",
  ir_hash TEXT COLLATE "C",
  started_at TIMESTAMPTZ NOT NULL,
  completed_at TIMESTAMPTZ,
  status TEXT COLLATE "C" NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'interrupted')),
  success BOOLEAN GENERATED ALWAYS AS
    (CASE status WHEN 'running' THEN NULL ELSE status = 'succeeded' END) STORED,
  compliance_score DOUBLE PRECISION CHECK (compliance_score BETWEEN 0 AND 1),
  tokens_used INTEGER CHECK (tokens_used >= 0),
  duration_ms DOUBLE PRECISION CHECK (duration_ms >= 0),
  files_generated INTEGER CHECK (files_generated >= 0),
  errors_count INTEGER CHECK (errors_count >= 0),
  metrics JSONB NOT NULL CHECK (jsonb_typeof(metrics) = 'object'),
  phases JSONB NOT NULL CHECK (jsonb_typeof(phases) = 'object'),
  CHECK ((status = 'running') = (completed_at IS NULL)),
  CHECK (completed_at >= started_at)
);
CREATE INDEX pipeline_runs_by_spec ON pipeline_runs (spec_hash);
CREATE INDEX pipeline_runs_by_time ON pipeline_runs (started_at);

CREATE TABLE generation_events (
  run_id TEXT COLLATE "C" NOT NULL REFERENCES pipeline_runs (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  at TIMESTAMPTZ NOT NULL,
  phase TEXT COLLATE "C",
  event_type TEXT COLLATE "C" NOT NULL CHECK (event_type <> ''),
  file_path TEXT COLLATE "C",
  stratum TEXT COLLATE "C" CHECK (stratum IN ('template', 'ast', 'llm')),
  infra_pattern TEXT COLLATE "C",
  success BOOLEAN,
  duration_ms DOUBLE PRECISION CHECK (duration_ms >= 0),
  details JSONB NOT NULL CHECK (jsonb_typeof(details) = 'object'),
  PRIMARY KEY (run_id, sequence)
);

CREATE TABLE error_trends (
  error_type TEXT COLLATE "C" NOT NULL CHECK (error_type <> ''),
  signature TEXT COLLATE "C" NOT NULL,
  first_seen TIMESTAMPTZ NOT NULL,
  last_seen TIMESTAMPTZ NOT NULL,
  occurrence_count INTEGER NOT NULL CHECK (occurrence_count >= 1),
  fixed_by TEXT COLLATE "C",
  fixed_count INTEGER NOT NULL DEFAULT 0 CHECK (fixed_count >= 0),
  auto_fixed_count INTEGER NOT NULL DEFAULT 0 CHECK (auto_fixed_count >= 0),
  timed_count INTEGER NOT NULL DEFAULT 0 CHECK (timed_count >= 0),
  total_fix_ms DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (total_fix_ms >= 0),
  avg_time_to_fix_ms DOUBLE PRECISION GENERATED ALWAYS AS
    (CASE WHEN timed_count > 0 THEN total_fix_ms / timed_count END) STORED,
  PRIMARY KEY (error_type, signature),
  CHECK (first_seen <= last_seen),
  CHECK (auto_fixed_count <= fixed_count AND fixed_count <= occurrence_count)
);
CREATE INDEX error_trends_by_last_seen ON error_trends (last_seen);

-- InfraPatterns of the bank. A frozen version never changes again; outcomes are also kept for
-- packaged patterns that are not in the bank, so they name a version without a foreign key.

CREATE TABLE infra_patterns (
  pattern_id TEXT COLLATE "C" NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  frozen_at TEXT COLLATE "C" CHECK (frozen_at ~ '^\d{4}-\d{2}-\d{2}$'),
  purpose TEXT COLLATE "C" NOT NULL CHECK (purpose <> ''),
  intent TEXT COLLATE "C" NOT NULL CHECK (intent <> ''),
  domain TEXT COLLATE "C" NOT NULL,
  inputs JSONB NOT NULL CHECK (jsonb_typeof(inputs) = 'object'),
  outputs JSONB NOT NULL CHECK (jsonb_typeof(outputs) = 'object'),
  body TEXT COLLATE "C" NOT NULL CHECK (body <> ''),
  sha TEXT COLLATE "C" NOT NULL CHECK (length(sha) = 64),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (pattern_id, version)
);
CREATE FUNCTION refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE integrity_constraint_violation
    USING MESSAGE = 'a frozen InfraPattern never changes; freeze a new version';
END
$$;
CREATE TRIGGER infra_patterns_stay_frozen BEFORE UPDATE ON infra_patterns
FOR EACH ROW WHEN (old.frozen_at IS NOT NULL) EXECUTE FUNCTION refuse_frozen();

CREATE TABLE infra_outcomes (
  pattern_id TEXT COLLATE "C" NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  run_id TEXT COLLATE "C" REFERENCES pipeline_runs (id) ON DELETE SET NULL,
  check_name TEXT COLLATE "C" NOT NULL CHECK (check_name <> ''),
  at TIMESTAMPTZ NOT NULL,
  success BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX infra_outcomes_once
  ON infra_outcomes (pattern_id, version, check_name, at, coalesce(run_id, ''));
CREATE INDEX infra_outcomes_by_run ON infra_outcomes (run_id);

-- Lineage. Kinds are rows, so that a new one is an INSERT in a later migration.

CREATE TABLE lineage_node_kinds (kind TEXT COLLATE "C" PRIMARY KEY);
INSERT INTO lineage_node_kinds VALUES
  ('commit'), ('pattern'), ('rule'), ('finding'), ('source-file'), ('run'), ('spec'), ('ir'),
  ('entity'), ('endpoint'), ('flow'), ('validation'), ('ir-node'), ('infra-pattern'),
  ('file'), ('test'), ('error'), ('fix');

CREATE TABLE lineage_edge_kinds (kind TEXT COLLATE "C" PRIMARY KEY);
INSERT INTO lineage_edge_kinds VALUES
  ('introduced'), ('followed-by'), ('undone-by'), ('taught'), ('evolved-into'), ('similar-to'),
  ('became'), ('found'), ('touches'), ('processed'), ('produced'), ('has'), ('generated'),
  ('wrote'), ('used-in'), ('tested-by'), ('had-error'), ('fixed-by');

CREATE TABLE lineage_nodes (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL REFERENCES lineage_node_kinds (kind) ON DELETE RESTRICT,
  key TEXT COLLATE "C" NOT NULL CHECK (key <> ''),
  properties JSONB NOT NULL CHECK (jsonb_typeof(properties) = 'object'),
  path TEXT COLLATE "C" GENERATED ALWAYS AS (properties ->> 'path') STORED,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (kind, key)
);
CREATE INDEX lineage_nodes_by_key ON lineage_nodes (key);
CREATE INDEX lineage_nodes_by_property ON lineage_nodes USING gin (properties jsonb_path_ops);
CREATE INDEX lineage_nodes_by_path ON lineage_nodes (path) WHERE path IS NOT NULL;

CREATE TABLE lineage_edges (
  kind TEXT COLLATE "C" NOT NULL REFERENCES lineage_edge_kinds (kind) ON DELETE RESTRICT,
  source_id BIGINT NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  target_id BIGINT NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  properties JSONB NOT NULL CHECK (jsonb_typeof(properties) = 'object'),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (source_id, kind, target_id),
  CHECK (source_id <> target_id)
);
CREATE INDEX lineage_edges_by_target ON lineage_edges (target_id, kind);

-- Vectors. The model and the number of dimensions stand beside each vector; the array must fit.
-- An array needs no extension; where pgvector is installed, it is cast when vectors are compared.

CREATE TABLE embeddings (
  collection TEXT COLLATE "C" NOT NULL CHECK (collection IN
    ('fix_patterns', 'devmatrix_patterns', 'spec_signatures', 'error_embeddings',
     'code_fragments', 'pipeline_runs', 'generation_events')),
  model_id TEXT COLLATE "C" NOT NULL CHECK (model_id <> ''),
  aspect TEXT COLLATE "C" NOT NULL CHECK (aspect IN ('content', 'code', 'problem')),
  item_key TEXT COLLATE "C" NOT NULL CHECK (item_key <> ''),
  dim INTEGER NOT NULL CHECK (dim BETWEEN 1 AND 65536),
  vector REAL[] NOT NULL CHECK (array_ndims(vector) = 1 AND cardinality(vector) = dim),
  payload JSONB NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (collection, model_id, aspect, item_key)
);

CREATE TABLE learn_state (
  key TEXT COLLATE "C" PRIMARY KEY CHECK (key <> ''),
  value TEXT COLLATE "C" NOT NULL
);

-- updated_at is kept by the store itself.

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  new.updated_at := now();
  RETURN new;
END
$$;
CREATE TRIGGER file_audit_touch BEFORE UPDATE ON file_audit
FOR EACH ROW WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION touch();
CREATE TRIGGER fix_patterns_touch BEFORE UPDATE ON fix_patterns
FOR EACH ROW WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION touch();
CREATE TRIGGER pattern_notes_touch BEFORE UPDATE ON pattern_notes
FOR EACH ROW WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION touch();
CREATE TRIGGER embeddings_touch BEFORE UPDATE ON embeddings
FOR EACH ROW WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION touch();
