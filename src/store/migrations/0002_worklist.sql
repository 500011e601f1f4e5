-- Each machine as it is, and why it got what it got.

ALTER TABLE machines ADD COLUMN character_set TEXT NOT NULL DEFAULT '';       -- Specific Character Set; '': as needed
ALTER TABLE machines ADD COLUMN unshowable TEXT NOT NULL DEFAULT 'transliterate'
  CHECK (unshowable IN ('transliterate', 'question mark'));
ALTER TABLE machines ADD COLUMN own_list_only INTEGER NOT NULL DEFAULT 1;
ALTER TABLE machines ADD COLUMN date_window INTEGER;                          -- days around today; NULL: any day
ALTER TABLE machines ADD COLUMN answer_limit INTEGER;                         -- NULL: none
ALTER TABLE machines ADD COLUMN fills_station INTEGER NOT NULL DEFAULT 1;

CREATE TABLE worklist_queries (
  id            INTEGER PRIMARY KEY,
  at            TEXT NOT NULL,
  ae_title      TEXT NOT NULL,          -- calling
  address       TEXT NOT NULL,
  keys          TEXT NOT NULL,          -- JSON: what it asked for, in words
  identifier    BLOB NOT NULL,          -- as it came
  transfer_syntax_uid TEXT NOT NULL,
  answers       INTEGER NOT NULL,
  milliseconds  INTEGER NOT NULL,
  outcome       TEXT NOT NULL,          -- answered | cancelled | refused: why
  not_answered  TEXT NOT NULL           -- JSON: appointment id and reason of what was sent and did not match
) STRICT;
CREATE INDEX worklist_queries_by_machine ON worklist_queries(ae_title, id);

CREATE INDEX worklist_items_by_sending ON worklist_items(sent_at);
