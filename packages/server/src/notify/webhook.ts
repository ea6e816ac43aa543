/**
 * A notice as a webhook, in the form of Standard Webhooks 1.0: the receiver can tell that it comes from us, that nobody
 * changed it, and that it is not an old one sent again.
 */
import { hmacSha256, takeKey } from '../vault/hash.ts';
import type { Secret } from '../vault/secret.ts';
import type { Outgoing } from './outgoing.ts';

const PREFIX = 'whsec_';

/** The same bytes at every attempt. */
export function webhookBody(outgoing: Outgoing): Buffer {
  const { event, at, appId, appName, subject } = outgoing;
  return Buffer.from(
    JSON.stringify({ type: event, timestamp: at, data: { app_id: appId, app: appName, ...subject } }),
  );
}

/** Flat. One signature for each secret that counts, so that a receiver may change over during a rotation. */
export function webhookHeaders(
  deliveryId: string,
  body: Buffer,
  secrets: readonly Secret[],
  nowMs: number,
): string[] {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signed = Buffer.concat([Buffer.from(`${deliveryId}.${timestamp}.`), body]);
  const signatures = secrets.map((secret) => `v1,${hmacSha256(keyOf(secret), signed).toString('base64')}`);
  return [
    ...['Content-Type', 'application/json'],
    ...['User-Agent', 'Alter-Vault'],
    ...['webhook-id', deliveryId],
    ...['webhook-timestamp', timestamp],
    ...['webhook-signature', signatures.join(' ')],
  ];
}

function keyOf(secret: Secret) {
  return takeKey(Buffer.from(secret.revealText().slice(PREFIX.length), 'base64'));
}
