-- How many wraps were made under a key: a sequence, which no transaction waits for; what is rolled back counts too.
-- A key's own are those since its row was made, less what the key before made until it was replaced.
CREATE SEQUENCE keyring_wraps MINVALUE 0 START 0;
ALTER TABLE keyring ADD COLUMN wraps_before bigint NOT NULL DEFAULT 0;
