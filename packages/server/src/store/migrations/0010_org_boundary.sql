-- An organization is a boundary like an app: its epoch and a digest over its members and their access tokens, under a MAC.
-- A row of one that was made before has neither yet; the first start makes them (digest and mac are null until then).
ALTER TABLE organizations
  ADD COLUMN epoch  bigint NOT NULL DEFAULT 0,
  ADD COLUMN digest bytea,
  ADD COLUMN mac    bytea;

-- The newest change of people in an organization's home app, however many calls that app has made since.
CREATE INDEX audit_events_people ON audit_events (app_id, group_id, position)
  WHERE kind IN ('member.created', 'member.updated', 'member.removed', 'token.created', 'token.revoked');
