-- A rotation walks the versions under one key in the order of this index, so that each batch is read in the same time
-- however many there are; counting by key uses it as well.
CREATE INDEX secret_versions_under_key ON secret_versions (key_id, app_id, secret_id);
DROP INDEX secret_versions_by_key;
