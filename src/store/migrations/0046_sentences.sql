-- Beside a sentence for people its code and parameters, as JSON (src/sentences.ts): pages say it in their own language.
ALTER TABLE appointment_steps ADD COLUMN coded TEXT;

-- What was written before is understood once and here.
WITH known (code, name, before, after) AS (VALUES
  ('booked-here', '', 'booked at this box', ''),
  ('booked-by-clinic', '', 'booked by the clinic', ''),
  ('given-by-clinic', '', 'booked for somebody else by the clinic', ''),
  ('given-by', 'who', 'booked for somebody else by ', ''),
  ('booked-again-by-clinic', '', 'booked again by the clinic', ''),
  ('booked-again-by', 'who', 'booked again by ', ''),
  ('cancelled-by-clinic', '', 'cancelled by the clinic', ''),
  ('cancelled-by', 'who', 'cancelled by ', ''),
  ('deleted-by-clinic', '', 'deleted in the clinic''s database', ''),
  ('did-not-come', 'who', 'did not come, says ', ''),
  ('arrived', 'who', 'arrived, says ', ''),
  ('taken-back-by', 'who', 'taken back by ', ''),
  ('not-completed', 'who', 'not completed, says ', ''),
  ('corrected-by', 'who', 'corrected by ', ''),
  ('merge-undone-by', 'who', 'merge taken back by ', ''),
  ('sent-by', 'who', 'sent by ', ''),
  ('recalled-by', 'who', 'recalled by ', ''),
  ('fetched-by', 'machine', 'fetched by ', ''),
  ('begun-on', 'machine', 'begun on ', ''),
  ('completed-on', 'machine', 'completed on ', ''),
  ('completed-by', 'who', 'completed by ', ''),
  ('stopped-on', 'machine', 'stopped on ', ''),
  ('received-from', 'machine', 'received from ', ''),
  ('received-before', '', 'received before the booking', ''),
  ('no-image-came', 'minutes', 'no image came for ', ' minutes'),
  ('matched-by', 'who', 'matched by ', ''),
  ('match-changed-by', 'who', 'match changed by ', ''),
  ('match-undone-by', 'who', 'match undone by ', ''),
  ('objects-move-undone-by', 'who', 'move undone by ', ''),
  ('still-on-worklist', '', 'still on the worklist', '')
)
UPDATE appointment_steps SET coded = (
  SELECT json_object('code', code, 'parameters', CASE name
      WHEN '' THEN json_object()
      ELSE json_object(name, substr(cause, length(before) + 1, length(cause) - length(before) - length(after)))
    END)
  FROM known
  WHERE CASE name
    WHEN '' THEN cause = before
    ELSE substr(cause, 1, length(before)) = before AND substr(cause, length(cause) - length(after) + 1) = after
  END
  ORDER BY name <> '', length(before) DESC LIMIT 1
);
-- "moved by" was said of an appointment that went to another machine, and of images that went to another appointment
UPDATE appointment_steps SET coded = json_object(
    'code', CASE status WHEN 'sent' THEN 'moved-to-machine-by' ELSE 'objects-moved-by' END,
    'parameters', json_object('who', substr(cause, 10)))
  WHERE cause GLOB 'moved by *';
UPDATE appointment_steps SET coded = json_object('code', 'stopped-on-because', 'parameters', json_object(
    'machine', substr(cause, 12, instr(cause, ': ') - 12),
    'why', substr(cause, instr(cause, ': ') + 2)))
  WHERE cause GLOB 'stopped on *: *';

ALTER TABLE instances ADD COLUMN damage_coded TEXT;
ALTER TABLE superseded_instances ADD COLUMN damage_coded TEXT;

ALTER TABLE schedule_problems ADD COLUMN coded TEXT;
ALTER TABLE outbox ADD COLUMN coded TEXT;

-- Why a query was refused: NULL where it was not. It stood in the outcome, behind "refused: ", and there it stays too.
ALTER TABLE worklist_queries ADD COLUMN refusal TEXT;
ALTER TABLE worklist_queries ADD COLUMN coded TEXT;
UPDATE worklist_queries SET refusal = substr(outcome, 10) WHERE outcome GLOB 'refused: *';
