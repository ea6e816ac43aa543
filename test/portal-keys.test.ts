/** API keys in the portal: made, changed, rotated and revoked in a browser, and what becomes of calls with them. */
import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, noBrowser, type Look } from './browser.ts';
import { loseAnswer, seeAll, signedIn } from './portal-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const KEYS = '/apps/default/keys';

describe('API keys in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;
  let grantId: string;

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    browser = await launchBrowser();
    grantId = (await vault.secret(upstream.host)).grant_id;
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  const statusOf = async (key: string): Promise<number> =>
    (await vault.proxy(key, grantId, `${upstream.origin}/`)).status;
  const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name });
  const choose = async (page: Page, name: string, action: string): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${name}` }).click();
    await page.getByRole('menuitem', { name: action }).click();
  };

  /** Rows are sealed: the past is made by the vault's own clock. */
  async function madeDaysAgo(days: number, name: string): Promise<void> {
    const { clock } = vault.server.api;
    const now = clock.now.bind(clock);
    const moved = mock.method(clock, 'now', () => now() - days * 86_400_000);
    await vault.key({ name });
    moved.mock.restore();
  }

  /** The key that a dialog shows, read as people would copy it; afterwards it is gone from wherever a page keeps things. */
  async function takeKey({ page }: Look, dialog: Locator): Promise<string> {
    const text = (await dialog.getByLabel('API key', { exact: true }).textContent()) ?? '';
    assert.match(text, /^alter_key_(app|agent)_/);
    await dialog.getByText(`ALTER_API_KEY=${text}`).waitFor();
    await dialog.getByRole('button', { name: 'I have saved it' }).click();
    await dialog.waitFor({ state: 'detached' });
    const kept = await page.evaluate(
      '[document.documentElement.outerHTML, location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state)].join()',
    );
    assert.equal(String(kept).includes(text), false, 'W7: shown once');
    return text;
  }

  test('W7: a key is made with its restrictions, shown once, and works', async () => {
    const look = await signedIn(browser, vault, 'developer', KEYS);
    const { page } = look;
    await page.getByRole('button', { name: 'New API key' }).first().click();
    const form = page.getByRole('dialog', { name: 'Make an API key' });
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('This is needed.').waitFor();
    await form.getByLabel('Name').fill('billing worker');
    await form.getByLabel('Expires').selectOption({ label: 'In 30 days' });
    await form.getByLabel('Only from these addresses').fill('10.1.2.3/8');
    await form.getByLabel('Requests per minute').fill('0');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('A whole number, 1 or more.').waitFor();
    await form.getByLabel('Requests per minute').fill('120');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('Has host bits set; the network is 10.0.0.0/8', { exact: true }).waitFor();
    await form.getByRole('alert').waitFor();
    assert.equal(await form.getByText(/has host bits set/i).count(), 1, 'it is said once, at its field');
    await look.checkAccessible();
    await form.getByRole('button', { name: 'Remove 10.1.2.3/8' }).click();
    await form.getByLabel('Only from these addresses').fill('127.0.0.0/8, ::1');
    await look.shot('keys-create');
    await form.getByRole('button', { name: 'Create' }).click();
    const shown = page.getByRole('dialog', { name: 'The key is made' });
    await shown.waitFor();
    await look.checkAccessible();
    await look.shot('keys-shown-once');
    const key = await takeKey(look, shown);
    assert.equal(await statusOf(key), 200);
    await row(page, 'billing worker').getByText('120 / min').waitFor();
    await row(page, 'billing worker').getByText('from 2 networks').waitFor();
    const { items } = await vault.ok('GET', '/v1/apps/default/keys?q=billing');
    assert.deepEqual(
      [items.length, items[0].ip_allowlist, items[0].requests_per_minute, items[0].allow_release],
      [1, ['127.0.0.0/8', '::1'], 120, true],
    );
    const days = (Date.parse(items[0].expires_at) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days <= 30, String(days));
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a key whose answer got lost is not made again: one is told, and finds it in the list', async () => {
    const look = await signedIn(browser, vault, 'developer', KEYS);
    const { page } = look;
    await loseAnswer(page, '**/v1/apps/default/keys');
    await page.getByRole('button', { name: 'New API key' }).first().click();
    const form = page.getByRole('dialog', { name: 'Make an API key' });
    await form.getByLabel('Name').fill('lost on the way');
    await form.getByLabel('Expires').selectOption({ label: 'In 30 days' });
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('The vault can’t be reached.').waitFor();
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('This was made by your first try, whose answer got lost.').waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
    await row(page, 'lost on the way').waitFor();
    const { items } = await vault.ok('GET', '/v1/apps/default/keys?q=lost');
    assert.equal(items.length, 1);
    await look.close();
  });

  test('a key of an agent reaches only what is bound to the agent, and gets nothing released unless told', async () => {
    const { agent_id } = await vault.ok('POST', '/v1/apps/default/agents', { name: 'summarizer' });
    const look = await signedIn(browser, vault, 'developer', `${KEYS}?agent=${agent_id}`);
    const { page } = look;
    await page.getByText('Keys of the agent summarizer').waitFor();
    await page.getByText('No key is like that').waitFor();
    await page.getByRole('button', { name: 'New API key' }).first().click();
    const form = page.getByRole('dialog', { name: 'Make an API key' });
    await form.getByRole('combobox', { name: 'Agent' }).waitFor();
    assert.equal(await form.getByRole('radio', { name: 'One agent' }).isChecked(), true);
    assert.equal(await form.getByLabel('May have credentials released to it').isChecked(), false);
    await form.getByLabel('Name').fill('of the summarizer');
    await form.getByRole('button', { name: 'Create' }).click();
    const key = await takeKey(look, page.getByRole('dialog', { name: 'The key is made' }));
    assert.equal(await statusOf(key), 404);
    await row(page, 'of the summarizer').getByText('summarizer', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show all keys' }).click();
    await row(page, 'billing worker').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a key is changed: renamed, narrowed, and widened again', async () => {
    const { api_key: key } = await vault.key({ name: 'to change', requests_per_minute: 5 });
    const look = await signedIn(browser, vault, 'developer', KEYS);
    const { page } = look;
    await choose(page, 'to change', 'Change');
    const form = page.getByRole('dialog', { name: 'Change to change' });
    await form.getByLabel('Name').fill('was changed');
    await form.getByLabel('Requests per minute').fill('');
    await form.getByLabel('Only from these addresses').fill('198.51.100.7');
    await form.getByLabel('May have credentials released to it').uncheck();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The key is changed.').first().waitFor();
    assert.equal(await statusOf(key), 401, 'I12: from this answer on');
    await row(page, 'was changed').getByText('from 1 network').waitFor();
    await choose(page, 'was changed', 'Change');
    const again = page.getByRole('dialog', { name: 'Change was changed' });
    await again.getByRole('button', { name: 'Remove 198.51.100.7' }).click();
    await again.getByRole('button', { name: 'Save' }).click();
    await again.waitFor({ state: 'detached' });
    assert.equal(await statusOf(key), 200);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W7: a key is rotated: both work for a while, and the new one is shown once', async () => {
    const { api_key: old } = await vault.key({ name: 'to rotate' });
    const look = await signedIn(browser, vault, 'developer', KEYS);
    const { page } = look;
    await choose(page, 'to rotate', 'Rotate');
    const form = page.getByRole('dialog', { name: 'Rotate to rotate' });
    await form.getByLabel('The old key works for').selectOption({ label: 'For 1 hour' });
    await look.checkAccessible();
    await look.shot('keys-rotate');
    await form.getByRole('button', { name: 'Rotate' }).click();
    const shown = page.getByRole('dialog', { name: 'The new key' });
    await shown.getByText(/The old key ends/).waitFor();
    const next = await takeKey(look, shown);
    assert.notEqual(next, old);
    assert.deepEqual([await statusOf(old), await statusOf(next)], [200, 200]);
    await row(page, 'to rotate').getByText('Being replaced').waitFor();
    assert.equal(await row(page, 'to rotate').count(), 2);

    await page
      .getByRole('row')
      .filter({ hasText: 'to rotate' })
      .filter({ hasText: 'Being replaced' })
      .getByRole('button', { name: 'Actions for to rotate' })
      .click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    const sure = page.getByRole('dialog', { name: 'Revoke to rotate?' });
    await sure.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Key to rotate is revoked.').first().waitFor();
    assert.deepEqual([await statusOf(old), await statusOf(next)], [401, 200]);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a key is revoked only after one is sure, and its calls are refused from then on', async () => {
    const { api_key: key } = await vault.key({ name: 'to revoke' });
    const look = await signedIn(browser, vault, 'developer', KEYS);
    const { page } = look;
    await choose(page, 'to revoke', 'Revoke');
    const sure = page.getByRole('dialog', { name: 'Revoke to revoke?' });
    await sure.getByText('It was never used.').waitFor();
    await look.checkAccessible();
    await sure.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await statusOf(key), 200);
    await choose(page, 'to revoke', 'Revoke');
    await sure.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Key to revoke is revoked.').first().waitFor();
    assert.equal(await statusOf(key), 401, 'I12');
    await row(page, 'to revoke').waitFor({ state: 'detached' });
    await page.getByRole('radio', { name: 'All' }).click();
    await row(page, 'to revoke').getByText('Revoked').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Actions for to revoke' }).count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('what lies unused is pointed out, and found by itself; filters and search stand in the address', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${KEYS}?show=unused`);
    const { page } = look;
    await page.getByText('Nothing lies unused').waitFor();
    await madeDaysAgo(40, 'forgotten');
    await page.reload();
    await row(page, 'forgotten').getByText('Unused').waitFor();
    assert.equal(await row(page, 'billing worker').count(), 0);
    await page.getByRole('radio', { name: 'All' }).click();
    await page.getByRole('searchbox', { name: 'Find by name or prefix' }).fill('forg');
    await page.waitForURL(/q=forg/);
    await row(page, 'billing worker').waitFor({ state: 'detached' });
    await row(page, 'forgotten').waitFor();
    await page.reload();
    await row(page, 'forgotten').waitFor();
    assert.equal(await row(page, 'billing worker').count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('who may not is not offered it, and refused by the API', async () => {
    const auditor = await signedIn(browser, vault, 'auditor', KEYS);
    await row(auditor.page, 'billing worker').waitFor();
    assert.equal(await auditor.page.getByRole('button', { name: 'New API key' }).count(), 0);
    assert.equal(await auditor.page.getByRole('button', { name: /^Actions for/ }).count(), 0);
    await auditor.close();
    const approver = await signedIn(browser, vault, 'approver', KEYS);
    await approver.page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    assert.equal(
      await approver.page.getByRole('navigation').getByRole('link', { name: 'API keys' }).count(),
      0,
    );
    await approver.close();
  });

  test('the page is accessible and looks as it should at each width, in both themes', async () => {
    await seeAll(browser, vault, [
      { name: 'keys', path: `${KEYS}?show=all`, heading: 'API keys' },
      { name: 'keys-empty', path: `${KEYS}?q=nothing-like-that`, heading: 'API keys' },
    ]);
  });
});
