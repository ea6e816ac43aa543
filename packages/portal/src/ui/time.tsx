/** Times as people read them, always right to the second for who points at them. */
import { useEffect, useState } from 'react';
import { common } from '../texts/common.ts';
import { ago, fullTime, span } from '../texts/times.ts';

/** The present, again every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

const AGO_EVERY_MS = 15_000;
const SECOND_MS = 1000;

export function TimeAgo({
  at,
  none = common.never,
}: {
  readonly at: string | null | undefined;
  readonly none?: string;
}) {
  const now = useNow(AGO_EVERY_MS);
  if (at === null || at === undefined) return <span className="text-ink-3">{none}</span>;
  return (
    <time dateTime={at} title={fullTime(at)} className="whitespace-nowrap">
      {ago(at, now)}
    </time>
  );
}

/** What is left until a time, counted down. */
export function Countdown({ until, over }: { readonly until: string; readonly over: string }) {
  const now = useNow(SECOND_MS);
  const left = (new Date(until).getTime() - now) / SECOND_MS;
  return (
    <time dateTime={until} title={fullTime(until)} className="whitespace-nowrap tabular-nums">
      {left <= 0 ? over : span(left)}
    </time>
  );
}
