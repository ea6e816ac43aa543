/**
 * Owns the making of one outbound connection: TCP to a judged address, TLS on top. The only place of the server that
 * opens outbound HTTP connections (I2). Must never look a name up: it is given addresses, and checks that the peer is
 * one of them (S6). No proxy variable of the environment is read (S16).
 */
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Refusal } from '../refusal.ts';
import { canonicalAddress } from './address.ts';
import type { Dialable, EgressTarget } from './resolve.ts';

/** RFC 8305 §5: how long an attempt runs alone before the next address is tried beside it. */
const ATTEMPT_STAGGER_MS = 250;
const TCP_KEEP_ALIVE_DELAY_MS = 60_000;

/** How a socket hands out what it reads: into memory of ours, so that a read makes no buffer of its own. */
export type ReadInto = OnReadOpts;
export type Dialled = (error: Error | undefined, socket?: Socket, address?: string) => void;

/** Races the addresses; the first that answers wins, the others are closed. Calls back once, unless cancelled. */
export class TcpDial {
  readonly #port: number;
  readonly #waiting: string[];
  readonly #readInto: ReadInto | undefined;
  readonly #attempts = new Set<Socket>();
  #done: Dialled | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(to: Dialable, done: Dialled, readInto?: ReadInto) {
    this.#readInto = readInto;
    this.#port = to.port;
    this.#waiting = [...to.addresses];
    this.#done = done;
    this.#tryNext();
  }

  cancel(): void {
    this.#done = undefined;
    this.#stop();
  }

  #tryNext(): void {
    clearTimeout(this.#timer);
    const address = this.#waiting.shift();
    if (address === undefined) return;
    const socket = connectTcp({
      host: address,
      port: this.#port,
      noDelay: true,
      ...(this.#readInto === undefined ? {} : { onread: this.#readInto }),
    });
    this.#attempts.add(socket);
    socket.once('connect', () => this.#connected(socket, address));
    socket.on('error', (error) => this.#failed(socket, error));
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#tryNext(), ATTEMPT_STAGGER_MS);
  }

  #connected(socket: Socket, address: string): void {
    if (this.#done === undefined) return;
    if (canonicalAddress(socket.remoteAddress ?? '') !== canonicalAddress(address)) {
      this.#finish(new Refusal('egress_denied', { detail: 'the peer is not the address that was judged' }));
      return;
    }
    this.#attempts.delete(socket);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_DELAY_MS);
    this.#finish(undefined, socket, address);
  }

  #failed(socket: Socket, error: Error): void {
    if (!this.#attempts.delete(socket) || this.#done === undefined) return;
    if (this.#waiting.length > 0) this.#tryNext();
    else if (this.#attempts.size === 0) this.#finish(error);
  }

  #finish(error: Error | undefined, socket?: Socket, address?: string): void {
    const done = this.#done;
    this.#done = undefined;
    this.#stop();
    done?.(error, socket, address);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    for (const socket of this.#attempts) socket.destroy();
    this.#attempts.clear();
  }
}

/** What TLS connections of one egress share: the authorities they trust. Sessions are never shared here (S8). */
export class TlsTrust {
  readonly #extraPem: string | undefined;
  #context: SecureContext | undefined;

  constructor(extraPem: string | undefined) {
    if (extraPem !== undefined && !extraPem.includes('-----BEGIN CERTIFICATE-----')) {
      throw new TypeError('no PEM certificate in the file of extra certificate authorities');
    }
    this.#extraPem = extraPem;
  }

  /** Made at the first TLS connection, once: reading all authorities takes tens of milliseconds. */
  get context(): SecureContext {
    this.#context ??= createSecureContext({
      ca: [
        ...new Set([...getCACertificates('default'), ...getCACertificates('system')]),
        ...(this.#extraPem === undefined ? [] : [this.#extraPem]),
      ],
      minVersion: 'TLSv1.2',
    });
    return this.#context;
  }
}

/** Holds the last TLS session of one pool. */
export interface SessionSlot {
  session: Buffer | undefined;
}

/** TLS over a dialled socket; the name that the certificate must hold is the target's host, never the address. */
export function startTls(socket: Socket, target: EgressTarget, trust: TlsTrust, slot: SessionSlot): Socket {
  const secured = connectTls({
    socket,
    host: target.host,
    // RFC 6066 §3: no address in the server name. The certificate is then checked against `host`.
    servername: isIP(target.host) === 0 ? target.host : '',
    secureContext: trust.context,
    ...(slot.session === undefined ? {} : { session: slot.session }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  });
  secured.on('session', (session) => {
    slot.session = session;
  });
  return secured;
}
