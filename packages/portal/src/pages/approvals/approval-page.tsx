/** One held call: exactly what will be sent, what was said of it, who has to agree, and the decision. Opening it decides nothing. */
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import type { Answer } from '../../api/client.ts';
import { useLiveApprovals } from '../../api/live.ts';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { approvals } from '../../texts/approvals.ts';
import { bytes } from '../../texts/times.ts';
import { CodeBlock, CopyText } from '../../ui/copy.tsx';
import { Badge, Callout, Card, ErrorNote, Facts, Page, SkeletonRows } from '../../ui/layout.tsx';
import { Countdown, TimeAgo } from '../../ui/time.tsx';
import { DecisionForm } from './decision-form.tsx';
import { Hints } from './hints.tsx';
import { decisionOf } from './states.ts';
import { StatusBadge } from './status.tsx';

type Held = Answer<'getHeldRequest'>;
const EVERY_MS = 5000;
const LIVE: readonly ['getHeldRequest'] = ['getHeldRequest'];

export function ApprovalPage() {
  const { approvalId } = useParams({ from: '/inside/approvals/$approvalId' });
  const held = useApi('getHeldRequest', { params: { approval_id: approvalId } }, { everyMs: EVERY_MS });
  const begun = decisionOf(useSearch({ from: '/inside/approvals/$approvalId' }).decide);
  const can = useCan();
  useLiveApprovals(can('approvals:read') ? held.data?.approval.app_id : undefined, LIVE);
  if (held.data === undefined)
    return (
      <Page title={approvals.title} width="reading">
        {held.isPending ? (
          <SkeletonRows />
        ) : (
          <ErrorNote error={held.error} onRetry={() => void held.refetch()} />
        )}
      </Page>
    );
  const { approval } = held.data;
  const isPending = approval.status === 'pending';
  return (
    <Page
      width="reading"
      title={`${approval.method} ${approval.host}`}
      lead={
        <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <StatusBadge status={approval.status} />
          <span>
            {approvals.held} <TimeAgo at={approval.created_at} />
          </span>
          {isPending && (
            <span>
              {approvals.expires} <Countdown until={approval.expires_at} over={approvals.expired} />
            </span>
          )}
        </span>
      }
      actions={
        <Link
          to="/apps/$app/approvals"
          params={{ app: approval.app_id }}
          className="inline-flex items-center gap-1.5 text-accent-ink hover:underline"
        >
          <ArrowLeft className="size-4" aria-hidden />
          {approvals.backToList}
        </Link>
      }
    >
      <Hints hints={approval.hints} />
      <Warnings held={held.data} />
      <Sent held={held.data} />
      <Said held={held.data} />
      <Agreement held={held.data} />
      {approval.may_decide && <DecisionForm approval={approval} begun={begun} />}
      {isPending && approval.cannot_decide_because !== null && (
        <Callout>{approvals.cannot[approval.cannot_decide_because].long}</Callout>
      )}
      {approval.error !== undefined && (
        <Callout tone="bad" title={`${approvals.failedWith} ${approval.error.code}`}>
          <p>{approval.error.message}</p>
          <p>{approval.error.may_have_been_sent ? approvals.maySent : approvals.notSent}</p>
        </Callout>
      )}
      {!isPending && <p className="text-[13px] text-ink-3">{approvals.final}</p>}
    </Page>
  );
}

function Warnings({ held }: { readonly held: Held }) {
  const { warnings, request } = held;
  if (warnings.length === 0) return null;
  return (
    <Callout tone="warn" title={approvals.warningsTitle}>
      <ul className="list-disc pl-4">
        {warnings.map(({ where, what }) => (
          <li key={`${where} ${what}`}>
            {approvals.places[where]} {approvals.warnings[what]}.
          </li>
        ))}
      </ul>
      {request.host_unicode !== undefined && <p>{approvals.looksLike(request.host_unicode)}</p>}
    </Callout>
  );
}

function Sent({ held: { request, approval } }: { readonly held: Held }) {
  return (
    <Card title={approvals.request} lead={approvals.requestLead}>
      <div className="flex flex-col gap-5">
        <p className="rounded-lg bg-code p-3 font-mono text-[13px] [overflow-wrap:anywhere]">
          <strong>{request.method}</strong> {request.url}
        </p>
        <Facts
          items={[
            [
              approvals.injected,
              <span key="injected" className="flex flex-wrap gap-1.5">
                {request.injected.map((slot) => (
                  <Badge key={`${slot.in} ${slot.name}`} tone="accent">
                    {approvals.injectedIn[slot.in]} {slot.name}
                  </Badge>
                ))}
              </span>,
            ],
            [approvals.secret, approval.secret_name],
            ...(request.role_arn === null
              ? []
              : [
                  [
                    approvals.role,
                    <code key="role" className="font-mono text-[13px] [overflow-wrap:anywhere]">
                      {request.role_arn}
                    </code>,
                  ] as const,
                ]),
          ]}
        />
        {request.headers.length > 0 && (
          <section className="flex flex-col gap-1.5">
            <h3 className="text-[13px] font-medium">{approvals.headers}</h3>
            <CodeBlock
              label={approvals.headers}
              code={request.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
            />
          </section>
        )}
        <section className="flex flex-col gap-1.5">
          <h3 className="text-[13px] font-medium">
            {request.body === null ? approvals.body : approvals.bodyBytes(bytes(request.body_bytes))}
          </h3>
          <HeldBody body={request.body} />
        </section>
        <section className="flex flex-col gap-1.5">
          <h3 className="text-[13px] font-medium">{approvals.digest}</h3>
          <CopyText text={approval.request_digest} />
          <p className="text-[13px] text-ink-3">{approvals.digestHint}</p>
        </section>
      </div>
    </Card>
  );
}

function HeldBody({ body }: { readonly body: Held['request']['body'] }) {
  if (body === null) return <p className="text-ink-3">{approvals.noBody}</p>;
  if (body.encoding === 'text') return <CodeBlock label={approvals.body} code={body.text} />;
  return (
    <>
      <p className="text-[13px] text-ink-3">{approvals.binaryBody}</p>
      <CodeBlock label={approvals.body} code={body.base64} />
    </>
  );
}

function Said({ held: { said, approval } }: { readonly held: Held }) {
  return (
    <Card title={approvals.said} lead={approvals.saidLead}>
      <Facts
        items={[
          [approvals.reason, said.reason ?? approvals.nothingSaid],
          [approvals.caller, said.caller ?? approvals.nothingSaid],
          [approvals.key, approval.key_name],
          ...(approval.agent_name === null ? [] : [[approvals.agent, approval.agent_name] as const]),
          [approvals.from, <code key="ip">{said.ip}</code>],
          ...(said.context === null
            ? []
            : [
                [
                  approvals.context,
                  <CodeBlock
                    key="context"
                    label={approvals.context}
                    code={JSON.stringify(said.context, undefined, 2)}
                  />,
                ] as const,
              ]),
        ]}
      />
    </Card>
  );
}

function Agreement({ held: { approval } }: { readonly held: Held }) {
  return (
    <Card title={approvals.policies}>
      <div className="flex flex-col gap-4">
        <ul className="flex flex-col gap-2">
          {approval.terms.map((term) => (
            <li key={term.policy_id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium">{term.name}</span>
              <Badge tone={term.approved_by.length >= term.quorum ? 'ok' : 'hold'}>
                {approvals.quorum(term.approved_by.length, term.quorum)}
              </Badge>
              <span className="text-[13px] text-ink-3 [overflow-wrap:anywhere]">
                {approvals.approvers(term.approvers.join(', '))}
              </span>
            </li>
          ))}
        </ul>
        <section className="flex flex-col gap-1.5">
          <h3 className="text-[13px] font-medium">{approvals.decisions}</h3>
          {approval.decisions.length === 0 && <p className="text-ink-3">{approvals.noDecisions}</p>}
          <ul className="flex flex-col gap-1.5">
            {approval.decisions.map((one) => (
              <li key={one.member_id} className="[overflow-wrap:anywhere]">
                <code className="text-[13px]">{one.member_id}</code> {approvals.deciders[one.decision]}{' '}
                <TimeAgo at={one.decided_at} />
                {one.reason !== null && <span className="text-ink-2">: {one.reason}</span>}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Card>
  );
}
