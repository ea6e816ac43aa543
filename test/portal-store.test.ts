/** Storing a managed secret in the portal, as people do it: the gallery, every kind of credential, the code that comes out, and that no value stays behind. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CATALOG } from '@alter-vault/catalog';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, noBrowser, type Look } from './browser.ts';
import { loseAnswer, seeAll, signedIn } from './portal-rig.ts';
import { asSession, newMember } from './sessions.ts';
import { assertSigV4 } from './sigv4-verifier.ts';
import { startUpstream, type Recorded, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

const GALLERY = '/apps/default/secrets/new';
const TLS_HOST = 'gitlab.upstream.test';
const run = promisify(execFile);

describe('storing a secret in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let tls: Upstream;
  let browser: Browser;
  let key: string;

  before(async () => {
    upstream = await startUpstream();
    tls = await startUpstream({ tls: true });
    vault = await startVault({
      env: {
        ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
        ALTER_EGRESS_RESOLVE: `${TLS_HOST}:443=127.0.0.1:${tls.port}`,
      },
    });
    browser = await launchBrowser();
    key = (await vault.key()).api_key;
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await tls?.stop();
    await stopPostgres();
  });

  const open = (path: string, role = 'developer'): Promise<Look> => signedIn(browser, vault, role, path);

  /** Stores what is filled in; the grant that the page after it shows. */
  async function store(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByRole('heading', { name: /is stored$/ }).waitFor();
    return (
      (await page
        .locator('code')
        .filter({ hasText: /^[0-9a-f-]{36}$/ })
        .first()
        .textContent()) ?? ''
    );
  }

  /** A call with the grant, as it got to the upstream. */
  async function called(grantId: string, path = '/v1/things'): Promise<Recorded> {
    const answer = await vault.proxy(key, grantId, upstream.origin + path);
    assert.equal(answer.status, 200, answer.text);
    return upstream.requests.at(-1) ?? assert.fail('nothing arrived');
  }

  async function useOtherHosts(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Use other hosts' }).click();
    while ((await page.getByRole('button', { name: /^Remove / }).count()) > 0)
      await page
        .getByRole('button', { name: /^Remove / })
        .first()
        .click();
    await page.getByLabel('Allowed hosts').fill(upstream.host);
  }

  async function end(look: Look): Promise<void> {
    assert.deepEqual(look.faults, []);
    await look.close();
  }

  test('the gallery has every template, Custom first, and finds them by name, product and host', async () => {
    const look = await open(GALLERY);
    const { page } = look;
    const tiles = page.getByRole('main').getByRole('listitem').getByRole('link');
    await page.getByRole('link', { name: /^Zendesk/ }).waitFor();
    assert.equal(await tiles.count(), CATALOG.length + 1);
    assert.match((await tiles.first().textContent()) ?? '', /^CustomAny HTTP API/);

    const search = page.getByRole('searchbox', { name: 'Search templates' });
    for (const [text, first] of [
      ['open', /^AIOpenAI/],
      ['chatgpt', /OpenAI/],
      ['whatsapp', /Twilio/],
      ['api.stripe.com', /Stripe/],
    ] as const) {
      await search.fill(text);
      await tiles.first().filter({ hasText: first }).waitFor();
    }
    await search.fill('no such thing');
    await page.getByRole('heading', { name: 'No template for “no such thing”' }).waitFor();
    await look.checkAccessible();
    await page.getByRole('link', { name: 'Store as Custom' }).waitFor();
    await search.fill('');
    await page.getByRole('button', { name: /^Payments/ }).click();
    await page.getByRole('link', { name: /^Stripe/ }).waitFor();
    assert.equal(await page.getByRole('link', { name: /^Zendesk/ }).count(), 0);
    assert.equal(new URL(page.url()).search, '?category=payments');
    await page.reload();
    await page.getByRole('link', { name: /^Stripe/ }).waitFor();
    assert.equal(await page.getByRole('link', { name: /^Zendesk/ }).count(), 0);
    await end(look);
  });

  test('the keyboard alone goes from the search to a tile and into its form', async () => {
    const look = await open(GALLERY);
    const { page } = look;
    await page.getByRole('link', { name: /^Zendesk/ }).waitFor();
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
    await page.getByRole('main').getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('cloudflare');
    await page.getByText('3 templates').first().waitFor();
    await page.keyboard.press('ArrowDown');
    const first = await focused();
    await page.keyboard.press('ArrowRight');
    const second = await focused();
    assert.notEqual(first, second);
    await page.keyboard.press('ArrowLeft');
    assert.equal(await focused(), first);
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.evaluate('document.activeElement.type'), 'search');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Store a secret for Cloudflare/ }).waitFor();
    await end(look);
  });

  test('the set-up guide stands beside the form as text: bold words are elements, the link to the vendor tells nothing', async () => {
    const look = await open(`${GALLERY}/openai`);
    const { page } = look;
    const guide = page.getByRole('complementary', { name: 'Set-up guide' });
    await guide.getByRole('heading', { name: 'Set up at OpenAI' }).waitFor();
    await guide
      .locator('strong')
      .filter({ hasText: /^Create new secret key$/ })
      .first()
      .waitFor();
    assert.equal((await guide.textContent())?.includes('**'), false);
    const link = guide.getByRole('link', { name: /^API keys/ });
    assert.equal(await link.getAttribute('href'), 'https://platform.openai.com/api-keys');
    assert.equal(await link.getAttribute('target'), '_blank');
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
    await end(look);
  });

  test('W2, W7: a value is in no field, address, storage, history or memory of the page once it is stored', async () => {
    const token = canary();
    const look = await open(GALLERY);
    const { page } = look;
    await page.getByRole('link', { name: /^OpenAI/ }).click();
    const field = page.getByRole('textbox', { name: 'API key', exact: true });
    await field.fill(token);
    assert.equal(await field.getAttribute('autocomplete'), 'off');
    assert.equal(
      await page.locator('input[type=password]').count(),
      0,
      'nothing that a browser keeps or fills',
    );
    assert.equal(await isInMemory(page, token), true, 'the search of the memory finds what is there');
    await useOtherHosts(page);
    await look.checkAccessible();

    const grantId = await store(page);
    const sent = await called(grantId);
    assert.equal(sent.headers['authorization'], `Bearer ${token}`);
    const left = async (): Promise<string> => `${page.url()} ${await page.evaluate(EVERYTHING_KEPT)}`;
    assert.equal((await left()).includes(token), false);
    assert.equal(await isInMemory(page, token), false);
    await page.goBack();
    await page.getByRole('heading', { name: 'Store a secret', exact: true }).waitFor();
    assert.equal((await left()).includes(token), false);
    await page.getByRole('link', { name: /^OpenAI/ }).click();
    assert.equal(await page.getByRole('textbox', { name: 'API key', exact: true }).inputValue(), '');
    await end(look);
  });

  test('a value of several lines is refused as it is pasted, since a field of one line would join them without a word', async () => {
    const look = await open(`${GALLERY}/openai`);
    const { page } = look;
    const field = page.getByRole('textbox', { name: 'API key', exact: true });
    await field.focus();
    await page.evaluate(pasting('-----BEGIN KEY-----\nabc\n-----END KEY-----\n'));
    await page.getByText(/^What you pasted has several lines/).waitFor();
    assert.equal(await field.inputValue(), '');
    await end(look);
  });

  test('what the API refuses stands at its field, and what was typed is still there', async () => {
    const look = await open(`${GALLERY}/zendesk`);
    const { page } = look;
    await page.getByLabel('Subdomain').fill('not a label');
    await page.getByText(/^Must match /).waitFor();
    await page.getByLabel('Name of the secret').fill('no spaces here');
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByText(/^Letters, digits, ".", "_" and "-", beginning/).waitFor();
    await look.checkAccessible();
    await page.getByLabel('Name of the secret').fill('zendesk');
    await page.getByLabel('Subdomain').fill('acme');
    await page.getByText('acme.zendesk.com', { exact: true }).waitFor();
    await page.getByLabel('Agent e-mail').fill('me@example.com');
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByText('Is required.').waitFor();
    assert.equal(await page.getByLabel('Agent e-mail').inputValue(), 'me@example.com');
    await page.getByLabel('API token').fill(canary());
    await store(page);
    await page.goto(`${GALLERY}/zendesk`);
    await page.getByLabel('Subdomain').fill('acme');
    await page.getByLabel('Agent e-mail').fill('me@example.com');
    await page.getByLabel('API token').fill(canary());
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Name of the secret').getAttribute('aria-invalid'), 'true');
    await end(look);
  });

  test('a secret whose answer got lost, or that is stored by two clicks, is stored once', async () => {
    const look = await open(`${GALLERY}/custom`);
    const { page } = look;
    const path = '**/v1/apps/default/secrets';
    for (const name of ['lost-answer', 'two-clicks']) {
      await page.goto(`${GALLERY}/custom`);
      await page.getByLabel('Name of the secret').fill(name);
      await page.getByLabel('Token', { exact: true }).fill(canary());
      await page.getByLabel('Allowed hosts').fill(upstream.host);
      await page.keyboard.press('Enter');
      const save = page.getByRole('button', { name: 'Store the secret' });
      if (name === 'lost-answer') {
        await loseAnswer(page, path);
        await save.click();
        await page.getByText('The vault can’t be reached.').waitFor();
        await save.click();
      } else await save.dblclick();
      await page.getByRole('heading', { name: `${name} is stored` }).waitFor();
    }
    const { items } = await vault.ok('GET', '/v1/apps/default/secrets?limit=200');
    const names = items.map((one: { name: string }) => one.name);
    assert.equal(names.filter((name: string) => /^(lost-answer|two-clicks)$/.test(name)).length, 2);
    await end(look);
  });

  test('custom: the request that will go out is shown while it is written, and is what goes out', async () => {
    const [token, tenant] = [canary(), canary()];
    const look = await open(`${GALLERY}/custom`);
    const { page } = look;
    const shown = page.getByRole('group', { name: 'Request that will go out' });
    await page.getByLabel('Name of the secret').fill('billing');
    await page.getByRole('radio', { name: 'API key' }).click();
    await page.getByRole('textbox', { name: 'API key', exact: true }).fill(token);
    await page.getByRole('button', { name: 'Add a value' }).click();
    await page.getByLabel('Name of value 1').fill('tenant');
    await page.getByLabel('Value 1', { exact: true }).fill(tenant);
    await page.getByLabel('Header name, rule 1').fill('X-Custom-Auth');
    await page.getByLabel('Format, rule 1').fill('Token {token}, {tenant}');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByLabel('Put into, rule 2').selectOption('query');
    await page.getByLabel('Parameter name, rule 2').fill('api_key');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByLabel('Put into, rule 3').selectOption('prefix');
    await page.getByLabel('Path, rule 3').fill('/t{tenant}');
    await page.getByLabel('Allowed hosts').fill(upstream.host);
    await page.keyboard.press('Enter');
    await shown.getByText(upstream.origin).waitFor();
    await shown.getByText('api_key=').waitFor();
    const text = (await shown.textContent()) ?? '';
    assert.match(text, /GET http:\/\/127\.0\.0\.1:\d+\/t•+\/\?api_key=•+/);
    assert.match(text, /X-Custom-Auth: Token •+, •+/);
    assert.equal(text.includes(token) || text.includes(tenant), false);
    await look.checkAccessible();

    await page.getByLabel('Format, rule 1').fill('Token {token');
    await page
      .getByText(/^The format has a { that begins neither/)
      .first()
      .waitFor();
    await page.getByLabel('Format, rule 1').fill('Token {token}, {tenant}');
    await shown.getByText('X-Custom-Auth:').waitFor();

    const sent = await called(await store(page), '/v1/things');
    assert.equal(sent.url, `/t${tenant}/v1/things?api_key=${token}`);
    assert.equal(sent.headers['x-custom-auth'], `Token ${token}, ${tenant}`);
    await end(look);
  });

  test('user and password, a bearer token and an AWS key are stored by their forms and used as they should be', async () => {
    const look = await open(`${GALLERY}/custom`);
    const { page } = look;
    const password = canary();
    const begin = async (name: string, type: string): Promise<void> => {
      await page.goto(`${GALLERY}/custom`);
      await page.getByLabel('Name of the secret').fill(name);
      await page.getByRole('radio', { name: type }).click();
      await page.getByLabel('Allowed hosts').fill(upstream.host);
    };

    await begin('own-basic', 'User and password');
    await page.getByLabel('User name').fill('me');
    await page.getByLabel('Password', { exact: true }).fill(password);
    const basic = await called(await store(page));
    assert.equal(basic.headers['authorization'], `Basic ${btoa(`me:${password}`)}`);

    await begin('own-bearer', 'Bearer token');
    await page.getByLabel('Token', { exact: true }).fill(password);
    await page.getByRole('radio', { name: 'Proxy mode only' }).click();
    const grantId = await store(page);
    assert.equal((await called(grantId)).headers['authorization'], `Bearer ${password}`);
    const released = await vault.release(key, {
      grant_id: grantId,
      method: 'GET',
      url: `${upstream.origin}/`,
    });
    assert.equal(released.json.error.code, 'proxy_required');

    await begin('own-aws', 'AWS access key');
    await page.getByLabel('Access key ID').fill('AKIAIOSFODNN7EXAMPLE');
    await page.getByLabel('Secret access key').fill(`${password}/+=`);
    await page.getByRole('textbox', { name: /^Service/ }).fill('dynamodb');
    await page.getByRole('textbox', { name: /^Region/ }).fill('eu-west-1');
    const signed = await called(await store(page));
    assertSigV4(signed, { secret: `${password}/+=`, service: 'dynamodb', region: 'eu-west-1' });
    await end(look);
  });

  test('templates with variables, several fields and AWS rules are stored by their forms and used as they should be', async () => {
    const look = await open(`${GALLERY}/datadog`);
    const { page } = look;
    const secret = canary();
    await page.getByRole('textbox', { name: 'API key', exact: true }).fill(secret);
    await useOtherHosts(page);
    const datadog = await called(await store(page));
    assert.equal(datadog.headers['dd-api-key'], secret);
    assert.equal(datadog.headers['dd-application-key'], undefined, 'what was left out is left out');

    await page.goto(`${GALLERY}/trello`);
    await page.getByRole('textbox', { name: 'API key', exact: true }).fill('public-key');
    await page.getByLabel('Token', { exact: true }).fill(secret);
    await useOtherHosts(page);
    assert.equal((await called(await store(page))).url, `/v1/things?key=public-key&token=${secret}`);

    await page.goto(`${GALLERY}/s3_compatible`);
    await page.getByLabel('Host', { exact: true }).fill('minio.example.com');
    await page.getByLabel('Access key ID').fill('minio');
    await page.getByLabel('Secret access key').fill(secret);
    await page.getByText('minio.example.com', { exact: true }).waitFor();
    await useOtherHosts(page);
    assertSigV4(await called(await store(page), '/bucket'), { secret, service: 's3', region: 'us-east-1' });
    await end(look);
  });

  test('after storing, the code for curl and TypeScript runs as it stands there', async () => {
    const token = canary();
    const look = await open(`${GALLERY}/openai`);
    const { page } = look;
    await page.getByLabel('Name of the secret').fill('openai-for-code');
    await page.getByRole('textbox', { name: 'API key', exact: true }).fill(token);
    await useOtherHosts(page);
    await store(page);
    const directory = await mkdtemp(join(tmpdir(), 'alter-snippets-'));
    await symlink(
      fileURLToPath(new URL('../node_modules', import.meta.url)),
      join(directory, 'node_modules'),
    );
    const env = { ...process.env, ALTER_API_KEY: key };
    const before = upstream.requests.length;

    await page.getByRole('tab', { name: 'curl' }).click();
    const curl = await codeIn(page);
    const answer = await run('sh', ['-c', curl], { env });
    assert.equal(JSON.parse(answer.stdout).method, 'GET', answer.stdout);
    assert.equal(new URL(page.url()).searchParams.get('code'), 'curl');

    await page.getByRole('tab', { name: 'TypeScript' }).click();
    const code = await codeIn(page);
    await writeFile(join(directory, 'snippet.mts'), code);
    const { stdout } = await run(process.execPath, [join(directory, 'snippet.mts')], { env });
    assert.match(stdout, /^200 \{"method":"GET"/);
    await rm(directory, { recursive: true, force: true });

    const sent = upstream.requests.slice(before);
    assert.deepEqual(
      sent.map(({ headers }) => headers['authorization']),
      [`Bearer ${token}`, `Bearer ${token}`],
    );
    assert.equal((curl + code).includes(token), false);
    await end(look);
  });

  test('Verify says in words whether the provider takes the credential', async () => {
    const look = await open(`${GALLERY}/gitlab`);
    const { page } = look;
    await page.getByLabel('Host', { exact: true }).fill(TLS_HOST);
    await page.getByLabel('API token').fill(canary());
    await store(page);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('GitLab accepts the credential.').waitFor();
    await look.checkAccessible();
    tls.behave((_request, response) => response.writeHead(401).end());
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByText('GitLab refuses the credential.').waitFor();
    await look.checkAccessible();
    tls.behave((request) => request.socket.destroy());
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByText('There was no answer from GitLab.').waitFor();
    await end(look);
  });

  test('who may not store gets no form, and the API refuses it when it is forced', async () => {
    for (const role of ['approver', 'auditor']) {
      for (const path of [GALLERY, `${GALLERY}/openai`, `${GALLERY}/custom`]) {
        const look = await open(path, role);
        await look.page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
        assert.equal(await look.page.getByRole('main').locator('input').count(), 0);
        await end(look);
      }
      const { cookie } = await newMember(vault, role);
      const body = { name: 'forced', template: 'openai', credential: { token: canary() } };
      const forced = await asSession(vault, cookie, 'POST', '/v1/apps/default/secrets', body);
      assert.equal(forced.json.error.code, 'insufficient_scope');
    }
    const { secret_id: id } = await vault.secret(upstream.host);
    const look = await open(`/apps/default/secrets/${id}/use`, 'auditor');
    await look.page.getByRole('tab', { name: 'curl' }).waitFor();
    assert.equal(await look.page.getByRole('button', { name: 'Verify' }).count(), 0);
    assert.equal(await look.page.getByRole('link', { name: 'Store another' }).count(), 0);
    await end(look);
  });

  test('the pages are accessible and look as they should at each width, in both themes', async () => {
    const secret = await vault.ok('POST', '/v1/apps/default/secrets', {
      name: 'openai-seen',
      template: 'openai',
      credential: { token: canary() },
    });
    await seeAll(browser, vault, [
      { name: 'store-gallery', path: GALLERY, heading: 'Store a secret' },
      { name: 'store-template', path: `${GALLERY}/stripe`, heading: 'Store a secret for Stripe' },
      { name: 'store-custom', path: `${GALLERY}/custom`, heading: 'Store a custom secret' },
      { name: 'store-use', path: `/apps/default/secrets/${secret.secret_id}/use?stored=yes` },
    ]);
  });
});

/** The code of the chosen tab, below what is to be installed for it. */
const codeIn = async (page: Page): Promise<string> =>
  (await page.getByRole('tabpanel').locator('pre').last().textContent()) ?? '';

/** All that a page and its origin keep, as text: markup, values of fields, storage, history, cookies that scripts see. */
const EVERYTHING_KEPT = `(async () => JSON.stringify([
  document.documentElement.outerHTML,
  [...document.querySelectorAll('input, textarea, select')].map((field) => field.value),
  { ...localStorage }, { ...sessionStorage }, history.state, document.cookie,
  await indexedDB.databases(), await caches.keys(),
]))()`;

/** Pastes into whatever has the focus, as the browser does. */
const pasting = (text: string): string => `(() => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text', ${JSON.stringify(text)});
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
})()`;

/** Whether a text lies in the page's memory, after everything that can go has gone. */
async function isInMemory(page: Page, text: string): Promise<boolean> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return chunks.join('').includes(text);
}
