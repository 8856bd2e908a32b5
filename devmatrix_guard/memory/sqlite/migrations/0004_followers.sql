-- One truth, others follow: what changed is noted in the same transaction, by its key alone. A follower
-- reads what stands there now, so that a note that is read twice, or late, does no harm. `part_1` to
-- `part_5` are the collection, model, aspect and key of a vector; the kind and key of a node; the kind of
-- an edge with kind and key of both its ends. Nothing is noted while nobody follows.

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

-- Versions of ApplicationIRs that were kept, and vectors of texts that were computed.

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
CREATE INDEX ir_versions_by_hash ON ir_versions (ir_hash);
CREATE TABLE text_vectors (
  model_id TEXT NOT NULL CHECK (model_id <> ''),
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  vector BLOB NOT NULL,
  PRIMARY KEY (model_id, digest)
) WITHOUT ROWID;
