/** The API keys of an app: which work, which lie unused, and making, changing, rotating and revoking them. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { KeyRound, MoreHorizontal, Plus } from 'lucide-react';
import { useState } from 'react';
import { useApi, usePages } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { common } from '../../texts/common.ts';
import { keys } from '../../texts/keys.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/choice.tsx';
import { Card, EmptyState, Page } from '../../ui/layout.tsx';
import { Menu } from '../../ui/menu.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { ListTable, type Column } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { ChangeKey, CreateKey } from './key-forms.tsx';
import { KeyLimits, KeyState } from './key-cells.tsx';
import { SHOWN, UNUSED_DAYS, type Key, type Shown } from './key.ts';
import { RevokeKey, RotateKey } from './key-endings.tsx';

type Open =
  | { readonly what: 'create' }
  | { readonly what: 'change' | 'rotate' | 'revoke'; readonly key: Key };

export function KeysPage() {
  const app = useAppName();
  const { show = 'active', q = '', agent, key: marked } = useSearch({ from: '/inside/apps/$app/keys' });
  const navigate = useNavigate({ from: '/apps/$app/keys' });
  const [open, setOpen] = useState<Open>();
  const can = useCan();
  const list = usePages(
    'listKeys',
    { params: { app }, query: queryOf(show, q, agent) },
    { keepPrevious: true },
  );
  const close = () => setOpen(undefined);
  const create = can('keys:write') && (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setOpen({ what: 'create' })}>
      {keys.create}
    </Button>
  );
  return (
    <Page title={keys.title} lead={keys.lead} actions={create}>
      <div className="flex flex-wrap items-center gap-3">
        <Segments
          label={keys.shownLabel}
          value={show}
          onChange={(next) => void navigate({ search: (before) => ({ ...before, show: next }) })}
          options={SHOWN.map((value) => ({ value, label: keys.shown[value] }))}
        />
        <SearchBox
          // What is searched for may have come from elsewhere than this field.
          key={marked}
          label={keys.search}
          value={q}
          onSearch={(text) => void navigate({ search: (before) => ({ ...before, q: text }), replace: true })}
        />
        {agent !== undefined && (
          <OfAgent
            agentId={agent}
            onAll={() => void navigate({ search: (before) => ({ ...before, agent: undefined }) })}
          />
        )}
      </div>
      <Card isFlush>
        <ListTable
          label={keys.table}
          list={list}
          items={list.items}
          keyOf={(key) => key.key_id}
          marked={marked}
          columns={COLUMNS}
          {...(can('keys:write') ? { actions: (key: Key) => <Actions of={key} onOpen={setOpen} /> } : {})}
          empty={<Nothing show={show} isSearch={q !== '' || agent !== undefined} create={create} />}
        />
      </Card>
      {open?.what === 'create' && <CreateKey app={app} agentId={agent} onClose={close} />}
      {open?.what === 'change' && <ChangeKey app={app} of={open.key} onClose={close} />}
      {open?.what === 'rotate' && <RotateKey app={app} of={open.key} onClose={close} />}
      {open?.what === 'revoke' && <RevokeKey app={app} of={open.key} onClose={close} />}
    </Page>
  );
}

function queryOf(show: Shown, q: string, agent: string | undefined) {
  return {
    ...(show === 'active' ? { status: 'active' as const } : {}),
    ...(show === 'unused' ? { unused_days: UNUSED_DAYS } : {}),
    ...(q === '' ? {} : { q }),
    ...(agent === undefined ? {} : { agent_id: agent }),
  };
}

const COLUMNS: readonly Column<Key>[] = [
  {
    title: keys.name,
    cell: (key) => (
      <div className="flex min-w-0 flex-col max-sm:pr-8">
        <span className="font-medium [overflow-wrap:anywhere]">{key.name}</span>
        <code className="truncate font-mono text-xs text-ink-3">{key.prefix}</code>
      </div>
    ),
  },
  {
    title: keys.belongsTo,
    cell: (key) => (key.kind === 'app' ? keys.theApp : (key.agent_name ?? keys.anAgent)),
    className: 'sm:whitespace-nowrap',
  },
  { title: keys.state, cell: (key) => <KeyState of={key} /> },
  { title: keys.limits, cell: (key) => <KeyLimits of={key} /> },
  { title: keys.lastUsed, cell: (key) => <TimeAgo at={key.last_used_at} /> },
  {
    title: keys.expires,
    cell: (key) => (key.status === 'revoked' ? '–' : <TimeAgo at={key.expires_at} />),
    isExtra: true,
  },
  { title: keys.createdAt, cell: (key) => <TimeAgo at={key.created_at} />, isExtra: true },
];

function Actions({ of: key, onOpen }: { readonly of: Key; readonly onOpen: (open: Open) => void }) {
  if (key.status === 'revoked') return null;
  const isOver = key.status === 'expired';
  return (
    <Menu
      trigger={
        <IconButton label={keys.actionsOf(key.name)}>
          <MoreHorizontal aria-hidden />
        </IconButton>
      }
      items={[
        { label: keys.change, onSelect: () => onOpen({ what: 'change', key }) },
        ...(isOver ? [] : [{ label: keys.rotate, onSelect: () => onOpen({ what: 'rotate', key }) }]),
        'line' as const,
        { label: keys.revoke, isDanger: true, onSelect: () => onOpen({ what: 'revoke', key }) },
      ]}
    />
  );
}

function OfAgent({ agentId, onAll }: { readonly agentId: string; readonly onAll: () => void }) {
  const app = useAppName();
  const can = useCan();
  const agent = useApi('getAgent', { params: { app, agent_id: agentId } }, { enabled: can('agents:read') });
  return (
    <span className="inline-flex items-center gap-2 text-[13px] text-ink-2">
      {keys.ofAgent} <strong>{agent.data?.name ?? common.loading}</strong>
      <Button size="small" look="quiet" onClick={onAll}>
        {keys.ofAllAgain}
      </Button>
    </span>
  );
}

function Nothing({
  show,
  isSearch,
  create,
}: {
  readonly show: Shown;
  readonly isSearch: boolean;
  readonly create: React.ReactNode;
}) {
  if (isSearch)
    return (
      <EmptyState icon={<KeyRound />} title={keys.emptyFound}>
        {keys.emptyFoundText}
      </EmptyState>
    );
  if (show === 'unused')
    return (
      <EmptyState icon={<KeyRound />} title={keys.emptyUnused}>
        {keys.emptyUnusedText}
      </EmptyState>
    );
  return (
    <EmptyState icon={<KeyRound />} title={keys.emptyTitle} actions={create}>
      {keys.emptyText}
    </EmptyState>
  );
}
