/** What a browser makes of the pages: titles, what the document says of itself, how it is sent, how soon it can be used. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, noBrowser } from './browser.ts';
import { signedIn } from './portal-rig.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const PATHS = [
  '/apps/default/overview',
  '/apps/default/approvals',
  '/apps/default/secrets',
  '/apps/default/audit',
  '/settings',
];
const LAYOUT_SHIFT_MAX = 0.1;
const TAP_PX_MIN = 24;

/** Of what can be tapped and is seen: links within a sentence are as high as it, and may be. */
const SMALL_TARGETS = `[...document.querySelectorAll('button, input, select, textarea, nav a, [role="radio"], [role="switch"]')]
  .filter((one) => one.checkVisibility() && one.type !== 'checkbox' && !one.closest('.sr-only'))
  .map((one) => [one.getBoundingClientRect(), one.ariaLabel ?? one.textContent])
  .filter(([box]) => box.width > 0 && (box.width < ${TAP_PX_MIN} || box.height < ${TAP_PX_MIN}))
  .map(([box, name]) => name + ' ' + Math.round(box.width) + '×' + Math.round(box.height))`;

const SHIFTS = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 1000);
})`;

describe('what a browser makes of the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let browser: Browser;

  before(async () => {
    vault = await startVault();
    browser = await launchBrowser();
    await vault.secret('api.example.com', undefined, { name: 'vitals' });
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await stopPostgres();
  });

  test('each page has a title and a language, can be tapped, and does not jump while it loads', async (t) => {
    const look = await signedIn(browser, vault, 'owner', '/', { viewport: { width: 390, height: 844 } });
    const { page } = look;
    const titles = new Set<string>();
    for (const path of PATHS) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      const shift = Number(await page.evaluate(SHIFTS));
      assert.ok(shift <= LAYOUT_SHIFT_MAX, `${path} jumps by ${shift}`);
      assert.deepEqual(await page.evaluate(SMALL_TARGETS), [], path);
      titles.add(await page.title());
      assert.match(await page.title(), /^.+ · Alter Vault$/);
      const painted = await page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
      );
      const usable = await page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive");
      t.diagnostic(
        `${path}: first paint ${Number(painted)} ms, usable ${Number(usable)} ms, jumps by ${shift}`,
      );
    }
    assert.equal(titles.size, PATHS.length);
    assert.equal(await page.evaluate('document.documentElement.lang'), 'en');
    for (const name of ['viewport', 'description'])
      assert.notEqual(await page.locator(`meta[name="${name}"]`).getAttribute('content'), '', name);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('what is loaded is compressed, and what has its content in its name is kept for a year', async () => {
    const look = await signedIn(browser, vault, 'owner', '/account');
    const assets: string[] = [];
    look.page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith('/assets/') || !/\.(?:js|css)$/.test(pathname)) return;
      const headers = response.headers();
      assets.push(pathname);
      assert.match(headers['cache-control'] ?? '', /max-age=31536000, immutable/, pathname);
      if (Number(headers['content-length']) > 1024)
        assert.match(headers['content-encoding'] ?? '', /br|gzip/, pathname);
    });
    await look.page.goto('/apps/default/overview');
    await look.page.getByRole('heading', { level: 1 }).waitFor();
    assert.ok(assets.length > 1);
    await look.close();
  });
});
