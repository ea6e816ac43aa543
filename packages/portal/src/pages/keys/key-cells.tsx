/** The cells of the table of keys that hold more than a text. */
import { keys } from '../../texts/keys.ts';
import { count, plural } from '../../texts/numbers.ts';
import { Badge, type Tone } from '../../ui/layout.tsx';
import { Countdown, useNow } from '../../ui/time.tsx';
import { isUnused, type Key } from './key.ts';

const TONES: Readonly<Record<Key['status'], Tone>> = { active: 'ok', expired: 'neutral', revoked: 'bad' };
const MINUTE_MS = 60_000;
/** What ends sooner is counted down in the list. */
const SOON_MS = 14 * 24 * 3600 * 1000;

export function KeyState({ of: key }: { readonly of: Key }) {
  const now = useNow(MINUTE_MS);
  const isReplaced = key.status === 'active' && key.replaced_by !== null;
  const endsSoon =
    key.status === 'active' && key.expires_at !== null && new Date(key.expires_at).getTime() - now < SOON_MS;
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5 max-sm:justify-end">
      {isReplaced ? (
        <Badge tone="hold" title={keys.replacedHint}>
          {keys.replaced}
        </Badge>
      ) : (
        <Badge tone={TONES[key.status]}>{keys.states[key.status]}</Badge>
      )}
      {isUnused(key, now) && (
        <Badge tone="warn" title={keys.unusedHint}>
          {keys.unused}
        </Badge>
      )}
      {endsSoon && (
        <span className="text-[13px] text-ink-2">
          <Countdown until={key.expires_at ?? ''} over={keys.states.expired} />
        </span>
      )}
    </span>
  );
}

export function KeyLimits({ of: key }: { readonly of: Key }) {
  const limits = [
    ...(key.ip_allowlist === null
      ? []
      : [
          {
            text: keys.addresses(plural(key.ip_allowlist.length, 'network')),
            title: key.ip_allowlist.join(', '),
          },
        ]),
    ...(key.requests_per_minute === null
      ? []
      : [{ text: keys.perMinute(count(key.requests_per_minute)), title: keys.requestsPerMinute }]),
    ...(key.allow_release ? [] : [{ text: keys.proxyOnly, title: keys.proxyOnlyHint }]),
  ];
  if (limits.length === 0) return <span className="text-ink-3">{keys.noLimits}</span>;
  return (
    <span className="inline-flex flex-wrap gap-1.5 max-sm:justify-end">
      {limits.map(({ text, title }) => (
        <Badge key={text} title={title}>
          {text}
        </Badge>
      ))}
    </span>
  );
}
