/** What became of an event, in a word and a colour. */
import { audit } from '../../texts/audit.ts';
import { Badge, type Tone } from '../../ui/layout.tsx';
import type { AuditEvent } from './event-list.ts';

type Outcome = keyof typeof audit.outcomes;

const TONES: Readonly<Record<Outcome, Tone>> = {
  allowed: 'ok',
  completed: 'neutral',
  held: 'hold',
  denied: 'bad',
  failed: 'warn',
  change: 'accent',
};

const FAILED_FROM = 500;

export function outcomeOf({ kind, code, status_code }: AuditEvent): Outcome {
  if (kind === 'call.authorized') return 'allowed';
  if (kind === 'call.denied') return 'denied';
  if (kind === 'call.held') return 'held';
  if (kind !== 'call.completed') return 'change';
  return code !== null || (status_code ?? 0) >= FAILED_FROM ? 'failed' : 'completed';
}

export function OutcomeBadge({ event }: { readonly event: AuditEvent }) {
  const outcome = outcomeOf(event);
  return <Badge tone={TONES[outcome]}>{audit.outcomes[outcome]}</Badge>;
}

interface What {
  readonly lead: string;
  readonly text: string;
  /** What of the context says most. */
  readonly more: string;
}

/** A call by its method and URL without the scheme; a change by its kind and what it was about. */
export function whatOf({ method, url, kind, context }: AuditEvent): What {
  if (kind.startsWith('call.') && url !== null)
    return { lead: method ?? '', text: url.replace(/^https?:\/\//, ''), more: '' };
  const about = Object.values(context ?? {}).filter((value) => typeof value === 'string' && !isId(value));
  return { lead: '', text: kind, more: about.slice(0, 2).join(' · ') };
}

const isId = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text);
