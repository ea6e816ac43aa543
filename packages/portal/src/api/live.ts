/** Lists that change while somebody looks: what is told of them is a hint to read anew. Where there is no stream, pages ask by themselves. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { EndpointName } from './client.ts';
import { follow } from './streams.ts';

/** Who only passes by opens none. */
const OPEN_AFTER_MS = 1500;
/** `ready` also after a stream was broken: something may have been missed. */
const EVENTS: readonly string[] = ['ready', 'changed'];

/** Reads `outdates`, the same list each time, anew when held calls of the app change; true while that is told. */
export function useLiveApprovals(app: string | undefined, outdates: readonly EndpointName[]): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    if (app === undefined) return;
    let end: (() => void) | undefined;
    const read = () => {
      for (const other of outdates) void client.invalidateQueries({ queryKey: [other] });
    };
    const timer = setTimeout(() => {
      end = follow('streamApprovals', { params: { app }, query: {} }, EVENTS, {
        onEvent: read,
        onState: setLive,
      });
    }, OPEN_AFTER_MS);
    return () => {
      clearTimeout(timer);
      end?.();
    };
  }, [client, app, outdates]);
  return isLive;
}
