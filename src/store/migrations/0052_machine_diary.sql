-- A machine's diary: what it does that is odd, how often and when. Of messages there are DICOM's names alone: no value.
CREATE TABLE machine_oddities (
  machine_id  TEXT NOT NULL REFERENCES machines(id) ON DELETE CASCADE,
  kind        TEXT NOT NULL,
  detail      TEXT NOT NULL,    -- an attribute's keyword, a VR, a character set or a reason's code; '' for none
  count       INTEGER NOT NULL,
  first_at    TEXT NOT NULL,
  last_at     TEXT NOT NULL,
  PRIMARY KEY (machine_id, kind, detail)
) STRICT, WITHOUT ROWID;
