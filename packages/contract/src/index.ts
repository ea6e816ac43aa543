export { APPROVAL_STATUSES, APPROVAL_WAIT_MS_MAX, type ApprovalStatus } from './approvals.ts';
export { CHANNEL_TYPES, NOTICE_EVENTS, type ChannelType, type NoticeEvent } from './channels.ts';
export * from './endpoints.ts';
export * from './errors.ts';
export * from './nouns.ts';
export * from './openapi.ts';
export type * from './policies.ts';
export * as schemas from './schemas.ts';
export * from './scopes.ts';
