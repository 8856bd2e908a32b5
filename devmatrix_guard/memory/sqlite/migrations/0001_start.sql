-- The memory in one file. Lists are rows of their own tables, never arrays; what can be computed
-- is computed; what must not be is refused here and not only in the program.

CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- Files of the checked project, and what is known about them.

CREATE TABLE file_audit (
  id INTEGER PRIMARY KEY,
  file_path TEXT NOT NULL UNIQUE CHECK (file_path <> ''),
  file_type TEXT NOT NULL DEFAULT '',
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  technical_debt TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'Not Started'
    CHECK (status IN ('Not Started', 'In Progress', 'Complete', 'Failed')),
  notes TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE file_workflows (
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL CHECK (workflow <> ''),
  PRIMARY KEY (file_id, workflow)
) WITHOUT ROWID;

-- FixPatterns: what mining found. The evidence is one JSON value with the columns that are asked
-- for drawn out of it, so that there is one copy of each number.

CREATE TABLE fix_patterns (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  digest TEXT NOT NULL,
  title TEXT NOT NULL CHECK (title <> ''),
  pattern_before TEXT NOT NULL CHECK (pattern_before <> ''),
  pattern_after TEXT,
  severity TEXT NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ERROR')),
  stage TEXT NOT NULL CHECK (stage IN ('candidate', 'advise', 'warn', 'block', 'retired')),
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  anchors TEXT NOT NULL CHECK (json_type(anchors) = 'array'),
  constraints TEXT NOT NULL CHECK (json_type(constraints) = 'object'),
  evidence TEXT NOT NULL CHECK (json_type(evidence) = 'object'),
  confidence_score REAL GENERATED ALWAYS AS (json_extract(evidence, '$.confidence')) VIRTUAL
    NOT NULL CHECK (confidence_score BETWEEN 0 AND 1),
  wilson_low REAL GENERATED ALWAYS AS (json_extract(evidence, '$.wilson_low')) VIRTUAL
    NOT NULL CHECK (wilson_low BETWEEN 0 AND 1),
  sites_fixed INTEGER GENERATED ALWAYS AS (json_extract(evidence, '$.sites_fixed')) VIRTUAL
    NOT NULL CHECK (sites_fixed >= 0),
  left_alone INTEGER GENERATED ALWAYS AS (json_extract(evidence, '$.left_alone')) VIRTUAL
    NOT NULL CHECK (left_alone >= 0),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE INDEX fix_patterns_by_confidence ON fix_patterns (confidence_score DESC);
CREATE INDEX fix_patterns_by_severity ON fix_patterns (severity);
CREATE INDEX fix_patterns_by_layer ON fix_patterns (layer_number);

-- The places a pattern was learned from. A file that is the source of a pattern cannot be
-- removed from under it.

CREATE TABLE pattern_pairs (
  pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE RESTRICT,
  commit_id TEXT NOT NULL,
  commit_date TEXT NOT NULL,
  commit_subject TEXT NOT NULL,
  qualname TEXT NOT NULL,
  code_before TEXT NOT NULL,
  code_after TEXT NOT NULL,
  before_line INTEGER NOT NULL CHECK (before_line >= 0),
  after_line INTEGER NOT NULL CHECK (after_line >= 0),
  PRIMARY KEY (pattern_id, position)
) WITHOUT ROWID;
CREATE INDEX pattern_pairs_by_file ON pattern_pairs (file_id);
CREATE INDEX pattern_pairs_by_commit ON pattern_pairs (commit_id);

-- What people say about a pattern. Apart from fix_patterns, so that learning again cannot
-- overwrite it.

CREATE TABLE pattern_notes (
  pattern_id TEXT PRIMARY KEY REFERENCES fix_patterns (id) ON DELETE CASCADE,
  problem_type TEXT CHECK (problem_type IN ('Security', 'Architecture', 'Standards', 'UI-UX')),
  code_type TEXT,
  problem_description TEXT NOT NULL DEFAULT '',
  solution_steps TEXT NOT NULL DEFAULT '',
  verification_steps TEXT NOT NULL DEFAULT '',
  learnings TEXT NOT NULL DEFAULT '',
  prevention_guidance TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL DEFAULT '',
  reviewed INTEGER NOT NULL DEFAULT 0 CHECK (reviewed IN (0, 1)),
  reviewer_notes TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE pattern_labels (
  pattern_id TEXT NOT NULL REFERENCES pattern_notes (pattern_id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('tag', 'workflow', 'task', 'anti-pattern')),
  value TEXT NOT NULL CHECK (value <> ''),
  PRIMARY KEY (pattern_id, kind, value)
) WITHOUT ROWID;
CREATE INDEX pattern_labels_by_value ON pattern_labels (kind, value);

CREATE TABLE pattern_relationships (
  source_pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  target_pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  relationship_type TEXT NOT NULL CHECK (relationship_type IN
    ('prerequisite', 'follows', 'conflicts', 'enhances', 'evolved-from', 'similar-to')),
  strength REAL NOT NULL CHECK (strength BETWEEN 0 AND 1),
  description TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (source_pattern_id, target_pattern_id, relationship_type),
  CHECK (source_pattern_id <> target_pattern_id)
) WITHOUT ROWID;
CREATE INDEX pattern_relationships_by_target ON pattern_relationships (target_pattern_id);

-- Each use of a pattern. Counts and rates are computed from these rows: a pattern that was never
-- used has no success rate.

CREATE TABLE pattern_uses (
  pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  applied_at TEXT NOT NULL CHECK (applied_at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  minutes_saved REAL CHECK (minutes_saved >= 0),
  PRIMARY KEY (pattern_id, file_id, applied_at)
) WITHOUT ROWID;
CREATE INDEX pattern_uses_by_file ON pattern_uses (file_id);

CREATE VIEW pattern_record AS
  SELECT pattern_id,
         count(*) AS applied_count,
         avg(success) AS success_rate,
         avg(minutes_saved) AS avg_time_saved,
         max(applied_at) AS last_applied
  FROM pattern_uses GROUP BY pattern_id;

-- Search: two full-text indexes whose rowid is the pattern's seq. Both hold what the program cut:
-- words (camelCase, snake_case, dotted names), and pieces of four characters of each word.

CREATE VIRTUAL TABLE pattern_words USING fts5 (
  title, problem, code, tokenize = 'porter unicode61'
);
CREATE VIRTUAL TABLE pattern_pieces USING fts5 (
  content, tokenize = "unicode61 tokenchars '_'"
);
CREATE TRIGGER fix_patterns_unindex AFTER DELETE ON fix_patterns BEGIN
  DELETE FROM pattern_words WHERE rowid = old.seq;
  DELETE FROM pattern_pieces WHERE rowid = old.seq;
END;

-- Rules. A rule that changes is a new version; one version at most is active. A pattern that a
-- rule was made from cannot be deleted: retire the rule first, then remove its versions.

CREATE TABLE guardian_rules (
  rule_name TEXT NOT NULL CHECK (rule_name <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  digest TEXT NOT NULL,
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  rule_type TEXT NOT NULL CHECK (rule_type IN ('prevention', 'detection', 'enforcement')),
  stage TEXT NOT NULL CHECK (stage IN ('candidate', 'advise', 'warn', 'block', 'retired')),
  rule_pattern TEXT NOT NULL CHECK (json_type(rule_pattern) = 'object'),
  languages TEXT NOT NULL CHECK (json_type(languages) = 'array'),
  has_autofix INTEGER GENERATED ALWAYS AS (json_type(rule_pattern, '$.fix') IS NOT NULL) VIRTUAL,
  severity TEXT NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ERROR')),
  action_required TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('mined', 'shipped', 'hand-written')),
  sources TEXT NOT NULL CHECK (json_type(sources) = 'array'),
  examples TEXT NOT NULL CHECK (json_type(examples) = 'array'),
  file_path TEXT NOT NULL DEFAULT '',
  source_pattern_id TEXT REFERENCES fix_patterns (id) ON DELETE RESTRICT,
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (rule_name, version)
) WITHOUT ROWID;
CREATE UNIQUE INDEX guardian_rules_one_active ON guardian_rules (rule_name) WHERE active = 1;
CREATE INDEX guardian_rules_by_layer ON guardian_rules (layer_number);
CREATE INDEX guardian_rules_by_type ON guardian_rules (rule_type);
CREATE INDEX guardian_rules_by_pattern ON guardian_rules (source_pattern_id);

-- Runs. Events die with their run.

CREATE TABLE pipeline_runs (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  command TEXT NOT NULL CHECK (command <> ''),
  spec_hash TEXT,
  ir_hash TEXT,
  started_at TEXT NOT NULL CHECK (started_at <> ''),
  completed_at TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'interrupted')),
  success INTEGER GENERATED ALWAYS AS
    (CASE status WHEN 'running' THEN NULL ELSE status = 'succeeded' END) VIRTUAL,
  compliance_score REAL CHECK (compliance_score BETWEEN 0 AND 1),
  tokens_used INTEGER CHECK (tokens_used >= 0),
  duration_ms REAL CHECK (duration_ms >= 0),
  files_generated INTEGER CHECK (files_generated >= 0),
  errors_count INTEGER CHECK (errors_count >= 0),
  metrics TEXT NOT NULL CHECK (json_type(metrics) = 'object'),
  phases TEXT NOT NULL CHECK (json_type(phases) = 'object'),
  CHECK ((status = 'running') = (completed_at IS NULL)),
  CHECK (completed_at >= started_at)
);
CREATE INDEX pipeline_runs_by_spec ON pipeline_runs (spec_hash);
CREATE INDEX pipeline_runs_by_time ON pipeline_runs (started_at);

CREATE TABLE generation_events (
  run_id TEXT NOT NULL REFERENCES pipeline_runs (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  at TEXT NOT NULL CHECK (at <> ''),
  phase TEXT,
  event_type TEXT NOT NULL CHECK (event_type <> ''),
  file_path TEXT,
  stratum TEXT CHECK (stratum IN ('template', 'ast', 'llm')),
  infra_pattern TEXT,
  success INTEGER CHECK (success IN (0, 1)),
  duration_ms REAL CHECK (duration_ms >= 0),
  details TEXT NOT NULL CHECK (json_type(details) = 'object'),
  PRIMARY KEY (run_id, sequence)
) WITHOUT ROWID;

CREATE TABLE error_trends (
  error_type TEXT NOT NULL CHECK (error_type <> ''),
  signature TEXT NOT NULL,
  first_seen TEXT NOT NULL CHECK (first_seen <> ''),
  last_seen TEXT NOT NULL,
  occurrence_count INTEGER NOT NULL CHECK (occurrence_count >= 1),
  fixed_by TEXT,
  fixed_count INTEGER NOT NULL DEFAULT 0 CHECK (fixed_count >= 0),
  auto_fixed_count INTEGER NOT NULL DEFAULT 0 CHECK (auto_fixed_count >= 0),
  timed_count INTEGER NOT NULL DEFAULT 0 CHECK (timed_count >= 0),
  total_fix_ms REAL NOT NULL DEFAULT 0 CHECK (total_fix_ms >= 0),
  avg_time_to_fix_ms REAL GENERATED ALWAYS AS
    (CASE WHEN timed_count > 0 THEN total_fix_ms / timed_count END) VIRTUAL,
  PRIMARY KEY (error_type, signature),
  CHECK (first_seen <= last_seen),
  CHECK (auto_fixed_count <= fixed_count AND fixed_count <= occurrence_count)
) WITHOUT ROWID;
CREATE INDEX error_trends_by_last_seen ON error_trends (last_seen);

-- InfraPatterns of the bank. A frozen version never changes again; outcomes are also kept for
-- packaged patterns that are not in the bank, so they name a version without a foreign key.

CREATE TABLE infra_patterns (
  pattern_id TEXT NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  frozen_at TEXT CHECK (frozen_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  purpose TEXT NOT NULL CHECK (purpose <> ''),
  intent TEXT NOT NULL CHECK (intent <> ''),
  domain TEXT NOT NULL,
  inputs TEXT NOT NULL CHECK (json_type(inputs) = 'object'),
  outputs TEXT NOT NULL CHECK (json_type(outputs) = 'object'),
  body TEXT NOT NULL CHECK (body <> ''),
  sha TEXT NOT NULL CHECK (length(sha) = 64),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (pattern_id, version)
) WITHOUT ROWID;
CREATE TRIGGER infra_patterns_stay_frozen BEFORE UPDATE ON infra_patterns
WHEN old.frozen_at IS NOT NULL BEGIN
  SELECT raise(ABORT, 'a frozen InfraPattern never changes; freeze a new version');
END;

CREATE TABLE infra_outcomes (
  pattern_id TEXT NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  run_id TEXT REFERENCES pipeline_runs (id) ON DELETE SET NULL,
  check_name TEXT NOT NULL CHECK (check_name <> ''),
  at TEXT NOT NULL CHECK (at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1))
);
CREATE UNIQUE INDEX infra_outcomes_once
  ON infra_outcomes (pattern_id, version, check_name, at, coalesce(run_id, ''));
CREATE INDEX infra_outcomes_by_run ON infra_outcomes (run_id);

-- Lineage. Kinds are rows, so that a new one is an INSERT in a later migration.

CREATE TABLE lineage_node_kinds (kind TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO lineage_node_kinds VALUES
  ('commit'), ('pattern'), ('rule'), ('finding'), ('source-file'), ('run'), ('spec'), ('ir'),
  ('entity'), ('endpoint'), ('flow'), ('validation'), ('ir-node'), ('infra-pattern'),
  ('file'), ('test'), ('error'), ('fix');

CREATE TABLE lineage_edge_kinds (kind TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO lineage_edge_kinds VALUES
  ('introduced'), ('followed-by'), ('undone-by'), ('taught'), ('evolved-into'), ('similar-to'),
  ('became'), ('found'), ('touches'), ('processed'), ('produced'), ('has'), ('generated'),
  ('wrote'), ('used-in'), ('tested-by'), ('had-error'), ('fixed-by');

CREATE TABLE lineage_nodes (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL REFERENCES lineage_node_kinds (kind) ON DELETE RESTRICT,
  key TEXT NOT NULL CHECK (key <> ''),
  properties TEXT NOT NULL CHECK (json_type(properties) = 'object'),
  path TEXT GENERATED ALWAYS AS (json_extract(properties, '$.path')) VIRTUAL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (kind, key)
);
CREATE INDEX lineage_nodes_by_key ON lineage_nodes (key);
CREATE INDEX lineage_nodes_by_path ON lineage_nodes (path) WHERE path IS NOT NULL;

CREATE TABLE lineage_edges (
  kind TEXT NOT NULL REFERENCES lineage_edge_kinds (kind) ON DELETE RESTRICT,
  source_id INTEGER NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  properties TEXT NOT NULL CHECK (json_type(properties) = 'object'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (source_id, kind, target_id),
  CHECK (source_id <> target_id)
) WITHOUT ROWID;
CREATE INDEX lineage_edges_by_target ON lineage_edges (target_id, kind);

-- Vectors. The model and the number of dimensions stand beside each vector; the bytes must fit.

CREATE TABLE embeddings (
  collection TEXT NOT NULL CHECK (collection IN
    ('fix_patterns', 'devmatrix_patterns', 'spec_signatures', 'error_embeddings',
     'code_fragments', 'pipeline_runs', 'generation_events')),
  model_id TEXT NOT NULL CHECK (model_id <> ''),
  aspect TEXT NOT NULL CHECK (aspect IN ('content', 'code', 'problem')),
  item_key TEXT NOT NULL CHECK (item_key <> ''),
  dim INTEGER NOT NULL CHECK (dim BETWEEN 1 AND 65536),
  vector BLOB NOT NULL CHECK (typeof(vector) = 'blob' AND length(vector) = 4 * dim),
  payload TEXT NOT NULL CHECK (json_type(payload) = 'object'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (collection, model_id, aspect, item_key)
);

CREATE TABLE learn_state (
  key TEXT PRIMARY KEY CHECK (key <> ''),
  value TEXT NOT NULL
) WITHOUT ROWID;

-- updated_at is kept by the store itself.

CREATE TRIGGER file_audit_touch AFTER UPDATE ON file_audit
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE file_audit SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = new.id;
END;
CREATE TRIGGER fix_patterns_touch AFTER UPDATE ON fix_patterns
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE fix_patterns SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE seq = new.seq;
END;
CREATE TRIGGER pattern_notes_touch AFTER UPDATE ON pattern_notes
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE pattern_notes SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE pattern_id = new.pattern_id;
END;
CREATE TRIGGER embeddings_touch AFTER UPDATE ON embeddings
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE embeddings SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE rowid = new.rowid;
END;
