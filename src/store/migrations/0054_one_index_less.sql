-- instances_in_order begins with the series as well: one index less to write for each object.
DROP INDEX instances_by_series;
