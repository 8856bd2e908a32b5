-- How many patterns hold a frequent term, so that a search need not count. Not kept up to date with
-- every row, but counted anew when the number of patterns has doubled.

CREATE TABLE search_terms (
  kind TEXT NOT NULL CHECK (kind IN ('all', 'words', 'pieces')),
  term TEXT NOT NULL,
  documents INTEGER NOT NULL CHECK (documents >= 0),
  PRIMARY KEY (kind, term)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE pattern_words_terms USING fts5vocab (pattern_words, 'row');
CREATE VIRTUAL TABLE pattern_pieces_terms USING fts5vocab (pattern_pieces, 'row');

-- Facts about the memory itself: an id that a copy keeps and no other memory has.

CREATE TABLE memory_facts (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO memory_facts VALUES ('id', lower(hex(randomblob(16))));
INSERT INTO pattern_words (pattern_words, rank) VALUES ('hashsize', 33554432);
INSERT INTO pattern_pieces (pattern_pieces, rank) VALUES ('hashsize', 33554432);
