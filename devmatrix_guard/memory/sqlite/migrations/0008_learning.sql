-- What runs teach: what specs are made of, errors with what repaired them, how uses of InfraPatterns went
-- week by week, and functions with their outcome.

CREATE TABLE spec_signatures (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  spec_hash TEXT NOT NULL CHECK (spec_hash <> ''),
  name TEXT NOT NULL,
  features TEXT NOT NULL CHECK (json_type(features) = 'array'),
  seen_at TEXT NOT NULL CHECK (seen_at <> ''),
  PRIMARY KEY (repository_id, spec_hash)
) WITHOUT ROWID;
CREATE INDEX spec_signatures_by_name ON spec_signatures (name);
CREATE INDEX spec_signatures_by_time ON spec_signatures (seen_at);

-- `fix_id` is '' while nothing has repaired the error; each fix is a row of its own.
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
CREATE INDEX error_patterns_by_construct ON error_patterns (construct, last_seen);
CREATE INDEX error_patterns_by_time ON error_patterns (last_seen);

CREATE TABLE infra_tallies (
  pattern_id TEXT NOT NULL CHECK (pattern_id <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  week TEXT NOT NULL CHECK (length(week) = 10),
  successes INTEGER NOT NULL CHECK (successes >= 0),
  failures INTEGER NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (pattern_id, version, week)
) WITHOUT ROWID;
CREATE INDEX infra_tallies_by_week ON infra_tallies (week);
INSERT INTO infra_tallies (pattern_id, version, week, successes, failures)
  SELECT pattern_id, version, date(substr(at, 1, 10), '-6 days', 'weekday 1'),
    sum(good), sum(1 - good)
  FROM (SELECT pattern_id, version, coalesce(run_id, at) AS use, min(at) AS at, min(success) AS good
        FROM infra_outcomes GROUP BY 1, 2, 3) AS uses
  GROUP BY 1, 2, 3;

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
CREATE INDEX code_fragments_by_digest ON code_fragments (digest);
