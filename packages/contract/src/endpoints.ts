/**
 * The endpoint table: what each route takes and gives, who may call it, and which audit event it leaves.
 * An endpoint without a permission or an audit declaration does not compile.
 */
import { z } from 'zod';
import { APP_ENDPOINTS } from './app-endpoints.ts';
import { AUDIT_ENDPOINTS } from './audit-endpoints.ts';
import { define } from './endpoint.ts';
import { GOVERNANCE_ENDPOINTS } from './governance-endpoints.ts';
import * as o from './overview.ts';
import { PEOPLE_ENDPOINTS } from './people-endpoints.ts';
import * as s from './schemas.ts';
import { SECRET_ENDPOINTS } from './secret-endpoints.ts';
import { SEARCH_ENDPOINTS } from './search.ts';
import { SETTINGS_ENDPOINTS } from './settings.ts';
import * as u from './usage.ts';

export type { Endpoint, Permission } from './endpoint.ts';

const inApp = z.object({ app: s.appParam });
const agentIn = inApp.extend({ agent_id: s.uuid });
const secretIn = inApp.extend({ secret_id: s.uuid });

export const ENDPOINTS = {
  ...PEOPLE_ENDPOINTS,

  ...APP_ENDPOINTS,
  ...SECRET_ENDPOINTS,
  ...GOVERNANCE_ENDPOINTS,

  searchAudit: define({
    method: 'GET',
    path: '/v1/apps/:app/audit',
    summary: 'Search the audit log, newest first; also context.<key>=<value>',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    params: inApp,
    query: s.auditQuery({ ...s.pageQuery.shape, ...s.auditFilters }),
    status: 200,
    answer: s.pageOf(s.auditEvent),
  }),
  exportAudit: define({
    method: 'GET',
    path: '/v1/apps/:app/audit/export',
    summary: 'Export the audit log as NDJSON (verifiable) or CSV',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    params: inApp,
    query: s.auditQuery({ ...s.auditFilters, format: z.enum(['ndjson', 'csv']).default('ndjson') }),
    status: 200,
    mediaType: 'application/x-ndjson',
  }),
  eraseAuditDetail: define({
    method: 'POST',
    path: '/v1/apps/:app/audit/erase-detail',
    summary: 'Erase reason, context and query values of a call; the log still verifies',
    tag: 'Audit',
    permission: 'audit:erase',
    stepUp: true,
    audit: 'audit.detail_erased',
    params: inApp,
    body: z.strictObject({ request_id: s.uuid }),
    status: 200,
    answer: z.object({ erased: z.number().int() }),
  }),
  ...AUDIT_ENDPOINTS,

  // What the portal shows: docs/portal-api.md

  getOverview: define({
    method: 'GET',
    path: '/v1/apps/:app/overview',
    summary: 'Figures of an app, what waits to be done, and warnings',
    tag: 'Overview',
    permission: 'apps:read',
    audit: null,
    params: inApp,
    query: o.overviewQuery,
    status: 200,
    answer: o.overview,
  }),
  getSecretUsage: define({
    method: 'GET',
    path: '/v1/apps/:app/secrets/:secret_id/usage',
    summary: 'What a secret was used for, by hour or day, and through which grants',
    tag: 'Overview',
    permission: 'secrets:read',
    audit: null,
    params: secretIn,
    query: u.grantUsageQuery,
    status: 200,
    answer: o.secretUsage,
  }),
  getAgentUsage: define({
    method: 'GET',
    path: '/v1/apps/:app/agents/:agent_id/usage',
    summary: 'What an agent did, by hour or day, and through which grants',
    tag: 'Overview',
    permission: 'agents:read',
    audit: null,
    params: agentIn,
    query: u.grantUsageQuery,
    status: 200,
    answer: o.agentUsage,
  }),

  getCheckpoint: define({
    method: 'GET',
    path: '/v1/audit/checkpoint',
    summary: 'The signed checkpoint of the log (C2SP signed note)',
    tag: 'Audit',
    permission: 'anyone',
    audit: null,
    status: 200,
    mediaType: 'text/plain',
  }),
  getPublicKey: define({
    method: 'GET',
    path: '/v1/audit/public-key',
    summary: 'The public key that checkpoints are signed with (C2SP verifier key)',
    tag: 'Audit',
    permission: 'anyone',
    audit: null,
    status: 200,
    mediaType: 'text/plain',
  }),
  getProof: define({
    method: 'GET',
    path: '/v1/audit/proof',
    summary: 'Inclusion proof of an event, or consistency proof between two sizes (RFC 6962)',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    query: z.strictObject({
      event_id: s.uuid.optional(),
      from_size: z.coerce.number().int().min(0).optional(),
      to_size: z.coerce.number().int().min(0).optional(),
    }),
    status: 200,
    answer: s.auditProof,
  }),

  ...SEARCH_ENDPOINTS,
  ...SETTINGS_ENDPOINTS,

  getKeyring: define({
    method: 'GET',
    path: '/v1/keyring',
    summary: 'The keys of the keyring and what each still wraps',
    tag: 'Keyring',
    permission: 'keyring:read',
    audit: null,
    status: 200,
    answer: s.keyringState,
  }),
  rotateKeyring: define({
    method: 'POST',
    path: '/v1/keyring/rotate',
    summary: 'New wrapping key; data keys are re-wrapped while calls go on',
    tag: 'Keyring',
    permission: 'keyring:rotate',
    audit: 'keyring.rotated',
    stepUp: true,
    status: 200,
    answer: s.keyringState,
  }),
  rotateRootKey: define({
    method: 'POST',
    path: '/v1/root-key/rotate',
    summary: 'New root key in the data directory; the keyring is re-wrapped',
    tag: 'Keyring',
    permission: 'keyring:rotate',
    audit: 'root_key.rotated',
    stepUp: true,
    status: 200,
    answer: s.rootKeyRotated,
  }),

  release: define({
    method: 'POST',
    path: '/v1/requests',
    summary: 'Request mode: the injection for one call',
    tag: 'Calls',
    permission: 'api_key',
    audit: 'call.authorized',
    body: s.releaseRequest,
    status: 200,
    answer: s.released,
  }),
  reportOutcomes: define({
    method: 'POST',
    path: '/v1/requests/outcomes',
    summary: 'Report how calls of request mode ended',
    tag: 'Calls',
    permission: 'api_key',
    audit: 'call.completed',
    body: s.outcomes,
    status: 204,
  }),
} as const;

export type EndpointName = keyof typeof ENDPOINTS;
