/**
 * Owns plain TCP connections for protocols other than HTTP (mail): the same resolver, the same verdicts, the same pin as
 * every call (I2, I7, lesson 4). What speaks on them must put verified TLS on top before it says anything that matters.
 */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Refusal } from '../refusal.ts';
import { TcpDial } from './dial.ts';
import { toEgressRefusal } from './failure.ts';
import type { Resolver } from './resolve.ts';

export interface RawTarget {
  /** As in `Target`: lower-case A-labels, dotted IPv4, or IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface RawConnection {
  readonly socket: Socket;
  /** With the authorities that every upstream is verified against. */
  readonly secureContext: SecureContext;
}

/** A connection to a judged address of the host. @throws Refusal */
export async function dialRaw(resolver: Resolver, target: RawTarget, timeoutMs: number): Promise<Socket> {
  const { host, port } = target;
  const deadline = performance.now() + timeoutMs;
  // Only targets with TLS are dialled: judged like https.
  const authority = `${host}:${port}`;
  const origin = `https://${authority}`;
  const to = await resolver.resolve({ scheme: 'https', host, port, authority, origin });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        dial.cancel();
        reject(new Refusal('upstream_timeout', { detail: 'the connection was not made in time' }));
      },
      Math.max(deadline - performance.now(), 0),
    );
    const dial = new TcpDial(to, (error, socket) => {
      clearTimeout(timer);
      if (socket === undefined) reject(toEgressRefusal(error ?? new Refusal('upstream_unreachable')));
      else resolve(socket);
    });
  });
}
