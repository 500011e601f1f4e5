-- What is tried of an object that may end the program that draws: written down before, so that it is not tried for ever.
CREATE TABLE drawing_attempts (
  sop_instance_uid  TEXT NOT NULL,
  part              TEXT NOT NULL CHECK (part IN ('picture', 'contents')),
  sha256            TEXT NOT NULL,              -- of the file that was tried: other bytes begin anew
  under_way         TEXT,                       -- what is tried now, such as "frame 3"; NULL: nothing
  ends              INTEGER NOT NULL DEFAULT 0, -- how often it ended the program, or the box ended meanwhile
  ended_work        TEXT NOT NULL DEFAULT '',   -- what was tried the last time it did
  ended_how         TEXT NOT NULL DEFAULT '',   -- memory, time, crash, or box
  ended_at          TEXT,
  PRIMARY KEY (sop_instance_uid, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX drawing_attempts_under_way ON drawing_attempts (under_way) WHERE under_way IS NOT NULL;
