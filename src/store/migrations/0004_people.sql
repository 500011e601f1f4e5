-- People at the kiosk and programs at the API, and what a machine has shown of itself.

ALTER TABLE users ADD COLUMN pin_hash TEXT;                       -- of the PIN that unlocks the kiosk; NULL: none

ALTER TABLE sessions ADD COLUMN locked_at TEXT;                   -- locked: good for nothing but its own unlocking
ALTER TABLE sessions ADD COLUMN pin_tries INTEGER NOT NULL DEFAULT 0;

ALTER TABLE machines ADD COLUMN implementation TEXT NOT NULL DEFAULT ''; -- Implementation Version Name, as it says
ALTER TABLE machines ADD COLUMN last_echo_at TEXT;                -- it pressed Verify, and was answered
ALTER TABLE machines ADD COLUMN last_image_at TEXT;

CREATE TABLE api_tokens (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  token_hash    TEXT NOT NULL UNIQUE,                             -- SHA-256, hex; the token itself is nowhere
  role          TEXT NOT NULL CHECK (role IN ('receptionist', 'doctor', 'admin')),
  read_only     INTEGER NOT NULL,
  created_by    TEXT NOT NULL,
  created_at    TEXT NOT NULL,
  last_used_at  TEXT,
  expires_at    TEXT                                              -- NULL: until it is revoked
) STRICT;

CREATE INDEX audit_events_by_action ON audit_events(action, id);
CREATE INDEX audit_events_by_actor ON audit_events(actor, id);
