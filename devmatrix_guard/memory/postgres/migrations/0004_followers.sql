-- One truth, others follow: what changed is noted in the same transaction, by its key alone. A follower
-- reads what stands there now, so that a note that is read twice, or late, does no harm. `part_1` to
-- `part_5` are the collection, model, aspect and key of a vector; the kind and key of a node; the kind of
-- an edge with kind and key of both its ends. Nothing is noted while nobody follows.

CREATE TABLE followers (
  name TEXT COLLATE "C" PRIMARY KEY CHECK (name <> ''),
  position BIGINT NOT NULL,
  applied BIGINT NOT NULL DEFAULT 0,
  synced_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE outbox (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('vector', 'node', 'edge')),
  repository_id BIGINT NOT NULL,
  part_1 TEXT COLLATE "C" NOT NULL,
  part_2 TEXT COLLATE "C" NOT NULL,
  part_3 TEXT COLLATE "C" NOT NULL DEFAULT '',
  part_4 TEXT COLLATE "C" NOT NULL DEFAULT '',
  part_5 TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE TABLE dead_letters (
  follower TEXT COLLATE "C" NOT NULL REFERENCES followers (name) ON DELETE CASCADE,
  seq BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('vector', 'node', 'edge')),
  repository_id BIGINT NOT NULL,
  part_1 TEXT COLLATE "C" NOT NULL,
  part_2 TEXT COLLATE "C" NOT NULL,
  part_3 TEXT COLLATE "C" NOT NULL DEFAULT '',
  part_4 TEXT COLLATE "C" NOT NULL DEFAULT '',
  part_5 TEXT COLLATE "C" NOT NULL DEFAULT '',
  error TEXT COLLATE "C" NOT NULL,
  at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (follower, seq)
);

CREATE FUNCTION note_vector() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r embeddings%ROWTYPE;
BEGIN
  IF EXISTS (SELECT 1 FROM followers) THEN
    IF TG_OP = 'DELETE' THEN r := old; ELSE r := new; END IF;
    INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4)
    VALUES ('vector', r.repository_id, r.collection, r.model_id, r.aspect, r.item_key);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER embeddings_noted AFTER INSERT OR UPDATE OR DELETE ON embeddings
FOR EACH ROW EXECUTE FUNCTION note_vector();
CREATE FUNCTION note_node() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r lineage_nodes%ROWTYPE;
BEGIN
  IF EXISTS (SELECT 1 FROM followers) THEN
    IF TG_OP = 'DELETE' THEN r := old; ELSE r := new; END IF;
    INSERT INTO outbox (kind, repository_id, part_1, part_2)
    VALUES ('node', r.repository_id, r.kind, r.key);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER lineage_nodes_noted AFTER INSERT OR UPDATE OR DELETE ON lineage_nodes
FOR EACH ROW EXECUTE FUNCTION note_node();
CREATE FUNCTION note_edge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r lineage_edges%ROWTYPE;
BEGIN
  IF EXISTS (SELECT 1 FROM followers) THEN
    IF TG_OP = 'DELETE' THEN r := old; ELSE r := new; END IF;
    INSERT INTO outbox (kind, repository_id, part_1, part_2, part_3, part_4, part_5)
    SELECT 'edge', s.repository_id, r.kind, s.kind, s.key, t.kind, t.key
    FROM lineage_nodes s, lineage_nodes t WHERE s.id = r.source_id AND t.id = r.target_id;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER lineage_edges_noted AFTER INSERT OR UPDATE OR DELETE ON lineage_edges
FOR EACH ROW EXECUTE FUNCTION note_edge();

-- Whoever waits is woken when the transaction ends; who does not listen loses nothing.

CREATE FUNCTION wake_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('guard_outbox', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$$;
CREATE TRIGGER outbox_wakes AFTER INSERT ON outbox
FOR EACH STATEMENT EXECUTE FUNCTION wake_followers();

-- Versions of ApplicationIRs that were kept, and vectors of texts that were computed.

CREATE TABLE ir_versions (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  name TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  ir_hash TEXT COLLATE "C" NOT NULL CHECK (ir_hash <> ''),
  spec_hash TEXT COLLATE "C" NOT NULL DEFAULT '',
  document JSONB NOT NULL CHECK (jsonb_typeof(document) = 'object'),
  saved_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (repository_id, name, version)
);
CREATE INDEX ir_versions_by_hash ON ir_versions (ir_hash);
CREATE TABLE text_vectors (
  model_id TEXT COLLATE "C" NOT NULL CHECK (model_id <> ''),
  digest TEXT COLLATE "C" NOT NULL CHECK (length(digest) = 64),
  vector REAL[] NOT NULL,
  PRIMARY KEY (model_id, digest)
);
