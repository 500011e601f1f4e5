-- `instances_in_order` finds a series' objects too, and an image writes a whole page of each index.
DROP INDEX instances_by_series;
