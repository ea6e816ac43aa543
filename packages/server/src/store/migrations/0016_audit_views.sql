-- What a member looks for in the log again and again. Decides nothing.
CREATE TABLE audit_views (
  app_id     uuid        NOT NULL REFERENCES apps,
  member_id  uuid        NOT NULL,
  view_id    uuid        NOT NULL,
  name       text        NOT NULL,
  filters    text        NOT NULL,  -- a JSON object: names of filters and what they are to be
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (app_id, view_id),
  UNIQUE (app_id, member_id, name)
);

-- What the log says of everything but calls, counted as these are (docs/portal-api.md), so that how many events there were is
-- read from counts alone. The log of before is counted anew.
CREATE TABLE usage_changes (
  app_id    uuid        NOT NULL,
  start     timestamptz NOT NULL,
  secret_id uuid        NOT NULL,
  agent_id  uuid        NOT NULL,
  count     bigint      NOT NULL,
  PRIMARY KEY (app_id, start, secret_id, agent_id)
);
DELETE FROM usage_counts;
DELETE FROM usage_denials;
DELETE FROM usage_latencies;
UPDATE usage_progress SET counted_to = 0, counted_until = NULL;

-- “Who used this secret?” and “what did this agent do?” are answered at once over any number of events. An entry costs a write of
-- the hot path one or two microseconds; other filters look through the log from the newest event on.
CREATE INDEX audit_events_secret ON audit_events (app_id, secret_id, group_id, position) WHERE secret_id IS NOT NULL;
CREATE INDEX audit_events_agent ON audit_events (app_id, agent_id, group_id, position) WHERE agent_id IS NOT NULL;
