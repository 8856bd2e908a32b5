-- Repositories are part of the memory: evidence, sources, files, uses, lineage, rules and runs belong
-- to one, a pattern is one for all. What is there already belongs to the repository without an
-- identity, which the first repository that opens the memory takes over.

CREATE TABLE repositories (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
INSERT INTO repositories (id, identity, name) VALUES (1, '', '');

-- Each table is made anew beside the old one: SQLite cannot change a key, and dropping a table that
-- others point to would empty those.

DROP VIEW pattern_record;
DROP TRIGGER fix_patterns_unindex;
DROP TRIGGER file_audit_touch;
DROP TRIGGER fix_patterns_touch;
DROP TRIGGER pattern_notes_touch;
DROP TRIGGER embeddings_touch;
DROP INDEX fix_patterns_by_confidence;
DROP INDEX fix_patterns_by_severity;
DROP INDEX fix_patterns_by_layer;
DROP INDEX pattern_pairs_by_file;
DROP INDEX pattern_pairs_by_commit;
DROP INDEX pattern_labels_by_value;
DROP INDEX pattern_relationships_by_target;
DROP INDEX pattern_uses_by_file;
DROP INDEX guardian_rules_one_active;
DROP INDEX guardian_rules_by_layer;
DROP INDEX guardian_rules_by_type;
DROP INDEX guardian_rules_by_pattern;
DROP INDEX pipeline_runs_by_spec;
DROP INDEX pipeline_runs_by_time;
DROP INDEX error_trends_by_last_seen;
DROP INDEX infra_outcomes_once;
DROP INDEX infra_outcomes_by_run;
DROP INDEX lineage_nodes_by_key;
DROP INDEX lineage_nodes_by_path;
DROP INDEX lineage_edges_by_target;
ALTER TABLE file_audit RENAME TO old_file_audit;
ALTER TABLE file_workflows RENAME TO old_file_workflows;
ALTER TABLE fix_patterns RENAME TO old_fix_patterns;
ALTER TABLE pattern_pairs RENAME TO old_pattern_pairs;
ALTER TABLE pattern_notes RENAME TO old_pattern_notes;
ALTER TABLE pattern_labels RENAME TO old_pattern_labels;
ALTER TABLE pattern_relationships RENAME TO old_pattern_relationships;
ALTER TABLE pattern_uses RENAME TO old_pattern_uses;
ALTER TABLE guardian_rules RENAME TO old_guardian_rules;
ALTER TABLE pipeline_runs RENAME TO old_pipeline_runs;
ALTER TABLE generation_events RENAME TO old_generation_events;
ALTER TABLE error_trends RENAME TO old_error_trends;
ALTER TABLE infra_outcomes RENAME TO old_infra_outcomes;
ALTER TABLE lineage_nodes RENAME TO old_lineage_nodes;
ALTER TABLE lineage_edges RENAME TO old_lineage_edges;
ALTER TABLE embeddings RENAME TO old_embeddings;
ALTER TABLE learn_state RENAME TO old_learn_state;

CREATE TABLE file_audit (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  file_path TEXT NOT NULL CHECK (file_path <> ''),
  file_type TEXT NOT NULL DEFAULT '',
  layer_number INTEGER CHECK (layer_number BETWEEN 1 AND 7),
  technical_debt TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'Not Started'
    CHECK (status IN ('Not Started', 'In Progress', 'Complete', 'Failed')),
  notes TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (repository_id, file_path)
);
INSERT INTO file_audit SELECT id, 1, file_path, file_type, layer_number, technical_debt, status,
  notes, created_at, updated_at FROM old_file_audit;

CREATE TABLE file_workflows (
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL CHECK (workflow <> ''),
  PRIMARY KEY (file_id, workflow)
) WITHOUT ROWID;
INSERT INTO file_workflows SELECT * FROM old_file_workflows;

CREATE TABLE fix_patterns (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  pattern_before TEXT NOT NULL CHECK (pattern_before <> ''),
  pattern_after TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
INSERT INTO fix_patterns SELECT id, pattern_before, pattern_after, created_at, updated_at
  FROM old_fix_patterns;

-- What one repository knows of a pattern.

CREATE TABLE pattern_evidence (
  seq INTEGER PRIMARY KEY,
  pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  title TEXT NOT NULL CHECK (title <> ''),
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
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (pattern_id, repository_id)
);
INSERT INTO pattern_evidence (seq, pattern_id, repository_id, digest, title, severity, stage,
  layer_number, anchors, constraints, evidence, created_at, updated_at)
  SELECT seq, id, 1, digest, title, severity, stage, layer_number, anchors, constraints, evidence,
  created_at, updated_at FROM old_fix_patterns;

CREATE TABLE pattern_pairs (
  pattern_id TEXT NOT NULL,
  repository_id INTEGER NOT NULL,
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
  PRIMARY KEY (pattern_id, repository_id, position),
  FOREIGN KEY (pattern_id, repository_id)
    REFERENCES pattern_evidence (pattern_id, repository_id) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO pattern_pairs SELECT pattern_id, 1, position, file_id, commit_id, commit_date,
  commit_subject, qualname, code_before, code_after, before_line, after_line FROM old_pattern_pairs;

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
INSERT INTO pattern_notes SELECT * FROM old_pattern_notes;

CREATE TABLE pattern_labels (
  pattern_id TEXT NOT NULL REFERENCES pattern_notes (pattern_id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('tag', 'workflow', 'task', 'anti-pattern')),
  value TEXT NOT NULL CHECK (value <> ''),
  PRIMARY KEY (pattern_id, kind, value)
) WITHOUT ROWID;
INSERT INTO pattern_labels SELECT * FROM old_pattern_labels;

CREATE TABLE pattern_relationships (
  source_pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  target_pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  relationship_type TEXT NOT NULL CHECK (relationship_type IN
    ('prerequisite', 'follows', 'conflicts', 'enhances', 'evolved-from', 'similar-to')),
  strength REAL NOT NULL CHECK (strength BETWEEN 0 AND 1),
  description TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (repository_id, source_pattern_id, target_pattern_id, relationship_type),
  CHECK (source_pattern_id <> target_pattern_id)
) WITHOUT ROWID;
INSERT INTO pattern_relationships SELECT source_pattern_id, 1, target_pattern_id,
  relationship_type, strength, description, created_at FROM old_pattern_relationships;

CREATE TABLE pattern_uses (
  pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  applied_at TEXT NOT NULL CHECK (applied_at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  minutes_saved REAL CHECK (minutes_saved >= 0),
  PRIMARY KEY (pattern_id, file_id, applied_at)
) WITHOUT ROWID;
INSERT INTO pattern_uses SELECT * FROM old_pattern_uses;

CREATE TABLE guardian_rules (
  rule_name TEXT NOT NULL CHECK (rule_name <> ''),
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
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
  PRIMARY KEY (repository_id, rule_name, version)
) WITHOUT ROWID;
INSERT INTO guardian_rules (repository_id, rule_name, version, digest, layer_number, rule_type, stage, rule_pattern,
  languages, severity, action_required, origin, sources, examples, file_path, source_pattern_id,
  active, created_at)
  SELECT 1, rule_name, version, digest, layer_number, rule_type, stage, rule_pattern,
  languages, severity, action_required, origin, sources, examples, file_path, source_pattern_id,
  active, created_at FROM old_guardian_rules;

CREATE TABLE pipeline_runs (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
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
INSERT INTO pipeline_runs (repository_id, id, command, spec_hash, ir_hash, started_at, completed_at, status,
  compliance_score, tokens_used, duration_ms, files_generated, errors_count, metrics, phases)
  SELECT 1, id, command, spec_hash, ir_hash, started_at, completed_at, status,
  compliance_score, tokens_used, duration_ms, files_generated, errors_count, metrics, phases FROM old_pipeline_runs;

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
INSERT INTO generation_events SELECT * FROM old_generation_events;

CREATE TABLE error_trends (
  error_type TEXT NOT NULL CHECK (error_type <> ''),
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
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
  PRIMARY KEY (repository_id, error_type, signature),
  CHECK (first_seen <= last_seen),
  CHECK (auto_fixed_count <= fixed_count AND fixed_count <= occurrence_count)
) WITHOUT ROWID;
INSERT INTO error_trends (repository_id, error_type, signature, first_seen, last_seen, occurrence_count, fixed_by,
  fixed_count, auto_fixed_count, timed_count, total_fix_ms)
  SELECT 1, error_type, signature, first_seen, last_seen, occurrence_count, fixed_by,
  fixed_count, auto_fixed_count, timed_count, total_fix_ms FROM old_error_trends;

CREATE TABLE infra_outcomes (
  pattern_id TEXT NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  run_id TEXT REFERENCES pipeline_runs (id) ON DELETE SET NULL,
  check_name TEXT NOT NULL CHECK (check_name <> ''),
  at TEXT NOT NULL CHECK (at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1))
);
INSERT INTO infra_outcomes SELECT * FROM old_infra_outcomes;

CREATE TABLE lineage_nodes (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  kind TEXT NOT NULL REFERENCES lineage_node_kinds (kind) ON DELETE RESTRICT,
  key TEXT NOT NULL CHECK (key <> ''),
  properties TEXT NOT NULL CHECK (json_type(properties) = 'object'),
  path TEXT GENERATED ALWAYS AS (json_extract(properties, '$.path')) VIRTUAL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (repository_id, kind, key)
);
INSERT INTO lineage_nodes (id, repository_id, kind, key, properties, created_at)
  SELECT id, 1, kind, key, properties, created_at FROM old_lineage_nodes;

CREATE TABLE lineage_edges (
  kind TEXT NOT NULL REFERENCES lineage_edge_kinds (kind) ON DELETE RESTRICT,
  source_id INTEGER NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  properties TEXT NOT NULL CHECK (json_type(properties) = 'object'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (source_id, kind, target_id),
  CHECK (source_id <> target_id)
) WITHOUT ROWID;
INSERT INTO lineage_edges SELECT * FROM old_lineage_edges;

-- `seq` is never used twice and a vector that changes gets a new one: an index made from the
-- vectors up to one can be brought up to date with those after it, and the removals.

CREATE TABLE embeddings (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
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
  UNIQUE (collection, model_id, aspect, item_key, repository_id)
);
INSERT INTO embeddings (repository_id, collection, model_id, aspect, item_key, dim, vector, payload,
  updated_at) SELECT 1, collection, model_id, aspect, item_key, dim, vector, payload, updated_at
  FROM old_embeddings;

CREATE TABLE embedding_removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  collection TEXT NOT NULL,
  model_id TEXT NOT NULL,
  aspect TEXT NOT NULL,
  removed_seq INTEGER NOT NULL
);
CREATE INDEX embedding_removals_by_place ON embedding_removals (collection, model_id, aspect, id);
CREATE TRIGGER embeddings_removed AFTER DELETE ON embeddings BEGIN
  INSERT INTO embedding_removals (collection, model_id, aspect, removed_seq)
  VALUES (old.collection, old.model_id, old.aspect, old.seq);
END;

CREATE TABLE learn_state (
  key TEXT NOT NULL CHECK (key <> ''),
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  value TEXT NOT NULL,
  PRIMARY KEY (repository_id, key)
) WITHOUT ROWID;
INSERT INTO learn_state SELECT key, 1, value FROM old_learn_state;

DROP TABLE old_file_workflows;
DROP TABLE old_pattern_pairs;
DROP TABLE old_pattern_uses;
DROP TABLE old_pattern_labels;
DROP TABLE old_pattern_notes;
DROP TABLE old_pattern_relationships;
DROP TABLE old_guardian_rules;
DROP TABLE old_fix_patterns;
DROP TABLE old_file_audit;
DROP TABLE old_generation_events;
DROP TABLE old_infra_outcomes;
DROP TABLE old_pipeline_runs;
DROP TABLE old_error_trends;
DROP TABLE old_lineage_edges;
DROP TABLE old_lineage_nodes;
DROP TABLE old_embeddings;
DROP TABLE old_learn_state;

CREATE INDEX pattern_evidence_by_confidence ON pattern_evidence (confidence_score DESC);
CREATE INDEX pattern_evidence_by_severity ON pattern_evidence (severity);
CREATE INDEX pattern_evidence_by_layer ON pattern_evidence (layer_number);
CREATE INDEX pattern_pairs_by_file ON pattern_pairs (file_id);
CREATE INDEX pattern_pairs_by_commit ON pattern_pairs (commit_id);
CREATE INDEX pattern_labels_by_value ON pattern_labels (kind, value);
CREATE INDEX pattern_relationships_by_target ON pattern_relationships (target_pattern_id);
CREATE INDEX pattern_uses_by_file ON pattern_uses (file_id);
CREATE UNIQUE INDEX guardian_rules_one_active ON guardian_rules (repository_id, rule_name) WHERE active = 1;
CREATE INDEX guardian_rules_by_layer ON guardian_rules (layer_number);
CREATE INDEX guardian_rules_by_type ON guardian_rules (rule_type);
CREATE INDEX guardian_rules_by_pattern ON guardian_rules (source_pattern_id);
CREATE INDEX pipeline_runs_by_spec ON pipeline_runs (spec_hash);
CREATE INDEX pipeline_runs_by_time ON pipeline_runs (started_at);
CREATE INDEX error_trends_by_last_seen ON error_trends (last_seen);
CREATE UNIQUE INDEX infra_outcomes_once
  ON infra_outcomes (pattern_id, version, check_name, at, coalesce(run_id, ''));
CREATE INDEX infra_outcomes_by_run ON infra_outcomes (run_id);
CREATE INDEX lineage_nodes_by_key ON lineage_nodes (key);
CREATE INDEX lineage_nodes_by_path ON lineage_nodes (path) WHERE path IS NOT NULL;
CREATE INDEX lineage_edges_by_target ON lineage_edges (target_id, kind);
CREATE INDEX pattern_evidence_by_repository ON pattern_evidence (repository_id);
CREATE INDEX pipeline_runs_by_repository ON pipeline_runs (repository_id, started_at);
CREATE INDEX embeddings_by_place ON embeddings (collection, model_id, aspect, seq);

CREATE VIEW pattern_record AS
  SELECT pattern_uses.pattern_id, file_audit.repository_id,
         count(*) AS applied_count,
         avg(success) AS success_rate,
         avg(minutes_saved) AS avg_time_saved,
         max(applied_at) AS last_applied
  FROM pattern_uses JOIN file_audit ON file_audit.id = file_id
  GROUP BY pattern_uses.pattern_id, file_audit.repository_id;

CREATE TRIGGER pattern_evidence_unindex AFTER DELETE ON pattern_evidence BEGIN
  DELETE FROM pattern_words WHERE rowid = old.seq;
  DELETE FROM pattern_pieces WHERE rowid = old.seq;
END;
CREATE TRIGGER file_audit_touch AFTER UPDATE ON file_audit
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE file_audit SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = new.id;
END;
CREATE TRIGGER fix_patterns_touch AFTER UPDATE ON fix_patterns
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE fix_patterns SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = new.id;
END;
CREATE TRIGGER pattern_evidence_touch AFTER UPDATE ON pattern_evidence
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE pattern_evidence SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE seq = new.seq;
END;
CREATE TRIGGER pattern_notes_touch AFTER UPDATE ON pattern_notes
WHEN new.updated_at = old.updated_at BEGIN
  UPDATE pattern_notes SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE pattern_id = new.pattern_id;
END;
