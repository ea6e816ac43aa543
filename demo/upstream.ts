/**
 * The API that the demo calls: answers 401 to whatever does not carry exactly the right credential. Its check of AWS
 * signatures is written from the specification and shares nothing with the vault's signer.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Credentials } from './credentials.ts';

export const REGION = 'eu-central-1';
export const SERVICE = 'execute-api';

export interface DemoUpstream {
  readonly origin: string;
  /** As an entry of `allowed_hosts`. */
  readonly host: string;
  stop(): Promise<void>;
}

type Check = (request: IncomingMessage, url: URL, body: Buffer) => boolean;

export async function startDemoUpstream(credentials: Credentials): Promise<DemoUpstream> {
  const checks = checksOf(credentials);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(`http://upstream${request.url ?? '/'}`);
      const check = checks.find(([prefix]) => url.pathname.startsWith(prefix))?.[1];
      const isRight = check?.(request, url, Buffer.concat(chunks)) ?? false;
      // The worst an upstream can do by accident: it tells what it was sent.
      const answer = url.pathname.endsWith('/echo')
        ? { you_sent: request.headers.authorization }
        : { ok: isRight };
      response.writeHead(isRight ? 200 : 401, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    host: `127.0.0.1:${String(port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function checksOf({ crm, billing, wiki, storage, maps, chat }: Credentials): readonly [string, Check][] {
  const pair = Buffer.from(`${wiki.username}:${wiki.password}`).toString('base64');
  return [
    ['/crm/', ({ headers }) => isSame(headers.authorization, `Bearer ${crm.token}`)],
    ['/billing/', ({ headers }) => isSame(headers['x-billing-key'], `Token ${billing.token}`)],
    ['/wiki/', ({ headers }) => isSame(headers.authorization, `Basic ${pair}`)],
    ['/maps/', (_request, url) => isSame(url.searchParams.get('key') ?? undefined, maps.token)],
    ['/storage/', (request, url, body) => isSigned(request, url, body, storage)],
    [`/bot${chat.token}/`, () => true],
  ];
}

function isSame(given: string | string[] | undefined, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(wanted));
}

/** AWS Signature Version 4, for a service other than S3: the canonical request is made anew from what came. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer, key: Credentials['storage']): boolean {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  const [, keyId, day = '', region, service, signed = '', signature = ''] = match ?? [];
  const time = String(request.headers['x-amz-date']);
  if (keyId !== key.access_key_id || region !== REGION || service !== SERVICE || !time.startsWith(day)) {
    return false;
  }
  const names = signed.split(';');
  if (!names.includes('host') || !names.includes('x-amz-date')) return false;
  const canonical = [
    request.method,
    url.pathname.split('/').map(encode).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .toSorted()
      .join('&'),
    ...names.map((name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    signed,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const signingKey = [day, region, service, 'aws4_request'].reduce(
    (secret: string | Buffer, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${key.secret_access_key}`,
  );
  const wanted = createHmac('sha256', signingKey)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`)
    .digest('hex');
  return isSame(signature, wanted);
}

/** RFC 3986 unreserved characters stay; everything else is percent-encoded. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
