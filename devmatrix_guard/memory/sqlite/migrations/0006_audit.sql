-- Tasks of files, what reviewers asked for, and which findings people called wrong.

CREATE TABLE file_tasks (
  file_id INTEGER NOT NULL REFERENCES file_audit (id) ON DELETE CASCADE,
  task TEXT NOT NULL CHECK (task <> ''),
  PRIMARY KEY (file_id, task)
) WITHOUT ROWID;
CREATE INDEX file_tasks_by_task ON file_tasks (task);

-- A comment of a review, with the edit that answered it where one did. Quotes are data.

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

-- A finding that somebody called wrong or not to be fixed; `code` is what its fingerprint says of
-- the code, without the file.

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
CREATE INDEX dismissals_by_rule ON dismissals (rule_name);
