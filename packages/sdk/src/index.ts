/** What `@alter-vault/sdk` offers. */
export { Agent, App, App as AlterVault } from './app.ts';
export type { AppOptions, FetchLike, FetchOptions, ProxyOptions, RequestOptions } from './app.ts';
export { ApprovalPendingError, PendingApproval } from './approval.ts';
export type { WaitOptions } from './approval.ts';
export type { ApprovalStatus } from './approval-state.ts';
export type { Approvals, ListApprovalsOptions } from './approvals.ts';
export type { AwsOptions } from './aws-request.ts';
export type { AwsClientConfig } from './aws-types.ts';
export type { Body } from './body.ts';
export type { CallOptions, Context, HeaderFields } from './call.ts';
export * from './errors.ts';
export { HttpMethod } from './http-method.ts';
export type { AwaitApproval } from './proxy-mode.ts';
export type { PresignedUrl, PresignOptions } from './presign.ts';
export { ProxyResult } from './proxy-result.ts';
export type { Query, QueryValue } from './target.ts';
