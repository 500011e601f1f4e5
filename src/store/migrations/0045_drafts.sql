-- What somebody has typed and not yet sent: theirs alone, and gone with them.
CREATE TABLE drafts (
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (user_id, name)
) WITHOUT ROWID;
