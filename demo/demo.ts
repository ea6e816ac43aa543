/**
 * `npm run demo`: a vault, an upstream that checks credentials, and the whole job from nothing: store, call, refuse,
 * revoke, govern, audit, verify. Says of each step whether it came out as it must; ends with 1 when one did not, and leaves
 * nothing behind, also on Ctrl-C.
 */
import { App } from '@alter-vault/sdk';
import { callEach, echo, refuse, store } from './calls.ts';
import { ControlPlane } from './control-plane.ts';
import { makeCredentials, random } from './credentials.ts';
import { govern } from './govern.ts';
import { searchDisk, showAudit, verifyOffline } from './proof.ts';
import {
  bold,
  checked,
  dim,
  expect,
  failures,
  green,
  heading,
  print,
  red,
  title,
  yellow,
} from './terminal.ts';
import { startDemoUpstream } from './upstream.ts';
import { startVaultProcess } from './vault-process.ts';

let isBroken = false;
let logOfVault = (): string => '';
const cleanUps: (() => Promise<void>)[] = [];
let isInterrupted = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    print();
    print(yellow('Interrupted: stopping the vault and removing its directory.'));
    void cleanUp().finally(() => process.exit(130));
  });

try {
  await demo();
} catch (error) {
  if (!isInterrupted) {
    isBroken = true;
    print();
    print(red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    print(dim(logOfVault()));
  }
} finally {
  await cleanUp();
}
if (isBroken || failures() > 0) process.exitCode = 1;

async function demo(): Promise<void> {
  const startedAt = performance.now();
  title('Alter Vault', 'Store a credential once, use it by grant. All of this runs on your machine.');

  heading(1, 'A vault, and an API that checks credentials');
  const credentials = makeCredentials();
  const upstream = await startDemoUpstream(credentials);
  cleanUps.push(() => upstream.stop());
  const vault = await startVaultProcess(`alter_pat_${random()}`, (stop) => cleanUps.push(stop));
  logOfVault = vault.log;
  checked(
    true,
    `vault     ${vault.url}  ${dim(`PostgreSQL ${vault.databaseVersion} of its own, ${since(startedAt)}`)}`,
  );
  const stranger = await fetch(`${upstream.origin}/crm/v1/contacts`, {
    headers: { Authorization: 'Bearer guess' },
  });
  expect(
    stranger.status === 401,
    `upstream  ${upstream.origin}  ${dim(`a guessed token gets ${stranger.status}`)}`,
  );

  const operator = new ControlPlane(vault.url, vault.token);
  const grants = await store(operator, upstream, credentials);
  const { api_key: apiKey } = await operator.send('POST', '/v1/apps/default/keys', { name: 'demo' });
  await using app = new App({ apiKey: String(apiKey), baseUrl: vault.url, caller: 'demo' });
  await callEach(app, upstream, grants);
  await refuse(app, operator, upstream, grants);
  await govern(app, operator, upstream, grants);
  await echo(app, upstream, grants, credentials);
  await app.close();
  const exported = await showAudit(operator);
  await searchDisk(vault, credentials);
  await verifyOffline(operator, vault, exported);
  conclude(startedAt);
}

function conclude(startedAt: number): void {
  print();
  if (failures() > 0) return print(red(bold(`${failures()} of these came out otherwise than they must.`)));
  print(green(bold(`Everything came out as it must, in ${since(startedAt)}.`)));
  print(dim('The vault and its directory are removed now. Start your own:'));
  print();
  print(`  ${bold('npm start')}`);
  print();
}

function since(time: number): string {
  return `${((performance.now() - time) / 1000).toFixed(1)} s`;
}

async function cleanUp(): Promise<void> {
  for (let next = cleanUps.pop(); next !== undefined; next = cleanUps.pop()) await next();
}
