/** The vault as anybody starts it, in a fresh data directory, with one key and one bearer secret for the upstream. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { freePort, start, type Started } from './processes.ts';

const ROOT = join(import.meta.dirname, '..');
const BIN = join('packages', 'server', 'bin', 'alter-vault.js');

export interface Vault extends Started {
  readonly port: number;
  readonly apiKey: string;
  readonly grantId: string;
  /** A port of 127.0.0.1 that the grant reaches too, and on which nothing listens. */
  readonly sinkPort: number;
  /** Another grant of the same secret. */
  makeGrant(): Promise<string>;
  makePolicy(policy: object): Promise<void>;
}

/** `settings`: further ALTER_* variables. */
export async function startVault(
  directory: string,
  upstreamPort: number,
  settings: Record<string, string> = {},
): Promise<Vault> {
  const [port, sinkPort] = [await freePort(), await freePort()];
  const token = `alter_pat_${randomBytes(32).toString('base64url')}`;
  const env = {
    ALTER_PORT: String(port),
    ALTER_DATA_DIR: join(directory, 'vault-data'),
    ALTER_BOOTSTRAP_TOKEN: token,
    ALTER_EGRESS_ALLOW: '127.0.0.0/8',
    ...settings,
  };
  const started = await start(
    [process.execPath, ...(await startFlags()), ...process.execArgv, join(ROOT, BIN)],
    {
      env,
      isReady: async () =>
        (await call(port, token, 'GET', '/v1/apps').catch(() => undefined))?.status === 200,
    },
  );
  try {
    const key = await make(port, token, '/v1/apps/default/keys', { name: 'bench' });
    const secret = await make(port, token, '/v1/apps/default/secrets', {
      name: 'bench',
      credential_type: 'bearer',
      credential: { token: randomBytes(24).toString('base64url') },
      allowed_hosts: [upstreamPort, sinkPort].map((allowed) => `http://127.0.0.1:${allowed}`),
    });
    return {
      ...started,
      port,
      apiKey: key.api_key ?? '',
      grantId: secret.grant_id ?? '',
      sinkPort,
      makeGrant: async () => {
        const path = `/v1/apps/default/secrets/${secret.secret_id ?? ''}/grants`;
        return (await make(port, token, path, {})).grant_id ?? '';
      },
      makePolicy: async (policy) => void (await make(port, token, '/v1/apps/default/policies', policy)),
    };
  } catch (thrown) {
    await started.stop();
    throw thrown;
  }
}

/** Node's, as `npm start` gives them. */
async function startFlags(): Promise<string[]> {
  const manifest = await readFile(join(ROOT, 'package.json'), 'utf8');
  const flags = /exec node ((?:--[\w=-]+ )*)packages\/server\/bin\/alter-vault\.js/.exec(manifest)?.[1];
  if (flags === undefined)
    throw new Error('package.json: how `npm start` starts the vault is not known any more');
  return flags.split(' ').filter((flag) => flag !== '');
}

async function make(
  port: number,
  token: string,
  path: string,
  body: object,
): Promise<{ readonly api_key?: string; readonly grant_id?: string; readonly secret_id?: string }> {
  const answer = await call(port, token, 'POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
  const made: unknown = JSON.parse(answer.text);
  return typeof made === 'object' && made !== null ? made : {};
}

function call(
  port: number,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
