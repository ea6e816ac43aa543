/** Managed secrets and their grants in the portal, and what becomes of calls with them. The upstream sees what really goes out. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, noBrowser, type Look } from './browser.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

const APP = '/v1/apps/default';
const LIST = '/apps/default/secrets';

describe('managed secrets in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;
  let key: string;

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    browser = await launchBrowser();
    key = (await vault.key()).api_key;
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  interface Stored {
    readonly id: string;
    readonly grantId: string;
    readonly page: string;
    readonly value: string;
    readonly read: () => Promise<Json>;
  }

  async function stored(name: string, more: Record<string, unknown> = {}): Promise<Stored> {
    const value = canary();
    const secret = await vault.secret(upstream.host, { token: value }, { name, ...more });
    return {
      id: secret.secret_id,
      grantId: secret.grant_id,
      page: `${LIST}/${secret.secret_id}`,
      value,
      read: () => vault.ok('GET', `${APP}/secrets/${secret.secret_id}`),
    };
  }

  const statusOf = async (grantId: string): Promise<number> =>
    (await vault.proxy(key, grantId, `${upstream.origin}/`)).status;
  const sent = (): unknown => upstream.requests.at(-1)?.headers['authorization'];
  const rowOf = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text });

  async function choose(page: Page, trigger: string, action: string): Promise<void> {
    await page.getByRole('button', { name: trigger }).click();
    await page.getByRole('menuitem', { name: action }).click();
  }

  /** W7: in no place where a page keeps something. */
  async function isNowhere({ page }: Look, value: string): Promise<void> {
    const kept = await page.evaluate(
      `[document.documentElement.outerHTML, [...document.querySelectorAll('input, textarea')].map((one) => one.value).join(),
        location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state)].join()`,
    );
    assert.equal(String(kept).includes(value), false, 'a value is kept in the page');
  }

  test('the list shows what a secret is, is searched and filtered by the address, and opens one', async () => {
    const due = new Date(Date.now() + 5 * 86_400_000).toISOString();
    await vault.ok('POST', `${APP}/secrets`, {
      name: 'openai-prod',
      template: 'openai',
      credential: { token: canary() },
      rotate_by: due,
    });
    await stored('anywhere', { allowed_hosts: ['*'], allow_any_host: true });
    const look = await signedIn(browser, vault, 'auditor', LIST);
    const { page } = look;
    await rowOf(page, 'openai-prod').getByText('OpenAI · Bearer token').waitFor();
    await rowOf(page, 'openai-prod').getByText('Rotate soon').waitFor();
    await rowOf(page, 'openai-prod').getByText('api.openai.com').waitFor();
    await rowOf(page, 'anywhere').getByText('Any host').first().waitFor();
    await page.getByRole('radio', { name: 'To rotate' }).click();
    await rowOf(page, 'anywhere').waitFor({ state: 'detached' });
    await rowOf(page, 'openai-prod').waitFor();
    await page.getByRole('radio', { name: 'All' }).click();
    await page.getByRole('searchbox', { name: 'Find by name, provider or host' }).fill('ANYWH');
    await page.waitForURL(/q=ANYWH/);
    await rowOf(page, 'openai-prod').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'anywhere' }).click();
    await page.getByRole('heading', { level: 1, name: 'anywhere' }).waitFor();
    await page.getByText('It may go to any host').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an app without a secret teaches what one is, and leads to storing the first', async () => {
    await vault.ok('POST', '/v1/apps', { name: 'empty' });
    const look = await signedIn(browser, vault, 'developer', '/apps/empty/secrets');
    const { page } = look;
    await page.getByRole('heading', { name: 'No secrets yet' }).waitFor();
    await look.checkAccessible();
    await look.shot('secrets-none');
    await page.getByRole('link', { name: 'Store a secret' }).last().click();
    await page.waitForURL(/\/apps\/empty\/secrets\/new$/);
    const stayed = await stored('to-use');
    await page.goto(stayed.page);
    await page.getByRole('link', { name: 'Use it in code' }).click();
    await page.waitForURL(/\/use$/);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W2, W7: a secret is rotated, the upstream sees the new value, and it is nowhere in the page', async () => {
    const secret = await stored('to-rotate');
    const look = await signedIn(browser, vault, 'developer', secret.page);
    const { page } = look;
    const next = canary();
    await page.getByRole('button', { name: 'Rotate' }).click();
    const form = page.getByRole('dialog', { name: 'Rotate to-rotate' });
    await form.getByRole('button', { name: 'Rotate' }).click();
    await form.getByText('This is needed.').waitFor();
    const field = form.getByLabel('Token');
    assert.equal(await field.inputValue(), '', 'nothing is filled in');
    assert.equal(await field.getAttribute('autocomplete'), 'off');
    await field.fill(next);
    await form.getByLabel('When a call gets 401 with the new one').selectOption({ index: 1 });
    await form.getByLabel('Rotate next').selectOption({ label: 'In 90 days' });
    await look.checkAccessible();
    await look.shot('secret-rotate');
    await form.getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('Version 2 is in use.').first().waitFor();
    await isNowhere(look, next);
    await isNowhere(look, secret.value);
    assert.equal(await statusOf(secret.grantId), 200);
    assert.equal(sent(), `Bearer ${next}`);

    await page.getByText('Two versions are in use').waitFor();
    await look.checkAccessible();
    await page.getByRole('button', { name: 'End it now' }).click();
    const sure = page.getByRole('dialog', { name: 'Shred the version before?' });
    await sure.getByRole('button', { name: 'End it now' }).click();
    await page.getByText('Two versions are in use').waitFor({ state: 'detached' });
    const { version, overlap_until, rotate_by } = await secret.read();
    assert.deepEqual([version, overlap_until], [2, null]);
    assert.ok(Date.parse(rotate_by) > Date.now() + 89 * 86_400_000);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W7: each credential type has its own fields, and only what is secret is concealed', async () => {
    const login = await vault.secret(
      upstream.host,
      { username: 'ada', password: canary() },
      { name: 'a-login', credential_type: 'basic' },
    );
    const look = await signedIn(browser, vault, 'developer', `${LIST}/${login.secret_id}`);
    const { page } = look;
    await page.getByRole('button', { name: 'Rotate' }).click();
    const form = page.getByRole('dialog', { name: 'Rotate a-login' });
    const password = canary();
    await form.getByLabel('User name').fill('grace:hopper');
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button', { name: 'Rotate' }).click();
    await form.getByText(/colon/i).waitFor();
    await form.getByLabel('User name').fill('grace');
    await form.getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('Version 2 is in use.').first().waitFor();
    await isNowhere(look, password);
    assert.equal(await statusOf(login.grant_id), 200);
    assert.equal(sent(), `Basic ${Buffer.from(`grace:${password}`).toString('base64')}`);

    const aws = await vault.ok('POST', `${APP}/secrets`, {
      name: 'an-aws-key',
      template: 'aws_s3',
      variables: { region: 'eu-central-1' },
      credential: { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: canary() },
    });
    await page.goto(`${LIST}/${aws.secret_id}`);
    await page.getByRole('button', { name: 'Rotate' }).click();
    const keys = page.getByRole('dialog', { name: 'Rotate an-aws-key' });
    const isConcealed = async (label: string): Promise<boolean> =>
      (await keys.getByLabel(label).getAttribute('class'))?.split(' ').includes('concealed') === true;
    assert.deepEqual(
      [await isConcealed('Access key ID'), await isConcealed('Secret access key')],
      [false, true],
    );
    assert.equal(await keys.getByLabel('Role to assume').count(), 0, 'what it has not is not asked for');
    await look.checkAccessible();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W7: a secret is narrowed at once; what lets it go further needs the credential again', async () => {
    const secret = await stored('to-change', { delivery: 'proxy_only' });
    const look = await signedIn(browser, vault, 'developer', secret.page);
    const { page } = look;
    await choose(page, 'More actions', 'Change');
    const form = page.getByRole('dialog', { name: 'Change to-change' });
    await form.getByLabel('Name', { exact: true }).fill('no spaces here');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText(/^Letters, digits, ".", "_" and "-", beginning/).waitFor();
    await form.getByLabel('Name', { exact: true }).fill('was-changed');
    await form.getByRole('textbox', { name: 'Allowed hosts' }).fill('api.example.com ');
    await form.getByRole('radio', { name: 'Any', exact: true }).click();
    await form.getByText('This lets the credential go further than before').waitFor();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Send the credential again in the same request').waitFor();
    await look.checkAccessible();
    await look.shot('secret-change');
    const next = canary();
    await form.getByLabel('Token').fill(next);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The secret is changed.').first().waitFor();
    await isNowhere(look, next);
    const widened = await secret.read();
    assert.deepEqual(
      [widened.name, widened.allowed_hosts, widened.delivery, widened.version],
      ['was-changed', [upstream.host, 'api.example.com'], 'any', 2],
    );
    assert.equal(await statusOf(secret.grantId), 200);
    assert.equal(sent(), `Bearer ${next}`);

    await choose(page, 'More actions', 'Change');
    const again = page.getByRole('dialog', { name: 'Change was-changed' });
    await again.getByRole('button', { name: `Remove ${upstream.host}` }).click();
    assert.equal(await again.getByLabel('Token').count(), 0);
    await again.getByRole('button', { name: 'Save' }).click();
    await again.waitFor({ state: 'detached' });
    assert.deepEqual((await secret.read()).allowed_hosts, ['api.example.com']);
    assert.equal(await statusOf(secret.grantId), 403, 'I7: from this answer on');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W7: where a value goes is changed by the same fields as when it was stored, and needs the credential again', async () => {
    const secret = await stored('to-place');
    const look = await signedIn(browser, vault, 'developer', secret.page);
    const { page } = look;
    await choose(page, 'More actions', 'Change');
    const form = page.getByRole('dialog', { name: 'Change to-place' });
    assert.equal(await form.getByLabel('Header name, rule 1').inputValue(), 'Authorization');
    assert.equal(await form.getByText('This lets the credential go further').count(), 0);
    await form.getByLabel('Header name, rule 1').fill('X Wrong');
    await form.getByText('This lets the credential go further than before').waitFor();
    const next = canary();
    await form.getByLabel('Token', { exact: true }).fill(next);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('alert').waitFor();
    assert.equal(await form.getByLabel('Header name, rule 1').getAttribute('aria-invalid'), 'true');
    await look.checkAccessible();
    await look.shot('secret-change-rules');
    await form.getByLabel('Header name, rule 1').fill('Authorization');
    await form.getByLabel('Format, rule 1').fill('Token {token}');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    assert.equal(await statusOf(secret.grantId), 200);
    assert.equal(sent(), `Token ${next}`);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('the test call says in words how it went', async () => {
    const secret = await vault.ok('POST', `${APP}/secrets`, {
      name: 'to-verify',
      template: 'openai',
      credential: { token: canary() },
    });
    const look = await signedIn(browser, vault, 'developer', `${LIST}/${secret.secret_id}`);
    const { page } = look;
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('status').getByText('There was no answer from OpenAI.').waitFor({ timeout: 60_000 });
    await look.checkAccessible();
    const own = await stored('no-test-call');
    await page.goto(own.page);
    await page.getByRole('button', { name: 'Rotate' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Verify' }).count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a secret is deleted by its typed name: shredded, its grants are over', async () => {
    const secret = await stored('to-delete');
    assert.equal(await statusOf(secret.grantId), 200);
    const look = await signedIn(browser, vault, 'developer', secret.page);
    const { page } = look;
    await choose(page, 'More actions', 'Delete');
    const sure = page.getByRole('dialog', { name: 'Delete to-delete?' });
    await sure.getByText('1 active grant ends').waitFor();
    const button = sure.getByRole('button', { name: 'Delete' });
    await sure.getByLabel('Type to-delete to confirm').fill('to-delet');
    assert.equal(await button.isDisabled(), true);
    await look.checkAccessible();
    await sure.getByLabel('Type to-delete to confirm').fill('to-delete');
    await button.click();
    await page.getByText('to-delete is deleted and shredded.').first().waitFor();
    await page.getByRole('heading', { level: 1, name: 'Managed secrets' }).waitFor();
    assert.equal(await rowOf(page, 'to-delete').count(), 0);
    assert.equal(await statusOf(secret.grantId), 404);
    await page.goto(secret.page);
    await page.getByRole('alert').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a grant is made for an agent, and its id is copied', async () => {
    const { agent_id } = await vault.ok('POST', `${APP}/agents`, {
      name: `agent-${randomUUID()}`,
      display_name: 'Reporter',
    });
    const agentKey = (await vault.key({ agent_id })).api_key;
    const secret = await stored('granted');
    const look = await signedIn(browser, vault, 'developer', secret.page);
    const { page } = look;
    await page.getByRole('button', { name: 'New grant' }).click();
    const form = page.getByRole('dialog', { name: 'Make a grant' });
    await form.getByLabel('Label').fill('nightly report');
    await form.getByRole('radio', { name: 'An agent' }).click();
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('This is needed.').waitFor();
    await form.getByRole('combobox', { name: 'Agent' }).selectOption({ label: 'Reporter' });
    await form.getByLabel('Ends').selectOption({ label: 'In 1 hour' });
    await look.checkAccessible();
    await look.shot('grant-create');
    await form.getByRole('button', { name: 'Create' }).click();
    const made = page.getByRole('dialog', { name: 'The grant is made' });
    const grantId = (await made.getByLabel('Grant id', { exact: true }).textContent()) ?? '';
    await made.getByRole('button', { name: 'Done' }).click();
    assert.equal((await vault.proxy(agentKey, grantId, `${upstream.origin}/`)).status, 200);
    assert.equal(await statusOf(grantId), 404, 'only the agent reaches it');
    const row = rowOf(page, 'nightly report');
    await row.getByText(/^59 min \d+ s$/).waitFor();
    await row.getByRole('button', { name: 'Copy the id of nightly report' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('I12: clones hang below their source with a countdown, are narrower, run out, and go with their source', async () => {
    const secret = await stored('cloned');
    const look = await signedIn(browser, vault, 'developer', secret.page);
    const { page } = look;
    const first = secret.grantId.slice(0, 8);
    await choose(page, `Actions for ${first}`, 'Clone');
    const form = page.getByRole('dialog', { name: `Clone ${first}` });
    await form.getByLabel('Label').fill('for one task');
    await form.getByLabel('Ends').selectOption({ label: 'In 15 minutes' });
    await form.getByLabel('At most so many calls').fill('2');
    await form.getByLabel('Only reading').check();
    await look.checkAccessible();
    await look.shot('grant-clone');
    await form.getByRole('button', { name: 'Clone' }).click();
    const made = page.getByRole('dialog', { name: 'The clone is made' });
    const cloneId = (await made.getByLabel('Grant id', { exact: true }).textContent()) ?? '';
    await made.getByRole('button', { name: 'Done' }).click();
    const row = rowOf(page, 'for one task');
    await row.getByLabel('Clone').waitFor();
    await row.getByText(/^14 min/).waitFor();
    await row.getByText('2 policies').waitFor();
    const denied = await vault.proxy(key, cloneId, `${upstream.origin}/`, { method: 'POST', body: 'x' });
    assert.equal(denied.status, 403);
    assert.deepEqual(
      [await statusOf(cloneId), await statusOf(cloneId), await statusOf(cloneId)],
      [200, 200, 429],
    );

    await choose(page, 'Actions for for one task', 'Details and quota');
    const panel = page.getByRole('dialog', { name: 'for one task' });
    await panel.getByText('0 of 2 left').waitFor();
    await panel.getByText(secret.grantId).waitFor();
    await page.waitForURL(new RegExp(cloneId));
    await look.checkAccessible();
    await look.shot('grant-panel');
    await panel.getByRole('button', { name: 'Close' }).click();

    await vault.ok('POST', `/v1/grants/${secret.grantId}/clone`, { label: 'short', ttl_seconds: 12 });
    await page.reload();
    await rowOf(page, 'short')
      .getByText(/^\d+ s$/)
      .waitFor();
    await rowOf(page, 'short').getByText('Expired').waitFor({ timeout: 15_000 });

    await choose(page, `Actions for ${first}`, 'Revoke');
    const sure = page.getByRole('dialog', { name: `Revoke ${first}?` });
    await sure.getByText('below', { exact: false }).waitFor();
    await sure.getByLabel('Reason').fill('the task is done');
    await look.checkAccessible();
    await look.shot('grant-revoke');
    await sure.getByRole('button', { name: 'Revoke' }).click();
    await page
      .getByText(/is revoked, and \d clones? with it/)
      .first()
      .waitFor();
    assert.deepEqual([await statusOf(secret.grantId), await statusOf(cloneId)], [403, 403]);
    await page.getByText('No grant works').waitFor();
    await page.getByRole('radio', { name: 'All' }).click();
    await rowOf(page, 'for one task').getByText('Revoked').waitFor();
    assert.equal((await vault.ok('GET', `/v1/grants/${secret.grantId}`)).revoke_reason, 'the task is done');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('usage says how often it was called and through which grants', async () => {
    const secret = await stored('used');
    for (let i = 0; i < 3; i += 1) await statusOf(secret.grantId);
    await vault.proxy(key, secret.grantId, 'https://elsewhere.example/');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const look = await signedIn(browser, vault, 'auditor', secret.page);
    const { page } = look;
    await page.getByText('3 calls').first().waitFor();
    await page.getByText('1 denied').first().waitFor();
    await page.getByRole('radio', { name: '30 days' }).click();
    await page.waitForURL(/span=month/);
    await page.getByRole('figure', { name: 'Calls' }).waitFor();
    await page
      .getByRole('button', { name: new RegExp(`Without a label ${secret.grantId.slice(0, 8)}`) })
      .click();
    const panel = page.getByRole('dialog');
    await panel.getByText(secret.grantId).waitFor();
    await panel.getByRole('link', { name: 'Its calls in the audit log' }).waitFor();
    await panel.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('link', { name: 'Every call, in the audit log' }).click();
    await page.waitForURL(new RegExp(`/apps/default/audit\\?secret_id=${secret.id}`));
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('who may not change is offered nothing, and refused by the API', async () => {
    const secret = await stored('of-others');
    for (const role of ['auditor', 'approver']) {
      const look = await signedIn(browser, vault, role, secret.page);
      const { page } = look;
      await page.getByRole('heading', { level: 1, name: 'of-others' }).waitFor();
      await rowOf(page, 'Without a label').waitFor();
      assert.equal(await page.getByRole('link', { name: 'Store a secret' }).count(), 0);
      for (const name of ['Rotate', 'Verify', 'More actions', 'New grant'])
        assert.equal(await page.getByRole('button', { name }).count(), 0, `${role}: ${name}`);
      await page.getByRole('button', { name: /^Actions for/ }).click();
      assert.deepEqual(await page.getByRole('menuitem').allTextContents(), ['Details and quota']);
      assert.deepEqual(look.faults, []);
      await look.close();
    }
  });

  test('every page is accessible and looks as it should at each width, in both themes', async () => {
    const secret = await stored('billing-api', {
      rotate_by: new Date(Date.now() - 86_400_000).toISOString(),
    });
    const clone = await vault.ok('POST', `/v1/grants/${secret.grantId}/clone`, {
      label: 'nightly report',
      ttl_seconds: 7200,
    });
    await vault.ok('POST', `/v1/grants/${clone.grant_id}/clone`, {
      label: 'one page of it',
      ttl_seconds: 900,
    });
    await vault.ok('POST', `${APP}/secrets/${secret.id}/grants`, {
      principal: { type: 'user', id: 'u-4711' },
      label: 'support desk',
    });
    for (let i = 0; i < 4; i += 1) await statusOf(clone.grant_id);
    await statusOf(secret.grantId);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await seeAll(browser, vault, [
      { name: 'secrets', path: LIST, heading: 'Managed secrets' },
      { name: 'secrets-empty', path: `${LIST}?show=unused`, heading: 'Managed secrets' },
      { name: 'secret', path: secret.page, heading: 'billing-api' },
    ]);
  });
});
