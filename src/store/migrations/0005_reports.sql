-- Which report takes the place of which, and the images that somebody chose.

CREATE TABLE reports (
  sop_instance_uid    TEXT PRIMARY KEY REFERENCES instances(sop_instance_uid) ON DELETE CASCADE,
  study_instance_uid  TEXT NOT NULL REFERENCES studies(study_instance_uid),
  title               TEXT NOT NULL,
  completion          TEXT NOT NULL,  -- Completion Flag: PARTIAL | COMPLETE
  verification        TEXT NOT NULL,  -- Verification Flag: UNVERIFIED | VERIFIED
  content_date        TEXT NOT NULL,  -- YYYY-MM-DD, or ''
  content_time        TEXT NOT NULL,  -- HH:MM:SS, or ''
  manufacturer        TEXT NOT NULL,
  model               TEXT NOT NULL,
  replaced_by         TEXT            -- the report of this study that has this one among its predecessors
) STRICT;
CREATE INDEX reports_by_study ON reports(study_instance_uid);

-- Predecessor Documents Sequence, as sent: the predecessor may come later, or never.
CREATE TABLE report_predecessors (
  sop_instance_uid  TEXT NOT NULL REFERENCES reports(sop_instance_uid) ON DELETE CASCADE,
  predecessor_uid   TEXT NOT NULL,
  PRIMARY KEY (sop_instance_uid, predecessor_uid)
) STRICT, WITHOUT ROWID;

-- No reference to instances: a star stays when the same image comes again with other bytes.
CREATE TABLE stars (
  sop_instance_uid  TEXT PRIMARY KEY,
  frame             INTEGER NOT NULL,  -- from 1; the one that is printed
  starred_at        TEXT NOT NULL,
  starred_by        TEXT NOT NULL
) STRICT;

-- Reports that were read before the box knew of predecessors are read again.
UPDATE instances SET read_at = NULL WHERE frames = 0;
