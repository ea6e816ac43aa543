/** What is unlike before in a held call, or grave by its kind: short in a list, in sentences on its page. */
import { TriangleAlert } from 'lucide-react';
import type { Answer } from '../../api/client.ts';
import { approvals } from '../../texts/approvals.ts';
import { plural } from '../../texts/numbers.ts';
import { Badge, Callout } from '../../ui/layout.tsx';

type Approval = Answer<'listAppApprovals'>['items'][number];
type Hint = Approval['hints'][number];

const judgedBy = ({ calls }: Hint): string =>
  calls === null || calls === 0 ? '' : approvals.judgedBy(plural(calls, 'call'));

export function HintBadges({ hints }: { readonly hints: readonly Hint[] }) {
  if (hints.length === 0) return <span className="text-ink-3">–</span>;
  return (
    <span className="flex flex-wrap gap-1 max-sm:justify-end">
      {hints.map((hint) => (
        <Badge key={hint.kind} tone="warn" title={`${approvals.hints[hint.kind].long} ${judgedBy(hint)}`}>
          {approvals.hints[hint.kind].short}
        </Badge>
      ))}
    </span>
  );
}

export function Hints({ hints }: { readonly hints: readonly Hint[] }) {
  if (hints.length === 0) return null;
  return (
    <Callout tone="warn" title={approvals.hintsTitle}>
      <ul className="flex flex-col gap-1">
        {hints.map((hint) => (
          <li key={hint.kind} className="flex gap-2">
            <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
            <span>
              {approvals.hints[hint.kind].long} {judgedBy(hint)}
            </span>
          </li>
        ))}
      </ul>
    </Callout>
  );
}
