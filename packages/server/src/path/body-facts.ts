/**
 * What policies are told of a body: when it is read for them, and how a large one is, so that one caller's JSON holds up
 * nobody else's call. Decides on nothing.
 */
import { setImmediate } from 'node:timers/promises';
import { bodySteps } from '../access/policies/body-json.ts';
import type { BodyFacts } from '../access/policies/types.ts';
import { announcedLength } from './body.ts';
import { readBodyFacts } from './hold.ts';
import type { PathParts } from './parts.ts';
import type { Exchange } from './proxy.ts';

/** Smaller bodies are read in less time than another turn of the event loop takes. */
const AT_ONCE_BYTES_MAX = 64 * 1024;

/** The whole body, as JSON where it is large. @throws Refusal `payload_too_large` */
export async function judgedBody(path: PathParts, exchange: Exchange): Promise<BodyFacts> {
  const facts = await readBodyFacts(path, exchange);
  if (facts.kind !== 'bytes' || facts.bytes.length <= AT_ONCE_BYTES_MAX) return facts;
  const reading = bodySteps(facts.bytes);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return { ...facts, json: value };
    await setImmediate();
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
