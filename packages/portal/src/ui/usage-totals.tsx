/** The sums of a usage, in one line. */
import type { Answer } from '../api/client.ts';
import { bytes } from '../texts/times.ts';
import { usage as words } from '../texts/usage.ts';
import { Badge } from './layout.tsx';

export function UsageTotals({ of: totals }: { readonly of: Answer<'getGrantUsage'>['totals'] }) {
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <span className="text-lg font-semibold tabular-nums">{words.calls(totals.calls)}</span>
      {totals.held > 0 && <Badge tone="hold">{words.heldCalls(totals.held)}</Badge>}
      {totals.denials > 0 && <Badge tone="warn">{words.deniedCalls(totals.denials)}</Badge>}
      {totals.errors > 0 && <Badge tone="bad">{words.failedCalls(totals.errors)}</Badge>}
      <span className="text-[13px] text-ink-3">
        {words.sent(bytes(totals.bytes_in))}, {words.received(bytes(totals.bytes_out))}
      </span>
    </p>
  );
}
