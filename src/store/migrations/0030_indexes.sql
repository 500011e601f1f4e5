-- What runs for each object, each query or each page must not read a whole table.

DROP INDEX instances_by_verification;
CREATE INDEX instances_to_verify ON instances(coalesce(verified_at, ''), sop_instance_uid) WHERE removed_at IS NULL;
CREATE INDEX instances_kept ON instances(received_at) WHERE removed_at IS NULL;
CREATE INDEX superseded_damaged ON superseded_instances(sop_instance_uid) WHERE damage <> '';
CREATE INDEX superseded_kept ON superseded_instances(received_at) WHERE removed_at IS NULL;

CREATE INDEX appointments_to_complete ON appointments(status_changed_at) WHERE status = 'images received';
CREATE INDEX procedure_steps_by_machine ON procedure_steps(ae_title, coalesce(ended_at, started_at));

DROP INDEX outbox_waiting;
CREATE INDEX outbox_by_aggregate ON outbox(aggregate, sequence);
