/** The policies that name one thing, each in words, and the way to make another for it. */
import { ruleWords } from '@alter-vault/contract/policy-words';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useApi } from '../api/queries.ts';
import { useCan } from '../api/session.ts';
import { policyList as words } from '../texts/policy-list.ts';
import { Badge, ErrorNote, SkeletonRows } from './layout.tsx';
import { LinkButton } from './link-button.tsx';

type Kind = 'secret' | 'grant' | 'agent';

const SHOWN_MAX = 50;

/** Only for who may read policies. */
export function PolicyList({
  app,
  kind,
  id,
}: {
  readonly app: string;
  readonly kind: Kind;
  readonly id: string;
}) {
  const can = useCan();
  const read = useApi('listPolicies', { params: { app }, query: { limit: SHOWN_MAX, [`${kind}_id`]: id } });
  if (read.data === undefined)
    return read.isPending ? (
      <SkeletonRows rows={2} />
    ) : (
      <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
    );
  return (
    <div className="flex flex-col items-start gap-3">
      {read.data.items.length === 0 && <p className="text-[13px] text-ink-3">{words.none[kind]}</p>}
      <ul className="flex w-full flex-col gap-3 empty:hidden">
        {read.data.items.map((policy) => (
          <li key={policy.policy_id} className="flex min-w-0 flex-col gap-0.5">
            <span className="flex flex-wrap items-center gap-2">
              <Link
                to="/apps/$app/policies/$policy"
                params={{ app, policy: policy.policy_id }}
                className="min-w-0 font-medium [overflow-wrap:anywhere] hover:underline"
              >
                {policy.name}
              </Link>
              {policy.mode === 'monitor' && <Badge tone="warn">{words.monitor}</Badge>}
            </span>
            <span className="text-[13px] [overflow-wrap:anywhere] text-ink-2">{ruleWords(policy.rule)}</span>
          </li>
        ))}
      </ul>
      {can('policies:write') && (
        <LinkButton
          to="/apps/$app/policies/new"
          params={{ app }}
          search={{ [kind]: id }}
          size="small"
          icon={<Plus aria-hidden />}
        >
          {words.add}
        </LinkButton>
      )}
    </div>
  );
}
