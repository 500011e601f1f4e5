-- One association of a machine, as an admin had it recorded: names, ids, dates and pixels are replaced before it is kept.
CREATE TABLE machine_recordings (
  machine_id      TEXT PRIMARY KEY REFERENCES machines(id) ON DELETE CASCADE,
  wanted_by       TEXT NOT NULL,
  wanted_at       TEXT NOT NULL,
  recorded_at     TEXT,             -- NULL: its next association is awaited
  messages        INTEGER NOT NULL DEFAULT 0,
  whole           INTEGER NOT NULL DEFAULT 1, -- 0: it was longer than is kept
  content         BLOB,             -- JSON, gzip
  in_support_file INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
