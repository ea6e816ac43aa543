/** The policies of an app, each in words, with the switch between watching and enforcing. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ruleWords } from '@alter-vault/contract/policy-words';
import { Plus, ShieldCheck, X } from 'lucide-react';
import { usePages } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { Segments } from '../../ui/choice.tsx';
import { Card, EmptyState, Page } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { approverName, scopeName, useMembers, useNames } from './names.ts';

const MODES = ['enforce', 'monitor'] as const;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export function ListPage() {
  const app = useAppName();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/apps/$app/policies' });
  const mode = MODES.find((one) => one === search.mode);
  const [secret, grant, agent] = [textOf(search.secret), textOf(search.grant), textOf(search.agent)];
  const query = {
    ...(mode === undefined ? {} : { mode }),
    ...(secret === undefined ? {} : { secret_id: secret }),
    ...(grant === undefined ? {} : { grant_id: grant }),
    ...(agent === undefined ? {} : { agent_id: agent }),
  };
  const list = usePages('listPolicies', { params: { app }, query });
  const names = useNames();
  const members = useMembers();
  const reach = reachOf({ secret, grant, agent });
  const isFiltered = Object.keys(query).length > 0;
  const create = can('policies:write') && (
    <LinkButton look="primary" icon={<Plus aria-hidden />} to="/apps/$app/policies/new" params={{ app }}>
      {policies.newPolicy}
    </LinkButton>
  );
  return (
    <Page title={policies.title} lead={policies.lead} actions={create}>
      {(isFiltered || list.items.length > 0) && (
        <div className="flex flex-wrap items-center gap-3">
          <Segments
            label={policies.filterLabel}
            value={mode ?? 'all'}
            onChange={(chosen) =>
              void navigate({
                to: '/apps/$app/policies',
                params: { app },
                search: { ...search, mode: chosen === 'all' ? undefined : chosen },
                replace: true,
              })
            }
            options={(['all', ...MODES] as const).map((value) => ({ value, label: policies.filters[value] }))}
          />
          {reach !== undefined && (
            <LinkButton
              size="small"
              to="/apps/$app/policies"
              params={{ app }}
              search={mode === undefined ? {} : { mode }}
              icon={<X aria-hidden />}
            >
              {policies.onlyOf(policies.scopeNames[reach.to](names.nameOf(reach)))}
            </LinkButton>
          )}
        </div>
      )}
      <Card isFlush>
        <ListTable
          label={policies.table}
          list={list}
          items={list.items}
          keyOf={(one) => one.policy_id}
          onOpen={(one) =>
            void navigate({ to: '/apps/$app/policies/$policy', params: { app, policy: one.policy_id } })
          }
          columns={[
            {
              title: policies.name,
              className: 'sm:min-w-36',
              cell: (one) => (
                <Link
                  to="/apps/$app/policies/$policy"
                  params={{ app, policy: one.policy_id }}
                  className="font-medium [overflow-wrap:anywhere] hover:underline"
                >
                  {one.name}
                </Link>
              ),
            },
            {
              title: policies.appliesTo,
              className: 'sm:min-w-36 [overflow-wrap:anywhere]',
              cell: (one) => scopeName(one.applies_to, names),
            },
            {
              title: policies.rule,
              className: 'text-ink-2 max-sm:flex-col max-sm:gap-0! [overflow-wrap:anywhere]',
              cell: (one) => ruleWords(one.rule, (approver) => approverName(approver, members)),
            },
            { title: policies.mode, cell: (one) => <ModeSwitch policy={one} isCompact /> },
            { title: policies.changed, cell: (one) => <TimeAgo at={one.updated_at} />, isExtra: true },
          ]}
          empty={
            isFiltered ? (
              <EmptyState icon={<ShieldCheck />} title={policies.emptyFiltered}>
                {policies.emptyFilteredText}
              </EmptyState>
            ) : (
              <EmptyState icon={<ShieldCheck />} title={policies.emptyTitle} actions={create}>
                {policies.emptyText}
                {can('policies:write') && <Examples app={app} />}
              </EmptyState>
            )
          }
        />
      </Card>
    </Page>
  );
}

/** Whose policies a link asks for. */
function reachOf(
  ids: Readonly<Record<'secret' | 'grant' | 'agent', string | undefined>>,
): { readonly to: 'secret' | 'grant' | 'agent'; readonly id: string } | undefined {
  const to = (['secret', 'grant', 'agent'] as const).find((one) => ids[one] !== undefined);
  return to === undefined ? undefined : { to, id: ids[to] ?? '' };
}

function Examples({ app }: { readonly app: string }) {
  return (
    <ul className="mt-5 grid gap-2 text-left sm:grid-cols-2 lg:grid-cols-3">
      {policies.examples.map(({ id, title, text }) => (
        <li key={id}>
          <Link
            to="/apps/$app/policies/new"
            params={{ app }}
            search={{ example: id }}
            className="block h-full rounded-lg border border-line bg-surface px-4 py-3 shadow-card transition-colors hover:border-accent-ink hover:bg-accent-soft"
          >
            <span className="block font-medium text-ink">{title}</span>
            <span className="text-[13px] text-ink-2">{text}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
