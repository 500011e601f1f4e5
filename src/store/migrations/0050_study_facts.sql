-- What of a study programs ask by: as its first object says it. Of studies from before it is not known.
ALTER TABLE studies ADD COLUMN study_id TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN referring_physician TEXT NOT NULL DEFAULT '';
