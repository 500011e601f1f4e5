-- A series is shown in its order, a page at a time, without all of it being sorted.
CREATE INDEX instances_in_order
  ON instances(series_instance_uid, coalesce(number, 1000000), received_at, sop_instance_uid);
