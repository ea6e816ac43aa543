/** The endpoint table, what the pages of the audit log need beside its search: one event, figures over time, following it live, saved views. */
import { z } from 'zod';
import * as a from './audit.ts';
import { define } from './endpoint.ts';
import { appParam, pageOf, pageQuery, uuid } from './pieces.ts';
import { auditFilters, auditQuery } from './schemas.ts';

const inApp = z.object({ app: appParam });
const viewIn = inApp.extend({ view_id: uuid });

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
  getAuditHistogram: define({
    method: 'GET',
    path: '/v1/apps/:app/audit/histogram',
    summary: 'How many events of each outcome, over time; the filters of the search',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    params: inApp,
    query: a.auditHistogramQuery,
    status: 200,
    answer: a.auditHistogram,
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

  listAuditViews: define({
    method: 'GET',
    path: '/v1/apps/:app/audit/views',
    summary: 'List your saved views of the log',
    tag: 'Audit',
    permission: 'audit:read',
    audit: null,
    params: inApp,
    query: pageQuery,
    status: 200,
    answer: pageOf(a.auditView),
  }),
  createAuditView: define({
    method: 'POST',
    path: '/v1/apps/:app/audit/views',
    summary: 'Save what you look for in the log under a name; for yourself',
    tag: 'Audit',
    permission: 'audit:read',
    audit: 'audit_view.created',
    params: inApp,
    body: a.auditViewCreate,
    status: 201,
    answer: a.auditView,
    idempotent: { once: [] },
  }),
  changeAuditView: define({
    method: 'PATCH',
    path: '/v1/apps/:app/audit/views/:view_id',
    summary: 'Change the name or the filters of a saved view',
    tag: 'Audit',
    permission: 'audit:read',
    audit: 'audit_view.updated',
    params: viewIn,
    body: a.auditViewChange,
    status: 200,
    answer: a.auditView,
  }),
  deleteAuditView: define({
    method: 'DELETE',
    path: '/v1/apps/:app/audit/views/:view_id',
    summary: 'Delete a saved view',
    tag: 'Audit',
    permission: 'audit:read',
    audit: 'audit_view.deleted',
    params: viewIn,
    status: 204,
  }),
} as const;
