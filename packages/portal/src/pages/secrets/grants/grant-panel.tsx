/** One grant: what is known of it, what is left of its limits, and what it was used for. */
import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { Answer } from '../../../api/client.ts';
import { useApi } from '../../../api/queries.ts';
import { useCan } from '../../../api/session.ts';
import { useAppName } from '../../../shell/current-app.ts';
import { grants as words } from '../../../texts/grants.ts';
import { count } from '../../../texts/numbers.ts';
import { policyList } from '../../../texts/policy-list.ts';
import { span } from '../../../texts/times.ts';
import { CopyText } from '../../../ui/copy.tsx';
import { Badge, ErrorNote, Facts, SkeletonRows } from '../../../ui/layout.tsx';
import { PolicyList } from '../../../ui/policy-list.tsx';
import { SidePanel } from '../../../ui/side-panel.tsx';
import { Countdown, TimeAgo } from '../../../ui/time.tsx';
import { UsageTotals } from '../../../ui/usage-totals.tsx';
import { nameOf, principalOf, STATE_TONES, type Grant } from './grant.ts';

export function GrantPanel({ grantId, onClose }: { readonly grantId: string; readonly onClose: () => void }) {
  const app = useAppName();
  const can = useCan();
  const params = { grant_id: grantId };
  const grant = useApi('getGrant', { params });
  const usage = useApi('getGrantUsage', { params, query: { bucket: 'day' } });
  return (
    <SidePanel title={grant.data === undefined ? words.grant : nameOf(grant.data)} onClose={onClose}>
      {grant.data === undefined ? (
        grant.isPending ? (
          <SkeletonRows />
        ) : (
          <ErrorNote error={grant.error} onRetry={() => void grant.refetch()} />
        )
      ) : (
        <div className="flex flex-col gap-6">
          <GrantFacts of={grant.data} />
          {usage.data === undefined ? (
            usage.isPending ? (
              <SkeletonRows rows={3} />
            ) : (
              <ErrorNote error={usage.error} onRetry={() => void usage.refetch()} />
            )
          ) : (
            <>
              <Quota of={usage.data.limits} />
              {can('policies:read') && (
                <section className="flex flex-col gap-2">
                  <h3 className="font-semibold">{policyList.title}</h3>
                  <PolicyList app={app} kind="grant" id={grantId} />
                </section>
              )}
              <section className="flex flex-col gap-2">
                <h3 className="font-semibold">{words.last30}</h3>
                <UsageTotals of={usage.data.totals} />
                {can('audit:read') && (
                  <Link
                    to="/apps/$app/audit"
                    params={{ app }}
                    search={{ grant_id: grantId }}
                    className="self-start text-[13px] text-accent-ink hover:underline"
                  >
                    {words.inAudit}
                  </Link>
                )}
              </section>
            </>
          )}
        </div>
      )}
    </SidePanel>
  );
}

function GrantFacts({ of: grant }: { readonly of: Grant }) {
  return (
    <Facts
      items={[
        [words.grantId, <CopyText key="id" text={grant.grant_id} />],
        [
          words.state,
          <Badge key="state" tone={STATE_TONES[grant.status]}>
            {words.states[grant.status]}
          </Badge>,
        ],
        [words.for, principalOf(grant)],
        [
          words.ends,
          grant.expires_at === null ? (
            words.neverEnds
          ) : (
            <Countdown key="ends" until={grant.expires_at} over={words.states.expired} />
          ),
        ],
        ...(grant.cloned_from === null
          ? []
          : [[words.clonedFrom, <CopyText key="source" text={grant.cloned_from} />] as const]),
        ...(grant.revoked_at === null
          ? []
          : [
              [
                words.revokedAt,
                <span key="revoked">
                  <TimeAgo at={grant.revoked_at} />
                  {grant.revoke_reason !== null && `: ${grant.revoke_reason}`}
                </span>,
              ] as const,
            ]),
        ...(grant.proxy_only_because === null ? [] : [[words.because, grant.proxy_only_because] as const]),
        [words.created, <TimeAgo key="created" at={grant.created_at} />],
        [words.lastUsed, <TimeAgo key="used" at={grant.last_used_at} />],
      ]}
    />
  );
}

type Limit = Answer<'getGrantUsage'>['limits'][number];

function limitInWords({ limit, window }: Limit): string {
  return window.type === 'period'
    ? words.callsPer(limit, window.period)
    : words.callsIn(limit, span(window.seconds));
}

/** Less than a fifth is little. */
const LITTLE = 0.2;

function Quota({ of: limits }: { readonly of: readonly Limit[] }) {
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h3 className="font-semibold">{words.quota}</h3>
        <p className="text-[13px] text-ink-3">{limits.length === 0 ? words.noQuota : words.quotaLead}</p>
      </div>
      {limits.map((limit, at) => {
        const left = limit.limit === 0 ? 0 : limit.remaining / limit.limit;
        const name = limitInWords(limit);
        return (
          <div key={at} className="flex flex-col gap-1.5">
            <div className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span className="min-w-0 font-medium [overflow-wrap:anywhere]">
                {name}{' '}
                {limit.mode === 'monitor' && (
                  <span className="text-[13px] font-normal text-ink-3">({words.monitor})</span>
                )}
              </span>
              <span className="tabular-nums">{words.left(count(limit.remaining), count(limit.limit))}</span>
            </div>
            <div className="h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden>
              <div
                className={clsx('h-full rounded-full', left <= LITTLE ? 'bg-warn' : 'bg-accent')}
                style={{ width: `${Math.round(left * 100)}%` }}
              />
            </div>
            <p className="text-[13px] text-ink-3 [overflow-wrap:anywhere]">
              {limit.policy_id === null ? words.keyLimit : words.byPolicy(limit.name)} ·{' '}
              {words.counted(words.perWords[limit.per])} · {words.resets.toLowerCase()}{' '}
              <TimeAgo at={limit.resets_at} />
            </p>
          </div>
        );
      })}
    </section>
  );
}
