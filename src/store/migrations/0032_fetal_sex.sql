-- Where a law forbids to tell a fetus's sex, an object leaves the box only once it has been looked through.

-- Those that have not been: added as they come, by whatever way, while the setting says that it is withheld.
CREATE TABLE unscreened_instances (
  sop_instance_uid  TEXT PRIMARY KEY REFERENCES instances(sop_instance_uid) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TRIGGER instances_are_screened AFTER INSERT ON instances
  WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'fetal sex is withheld')
BEGIN
  INSERT OR IGNORE INTO unscreened_instances (sop_instance_uid) VALUES (NEW.sop_instance_uid);
END;
