-- Tasks of files, what reviewers asked for, and which findings people called wrong.

CREATE TABLE file_tasks (
  file_id BIGINT NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  task TEXT COLLATE "C" NOT NULL CHECK (task <> ''),
  PRIMARY KEY (file_id, task)
);
CREATE INDEX file_tasks_by_task ON file_tasks (task);

-- A comment of a review, with the edit that answered it where one did. Quotes are data.

CREATE TABLE review_comments (
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  comment_id TEXT COLLATE "C" NOT NULL CHECK (comment_id <> ''),
  review TEXT COLLATE "C" NOT NULL DEFAULT '',
  reviewer TEXT COLLATE "C" NOT NULL CHECK (reviewer <> ''),
  commented_at TEXT COLLATE "C" NOT NULL DEFAULT '',
  file_path TEXT COLLATE "C" NOT NULL CHECK (file_path <> ''),
  line INTEGER NOT NULL DEFAULT 0 CHECK (line >= 0),
  body TEXT COLLATE "C" NOT NULL,
  url TEXT COLLATE "C" NOT NULL DEFAULT '',
  answer_commit TEXT COLLATE "C" NOT NULL DEFAULT '',
  code_before TEXT COLLATE "C" NOT NULL DEFAULT '',
  code_after TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (repository_id, comment_id)
);

-- A finding that somebody called wrong or not to be fixed; `code` is what its fingerprint says of
-- the code, without the file.

CREATE TABLE dismissals (
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  source TEXT COLLATE "C" NOT NULL CHECK (source <> ''),
  rule_name TEXT COLLATE "C" NOT NULL CHECK (rule_name <> ''),
  file_path TEXT COLLATE "C" NOT NULL DEFAULT '',
  code TEXT COLLATE "C" NOT NULL DEFAULT '',
  verdict TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('false-positive', 'wont-fix', 'useful')),
  reason TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (repository_id, source, rule_name)
);
CREATE INDEX dismissals_by_rule ON dismissals (rule_name);
