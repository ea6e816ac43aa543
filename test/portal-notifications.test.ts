/** Notification channels in the portal: made, tested against a real receiver, rotated, changed, deleted; secrets shown once. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { holdPolicy } from './approvals-rig.ts';
import { launchBrowser, noBrowser, type Look } from './browser.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';
import { fileURLToPath } from 'node:url';
import { seeAll, signedIn } from './portal-rig.ts';
import { startUpstream, type Recorded, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

const CHANNELS = '/v1/apps/default/channels';
const LIST = '/apps/default/notifications';
const named = (): string => `c-${randomBytes(4).toString('hex')}`;

describe('notification channels in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let receiver: Upstream;
  let mail: MailSink;
  let browser: Browser;
  let look: Look;
  let page: Page;

  before(async () => {
    mail = await startMailSink();
    vault = await startVault({
      env: {
        ALTER_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
        ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
      },
    });
    receiver = await startUpstream();
    browser = await launchBrowser();
    look = await signedIn(browser, vault, 'developer', LIST);
    page = look.page;
  });
  after(async () => {
    await look?.close();
    await browser?.close();
    await vault?.stop();
    await receiver?.stop();
    await mail?.stop();
    await stopPostgres();
  });

  const got = (path: string): Recorded[] => receiver.requests.filter(({ url }) => url === path);

  /** Standard Webhooks 1.0, as a receiver reads it. */
  function isSigned(request: Recorded | undefined, secret: string): boolean {
    if (request === undefined) return false;
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = request.headers;
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const mac = createHmac('sha256', key).update(`${id}.${at}.`).update(request.body).digest('base64');
    return String(signatures).split(' ').includes(`v1,${mac}`);
  }

  /** The secret of the dialog that shows it, which is then closed: it is nowhere any more. */
  async function takeSecret(): Promise<string> {
    const dialog = page.getByRole('dialog', { name: 'The signing secret' });
    const secret = (await dialog.getByLabel('Signing secret', { exact: true }).textContent()) ?? '';
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    await look.checkAccessible();
    await look.shot('channel-secret');
    await dialog.getByRole('button', { name: 'I have saved it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await assertGone(secret);
    return secret;
  }

  /** W2: neither in the page, nor in an address, nor in anything that the browser keeps. */
  async function assertGone(secret: string): Promise<void> {
    assert.equal((await page.content()).includes(secret), false, 'in the page');
    assert.equal(page.url().includes(encodeURIComponent(secret)), false, 'in the address');
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, [...document.querySelectorAll("input, textarea")].map(({ value }) => value)])',
    );
    assert.equal(String(kept).includes(secret), false, 'in storage or a field');
  }

  const one = async (name: string): Promise<Json> =>
    (await vault.ok('GET', `${CHANNELS}?limit=200`)).items.find((channel: Json) => channel.name === name);

  test('W2: a webhook is made, its secret shown once, a test arrives signed, and a rotation signs twice', async () => {
    await page.getByRole('heading', { name: 'No channels yet' }).waitFor();
    await look.checkAccessible();
    const name = named();
    await page.getByRole('button', { name: 'New channel' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New channel' });
    await dialog.getByRole('button', { name: 'Create' }).click();
    assert.equal(await dialog.getByText('This is needed.').count(), 2, 'name and URL');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByLabel('URL', { exact: true }).fill('http://169.254.169.254/');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText(/private, reserved or otherwise never dialled/).waitFor();
    await look.checkAccessible();
    await dialog.getByLabel('URL', { exact: true }).fill(`${receiver.origin}/${name}`);
    await dialog.getByRole('radio', { name: 'Only some' }).click();
    await dialog.getByRole('checkbox', { name: 'A call waits for a decision' }).check();
    await dialog.getByRole('button', { name: 'Create' }).click();
    const first = await takeSecret();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    assert.deepEqual((await one(name)).events, ['approval.requested']);

    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice arrived; the answer was 200.').waitFor();
    assert.ok(isSigned(got(`/${name}`).at(-1), first));

    await page.getByRole('button', { name: 'Rotate the signing secret' }).click();
    await look.checkAccessible();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click();
    const second = await takeSecret();
    assert.notEqual(second, first);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice arrived').waitFor();
    const deadline = Date.now() + 10_000;
    while (got(`/${name}`).length < 2 && Date.now() < deadline) await page.waitForTimeout(20);
    const last = got(`/${name}`).at(-1);
    assert.ok(isSigned(last, second) && isSigned(last, first), 'signed by both');
  });

  test('W2: another URL makes another secret, shown once; what fails says why', async () => {
    const name = named();
    const made = await vault.ok('POST', CHANNELS, { name, type: 'webhook', url: `${receiver.origin}/old` });
    await page.goto(`${LIST}/${made.channel_id}`);
    await page.getByLabel('URL', { exact: true }).fill(`${receiver.origin}/${name}`);
    await page.getByRole('button', { name: 'Save' }).click();
    const secret = await takeSecret();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice arrived; the answer was 200.').waitFor();
    assert.ok(isSigned(got(`/${name}`).at(-1), secret));
    receiver.behave((_request, response) => response.writeHead(500).end());
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice did not arrive').waitFor();
    await page.getByText('Error refused; the answer was 500.').waitFor();
    await look.checkAccessible();
    receiver.behave((_request, response) => response.writeHead(204).end());
  });

  test('a held call is delivered, and the list of deliveries says so by itself', async () => {
    const name = named();
    const made = await vault.ok('POST', CHANNELS, {
      name,
      type: 'webhook',
      url: `${receiver.origin}/${name}`,
    });
    await page.goto(`${LIST}/${made.channel_id}`);
    await page.getByRole('heading', { name: 'Nothing sent yet' }).waitFor();
    const { api_key: key } = await vault.key();
    const secret = await vault.secret(receiver.host);
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
    const held = await vault.proxy(key, secret.grant_id, `${receiver.origin}/held`);
    assert.equal(held.status, 202);
    const row = page.getByRole('row', { name: /A call waits for a decision/ });
    await row.getByText('Delivered').waitFor({ timeout: 20_000 });
    await row.getByText('204').waitFor();
    assert.equal(got(`/${name}`).length, 1);
  });

  test('W7: the address of Slack is written and never comes back, on no page and in no field', async () => {
    const name = named();
    const secret = randomBytes(12).toString('hex');
    await page.goto(LIST);
    await page.getByRole('button', { name: 'New channel' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New channel' });
    await dialog.getByRole('radio', { name: 'Slack', exact: true }).click();
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    const field = dialog.getByLabel('Incoming webhook URL');
    assert.equal(await field.getAttribute('autocomplete'), 'off');
    await field.fill(`${receiver.origin}/${secret}`);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await assertGone(secret);
    assert.equal(await page.getByRole('button', { name: 'Rotate the signing secret' }).count(), 0);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice arrived').waitFor();
    assert.equal(got(`/${secret}`).length, 1);

    const other = randomBytes(12).toString('hex');
    await page.getByLabel('Incoming webhook URL').fill(`${receiver.origin}/${other}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The channel is saved.').first().waitFor();
    await assertGone(other);
    await page.getByLabel('Name', { exact: true }).fill(`${name}-2`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: `${name}-2` }).waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice arrived').waitFor();
    assert.equal(got(`/${other}`).length, 1, 'an empty field leaves the address as it is');
  });

  test('e-mail: addresses are chips, and the test reaches the mailbox', async () => {
    const name = named();
    await page.goto(LIST);
    await page.getByRole('button', { name: 'New channel' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New channel' });
    await dialog.getByRole('radio', { name: 'E-mail', exact: true }).click();
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    const to = dialog.getByLabel('To', { exact: true });
    await to.fill('nobody');
    await to.press('Enter');
    await dialog.getByText('Must be an e-mail address.').waitFor();
    await dialog.getByRole('button', { name: 'Remove nobody' }).click();
    await to.fill('ops@example.com, night@example.com');
    await to.press('Enter');
    await dialog.getByLabel('From', { exact: true }).fill('vault@example.com');
    await look.checkAccessible();
    await look.shot('channel-new');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test notice arrived').waitFor();
    assert.deepEqual(mail.mails.at(-1)?.to, ['ops@example.com', 'night@example.com']);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page
      .getByRole('dialog', { name: `Delete ${name}?` })
      .getByRole('button', { name: 'Delete' })
      .click();
    await page.getByRole('heading', { level: 1, name: 'Notifications' }).waitFor();
    assert.equal(await one(name), undefined);
    assert.deepEqual(look.faults, []);
  });

  test('whoever may not write channels reads them; an approver has no place for them', async () => {
    const name = named();
    const made = await vault.ok('POST', CHANNELS, { name, type: 'webhook', url: `${receiver.origin}/x` });
    const auditor = await signedIn(browser, vault, 'auditor', LIST);
    await auditor.page.getByRole('link', { name }).waitFor();
    assert.equal(await auditor.page.getByRole('button', { name: 'New channel' }).count(), 0);
    await auditor.page.goto(`${LIST}/${made.channel_id}`);
    await auditor.page.getByText('You may look at channels').waitFor();
    for (const button of ['Save', 'Send a test', 'Delete', 'Rotate the signing secret'])
      assert.equal(await auditor.page.getByRole('button', { name: button }).count(), 0, button);
    assert.deepEqual(auditor.faults, []);
    await auditor.close();
    const approver = await signedIn(browser, vault, 'approver', LIST);
    await approver.page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    assert.equal(await approver.page.getByRole('link', { name: 'Notifications' }).count(), 0);
    await approver.close();
  });

  test('every page is accessible and looks as it should at each width, in both themes', async () => {
    const { items } = await vault.ok('GET', CHANNELS);
    const webhook = items.find((channel: Json) => channel.type === 'webhook' && channel.events === null);
    await seeAll(browser, vault, [
      { name: 'notifications', path: LIST, heading: 'Notifications' },
      { name: 'channel', path: `${LIST}/${webhook.channel_id}`, heading: webhook.name },
    ]);
  });
});
