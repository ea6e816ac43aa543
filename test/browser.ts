/** Debian's Chromium for tests of the portal: what a page asks of other origins, logs and violates is kept, and judged at the end. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PATH = '/usr/bin/chromium';

/** Why there is no browser to test with; undefined where there is one. */
export const noBrowser: string | undefined = existsSync(PATH)
  ? undefined
  : `${PATH} is missing: apt-get install chromium`;

/** Screenshots are artefacts of a run; the folder is not under version control. */
const SHOTS = new URL('../coverage/portal/', import.meta.url);

export interface Look {
  readonly page: Page;
  /** A picture of the page as it is, by its name. */
  shot(name: string): Promise<void>;
  /** No violation that axe finds. */
  checkAccessible(): Promise<void>;
  /** What went wrong unseen: errors, refused content, requests to elsewhere. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: PATH,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Look> {
  // axe is put into the page by the test, past its content policy; the policy itself has tests of its own.
  const context = await browser.newContext({ baseURL: origin, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  // One for each page, never detached: that would switch off what another session has switched on, such as an authenticator.
  const inspector = await context.newCDPSession(page);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refusal of the API is an answer; the browser logs it as a failed load.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`request to ${request.url()}`);
  });
  return {
    page,
    faults,
    shot: async (name) => {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: new URL(`${name}.png`, SHOTS).pathname, fullPage: true });
    },
    checkAccessible: async () => {
      const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      await inspector.send('Runtime.evaluate', { expression: source });
      const found = await inspector.send('Runtime.evaluate', {
        expression:
          "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`))",
        awaitPromise: true,
        returnByValue: true,
      });
      assert.equal(found.exceptionDetails, undefined);
      assert.deepEqual(found.result.value, []);
    },
    close: () => context.close(),
  };
}
