-- What runs teach: what specs are made of, errors with what repaired them, how uses of InfraPatterns went
-- week by week, and functions with their outcome.

CREATE TABLE spec_signatures (
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  spec_hash TEXT COLLATE "C" NOT NULL CHECK (spec_hash <> ''),
  name TEXT COLLATE "C" NOT NULL,
  features JSONB NOT NULL CHECK (jsonb_typeof(features) = 'array'),
  seen_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (repository_id, spec_hash)
);
CREATE INDEX spec_signatures_by_name ON spec_signatures (name);
CREATE INDEX spec_signatures_by_time ON spec_signatures (seen_at);

-- `fix_id` is '' while nothing has repaired the error; each fix is a row of its own.
CREATE TABLE error_patterns (
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  error_id TEXT COLLATE "C" NOT NULL CHECK (error_id <> ''),
  fix_id TEXT COLLATE "C" NOT NULL,
  check_name TEXT COLLATE "C" NOT NULL CHECK (check_name <> ''),
  signature TEXT COLLATE "C" NOT NULL,
  construct TEXT COLLATE "C" NOT NULL DEFAULT '',
  file_path TEXT COLLATE "C" NOT NULL DEFAULT '',
  cause TEXT COLLATE "C" NOT NULL
    CHECK (cause IN ('pattern', 'emitter', 'person', 'spec', 'environment', 'unknown')),
  message TEXT COLLATE "C" NOT NULL DEFAULT '',
  infra_pattern TEXT COLLATE "C" NOT NULL DEFAULT '',
  emitter TEXT COLLATE "C" NOT NULL DEFAULT '',
  failed_code TEXT COLLATE "C" NOT NULL DEFAULT '',
  fix JSONB NOT NULL CHECK (jsonb_typeof(fix) = 'array'),
  fix_origin TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (fix_origin IN ('', 'repair', 'past-fix', 'person')),
  compliance_before DOUBLE PRECISION CHECK (compliance_before BETWEEN 0 AND 1),
  compliance_after DOUBLE PRECISION CHECK (compliance_after BETWEEN 0 AND 1),
  iterations INTEGER NOT NULL DEFAULT 0 CHECK (iterations >= 0),
  occurrences INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 0),
  tried INTEGER NOT NULL DEFAULT 0 CHECK (tried >= 0),
  helped INTEGER NOT NULL DEFAULT 0 CHECK (helped BETWEEN 0 AND tried),
  application TEXT COLLATE "C" NOT NULL DEFAULT '',
  first_seen TIMESTAMPTZ NOT NULL,
  last_seen TIMESTAMPTZ NOT NULL CHECK (last_seen >= first_seen),
  PRIMARY KEY (repository_id, error_id, fix_id),
  CHECK ((fix_id = '') = (fix_origin = ''))
);
CREATE INDEX error_patterns_by_construct ON error_patterns (construct, last_seen);
CREATE INDEX error_patterns_by_time ON error_patterns (last_seen);

CREATE TABLE infra_tallies (
  pattern_id TEXT COLLATE "C" NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  week TEXT COLLATE "C" NOT NULL CHECK (length(week) = 10),
  successes INTEGER NOT NULL CHECK (successes >= 0),
  failures INTEGER NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (pattern_id, version, week)
);
CREATE INDEX infra_tallies_by_week ON infra_tallies (week);
INSERT INTO infra_tallies (pattern_id, version, week, successes, failures)
  SELECT pattern_id, version, to_char(date_trunc('week', at AT TIME ZONE 'UTC'), 'YYYY-MM-DD'),
    sum(CASE WHEN good THEN 1 ELSE 0 END), sum(CASE WHEN good THEN 0 ELSE 1 END)
  FROM (SELECT pattern_id, version, coalesce(run_id, at::text) AS use, min(at) AS at,
          bool_and(success) AS good
        FROM infra_outcomes GROUP BY 1, 2, 3) AS uses
  GROUP BY 1, 2, 3;

CREATE TABLE code_fragments (
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  application TEXT COLLATE "C" NOT NULL,
  file_path TEXT COLLATE "C" NOT NULL CHECK (file_path <> ''),
  name TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
  digest TEXT COLLATE "C" NOT NULL CHECK (digest <> ''),
  emitter TEXT COLLATE "C" NOT NULL DEFAULT '',
  infra_pattern TEXT COLLATE "C" NOT NULL DEFAULT '',
  code TEXT COLLATE "C" NOT NULL,
  passed INTEGER NOT NULL DEFAULT 0 CHECK (passed >= 0),
  failed INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
  seen_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (repository_id, application, file_path, name)
);
CREATE INDEX code_fragments_by_digest ON code_fragments (digest);
