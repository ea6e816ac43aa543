/** Keeps a list of events up with the log, as long as that is wanted. */
import { useEffect, useState } from 'react';
import { follow } from '../../api/streams.ts';
import type { AuditEvent, EventList } from './event-list.ts';
import type { Filters } from './filters.ts';

export type LiveState = 'off' | 'connecting' | 'live';

export function useLive(
  { app, query, isOn }: { readonly app: string; readonly query: Filters; readonly isOn: boolean },
  list: EventList,
): LiveState {
  const [isOpen, setOpen] = useState(false);
  const key = JSON.stringify(query);
  useEffect(() => {
    if (!isOn) return;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: made from `query` above
    const args = { params: { app }, query: JSON.parse(key) as Filters };
    return follow('streamAudit', args, ['ready', 'audit', 'gap'], {
      onState: setOpen,
      onEvent: (event, data) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the contract says what an event is
        if (event === 'audit') list.push(data as AuditEvent);
        else void list.catchUp();
      },
    });
  }, [app, key, isOn, list]);
  if (!isOn) return 'off';
  return isOpen ? 'live' : 'connecting';
}
