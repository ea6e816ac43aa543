/**
 * Every place of a request in which some template puts a credential. What a caller sends there is removed
 * before injecting (R2), because vendors' SDKs put keys into other headers than the documentation names.
 */
import { TEMPLATES } from './templates/index.ts';

export interface SlotNames {
  /** Lower case. */
  readonly headers: ReadonlySet<string>;
  /** Lower case. */
  readonly query: ReadonlySet<string>;
}

/** Slots that no rule has to name: HTTP's own, the most common key header, and what SigV4 sends beside its signature. */
const ALWAYS = ['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'x-amz-security-token'];

const namesIn = (slot: 'header' | 'query'): string[] =>
  TEMPLATES.flatMap((template) => template.injection)
    .flatMap((rule) => (rule.in === slot ? [rule.name.toLowerCase()] : []))
    // The custom templates name their slot only when a secret is made.
    .filter((name) => !name.includes('{'));

const SLOT_NAMES: SlotNames = {
  headers: new Set([...ALWAYS, ...namesIn('header')]),
  query: new Set(namesIn('query')),
};

export const allSlotNames = (): SlotNames => SLOT_NAMES;
