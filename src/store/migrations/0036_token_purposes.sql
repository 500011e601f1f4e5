-- What a token was made for, and where from it may be used: an IP address; empty for any.
ALTER TABLE api_tokens ADD COLUMN purpose TEXT NOT NULL DEFAULT '' CHECK (purpose IN ('', 'reading', 'bookings', 'images', 'fleet'));
ALTER TABLE api_tokens ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- one of before that writes keeps what it did, but for what needs a person: it bears no purpose until a new one is made
UPDATE api_tokens SET purpose = 'reading' WHERE read_only = 1;
