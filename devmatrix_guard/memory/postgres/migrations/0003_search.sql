-- How many patterns hold a frequent term, so that a search need not count. Not kept up to date with
-- every row, but counted anew when the number of patterns has doubled.

CREATE TABLE search_terms (
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('all', 'words', 'pieces')),
  term TEXT COLLATE "C" NOT NULL,
  documents INTEGER NOT NULL CHECK (documents >= 0),
  PRIMARY KEY (kind, term)
);

-- Facts about the memory itself: an id that a copy keeps and no other memory has.

CREATE TABLE memory_facts (
  key TEXT COLLATE "C" PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);
INSERT INTO memory_facts VALUES ('id', replace(gen_random_uuid()::text, '-', ''));
