/** What tests of the portal share: a browser with somebody signed in, and looking at a page at every size in both themes. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { openPage, type Look } from './browser.ts';
import { newMember, PASSWORD } from './sessions.ts';
import type { TestVault } from './vault.ts';

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const IDLE_MS_MAX = 5000;
const THEMES = ['light', 'dark'] as const;

/** A browser in which a new member of the role has signed in, at a page of the portal. */
export async function signedIn(
  browser: Browser,
  vault: TestVault,
  role: string,
  path = '/',
  options: Parameters<typeof openPage>[2] = {},
): Promise<Look> {
  const { email } = await newMember(vault, role);
  const look = await openPage(browser, vault.url, options);
  await look.page.goto(path);
  await look.page.getByLabel('E-mail address').fill(email);
  await look.page.getByLabel('Password').fill(PASSWORD);
  await look.page.getByRole('button', { name: 'Sign in' }).click();
  await look.page
    .getByRole('navigation', { name: 'Main' })
    .or(look.page.getByRole('button', { name: 'Open navigation' }))
    .first()
    .waitFor();
  return look;
}

/** Asked for from outside: the page itself may evaluate no text (W2). */
export async function waitForTitle(page: Page, title: RegExp): Promise<void> {
  const lateAt = Date.now() + 10_000;
  for (let now = ''; !title.test((now = await page.title())); await sleep(50))
    if (Date.now() > lateAt) assert.fail(`the title is “${now}”, and not ${title}`);
}

/** The next change at an address is made, and its answer never comes. */
export async function loseAnswer(page: Page, url: string): Promise<void> {
  let isLost = false;
  await page.route(url, async (route) => {
    if (isLost || route.request().method() !== 'POST') return route.continue();
    isLost = true;
    await route.fetch();
    return route.abort('connectionreset');
  });
}

interface PageToSee {
  /** Of its screenshots. */
  readonly name: string;
  readonly path: string;
  /** Its title; any where undefined. */
  readonly heading?: string;
  /** A dialog is open on it, and hides the title from whoever can't see. */
  readonly isBehindDialog?: true;
}

/**
 * Each page as an owner sees it, at three widths in both themes: axe finds nothing, nothing scrolls sideways, and a screenshot is
 * kept of each.
 */
export async function seeAll(browser: Browser, vault: TestVault, pages: readonly PageToSee[]): Promise<void> {
  for (const colorScheme of THEMES)
    for (const viewport of SIZES) {
      const look = await signedIn(browser, vault, 'owner', '/', { viewport, colorScheme });
      for (const { name, path, heading, isBehindDialog } of pages) {
        await look.page.goto(path);
        const title = { level: 1, ...(heading === undefined ? {} : { name: heading }) };
        const sign = isBehindDialog
          ? look.page.getByRole('dialog')
          : look.page.getByRole('heading', title).first();
        await sign.waitFor();
        // A page that follows something live is never idle.
        await look.page.waitForLoadState('networkidle', { timeout: IDLE_MS_MAX }).catch(() => undefined);
        await look.checkAccessible();
        const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
        assert.equal(
          await look.page.evaluate(isWider),
          false,
          `${path} scrolls sideways at ${viewport.width} px`,
        );
        await look.shot(`${name}-${viewport.width}-${colorScheme}`);
      }
      assert.deepEqual(look.faults, []);
      await look.close();
    }
}
