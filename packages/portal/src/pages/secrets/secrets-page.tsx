/** The managed secrets of an app, and what of them asks for attention. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { LockKeyhole, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { usePages } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { count } from '../../texts/numbers.ts';
import { secrets } from '../../texts/secrets.ts';
import { Segments } from '../../ui/choice.tsx';
import { Card, EmptyState, Page } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { ListTable, type Column } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { Hosts, SecretStates, SecretTile } from './secret-looks.tsx';
import { DUE_DAYS, SHOWN, UNUSED_DAYS, type SecretItem, type Shown } from './secret.ts';

export function SecretsPage() {
  const app = useAppName();
  const { show = 'all', q = '' } = useSearch({ from: '/inside/apps/$app/secrets' });
  const navigate = useNavigate({ from: '/apps/$app/secrets' });
  const list = usePages('listSecrets', { params: { app }, query: queryOf(show, q) }, { keepPrevious: true });
  const can = useCan();
  const store = can('secrets:write') && (
    <LinkButton to="/apps/$app/secrets/new" params={{ app }} look="primary" icon={<Plus aria-hidden />}>
      {secrets.store}
    </LinkButton>
  );
  return (
    <Page title={secrets.title} lead={secrets.lead} actions={store}>
      <div className="flex flex-wrap items-center gap-3">
        <Segments
          label={secrets.shownLabel}
          value={show}
          onChange={(next) => void navigate({ search: (before) => ({ ...before, show: next }) })}
          options={SHOWN.map((value) => ({ value, label: secrets.shown[value] }))}
        />
        <SearchBox
          label={secrets.search}
          value={q}
          onSearch={(text) => void navigate({ search: (before) => ({ ...before, q: text }), replace: true })}
        />
      </div>
      <Card isFlush>
        <ListTable
          label={secrets.table}
          list={list}
          items={list.items}
          keyOf={(secret) => secret.secret_id}
          onOpen={(secret) =>
            void navigate({ to: '/apps/$app/secrets/$secret', params: { app, secret: secret.secret_id } })
          }
          columns={columnsIn(app)}
          empty={<Nothing show={show} isSearch={q !== ''} store={store} />}
        />
      </Card>
    </Page>
  );
}

function queryOf(show: Shown, q: string) {
  return {
    ...(show === 'due' ? { rotate_due_within_days: DUE_DAYS } : {}),
    ...(show === 'unused' ? { unused_days: UNUSED_DAYS } : {}),
    ...(q === '' ? {} : { q }),
  };
}

const columnsIn = (app: string): readonly Column<SecretItem>[] => [
  {
    title: secrets.name,
    cell: (secret) => (
      <div className="flex min-w-0 items-center gap-3">
        <SecretTile of={secret} />
        <div className="flex min-w-0 flex-col">
          <Link
            to="/apps/$app/secrets/$secret"
            params={{ app, secret: secret.secret_id }}
            className="font-medium [overflow-wrap:anywhere] hover:underline"
          >
            {secret.name}
          </Link>
          <span className="text-xs text-ink-3">
            {secret.template_name ?? secrets.custom} · {secrets.types[secret.credential_type]}
          </span>
        </div>
      </div>
    ),
  },
  { title: secrets.hosts, cell: (secret) => <Hosts of={secret} />, className: 'sm:max-w-56' },
  { title: secrets.state, cell: (secret) => <SecretStates of={secret} /> },
  { title: secrets.grants, cell: (secret) => count(secret.active_grants), align: 'right' },
  { title: secrets.lastUsed, cell: (secret) => <TimeAgo at={secret.last_used_at} /> },
  {
    title: secrets.rotateBy,
    cell: (secret) => <TimeAgo at={secret.rotate_by} none={secrets.noRotation} />,
    isExtra: true,
  },
];

function Nothing({
  show,
  isSearch,
  store,
}: {
  readonly show: Shown;
  readonly isSearch: boolean;
  readonly store: ReactNode;
}) {
  const [title, text] = isSearch
    ? [secrets.emptyFound, secrets.emptyFoundText]
    : {
        all: [secrets.emptyTitle, secrets.emptyText],
        due: [secrets.emptyDue, secrets.emptyDueText],
        unused: [secrets.emptyUnused, secrets.emptyUnusedText],
      }[show];
  return (
    <EmptyState
      icon={<LockKeyhole />}
      title={title}
      {...(show === 'all' && !isSearch ? { actions: store } : {})}
    >
      {text}
    </EmptyState>
  );
}
