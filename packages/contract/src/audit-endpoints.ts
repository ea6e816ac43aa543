/** The endpoint table, what the pages of the audit log need beside its search: one event, following it live. */
import { z } from 'zod';
import * as a from './audit.ts';
import { define } from './endpoint.ts';
import { appParam, uuid } from './pieces.ts';
import { auditFilters, auditQuery } from './schemas.ts';

const inApp = z.object({ app: appParam });

export const AUDIT_ENDPOINTS = {
  getAuditEvent: define({
    method: 'GET',
    path: '/v1/apps/:app/audit/events/:event_id',
    summary: 'Read an event with its hashed bytes, and the other events of its request',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    params: inApp.extend({ event_id: uuid }),
    status: 200,
    answer: a.auditEventDetail,
  }),
  streamAudit: define({
    method: 'GET',
    path: '/v1/apps/:app/audit/stream',
    summary: 'Follow the log live, as server-sent events; the filters of the search',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    params: inApp,
    query: auditQuery(auditFilters),
    status: 200,
    mediaType: 'text/event-stream',
  }),
} as const;
