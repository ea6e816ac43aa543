/** The table of events over thousands of them: however far one scrolls, as many rows are drawn as fit the screen, and what comes meanwhile waits. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { fillAudit } from './audit-fill.ts';
import { launchBrowser, noBrowser } from './browser.ts';
import { signedIn } from './portal-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const EVENTS = 8_000;
const DRAWN_MAX = 60;

describe('the table of very many events', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    const { items } = await vault.ok('GET', '/v1/apps');
    await fillAudit(vault.urls.ownerUrl, items[0].app_id, EVENTS);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  test('only the rows in view are drawn, however far one scrolls, and the way back shows the same', async () => {
    const look = await signedIn(browser, vault, 'auditor', '/apps/default/audit?caller=worker-3');
    const { page } = look;
    const grid = page.getByRole('grid', { name: 'Events, newest first' });
    const rows = grid.getByRole('row');
    await rows.nth(3).waitFor();
    const newest = await rows.nth(1).textContent();
    await grid.hover();
    const known = async (): Promise<number> => Number(await grid.getAttribute('aria-rowcount'));
    for (let tries = 0; (await known()) < 600; tries += 1) {
      await page.mouse.wheel(0, 4000);
      assert.ok((await rows.count()) <= DRAWN_MAX);
      assert.ok(tries < 200, `${await known()} rows are known`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const drawn = await rows.nth(5).elementHandle();
    const before = await drawn?.getAttribute('aria-rowindex');
    await page.mouse.wheel(0, -4000);
    await rows.and(page.locator(`[aria-rowindex="${Number(before) - 100}"]`)).waitFor();
    assert.notEqual(await drawn?.getAttribute('aria-rowindex'), before, 'a row that leaves is filled anew');
    await grid.focus();
    await page.keyboard.press('End');
    await page.getByText(/That is all there is\.$/).waitFor();
    await page.keyboard.press('End');
    const last = await known();
    await rows
      .and(page.locator(`[aria-rowindex="${last}"]`))
      .getByText('worker-3')
      .waitFor();
    assert.ok((await rows.count()) <= DRAWN_MAX);
    await page.keyboard.press('Home');
    await rows.and(page.locator('[aria-rowindex="2"]')).waitFor();
    assert.equal(await rows.and(page.locator('[aria-rowindex="2"]')).textContent(), newest);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('what comes while one reads further down waits above, and is shown when asked for', async () => {
    const { api_key } = await vault.key();
    const { grant_id } = await vault.secret(upstream.host);
    const look = await signedIn(browser, vault, 'auditor', '/apps/default/audit?live=1');
    const { page } = look;
    const grid = page.getByRole('grid', { name: 'Events, newest first' });
    await page.getByText('Following the log.').waitFor();
    await grid.getByText('member.signed_in').first().waitFor();
    await grid.hover();
    await page.mouse.wheel(0, 2000);
    await grid.getByText('member.signed_in').first().waitFor({ state: 'detached' });
    await vault.proxy(api_key, grant_id, `${upstream.origin}/meanwhile`);
    const waiting = page.getByRole('button', { name: /new events?$/ });
    await waiting.waitFor();
    assert.equal(await grid.getByText('/meanwhile').count(), 0);
    await waiting.click();
    await grid.getByText('/meanwhile').first().waitFor();
    await waiting.waitFor({ state: 'detached' });
    assert.deepEqual(look.faults, []);
    await look.close();
  });
});
