/** Everything that was written down of one event, what else its call left, and the proof. All of it is shown as text (W2). */
import { ChevronDown, ChevronUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useApi } from '../../api/queries.ts';
import { audit } from '../../texts/audit.ts';
import { bytes, fullTime } from '../../texts/times.ts';
import { IconButton } from '../../ui/button.tsx';
import { CodeBlock, CopyText } from '../../ui/copy.tsx';
import { Badge, Callout, ErrorNote, Facts, SkeletonRows } from '../../ui/layout.tsx';
import { SidePanel } from '../../ui/side-panel.tsx';
import type { AuditEvent } from './event-list.ts';
import type { Filters } from './filters.ts';
import { shortId, type Names } from './names.ts';
import { OutcomeBadge, whatOf } from './outcome.tsx';
import { ProofCard } from './proof-card.tsx';

interface PanelProps {
  readonly app: string;
  readonly eventId: string;
  readonly nameOf: Names['nameOf'];
  readonly onClose: () => void;
  /** Shows another event. */
  readonly onOpen: (eventId: string) => void;
  /** The one before or after in the table, where it is known. */
  readonly beside: (step: -1 | 1) => string | undefined;
}

export function EventPanel({ app, eventId, nameOf, onClose, onOpen, beside }: PanelProps) {
  const detail = useApi('getAuditEvent', { params: { app, event_id: eventId } });
  const { data } = detail;
  const isGone = detail.error?.code === 'not_found' || detail.error?.code === 'invalid_request';
  const newer = beside(-1);
  const older = beside(1);
  return (
    <SidePanel
      title={data === undefined ? audit.event : <Title event={data.event} />}
      onClose={onClose}
      actions={
        <>
          <IconButton
            label={audit.previous}
            disabled={newer === undefined}
            onClick={() => newer && onOpen(newer)}
          >
            <ChevronUp aria-hidden />
          </IconButton>
          <IconButton
            label={audit.next}
            disabled={older === undefined}
            onClick={() => older && onOpen(older)}
          >
            <ChevronDown aria-hidden />
          </IconButton>
        </>
      }
    >
      {detail.isPending && <SkeletonRows rows={10} />}
      {isGone && <Callout tone="warn" title={audit.notFound} />}
      {!isGone && <ErrorNote error={detail.error} onRetry={() => void detail.refetch()} />}
      {data !== undefined && (
        <div className="flex flex-col gap-7">
          <Written event={data.event} nameOf={nameOf} />
          <More event={data.event} app={app} />
          {data.related.length > 0 && <Related events={data.related} onOpen={onOpen} />}
          <ProofCard key={eventId} detail={data} />
          <Place event={data.event} />
        </div>
      )}
    </SidePanel>
  );
}

function Title({ event }: { readonly event: AuditEvent }) {
  const { lead, text } = whatOf(event);
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <OutcomeBadge event={event} />
      <span className="min-w-0 truncate">
        {lead} {text}
      </span>
    </span>
  );
}

function Written({ event, nameOf }: { readonly event: AuditEvent; readonly nameOf: Names['nameOf'] }) {
  const { actor, context } = event;
  const { facts } = audit;
  const thing = (id: string | null, more?: string | null): ReactNode =>
    id === null ? null : (
      <span className="flex flex-wrap items-center gap-x-2">
        {(nameOf(id) ?? more) !== undefined && <span>{nameOf(id) ?? more}</span>}
        <CopyText text={id} />
      </span>
    );
  const code = (text: string | null): ReactNode =>
    text === null ? null : <code className="font-mono text-[13px]">{text}</code>;
  const all: readonly (readonly [string, ReactNode])[] = [
    [facts.at, fullTime(event.at)],
    [facts.kind, code(event.kind)],
    [facts.decision, event.decision],
    [facts.code, code(event.code)],
    [facts.reason, event.reason],
    [facts.method, code(event.method)],
    [facts.url, code(event.url)],
    [facts.status_code, event.status_code],
    [facts.latency_ms, event.latency_ms === null ? null : audit.milliseconds(event.latency_ms)],
    [facts.bytes_in, event.bytes_in === null ? null : bytes(event.bytes_in)],
    [facts.bytes_out, event.bytes_out === null ? null : bytes(event.bytes_out)],
    [facts.mode, event.mode],
    [
      facts.flags,
      event.flags.length === 0 ? null : event.flags.map((flag) => <Badge key={flag}>{flag}</Badge>),
    ],
    [facts.caller, actor.caller],
    [facts.agent, thing(actor.agent_id)],
    [facts.key, thing(actor.key_id, actor.key_prefix)],
    [facts.member, thing(actor.member_id)],
    [facts.ip, code(actor.ip)],
    [facts.secret, thing(event.secret_id)],
    [facts.provider, event.provider],
    [facts.grant, thing(event.grant_id)],
    [facts.policy_id, thing(event.policy_id)],
    [facts.approval, thing(event.approval_id)],
  ];
  return (
    <section className="flex flex-col gap-4" aria-label={audit.details}>
      <Facts items={all.filter(([, value]) => value !== null && value !== undefined)} />
      {context !== null && (
        <div className="flex flex-col gap-1.5">
          <h3 className="text-[13px] font-medium">{audit.context}</h3>
          <CodeBlock label={audit.context} code={JSON.stringify(context, undefined, 2)} />
        </div>
      )}
    </section>
  );
}

/** Where it stands in the log. */
function Place({ event }: { readonly event: AuditEvent }) {
  const { facts } = audit;
  return (
    <section className="flex flex-col gap-3" aria-label={audit.place}>
      <h3 className="font-semibold">{audit.place}</h3>
      <Facts
        items={[
          [facts.event_id, <CopyText key="event" text={event.event_id} />],
          [facts.request_id, <CopyText key="request" text={event.request_id} />],
          [facts.leaf_index, event.leaf_index?.toLocaleString('en') ?? '–'],
          [facts.leaf_hash, <CopyText key="leaf" text={event.leaf_hash} />],
          [facts.epoch, event.epoch ?? '–'],
        ]}
      />
    </section>
  );
}

/** Who else, and what else: the same table, looked through by what this event names. */
function More({ event, app }: { readonly event: AuditEvent; readonly app: string }) {
  const { actor } = event;
  const links: readonly (readonly [string, Filters | undefined])[] = [
    [audit.sameSecret, by('secret_id', event.secret_id)],
    [audit.sameGrant, by('grant_id', event.grant_id)],
    [audit.sameAgent, by('agent_id', actor.agent_id)],
    [audit.sameKey, by('key_id', actor.key_id)],
    [audit.sameCaller, by('caller', actor.caller)],
    [audit.sameApproval, by('approval_id', event.approval_id)],
  ];
  const shown = links.flatMap(([label, search]) => (search === undefined ? [] : [{ label, search }]));
  if (shown.length === 0) return null;
  return (
    <nav aria-label={audit.follow} className="flex flex-wrap gap-2">
      {shown.map(({ label, search }) => (
        <Link
          key={label}
          to="/apps/$app/audit"
          params={{ app }}
          search={search}
          className="rounded-lg border border-line-strong/60 bg-surface px-2.5 py-1 text-[13px] font-medium text-ink-2 hover:bg-sunken hover:text-ink"
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

const by = (name: string, value: string | null): Filters | undefined =>
  value === null ? undefined : { [name]: value };

function Related({
  events,
  onOpen,
}: {
  readonly events: readonly AuditEvent[];
  readonly onOpen: (eventId: string) => void;
}) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">{audit.ofThisCall}</h3>
      <ul className="flex flex-col gap-1">
        {events.map((event) => (
          <li key={event.event_id}>
            <button
              type="button"
              onClick={() => onOpen(event.event_id)}
              className="flex w-full items-center gap-3 rounded-lg border border-line px-3 py-2 text-left hover:bg-sunken"
            >
              <OutcomeBadge event={event} />
              <code className="min-w-0 flex-1 truncate font-mono text-[13px]">{event.kind}</code>
              <span className="font-mono text-[13px] text-ink-3">
                {event.status_code ?? shortId(event.event_id)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
