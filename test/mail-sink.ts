/** A mail server for tests: real SMTP on 127.0.0.1, with STARTTLS or TLS from the start, that records what it is handed. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came, dots unstuffed. */
  readonly raw: string;
  readonly isTls: boolean;
  /** As `user:password` when the client signed in. */
  readonly login: string | undefined;
}

export interface MailSink {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Commands that came in clear. */
  readonly clear: string[];
  /** Answer RCPT with this from now on. */
  refuse(reply: string | undefined): void;
  stop(): Promise<void>;
}

export interface MailSinkOptions {
  readonly tlsFromStart?: boolean;
  readonly noStartTls?: boolean;
}

const tlsFile = (name: string): Buffer => readFileSync(new URL(`./tls/${name}`, import.meta.url));

export async function startMailSink(options: MailSinkOptions = {}): Promise<MailSink> {
  const mails: ReceivedMail[] = [];
  const clear: string[] = [];
  const sockets = new Set<Socket>();
  let refusal: string | undefined;
  const context = createSecureContext({ key: tlsFile('leaf.key'), cert: tlsFile('leaf.pem') });
  const secured = (socket: Socket): TLSSocket =>
    new TLSSocket(socket, { isServer: true, secureContext: context });

  const talk = (socket: Socket, isTls: boolean, isGreeted: boolean): void => {
    socket.on('error', () => undefined);
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    let pending = '';
    let data: string[] | undefined;
    let from = '';
    let to: string[] = [];
    let login: string | undefined;
    const command = (line: string): void => {
      if (!isTls) clear.push(line);
      if (/^EHLO/i.test(line)) {
        say('250-sink');
        if (!isTls && options.noStartTls !== true) say('250-STARTTLS');
        say('250 AUTH PLAIN');
      } else if (/^STARTTLS$/i.test(line) && options.noStartTls !== true) {
        say('220 go on');
        socket.removeAllListeners('data');
        talk(secured(socket), true, true);
      } else if (/^AUTH PLAIN /i.test(line)) {
        const [, user, password] = Buffer.from(line.slice(11), 'base64').toString().split('\0');
        login = `${user}:${password}`;
        say('235 ok');
      } else if (/^MAIL FROM:/i.test(line)) {
        from = /<([^>]*)>/.exec(line)?.[1] ?? '';
        to = [];
        say('250 ok');
      } else if (/^RCPT TO:/i.test(line)) {
        if (refusal === undefined) to.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
        say(refusal ?? '250 ok');
      } else if (/^DATA$/i.test(line)) {
        data = [];
        say('354 go on');
      } else if (/^QUIT$/i.test(line)) {
        say('221 bye');
        socket.end();
      } else say('500 what?');
    };
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('utf8');
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (data === undefined) command(line);
        else if (line === '.') {
          mails.push({ from, to, raw: data.join('\r\n'), isTls, login });
          data = undefined;
          say('250 taken');
        } else data.push(line.startsWith('.') ? line.slice(1) : line);
      }
    });
    if (!isGreeted) say('220 sink');
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    if (options.tlsFromStart === true) talk(secured(socket), true, false);
    else talk(socket, false, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    mails,
    clear,
    refuse: (reply) => {
      refusal = reply;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
