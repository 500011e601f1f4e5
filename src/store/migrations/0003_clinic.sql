-- The clinic's database: what came from it, what it has of ours, and what it must still hear.

-- 1: seen in the clinic's schedule, so that it is known as deleted when it is gone from there
ALTER TABLE appointments ADD COLUMN in_clinic INTEGER NOT NULL DEFAULT 0;

-- Rows of the clinic's schedule that cannot become an appointment here, with the reason in words.
CREATE TABLE schedule_problems (
  appointment_id  TEXT PRIMARY KEY,       -- the clinic's
  date            TEXT NOT NULL,          -- as the clinic has it
  time            TEXT NOT NULL,
  patient_name    TEXT NOT NULL,
  reason          TEXT NOT NULL,
  since           TEXT NOT NULL
) STRICT;

ALTER TABLE users ADD COLUMN source TEXT NOT NULL DEFAULT 'box';    -- box | clinic: who changes it

-- Why a person must look at an event that is parked: '' the database refused it | 'a patient'
ALTER TABLE outbox ADD COLUMN needs TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_by_sequence ON outbox(sequence) WHERE delivered_at IS NULL;
CREATE INDEX outbox_held ON outbox(next_at, aggregate) WHERE delivered_at IS NULL AND next_at IS NOT NULL;
CREATE INDEX outbox_parked ON outbox(parked_at, next_at, aggregate) WHERE delivered_at IS NULL AND parked_at IS NOT NULL;
CREATE INDEX outbox_delivered ON outbox(delivered_at) WHERE delivered_at IS NOT NULL;
