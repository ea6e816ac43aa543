/** How a managed secret looks wherever it is shown: its tile and the words of its state. */
import { KeyRound } from 'lucide-react';
import { secrets } from '../../texts/secrets.ts';
import { Badge } from '../../ui/layout.tsx';
import { Tile } from '../../ui/tile.tsx';
import { useNow } from '../../ui/time.tsx';
import { STATE_TONES, statesOf, type SecretItem } from './secret.ts';

export function SecretTile({
  of: secret,
  size = 'small',
}: {
  readonly of: SecretItem;
  readonly size?: 'small' | 'normal';
}) {
  return (
    <Tile hue={secret.tile?.hue ?? null} size={size}>
      {secret.tile?.monogram ?? <KeyRound />}
    </Tile>
  );
}

const MINUTE_MS = 60_000;

export function SecretStates({ of: secret }: { readonly of: SecretItem }) {
  const now = useNow(MINUTE_MS);
  return (
    <span className="inline-flex flex-wrap gap-1.5 max-sm:justify-end">
      {statesOf(secret, now).map((state) => {
        const [word, hint] = secrets.states[state];
        return (
          <Badge key={state} tone={STATE_TONES[state]} title={hint}>
            {word}
          </Badge>
        );
      })}
    </span>
  );
}

const HOSTS_SHOWN = 1;

export function Hosts({ of: secret }: { readonly of: SecretItem }) {
  if (secret.allow_any_host) return <Badge tone="warn">{secrets.anyHost}</Badge>;
  const rest = secret.allowed_hosts.slice(HOSTS_SHOWN);
  return (
    <span className="flex min-w-0 items-center gap-1.5 max-sm:justify-end">
      <code className="min-w-0 truncate font-mono text-[13px]">{secret.allowed_hosts[0]}</code>
      {rest.length > 0 && <Badge title={rest.join(', ')}>{secrets.moreHosts(rest.length)}</Badge>}
    </span>
  );
}
