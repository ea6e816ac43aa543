-- People, apps, and the rows that decide. Every table of an app begins its primary key with app_id.
-- `mac` is a keyed MAC over the row's deciding columns; `epoch` is the epoch of the app in which the row last changed.

CREATE TABLE deployment (
  one           boolean     PRIMARY KEY DEFAULT true CHECK (one),
  deployment_id uuid        NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now()
);

-- The keyring: every key is wrapped by the root key and bound to its id, purpose and deployment.
CREATE TABLE keyring (
  key_id     uuid        PRIMARY KEY,
  purpose    text        NOT NULL CHECK (purpose IN ('wrap', 'mac', 'pepper', 'audit_sign', 'idempotency', 'detail')),
  state      text        NOT NULL CHECK (state IN ('distributed', 'primary', 'active', 'disabled')),
  root_id    text        NOT NULL,
  wrapped    bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX keyring_one_primary ON keyring (purpose) WHERE state = 'primary';

CREATE TABLE organizations (
  org_id     uuid        PRIMARY KEY,
  name       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE members (
  org_id        uuid        NOT NULL REFERENCES organizations,
  member_id     uuid        NOT NULL,
  email         text,
  role          text        NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'approver', 'auditor')),
  password_hash text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  removed_at    timestamptz,
  mac           bytea       NOT NULL,
  PRIMARY KEY (org_id, member_id)
);
CREATE UNIQUE INDEX members_email ON members (lower(email)) WHERE removed_at IS NULL;

CREATE TABLE access_tokens (
  org_id     uuid        NOT NULL,
  token_id   uuid        NOT NULL,
  member_id  uuid        NOT NULL,
  name       text        NOT NULL,
  prefix     text        NOT NULL,
  token_hash bytea       NOT NULL,
  scopes     text[]      NOT NULL,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  mac        bytea       NOT NULL,
  PRIMARY KEY (org_id, token_id),
  FOREIGN KEY (org_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX access_tokens_hash ON access_tokens (token_hash);

CREATE TABLE sessions (
  org_id       uuid        NOT NULL,
  session_id   uuid        NOT NULL,
  member_id    uuid        NOT NULL,
  token_hash   bytea       NOT NULL,
  ip           text,
  user_agent   text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  PRIMARY KEY (org_id, session_id),
  FOREIGN KEY (org_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX sessions_hash ON sessions (token_hash);

-- Failed sign-ins, per account and per address: brute force is slowed, never the owner locked out by strangers.
CREATE TABLE sign_in_failures (
  subject      bytea       PRIMARY KEY,
  failures     int         NOT NULL,
  last_at      timestamptz NOT NULL
);

CREATE TABLE setup_tokens (
  token_hash bytea       PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);

-- One row decides for the whole app: its epoch and a digest over all its deciding rows, under a MAC.
CREATE TABLE apps (
  app_id     uuid        PRIMARY KEY,
  org_id     uuid        NOT NULL REFERENCES organizations,
  name       text        NOT NULL,
  epoch      bigint      NOT NULL,
  digest     bytea       NOT NULL,
  mac        bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (org_id, name)
);

CREATE TABLE agents (
  app_id       uuid        NOT NULL REFERENCES apps,
  agent_id     uuid        NOT NULL,
  name         text        NOT NULL,
  display_name text,
  metadata     jsonb       NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL,
  deleted_at   timestamptz,
  epoch        bigint      NOT NULL,
  mac          bytea       NOT NULL,
  PRIMARY KEY (app_id, agent_id)
);
CREATE UNIQUE INDEX agents_name ON agents (app_id, name) WHERE deleted_at IS NULL;

CREATE TABLE api_keys (
  app_id              uuid        NOT NULL REFERENCES apps,
  key_id              uuid        NOT NULL,
  kind                text        NOT NULL CHECK (kind IN ('app', 'agent')),
  agent_id            uuid,
  name                text        NOT NULL,
  prefix              text        NOT NULL,
  key_hash            bytea       NOT NULL,
  ip_allowlist        text[],
  requests_per_minute int,
  allow_release       boolean     NOT NULL,
  owner_member_id     uuid,
  created_by          uuid,
  expires_at          timestamptz,
  created_at          timestamptz NOT NULL,
  revoked_at          timestamptz,
  epoch               bigint      NOT NULL,
  mac                 bytea       NOT NULL,
  PRIMARY KEY (app_id, key_id),
  FOREIGN KEY (app_id, agent_id) REFERENCES agents,
  CHECK ((kind = 'agent') = (agent_id IS NOT NULL))
);

CREATE TABLE secrets (
  app_id          uuid        NOT NULL REFERENCES apps,
  secret_id       uuid        NOT NULL,
  name            text        NOT NULL,
  template        text,
  variables       jsonb       NOT NULL DEFAULT '{}',
  credential_type text        NOT NULL CHECK (credential_type IN ('bearer', 'api_key', 'basic', 'aws_sigv4')),
  fields          text[]      NOT NULL,
  public_fields   text[]      NOT NULL DEFAULT '{}',
  fingerprints    text[]      NOT NULL DEFAULT '{}',
  injection       jsonb       NOT NULL,
  default_headers jsonb       NOT NULL DEFAULT '[]',
  allowed_hosts   text[]      NOT NULL,
  allow_any_host  boolean     NOT NULL,
  delivery        text        NOT NULL CHECK (delivery IN ('any', 'proxy_only')),
  base_url        text,
  verify          jsonb,
  version         int         NOT NULL,
  rotate_by       timestamptz,
  created_by      uuid,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  deleted_at      timestamptz,
  epoch           bigint      NOT NULL,
  mac             bytea       NOT NULL,
  PRIMARY KEY (app_id, secret_id)
);
CREATE UNIQUE INDEX secrets_name ON secrets (app_id, name) WHERE deleted_at IS NULL;

-- The ciphertext needs no MAC: it opens only as its row and for its destinations. Shredding deletes the row.
CREATE TABLE secret_versions (
  app_id      uuid        NOT NULL,
  secret_id   uuid        NOT NULL,
  version     int         NOT NULL,
  key_id      uuid        NOT NULL REFERENCES keyring,
  wrapped_key bytea       NOT NULL,
  sealed      bytea       NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (app_id, secret_id, version),
  FOREIGN KEY (app_id, secret_id) REFERENCES secrets
);
CREATE INDEX secret_versions_by_key ON secret_versions (key_id);

CREATE TABLE grants (
  app_id         uuid        NOT NULL REFERENCES apps,
  grant_id       uuid        NOT NULL,
  secret_id      uuid        NOT NULL,
  cloned_from    uuid,
  principal_type text        NOT NULL CHECK (principal_type IN ('system', 'agent', 'user', 'group')),
  principal_id   text,
  label          text,
  expires_at     timestamptz,
  revoked_at     timestamptz,
  revoke_reason  text,
  created_by     uuid,
  created_at     timestamptz NOT NULL,
  epoch          bigint      NOT NULL,
  mac            bytea       NOT NULL,
  PRIMARY KEY (app_id, grant_id),
  FOREIGN KEY (app_id, secret_id) REFERENCES secrets,
  FOREIGN KEY (app_id, cloned_from) REFERENCES grants (app_id, grant_id)
);
CREATE INDEX grants_by_secret ON grants (app_id, secret_id);
-- Which app a grant is in, for routes that name the grant alone; the answer is looked for only among the caller's apps.
CREATE INDEX grants_by_id ON grants (grant_id);

-- When a thing was last used. Not deciding; written in batches.
CREATE TABLE last_uses (
  app_id       uuid        NOT NULL,
  subject      text        NOT NULL CHECK (subject IN ('key', 'secret', 'grant', 'agent')),
  subject_id   uuid        NOT NULL,
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (app_id, subject, subject_id)
);

-- Calls of a key in a minute of the database's clock.
CREATE TABLE key_minutes (
  app_id uuid        NOT NULL,
  key_id uuid        NOT NULL,
  minute timestamptz NOT NULL,
  calls  int         NOT NULL,
  PRIMARY KEY (app_id, key_id)
);

CREATE TABLE idempotency_keys (
  org_id     uuid        NOT NULL,
  scope      bytea       NOT NULL,
  body_mac   bytea       NOT NULL,
  status     int         NOT NULL,
  answer     jsonb       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, scope)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
