/** The inbox of held calls in a browser: live, by keyboard, with what is unlike before, and its history. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { decide, holdPolicy, person } from './approvals-rig.ts';
import { launchBrowser, noBrowser } from './browser.ts';
import { seeAll, signedIn, waitForTitle } from './portal-rig.ts';
import { PASSWORD } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const INBOX = '/apps/default/approvals';

describe('the inbox of held calls', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;
  let key: string;
  let grantId: string;

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    browser = await launchBrowser();
    key = (await vault.key({ name: 'billing-worker' })).api_key;
    const secret = await vault.secret(upstream.host, undefined, { name: 'stripe-live' });
    grantId = secret.grant_id;
    await vault.proxy(key, grantId, `${upstream.origin}/v1/refunds`, { method: 'POST', body: '{}' });
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver', 'owner'] });
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  async function hold(method: string, path: string): Promise<string> {
    const held = await vault.proxy(key, grantId, upstream.origin + path, {
      method,
      ...(method === 'DELETE' ? {} : { body: '{"amount": 12}' }),
      alter: { 'Alter-Caller': 'refunds.ts', 'Alter-Reason': 'order%204711' },
    });
    assert.equal(held.status, 202, held.text);
    return held.json.approval.approval_id;
  }

  test('a call that is held appears by itself, in the tab of the browser too, with what is unlike before', async () => {
    const look = await signedIn(browser, vault, 'approver', INBOX);
    const { page } = look;
    await page.getByText('Nothing waits for you').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const id = await hold('DELETE', '/v1/customers/7');
    const row = page.getByRole('row').filter({ hasText: `DELETE ${upstream.host}` });
    // Polling, which goes on beside the stream, would take a minute.
    await row.waitFor({ timeout: 5000 });
    for (const text of [
      'stripe-live',
      'billing-worker',
      'refunds.ts',
      'Deletes',
      'New path',
      'New method',
      'You may decide',
    ])
      await row.getByText(text).waitFor();
    await waitForTitle(page, /^\(1\) /);
    await look.checkAccessible();
    await look.shot('approvals-live');
    await vault.api('POST', `/v1/approvals/${id}/cancel`, {}, { token: key });
    await page.getByText('Nothing waits for you').waitFor({ timeout: 5000 });
    await waitForTitle(page, /^Approvals/);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('by keyboard alone: to the second call, d, the reason, Ctrl and Enter', async () => {
    const first = await hold('POST', '/v1/refunds/1');
    const second = await hold('POST', '/v1/refunds/2');
    const look = await signedIn(browser, vault, 'approver', INBOX);
    const { page } = look;
    await page.locator(`a[data-call="${first}"]`).waitFor();
    for (const [pressed, at] of [
      ['j', second],
      ['j', first],
      ['j', first],
      ['ArrowUp', second],
      ['k', second],
      ['ArrowDown', first],
    ] as const) {
      await page.keyboard.press(pressed);
      assert.equal(await page.evaluate('document.activeElement.dataset.call'), at, pressed);
    }
    await page.keyboard.press('d');
    await page.waitForURL(`**/approvals/${first}?decide=deny`);
    const reason = page.getByLabel('Reason for your decision');
    await reason.and(page.locator(':focus')).waitFor();
    await page.getByText('Ctrl and Enter deny.').waitFor();
    await look.checkAccessible();
    await page.keyboard.type('not a and d');
    await page.keyboard.press('Control+Enter');
    const dialog = page.getByRole('dialog', { name: 'Prove that it is you' });
    await dialog.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('Denied', { exact: true }).first().waitFor();
    const { json } = await vault.api('GET', `/v1/approvals/${first}`, undefined, { token: key });
    assert.deepEqual([json.status, json.decision_reason], ['denied', 'not a and d']);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('A3: opening the address of a begun decision decides nothing; who may not decide is told why', async () => {
    const id = await hold('POST', '/v1/refunds/3');
    const look = await signedIn(browser, vault, 'approver', `/approvals/${id}?decide=approve`);
    await look.page.getByText('Ctrl and Enter approve.').waitFor();
    await look.page.getByText('This grant was not used for this path before.').waitFor();
    const approver = await person(vault, 'approver');
    const state = await vault.api('GET', `/v1/approvals/${id}`, undefined, { token: key });
    assert.equal(state.json.status, 'pending');
    await decide(vault, id, approver, { decision: 'deny' });
    await look.page
      .getByText('This call is decided. Nothing more can be done here.')
      .waitFor({ timeout: 5000 });
    assert.equal(await look.page.getByLabel('Reason for your decision').count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('what was decided is listed by what became of it, which stands in the address', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${INBOX}?status=denied`);
    const { page } = look;
    await page.getByRole('radio', { name: 'Denied', checked: true }).waitFor();
    const rows = page.getByRole('row').filter({ hasText: upstream.host });
    await rows.first().waitFor();
    assert.equal(await rows.count(), 2);
    await page.getByRole('radio', { name: 'Failed' }).click();
    await page.waitForURL('**/approvals?status=failed');
    await page.getByText('No such calls').waitFor();
    await page.getByRole('radio', { name: 'Taken back' }).click();
    await page
      .getByRole('row')
      .filter({ hasText: `DELETE ${upstream.host}` })
      .waitFor();
    await page.getByRole('radio', { name: 'Waiting' }).click();
    await page.getByText('Others decide').first().waitFor();
    assert.equal(new URL(page.url()).search, '');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('it is accessible and looks as it should at each width, in both themes', async () => {
    const id = await hold('DELETE', '/v1/customers/8');
    await seeAll(browser, vault, [
      { name: 'inbox', path: INBOX, heading: 'Approvals' },
      { name: 'inbox-history', path: `${INBOX}?status=all`, heading: 'Approvals' },
      { name: 'inbox-call', path: `/approvals/${id}?decide=approve` },
    ]);
  });
});
