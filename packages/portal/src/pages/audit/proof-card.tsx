/** The proof that an event stands in the log: fetched and checked when the event is opened, and said plainly. */
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleHelp, CircleX, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError, call, callText, type Answer } from '../../api/client.ts';
import { audit } from '../../texts/audit.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Callout, ErrorNote } from '../../ui/layout.tsx';
import { checkProof, isProved, type ProofReport } from './proof.ts';

type Detail = Answer<'getAuditEvent'>;

/** The log takes in what was committed within a second. */
const AGAIN_MS = 1000;

interface Proved {
  readonly report: ProofReport;
  readonly checkpoint: string;
  readonly publicKey: string;
}

async function prove(detail: Detail, signal: AbortSignal): Promise<Proved | null> {
  const query = { event_id: detail.event.event_id };
  try {
    const [proof, publicKey] = await Promise.all([
      call('getProof', { query }, { signal }),
      callText('getPublicKey', {}, { signal }),
    ]);
    const report = await checkProof({ ...detail, proof, publicKey });
    return { report, checkpoint: proof.checkpoint, publicKey: publicKey.trim() };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  }
}

export function ProofCard({ detail }: { readonly detail: Detail }) {
  const proved = useQuery({
    queryKey: ['proof', detail.event.event_id],
    queryFn: ({ signal }) => prove(detail, signal),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    // Not in the tree yet.
    refetchInterval: ({ state }) => (state.data === null ? AGAIN_MS : false),
  });
  return (
    <section className="flex flex-col gap-3" aria-label={audit.proof}>
      <div>
        <h3 className="font-semibold">{audit.proof}</h3>
        <p className="text-[13px] text-ink-3">{audit.proofLead}</p>
      </div>
      {proved.isPending && <Waiting>{audit.proofChecking}</Waiting>}
      {proved.data === null && <Waiting>{audit.proofPending}</Waiting>}
      <ErrorNote error={proved.error} onRetry={() => void proved.refetch()} />
      {proved.data && <Result proved={proved.data} />}
    </section>
  );
}

function Waiting({ children }: { readonly children: ReactNode }) {
  return (
    <p role="status" className="flex items-center gap-2 text-[13px] text-ink-2">
      <LoaderCircle aria-hidden className="pulse-soft size-4" />
      {children}
    </p>
  );
}

function Result({ proved: { report, checkpoint, publicKey } }: { readonly proved: Proved }) {
  const isGood = isProved(report);
  return (
    <>
      {isGood ? (
        <Callout
          tone={report.isSigned === true ? 'ok' : 'warn'}
          title={report.isSigned === true ? audit.proved : audit.provedButSignature}
        />
      ) : (
        <Callout tone="bad" title={audit.broken}>
          {audit.brokenText}
        </Callout>
      )}
      <ol className="flex flex-col gap-2.5">
        <Step
          title={audit.steps.fields}
          isGood={report.changedField === undefined}
          text={
            report.changedField === undefined
              ? audit.stepTexts.fields
              : audit.stepFailed.fields(report.changedField)
          }
        />
        <Step
          title={audit.steps.leaf}
          isGood={report.isLeaf}
          text={report.isLeaf ? audit.stepTexts.leaf(report.leafHash) : audit.stepFailed.leaf}
        />
        <Step
          title={audit.steps.path}
          isGood={report.isInTree}
          text={
            report.isInTree
              ? audit.stepTexts.path(
                  report.pathLength,
                  report.leafIndex.toLocaleString('en'),
                  report.treeSize.toLocaleString('en'),
                )
              : audit.stepFailed.path
          }
        />
        <Step
          title={audit.steps.signature}
          isGood={report.isSigned}
          text={
            report.isSigned === undefined
              ? audit.noEd25519
              : report.isSigned
                ? audit.stepTexts.signature(report.origin)
                : audit.stepFailed.signature
          }
        />
      </ol>
      {report.isErased && <Callout>{audit.erased}</Callout>}
      <details className="text-[13px]">
        <summary className="w-fit font-medium text-ink-2 hover:text-ink">
          {audit.checkpoint}, {audit.publicKey.toLowerCase()}
        </summary>
        <div className="mt-2 flex flex-col gap-2">
          <p className="text-ink-3">{audit.proofTrust}</p>
          <CodeBlock label={audit.checkpoint} code={checkpoint} />
          <CodeBlock label={audit.publicKey} code={publicKey} />
        </div>
      </details>
    </>
  );
}

function Step({
  title,
  text,
  isGood,
}: {
  readonly title: string;
  readonly text: string;
  readonly isGood: boolean | undefined;
}) {
  const Icon = isGood === undefined ? CircleHelp : isGood ? CircleCheck : CircleX;
  return (
    <li className="flex gap-2.5 text-[13px]">
      <Icon
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${isGood === undefined ? 'text-warn' : isGood ? 'text-ok' : 'text-bad'}`}
      />
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="text-ink-3 [overflow-wrap:anywhere]">{text}</p>
      </div>
    </li>
  );
}
