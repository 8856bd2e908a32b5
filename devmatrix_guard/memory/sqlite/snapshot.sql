-- What the migrations make of an empty file, made by tests/memory/sqlite/test_snapshot.py.

CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE VIRTUAL TABLE pattern_words USING fts5 (
  title, problem, code, tokenize = 'porter unicode61'
);
CREATE VIRTUAL TABLE pattern_pieces USING fts5 (
  content, tokenize = "unicode61 tokenchars '_'"
);
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
CREATE TABLE lineage_node_kinds (kind TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE lineage_edge_kinds (kind TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE repositories (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
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
CREATE TABLE file_workflows (
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL CHECK (workflow <> ''),
  PRIMARY KEY (file_id, workflow)
) WITHOUT ROWID;
CREATE TABLE fix_patterns (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  pattern_before TEXT NOT NULL CHECK (pattern_before <> ''),
  pattern_after TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
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
CREATE TABLE pattern_uses (
  pattern_id TEXT NOT NULL REFERENCES fix_patterns (id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  applied_at TEXT NOT NULL CHECK (applied_at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  minutes_saved REAL CHECK (minutes_saved >= 0),
  PRIMARY KEY (pattern_id, file_id, applied_at)
) WITHOUT ROWID;
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
CREATE TABLE infra_outcomes (
  pattern_id TEXT NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  run_id TEXT REFERENCES pipeline_runs (id) ON DELETE SET NULL,
  check_name TEXT NOT NULL CHECK (check_name <> ''),
  at TEXT NOT NULL CHECK (at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1))
);
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
CREATE TABLE lineage_edges (
  kind TEXT NOT NULL REFERENCES lineage_edge_kinds (kind) ON DELETE RESTRICT,
  source_id INTEGER NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES lineage_nodes (id) ON DELETE CASCADE,
  properties TEXT NOT NULL CHECK (json_type(properties) = 'object'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (source_id, kind, target_id),
  CHECK (source_id <> target_id)
) WITHOUT ROWID;
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
CREATE TABLE embedding_removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  collection TEXT NOT NULL,
  model_id TEXT NOT NULL,
  aspect TEXT NOT NULL,
  removed_seq INTEGER NOT NULL
);
CREATE TABLE learn_state (
  key TEXT NOT NULL CHECK (key <> ''),
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  value TEXT NOT NULL,
  PRIMARY KEY (repository_id, key)
) WITHOUT ROWID;
CREATE TABLE search_terms (
  kind TEXT NOT NULL CHECK (kind IN ('all', 'words', 'pieces')),
  term TEXT NOT NULL,
  documents INTEGER NOT NULL CHECK (documents >= 0),
  PRIMARY KEY (kind, term)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE pattern_words_terms USING fts5vocab (pattern_words, 'row');
CREATE VIRTUAL TABLE pattern_pieces_terms USING fts5vocab (pattern_pieces, 'row');
CREATE TABLE memory_facts (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE followers (
  name TEXT PRIMARY KEY CHECK (name <> ''),
  position INTEGER NOT NULL,
  applied INTEGER NOT NULL DEFAULT 0,
  synced_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) WITHOUT ROWID;
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  kind TEXT NOT NULL CHECK (kind IN ('vector', 'node', 'edge')),
  repository_id INTEGER NOT NULL,
  part_1 TEXT NOT NULL,
  part_2 TEXT NOT NULL,
  part_3 TEXT NOT NULL DEFAULT '',
  part_4 TEXT NOT NULL DEFAULT '',
  part_5 TEXT NOT NULL DEFAULT ''
);
CREATE TABLE dead_letters (
  follower TEXT NOT NULL REFERENCES followers (name) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('vector', 'node', 'edge')),
  repository_id INTEGER NOT NULL,
  part_1 TEXT NOT NULL,
  part_2 TEXT NOT NULL,
  part_3 TEXT NOT NULL DEFAULT '',
  part_4 TEXT NOT NULL DEFAULT '',
  part_5 TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (follower, seq)
) WITHOUT ROWID;
CREATE TABLE ir_versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  ir_hash TEXT NOT NULL CHECK (ir_hash <> ''),
  spec_hash TEXT NOT NULL DEFAULT '',
  document TEXT NOT NULL CHECK (json_type(document) = 'object'),
  saved_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (repository_id, name, version)
);
CREATE TABLE text_vectors (
  model_id TEXT NOT NULL CHECK (model_id <> ''),
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  vector BLOB NOT NULL,
  PRIMARY KEY (model_id, digest)
) WITHOUT ROWID;
CREATE TABLE file_tasks (
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  task TEXT NOT NULL CHECK (task <> ''),
  PRIMARY KEY (file_id, task)
) WITHOUT ROWID;
CREATE TABLE review_comments (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  comment_id TEXT NOT NULL CHECK (comment_id <> ''),
  review TEXT NOT NULL DEFAULT '',
  reviewer TEXT NOT NULL CHECK (reviewer <> ''),
  commented_at TEXT NOT NULL DEFAULT '',
  file_path TEXT NOT NULL CHECK (file_path <> ''),
  line INTEGER NOT NULL DEFAULT 0 CHECK (line >= 0),
  body TEXT NOT NULL,
  url TEXT NOT NULL DEFAULT '',
  answer_commit TEXT NOT NULL DEFAULT '',
  code_before TEXT NOT NULL DEFAULT '',
  code_after TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (repository_id, comment_id)
) WITHOUT ROWID;
CREATE TABLE dismissals (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  source TEXT NOT NULL CHECK (source <> ''),
  rule_name TEXT NOT NULL CHECK (rule_name <> ''),
  file_path TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  verdict TEXT NOT NULL CHECK (verdict IN ('false-positive', 'wont-fix', 'useful')),
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (repository_id, source, rule_name)
) WITHOUT ROWID;
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
CREATE TABLE success_tags (
  pattern_id TEXT NOT NULL REFERENCES success_patterns (id) ON DELETE CASCADE,
  tag TEXT NOT NULL CHECK (tag <> ''),
  PRIMARY KEY (pattern_id, tag)
) WITHOUT ROWID;
CREATE TABLE success_outcomes (
  pattern_id TEXT NOT NULL REFERENCES success_patterns (id) ON DELETE CASCADE,
  key TEXT NOT NULL CHECK (key <> ''),
  at TEXT NOT NULL CHECK (at <> ''),
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  duration_ms REAL CHECK (duration_ms >= 0),
  note TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (pattern_id, key)
) WITHOUT ROWID;
CREATE TABLE success_terms (
  term TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES success_patterns (seq) ON DELETE CASCADE,
  weight REAL NOT NULL,
  PRIMARY KEY (term, seq)
) WITHOUT ROWID;
CREATE TABLE pattern_matches (
  pattern_id TEXT PRIMARY KEY CHECK (pattern_id <> ''),
  match_count INTEGER NOT NULL CHECK (match_count >= 1),
  last_matched_at TEXT NOT NULL CHECK (last_matched_at <> '')
) WITHOUT ROWID;
CREATE TABLE pattern_removals (
  pattern_id TEXT PRIMARY KEY CHECK (pattern_id <> ''),
  removed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  removed_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE spec_signatures (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  spec_hash TEXT NOT NULL CHECK (spec_hash <> ''),
  name TEXT NOT NULL,
  features TEXT NOT NULL CHECK (json_type(features) = 'array'),
  seen_at TEXT NOT NULL CHECK (seen_at <> ''),
  PRIMARY KEY (repository_id, spec_hash)
) WITHOUT ROWID;
CREATE TABLE error_patterns (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  error_id TEXT NOT NULL CHECK (error_id <> ''),
  fix_id TEXT NOT NULL,
  check_name TEXT NOT NULL CHECK (check_name <> ''),
  signature TEXT NOT NULL,
  construct TEXT NOT NULL DEFAULT '',
  file_path TEXT NOT NULL DEFAULT '',
  cause TEXT NOT NULL
    CHECK (cause IN ('pattern', 'emitter', 'person', 'spec', 'environment', 'unknown')),
  message TEXT NOT NULL DEFAULT '',
  infra_pattern TEXT NOT NULL DEFAULT '',
  emitter TEXT NOT NULL DEFAULT '',
  failed_code TEXT NOT NULL DEFAULT '',
  fix TEXT NOT NULL CHECK (json_type(fix) = 'array'),
  fix_origin TEXT NOT NULL DEFAULT '' CHECK (fix_origin IN ('', 'repair', 'past-fix', 'person')),
  compliance_before REAL CHECK (compliance_before BETWEEN 0 AND 1),
  compliance_after REAL CHECK (compliance_after BETWEEN 0 AND 1),
  iterations INTEGER NOT NULL DEFAULT 0 CHECK (iterations >= 0),
  occurrences INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 0),
  tried INTEGER NOT NULL DEFAULT 0 CHECK (tried >= 0),
  helped INTEGER NOT NULL DEFAULT 0 CHECK (helped BETWEEN 0 AND tried),
  application TEXT NOT NULL DEFAULT '',
  first_seen TEXT NOT NULL CHECK (first_seen <> ''),
  last_seen TEXT NOT NULL CHECK (last_seen >= first_seen),
  PRIMARY KEY (repository_id, error_id, fix_id),
  CHECK ((fix_id = '') = (fix_origin = ''))
) WITHOUT ROWID;
CREATE TABLE infra_tallies (
  pattern_id TEXT NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  week TEXT NOT NULL CHECK (length(week) = 10),
  successes INTEGER NOT NULL CHECK (successes >= 0),
  failures INTEGER NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (pattern_id, version, week)
) WITHOUT ROWID;
CREATE TABLE code_fragments (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  application TEXT NOT NULL,
  file_path TEXT NOT NULL CHECK (file_path <> ''),
  name TEXT NOT NULL CHECK (name <> ''),
  digest TEXT NOT NULL CHECK (digest <> ''),
  emitter TEXT NOT NULL DEFAULT '',
  infra_pattern TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL,
  passed INTEGER NOT NULL DEFAULT 0 CHECK (passed >= 0),
  failed INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
  seen_at TEXT NOT NULL CHECK (seen_at <> ''),
  PRIMARY KEY (repository_id, application, file_path, name)
) WITHOUT ROWID;
CREATE TRIGGER infra_patterns_stay_frozen BEFORE UPDATE ON infra_patterns
WHEN old.frozen_at IS NOT NULL BEGIN
  SELECT raise(ABORT, 'a frozen InfraPattern never changes; freeze a new version');
END;
CREATE INDEX embedding_removals_by_place ON embedding_removals (collection, model_id, aspect, id);
CREATE TRIGGER embeddings_removed AFTER DELETE ON embeddings BEGIN
  INSERT INTO embedding_removals (collection, model_id, aspect, removed_seq)
  VALUES (old.collection, old.model_id, old.aspect, old.seq);
END;
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
CREATE TRIGGER embeddings_noted_insert AFTER INSERT ON embeddings
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4)
  VALUES ('vector', new.repository_id, new.collection, new.model_id, new.aspect, new.item_key);
END;
CREATE TRIGGER embeddings_noted_update AFTER UPDATE ON embeddings
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4)
  VALUES ('vector', new.repository_id, new.collection, new.model_id, new.aspect, new.item_key);
END;
CREATE TRIGGER embeddings_noted_delete AFTER DELETE ON embeddings
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4)
  VALUES ('vector', old.repository_id, old.collection, old.model_id, old.aspect, old.item_key);
END;
CREATE TRIGGER lineage_nodes_noted_insert AFTER INSERT ON lineage_nodes
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2)
  VALUES ('node', new.repository_id, new.kind, new.key);
END;
CREATE TRIGGER lineage_nodes_noted_update AFTER UPDATE ON lineage_nodes
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2)
  VALUES ('node', new.repository_id, new.kind, new.key);
END;
CREATE TRIGGER lineage_nodes_noted_delete AFTER DELETE ON lineage_nodes
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2)
  VALUES ('node', old.repository_id, old.kind, old.key);
END;
CREATE TRIGGER lineage_edges_noted_insert AFTER INSERT ON lineage_edges
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4, part_5)
  SELECT 'edge', s.repository_id, new.kind, s.kind, s.key, t.kind, t.key
  FROM lineage_nodes s, lineage_nodes t WHERE s.id = new.source_id AND t.id = new.target_id;
END;
CREATE TRIGGER lineage_edges_noted_update AFTER UPDATE ON lineage_edges
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4, part_5)
  SELECT 'edge', s.repository_id, new.kind, s.kind, s.key, t.kind, t.key
  FROM lineage_nodes s, lineage_nodes t WHERE s.id = new.source_id AND t.id = new.target_id;
END;
CREATE TRIGGER lineage_edges_noted_delete AFTER DELETE ON lineage_edges
WHEN EXISTS (SELECT 1 FROM followers) BEGIN
  INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4, part_5)
  SELECT 'edge', s.repository_id, old.kind, s.kind, s.key, t.kind, t.key
  FROM lineage_nodes s, lineage_nodes t WHERE s.id = old.source_id AND t.id = old.target_id;
END;
CREATE INDEX ir_versions_by_hash ON ir_versions (ir_hash);
CREATE INDEX file_tasks_by_task ON file_tasks (task);
CREATE INDEX dismissals_by_rule ON dismissals (rule_name);
CREATE UNIQUE INDEX success_patterns_one_name ON success_patterns (pattern_type, name)
  WHERE deleted_at IS NULL;
CREATE INDEX success_patterns_by_status ON success_patterns (pattern_type, status);
CREATE INDEX success_patterns_by_context ON success_patterns (context_hash);
CREATE INDEX success_patterns_by_creation ON success_patterns (created_at);
CREATE INDEX success_patterns_by_parent ON success_patterns (parent_pattern_id);
CREATE INDEX success_tags_by_tag ON success_tags (tag);
CREATE INDEX success_terms_by_pattern ON success_terms (seq);
CREATE INDEX spec_signatures_by_name ON spec_signatures (name);
CREATE INDEX spec_signatures_by_time ON spec_signatures (seen_at);
CREATE INDEX error_patterns_by_construct ON error_patterns (construct, last_seen);
CREATE INDEX error_patterns_by_time ON error_patterns (last_seen);
CREATE INDEX infra_tallies_by_week ON infra_tallies (week);
CREATE INDEX code_fragments_by_digest ON code_fragments (digest);
CREATE VIEW pattern_record AS
  SELECT pattern_uses.pattern_id, file_audit.repository_id,
         count(*) AS applied_count,
         avg(success) AS success_rate,
         avg(minutes_saved) AS avg_time_saved,
         max(applied_at) AS last_applied
  FROM pattern_uses JOIN file_audit ON file_audit.id = file_id
  GROUP BY pattern_uses.pattern_id, file_audit.repository_id;
INSERT INTO lineage_edge_kinds VALUES ('became');
INSERT INTO lineage_edge_kinds VALUES ('changed-by');
INSERT INTO lineage_edge_kinds VALUES ('evolved-into');
INSERT INTO lineage_edge_kinds VALUES ('fixed-by');
INSERT INTO lineage_edge_kinds VALUES ('followed-by');
INSERT INTO lineage_edge_kinds VALUES ('found');
INSERT INTO lineage_edge_kinds VALUES ('generated');
INSERT INTO lineage_edge_kinds VALUES ('had-error');
INSERT INTO lineage_edge_kinds VALUES ('has');
INSERT INTO lineage_edge_kinds VALUES ('introduced');
INSERT INTO lineage_edge_kinds VALUES ('names');
INSERT INTO lineage_edge_kinds VALUES ('processed');
INSERT INTO lineage_edge_kinds VALUES ('produced');
INSERT INTO lineage_edge_kinds VALUES ('proved-by');
INSERT INTO lineage_edge_kinds VALUES ('repaired');
INSERT INTO lineage_edge_kinds VALUES ('similar-to');
INSERT INTO lineage_edge_kinds VALUES ('taught');
INSERT INTO lineage_edge_kinds VALUES ('tested-by');
INSERT INTO lineage_edge_kinds VALUES ('touches');
INSERT INTO lineage_edge_kinds VALUES ('undone-by');
INSERT INTO lineage_edge_kinds VALUES ('used-in');
INSERT INTO lineage_edge_kinds VALUES ('wrote');
INSERT INTO lineage_node_kinds VALUES ('commit');
INSERT INTO lineage_node_kinds VALUES ('endpoint');
INSERT INTO lineage_node_kinds VALUES ('entity');
INSERT INTO lineage_node_kinds VALUES ('error');
INSERT INTO lineage_node_kinds VALUES ('file');
INSERT INTO lineage_node_kinds VALUES ('finding');
INSERT INTO lineage_node_kinds VALUES ('fix');
INSERT INTO lineage_node_kinds VALUES ('flow');
INSERT INTO lineage_node_kinds VALUES ('function');
INSERT INTO lineage_node_kinds VALUES ('infra-pattern');
INSERT INTO lineage_node_kinds VALUES ('ir');
INSERT INTO lineage_node_kinds VALUES ('ir-node');
INSERT INTO lineage_node_kinds VALUES ('issue');
INSERT INTO lineage_node_kinds VALUES ('pattern');
INSERT INTO lineage_node_kinds VALUES ('regression-test');
INSERT INTO lineage_node_kinds VALUES ('rule');
INSERT INTO lineage_node_kinds VALUES ('run');
INSERT INTO lineage_node_kinds VALUES ('source-file');
INSERT INTO lineage_node_kinds VALUES ('spec');
INSERT INTO lineage_node_kinds VALUES ('test');
INSERT INTO lineage_node_kinds VALUES ('validation');
INSERT INTO repositories (id, identity, name) VALUES (1, '', '');
INSERT INTO schema_migrations (version, name) VALUES (1, 'start');
INSERT INTO schema_migrations (version, name) VALUES (2, 'repositories');
INSERT INTO schema_migrations (version, name) VALUES (3, 'search');
INSERT INTO schema_migrations (version, name) VALUES (4, 'followers');
INSERT INTO schema_migrations (version, name) VALUES (5, 'fixes');
INSERT INTO schema_migrations (version, name) VALUES (6, 'audit');
INSERT INTO schema_migrations (version, name) VALUES (7, 'catalog');
INSERT INTO schema_migrations (version, name) VALUES (8, 'learning');
INSERT INTO memory_facts VALUES ('id', lower(hex(randomblob(16))));
PRAGMA user_version = 8;
