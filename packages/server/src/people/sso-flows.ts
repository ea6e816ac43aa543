/**
 * One sign-in under way at the identity provider (W10): what it is for and where it goes on, in a cookie of the browser that began
 * it. State, nonce and verifier are made of that text under the pepper, so that an answer counts in this browser alone, once, and
 * for what was begun; nothing is stored. Pure.
 */
import type { KeyObject } from 'node:crypto';
import { hashCredentialText, hashesEqual, mintOpaque } from '../access/keys.ts';

/** As long as somebody signs in elsewhere. */
export const FLOW_MS = 10 * 60_000;

export type FlowPurpose = 'sign-in' | 'invitation' | 'step-up' | 'link';
const PURPOSES: readonly FlowPurpose[] = ['sign-in', 'invitation', 'step-up', 'link'];

/** Whose it is, and the id of the session or of the one-time link that it was begun with; empty for signing in. */
export interface FlowOwner {
  readonly orgId: string;
  readonly memberId: string;
  readonly withId: string;
}
export const NOBODY: FlowOwner = { orgId: '', memberId: '', withId: '' };

interface Begun {
  readonly purpose: FlowPurpose;
  readonly owner: FlowOwner;
  /** A path of the portal. */
  readonly next: string;
}

export interface Flow extends Begun {
  readonly startedAt: number;
  readonly expiresAt: number;
  /** Of the cookie, whole. */
  readonly text: string;
}

/** What ties an answer to its question, each known to the browser that asked alone. */
export interface FlowChecks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly startedAt: number;
  /** The person must prove anew who they are. */
  readonly isFresh: boolean;
}

export function makeFlow({ purpose, owner, next }: Begun, now: number): Flow {
  const startedAt = Math.floor(now);
  const { orgId, memberId, withId } = owner;
  const path = Buffer.from(next).toString('base64url');
  const text = [mintOpaque(''), purpose, startedAt, orgId, memberId, withId, path].join('.');
  return { purpose, owner, next, startedAt, expiresAt: startedAt + FLOW_MS, text };
}

/** What the cookie says, which proves nothing before its state was compared. Undefined where it is none, or over. */
export function parseFlow(text: string | undefined, now: number): Flow | undefined {
  const parts = text?.split('.') ?? [];
  const [random = '', named, started = '', orgId = '', memberId = '', withId = '', path = ''] = parts;
  const purpose = PURPOSES.find((one) => one === named);
  const startedAt = Number(started);
  const expiresAt = startedAt + FLOW_MS;
  if (text === undefined || parts.length !== 7 || random === '' || purpose === undefined) return undefined;
  if (!(expiresAt > now)) return undefined;
  const next = ownPath(Buffer.from(path, 'base64url').toString());
  return { purpose, owner: { orgId, memberId, withId }, next, startedAt, expiresAt, text };
}

export const checksOf = (pepper: KeyObject, flow: Flow): FlowChecks => ({
  state: proof(pepper, 'state', flow).toString('base64url'),
  nonce: proof(pepper, 'nonce', flow).toString('base64url'),
  verifier: proof(pepper, 'verifier', flow).toString('base64url'),
  startedAt: flow.startedAt,
  isFresh: flow.purpose === 'step-up',
});

export const isStateOf = (pepper: KeyObject, flow: Flow, state: string): boolean =>
  hashesEqual(Buffer.from(state, 'base64url'), proof(pepper, 'state', flow));

/** Kept until it would be over: a flow counts once. */
export const spentFlow = (pepper: KeyObject, flow: Flow): Buffer => proof(pepper, 'spent', flow);

const proof = (pepper: KeyObject, what: string, { text }: Flow): Buffer =>
  hashCredentialText(pepper, `sso ${what} ${text}`);

/** A path of this origin, else the first page. `//host` and `/\host` are other origins to a browser. */
export const ownPath = (path: string): string => {
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(path);
  const here = 'https://vault.invalid';
  return isPath && URL.parse(path, here)?.origin === here ? path : '/';
};
