/** The grants of a secret as a tree: each clone below its source, with what is left of its time. */
import { CornerDownRight, MoreHorizontal, Plus, Waypoints } from 'lucide-react';
import { useState } from 'react';
import { usePages } from '../../../api/queries.ts';
import { useCan } from '../../../api/session.ts';
import { useAppName } from '../../../shell/current-app.ts';
import { grants as words } from '../../../texts/grants.ts';
import { Button, IconButton } from '../../../ui/button.tsx';
import { Segments } from '../../../ui/choice.tsx';
import { CopyButton } from '../../../ui/copy.tsx';
import { Badge, Card, EmptyState } from '../../../ui/layout.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { ListTable, type Column } from '../../../ui/table.tsx';
import { Countdown, TimeAgo } from '../../../ui/time.tsx';
import type { SecretItem } from '../secret.ts';
import { CloneGrant, CreateGrant } from './grant-forms.tsx';
import { GrantPanel } from './grant-panel.tsx';
import { nameOf, principalOf, STATE_TONES, type Grant } from './grant.ts';
import { RevokeGrant } from './revoke-grant.tsx';

const PAGE = 200;
const EVERY_MS = 30_000;

type Open = { readonly what: 'create' } | { readonly what: 'clone' | 'revoke'; readonly grant: Grant };

export function GrantsCard({
  of: secret,
  isAll,
  grantId,
  onAll,
  onGrant,
}: {
  readonly of: SecretItem;
  /** Also those that are over. */
  readonly isAll: boolean;
  /** The one that is looked at. */
  readonly grantId: string | undefined;
  readonly onAll: (isAll: boolean) => void;
  readonly onGrant: (grantId: string | undefined) => void;
}) {
  const app = useAppName();
  const can = useCan();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const list = usePages(
    'listGrants',
    {
      params: { app },
      query: {
        secret_id: secret.secret_id,
        tree: 'true',
        limit: PAGE,
        ...(isAll ? {} : { status: 'active' as const }),
      },
    },
    { everyMs: EVERY_MS, keepPrevious: true },
  );
  const create = can('grants:write') && (
    <Button size="small" icon={<Plus aria-hidden />} onClick={() => setOpen({ what: 'create' })}>
      {words.create}
    </Button>
  );
  return (
    <Card
      isFlush
      title={words.title}
      lead={words.lead}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <Segments
            label={words.shownLabel}
            value={isAll ? 'all' : 'active'}
            onChange={(shown) => onAll(shown === 'all')}
            options={[
              { value: 'active', label: words.shown.active },
              { value: 'all', label: words.shown.all },
            ]}
          />
          {create}
        </div>
      }
    >
      <ListTable
        label={words.table}
        list={list}
        items={list.items}
        keyOf={(grant) => grant.grant_id}
        columns={COLUMNS}
        onOpen={(grant) => onGrant(grant.grant_id)}
        actions={(grant) => <Actions of={grant} onDetails={() => onGrant(grant.grant_id)} onOpen={setOpen} />}
        empty={
          <EmptyState icon={<Waypoints />} title={words.emptyTitle} actions={create}>
            {words.emptyText}
          </EmptyState>
        }
      />
      {grantId !== undefined && <GrantPanel grantId={grantId} onClose={() => onGrant(undefined)} />}
      {open?.what === 'create' && <CreateGrant app={app} of={secret} onClose={close} />}
      {open?.what === 'clone' && <CloneGrant app={app} of={open.grant} onClose={close} />}
      {open?.what === 'revoke' && <RevokeGrant of={open.grant} all={list.items} onClose={close} />}
    </Card>
  );
}

const COLUMNS: readonly Column<Grant>[] = [
  { title: words.grant, cell: (grant) => <GrantCell of={grant} /> },
  {
    title: words.for,
    cell: (grant) => <span className="[overflow-wrap:anywhere]">{principalOf(grant)}</span>,
  },
  {
    title: words.state,
    cell: (grant) => (
      <span className="inline-flex flex-wrap gap-1.5 max-sm:justify-end">
        <Badge tone={STATE_TONES[grant.status]}>{words.states[grant.status]}</Badge>
        {grant.policies > 0 && <Badge>{words.policies(grant.policies)}</Badge>}
        {grant.delivery === 'proxy_only' && (
          <Badge {...(grant.proxy_only_because === null ? {} : { title: grant.proxy_only_because })}>
            {words.proxyOnly}
          </Badge>
        )}
      </span>
    ),
  },
  { title: words.ends, cell: (grant) => <Ends of={grant} /> },
  { title: words.lastUsed, cell: (grant) => <TimeAgo at={grant.last_used_at} />, isExtra: true },
];

/** Deeper clones stay readable on a phone. */
const INDENT_MAX = 6;
const INDENTS = ['', 'pl-0', 'pl-5', 'pl-10', 'pl-15', 'pl-20', 'pl-25'] as const;

function GrantCell({ of: grant }: { readonly of: Grant }) {
  return (
    <div
      className={`flex min-w-0 items-start gap-2 max-sm:pr-8 ${INDENTS[Math.min(grant.depth, INDENT_MAX)]}`}
    >
      {grant.depth > 0 && (
        <CornerDownRight className="mt-1 size-3.5 shrink-0 text-ink-3" aria-label={words.cloneOf} />
      )}
      <div className="flex min-w-0 flex-col">
        <span className="font-medium [overflow-wrap:anywhere]">
          {grant.label ?? <span className="text-ink-2">{words.noLabel}</span>}
        </span>
        <span className="flex items-center gap-0.5">
          <code className="font-mono text-xs text-ink-3">{grant.grant_id.slice(0, 13)}…</code>
          <CopyButton text={grant.grant_id} label={words.copyId(nameOf(grant))} />
        </span>
      </div>
    </div>
  );
}

function Ends({ of: grant }: { readonly of: Grant }) {
  if (grant.status === 'revoked') return <TimeAgo at={grant.revoked_at} />;
  if (grant.expires_at === null) return <span className="text-ink-3">{words.neverEnds}</span>;
  return <Countdown until={grant.expires_at} over={words.states.expired} />;
}

function Actions({
  of: grant,
  onDetails,
  onOpen,
}: {
  readonly of: Grant;
  readonly onDetails: () => void;
  readonly onOpen: (open: Open) => void;
}) {
  const can = useCan();
  const isLive = grant.status === 'active' && can('grants:write');
  return (
    <Menu
      trigger={
        <IconButton label={words.actionsOf(nameOf(grant))}>
          <MoreHorizontal aria-hidden />
        </IconButton>
      }
      items={[
        { label: words.details, onSelect: onDetails },
        ...(isLive
          ? [
              { label: words.clone, onSelect: () => onOpen({ what: 'clone', grant }) },
              'line' as const,
              { label: words.revoke, isDanger: true, onSelect: () => onOpen({ what: 'revoke', grant }) },
            ]
          : []),
      ]}
    />
  );
}
