/** What a secret was used for over a span, and who used it. */
import { Link } from '@tanstack/react-router';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { secret as words } from '../../texts/secret.ts';
import { UsageCard } from '../../ui/usage-card.tsx';
import { usageQuery, type UsageSpan } from '../../ui/usage-spans.ts';

export function SecretUsage({
  secretId,
  span,
  onSpan,
  onGrant,
}: {
  readonly secretId: string;
  readonly span: UsageSpan;
  readonly onSpan: (span: UsageSpan) => void;
  readonly onGrant: (grantId: string) => void;
}) {
  const app = useAppName();
  const can = useCan();
  const read = useApi(
    'getSecretUsage',
    { params: { app, secret_id: secretId }, query: usageQuery(span) },
    { keepPrevious: true },
  );
  return (
    <UsageCard
      read={read}
      span={span}
      onSpan={onSpan}
      grantsTitle={words.usedBy}
      nameOf={(grant) => (
        <button
          type="button"
          className="min-w-0 text-left font-medium [overflow-wrap:anywhere] hover:underline"
          onClick={() => onGrant(grant.grant_id)}
        >
          {grant.label ?? words.noLabel}{' '}
          <code className="font-mono text-xs font-normal text-ink-3">{grant.grant_id.slice(0, 8)}</code>
        </button>
      )}
      more={
        can('audit:read') && (
          <Link
            to="/apps/$app/audit"
            params={{ app }}
            search={{ secret_id: secretId }}
            className="text-[13px] text-accent-ink hover:underline"
          >
            {words.inAudit}
          </Link>
        )
      }
    />
  );
}
