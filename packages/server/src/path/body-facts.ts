/**
 * What policies are told of a body: when it is read for them, and how a large one is, so that one caller's JSON holds up
 * nobody else's call. Decides on nothing.
 */
import { setImmediate } from 'node:timers/promises';
import { bodySteps } from '../access/policies/body-json.ts';
import { ambiguous, type BodyFacts } from '../access/policies/types.ts';
import { Refusal } from '../refusal.ts';
import type { SecretRow } from '../store/deciding.ts';
import { announcedLength } from './body.ts';
import { plainMessage } from './chunked-body.ts';
import { readWhole } from './hold.ts';
import type { PathParts } from './parts.ts';
import type { Exchange } from './proxy.ts';

/** Smaller bodies are read in less time than another turn of the event loop takes. */
const AT_ONCE_BYTES_MAX = 64 * 1024;

/** Whose body it is: what the headers say of it is read for AWS only. */
export interface BodyOwner {
  readonly secret: SecretRow | undefined;
  readonly headers: readonly string[];
}

/** The whole body, as JSON where it is large. @throws Refusal `payload_too_large` */
export async function judgedBody(path: PathParts, exchange: Exchange, owner: BodyOwner): Promise<BodyFacts> {
  const facts = factsOfBody(path, await readWhole(path, exchange), owner);
  if (facts.kind !== 'bytes' || facts.bytes.length <= AT_ONCE_BYTES_MAX || facts.json !== undefined)
    return facts;
  const reading = bodySteps(facts.bytes);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return { ...facts, json: value };
    await setImmediate();
  }
}

/** The bytes that the upstream makes of the body, whatever its framing; null for none. */
export function factsOfBody(path: PathParts, body: Buffer | null, { secret, headers }: BodyOwner): BodyFacts {
  if (body === null) return { kind: 'none' };
  if (secret === undefined) return { kind: 'bytes', bytes: body };
  try {
    return { kind: 'bytes', bytes: plainMessage(path.injectionOf(secret), headers, body).body ?? body };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { kind: 'bytes', bytes: body, json: ambiguous('the body is not chunked as S3 reads it') };
  }
}

/**
 * Whether a body may be read for policies that are only monitored. They must change nothing: what is too large to be kept
 * whole, or says no length and so may wait for the upstream, goes on as a stream.
 */
export function isReadForMonitoring({ settings }: PathParts, { request }: Exchange): boolean {
  const length = announcedLength(request);
  return length !== undefined && length <= settings.heldBodyBytesMax;
}
