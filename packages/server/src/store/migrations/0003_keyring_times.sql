-- Since when a key is in its state, by the database's clock: a rotation waits until every server can have learnt it.
ALTER TABLE keyring ADD COLUMN state_since timestamptz NOT NULL DEFAULT now();
