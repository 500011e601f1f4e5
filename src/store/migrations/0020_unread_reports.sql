-- Why the content of a report could not be read; '' where it could.
ALTER TABLE reports ADD COLUMN problem TEXT NOT NULL DEFAULT '';
