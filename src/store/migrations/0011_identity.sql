-- Machines that are called over TLS, and accounts with which machines prove who they are.

ALTER TABLE machines ADD COLUMN tls INTEGER NOT NULL DEFAULT 0;             -- called over TLS, for C-ECHO, reports and moves
ALTER TABLE machines ADD COLUMN needs_identity INTEGER NOT NULL DEFAULT 0;  -- refused without a user identity that is known

CREATE TABLE dicom_accounts (
  id             TEXT PRIMARY KEY,
  username       TEXT NOT NULL UNIQUE,
  passcode_hash  TEXT,                 -- NULL: the name alone is enough
  created_at     TEXT NOT NULL
) STRICT;
