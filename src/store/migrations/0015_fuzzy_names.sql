-- A machine's latest query is asked again on its page, as it was meant. Of the older ones the identifier is not needed.

ALTER TABLE worklist_queries ADD COLUMN fuzzy_names INTEGER NOT NULL DEFAULT 0;

UPDATE worklist_queries SET identifier = x''
WHERE id NOT IN (SELECT max(id) FROM worklist_queries GROUP BY ae_title);
