/** The audit log in the portal: what is found, how it is moved in, what one event shows, and the proof that the browser checks. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, noBrowser } from './browser.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const AUDIT = '/apps/default/audit';
const EVIL = '<img src=x onerror=alert(1)>';

describe('the audit log in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;
  let key: string;
  let secret: { secret_id: string; grant_id: string };
  let other: { secret_id: string; grant_id: string };

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    browser = await launchBrowser();
    key = (await vault.key({ name: 'night shift' })).api_key;
    secret = await vault.secret(upstream.host, undefined, { name: 'billing' });
    other = await vault.secret(upstream.host, undefined, { name: 'search' });
    await call(secret.grant_id, '/invoices?page=1', {
      'Alter-Reason': encodeURIComponent(`${EVIL} refund`),
      'Alter-Caller': 'email-bot',
      'Alter-Context': encodeURIComponent(JSON.stringify({ thread: 't-1', note: EVIL })),
    });
    await call(secret.grant_id, '/orders', { 'Alter-Context': '{"thread":"t-2"}' });
    await call(other.grant_id, '/things', { 'Alter-Caller': 'search-bot' });
    await vault.proxy(key, secret.grant_id, 'https://elsewhere.example/');
    await until(async () => (await vault.audit({ kind: 'call.completed' })).length >= 3);
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  const call = (grantId: string, path: string, alter: Record<string, string> = {}): Promise<unknown> =>
    vault.proxy(key, grantId, upstream.origin + path, { alter });

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await isSo()); tries += 1) {
      assert.ok(tries < 100, 'it did not come to be');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const rows = (page: Page) => page.getByRole('grid', { name: 'Events, newest first' }).getByRole('row');
  const row = (page: Page, text: string) => rows(page).filter({ hasText: text });

  test('who used this secret: the address says it, the filters show it, and it is taken away again', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${AUDIT}?secret_id=${secret.secret_id}`);
    const { page } = look;
    await row(page, '/invoices').first().waitFor();
    assert.equal(await row(page, '/things').count(), 0);
    const active = page.getByRole('list', { name: 'Active filters' });
    await active.getByText('Secret: billing').waitFor();
    await active.getByRole('button', { name: 'Remove the filter Secret' }).click();
    await row(page, '/things').first().waitFor();
    assert.equal(new URL(page.url()).search, '');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('filters of the form, context too, and a text that is looked for', async () => {
    const look = await signedIn(browser, vault, 'auditor', AUDIT);
    const { page } = look;
    await row(page, '/things').first().waitFor();
    await page.getByRole('button', { name: 'Filters' }).click();
    const form = page.getByRole('dialog', { name: 'Filters' });
    await form.getByLabel('Kind').selectOption('call.authorized');
    await form.getByLabel('Secret').selectOption('billing');
    await form.getByRole('button', { name: 'Add a value of the context' }).click();
    await form.getByLabel('Name').fill('thread');
    await form.getByLabel('Value', { exact: true }).fill('t-2');
    await look.checkAccessible();
    await form.getByRole('button', { name: 'Apply' }).click();
    await row(page, '/orders').waitFor();
    await page.getByText('1 event.').waitFor();
    const { searchParams } = new URL(page.url());
    assert.deepEqual(
      [searchParams.get('kind'), searchParams.get('secret_id'), searchParams.get('context.thread')],
      ['call.authorized', secret.secret_id, 't-2'],
    );
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.getByRole('searchbox', { name: 'Search reason, URL and caller' }).fill('search-bot');
    await page.keyboard.press('Enter');
    await page.getByText('2 events.').waitFor();
    await row(page, '/things').first().waitFor();
    assert.equal(await row(page, '/orders').count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('spans of time stand in the address; what the API says of a wrong filter is shown', async () => {
    const look = await signedIn(browser, vault, 'auditor', AUDIT);
    const { page } = look;
    await page.getByRole('button', { name: 'Time: All time' }).click();
    await page.getByRole('menuitem', { name: 'Last hour' }).click();
    await row(page, '/things').first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('range'), '1h');
    await page.getByRole('button', { name: 'Time: Last hour' }).click();
    await page.getByRole('menuitem', { name: 'From … to …' }).click();
    const form = page.getByRole('dialog', { name: 'Span of time' });
    await form.getByLabel('From').fill('2020-01-02T00:00');
    await form.getByLabel('To').fill('2020-01-01T00:00');
    await form.getByText('The end lies before the beginning.').waitFor();
    await form.getByLabel('To').fill('2020-01-03T00:00');
    await form.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('heading', { name: 'Nothing fits these filters' }).waitFor();
    await look.checkAccessible();
    await page.getByRole('button', { name: 'All time' }).last().click();
    await row(page, '/things').first().waitFor();
    await page.goto(`${AUDIT}?secret_id=nonsense`);
    await page.getByRole('alert').getByText('secret_id').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('the keyboard moves in the table, opens an event, and goes on to the next', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${AUDIT}?kind=call.authorized`);
    const { page } = look;
    await row(page, '/things').waitFor();
    await page.getByRole('grid', { name: 'Events, newest first' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog');
    await panel.getByText(`${upstream.origin}/orders`).first().waitFor();
    await panel.getByRole('button', { name: 'Older event' }).click();
    await panel.getByText(`${upstream.origin}/invoices?page=1`).first().waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).searchParams.has('event'), false);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('I13, W2: an event shows all that was written down, as text, and the browser proves that it stands in the signed log', async () => {
    const [event] = await vault.audit({ kind: 'call.authorized', q: '/invoices' });
    const look = await signedIn(browser, vault, 'auditor');
    const { page } = look;
    await page.goto(`${AUDIT}?event=${event.event_id}`);
    const panel = page.getByRole('dialog');
    await panel.getByText(`${EVIL} refund`).waitFor();
    assert.deepEqual(JSON.parse((await panel.getByLabel('Context', { exact: true }).textContent()) ?? ''), {
      note: EVIL,
      thread: 't-1',
    });
    assert.equal(await page.locator('img').count(), 0);
    await panel.getByText('This event stands in the signed log as it is shown.').waitFor();
    await look.checkAccessible();
    await look.shot('audit-event');
    await panel.getByRole('button', { name: /call\.completed/ }).click();
    await panel.getByText('Completed').first().waitFor();
    await panel.getByRole('link', { name: 'All of this caller' }).click();
    await page.getByRole('list', { name: 'Active filters' }).getByText('Caller: email-bot').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('I13: an event that was changed on its way, a field or its hashed bytes, does not prove', async () => {
    const [event] = await vault.audit({ kind: 'call.authorized', q: '/orders' });
    const path = `${AUDIT}?event=${event.event_id}`;
    const changes: readonly (readonly [string, (text: string) => string])[] = [
      ['The field method is not the one', (text) => text.replace('"method":"GET"', '"method":"PUT"')],
      [
        'The hash is another than the one of the leaf.',
        (text) =>
          text.replace(/"canonical":"([^"]+)"/, (_, canonical: string) => {
            const changed = Buffer.from(canonical, 'base64')
              .toString()
              .replace('"method":"GET"', '"method":"PUT"');
            return `"canonical":"${Buffer.from(changed).toString('base64')}"`;
          }),
      ],
    ];
    for (const [said, change] of changes) {
      const look = await signedIn(browser, vault, 'auditor');
      const { page } = look;
      await page.route('**/audit/events/*', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: change(await response.text()) });
      });
      await page.goto(path);
      await page.getByText('This event is not what was written down.').waitFor();
      await page.getByText(said).waitFor();
      assert.deepEqual(look.faults, []);
      await look.close();
    }
  });

  test('dragging across the histogram looks closer, and the way back leads out again', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${AUDIT}?range=1h`);
    const { page } = look;
    const chart = page.getByRole('figure', { name: 'Events over time' });
    await chart
      .getByText(/^Denied 1/)
      .first()
      .waitFor();
    const canvas = page.locator('.chart .u-over');
    await canvas.waitFor();
    const box = await canvas.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * 0.1, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=/);
    const { searchParams } = new URL(page.url());
    const span = Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '');
    assert.ok(span > 5 * 60_000 && span < 45 * 60_000, `${span} ms`);
    assert.equal(searchParams.has('range'), false);
    await page.getByRole('heading', { name: 'Nothing fits these filters' }).waitFor();
    await page.goBack();
    await rows(page).first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('range'), '1h');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('live: what happens appears by itself, above what was there', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${AUDIT}?caller=live-bot`);
    const { page } = look;
    await page.getByRole('heading', { name: 'Nothing fits these filters' }).waitFor();
    await page.getByRole('button', { name: 'Live' }).click();
    await page.getByText('Following the log.').waitFor();
    await look.checkAccessible();
    await call(secret.grant_id, '/first', { 'Alter-Caller': 'live-bot' });
    await row(page, '/first').first().waitFor();
    await call(secret.grant_id, '/second', { 'Alter-Caller': 'live-bot' });
    await row(page, '/second').first().waitFor();
    const shown = await rows(page).allTextContents();
    assert.ok(
      shown.findIndex((text) => text.includes('/second')) <
        shown.findIndex((text) => text.includes('/first')),
    );
    await look.shot('audit-live');
    await page.getByRole('button', { name: 'Live' }).click();
    await page.getByText('Following the log.').waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).searchParams.has('live'), false);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('what is looked for is exported as the API streams it', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${AUDIT}?q=/invoices`);
    const { page } = look;
    await row(page, '/invoices').first().waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await look.checkAccessible();
    await look.shot('audit-export');
    for (const [name, file] of [
      ['Download CSV', 'audit-default.csv'],
      ['Download NDJSON', 'audit-default.ndjson'],
    ] as const) {
      const downloading = page.waitForEvent('download');
      await dialog.getByRole('link', { name }).click();
      const download = await downloading;
      assert.equal(download.suggestedFilename(), file);
      const text = await readFile(await download.path(), 'utf8');
      assert.ok(text.includes('/invoices') && !text.includes('/things'), name);
    }
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a view is saved under a name, found again, replaced and deleted', async () => {
    const look = await signedIn(browser, vault, 'auditor', `${AUDIT}?kind=call.denied&range=24h`);
    const { page } = look;
    await row(page, 'elsewhere.example').waitFor();
    const menu = async (item: string): Promise<void> => {
      await page.getByRole('button', { name: 'Views' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    const save = async (): Promise<void> => {
      await menu('Save this view…');
      await page.getByRole('dialog', { name: 'Save this view' }).getByLabel('Name').fill('Refusals of today');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
    };
    await save();
    await page.getByText('The view Refusals of today is saved.').first().waitFor();
    await save();
    await page.getByText('There is already a saved view of this name.').waitFor();
    await page.keyboard.press('Escape');
    await page.goto(`${AUDIT}?kind=call.authorized`);
    await row(page, '/things').waitFor();
    await menu('Refusals of today');
    await row(page, 'elsewhere.example').waitFor();
    const { searchParams } = new URL(page.url());
    assert.deepEqual([searchParams.get('kind'), searchParams.get('range')], ['call.denied', '24h']);
    await page.goto(`${AUDIT}?caller=email-bot`);
    await menu('Manage views…');
    const dialog = page.getByRole('dialog', { name: 'Your saved views' });
    await dialog.getByRole('button', { name: 'Replace Refusals of today by what is looked for now' }).click();
    await dialog.getByText('caller: email-bot').waitFor();
    await look.checkAccessible();

    // It goes before the vault has answered, and comes back, with a sentence, when the vault refuses.
    const remove = dialog.getByRole('button', { name: 'Delete the view Refusals of today' });
    const { promise: isSeen, resolve: seen } = Promise.withResolvers<void>();
    await page.route(
      '**/audit/views/*',
      async (route) => {
        await isSeen;
        await route.fulfill({ status: 409, json: { error: { code: 'conflict', message: 'Not now.' } } });
      },
      { times: 1 },
    );
    await remove.click();
    await dialog.getByText('None yet').waitFor();
    seen();
    await dialog.getByText('Not now.').waitFor();
    await dialog.getByText('caller: email-bot').waitFor();
    await Promise.all([
      page.waitForResponse((answer) => answer.request().method() === 'DELETE' && answer.ok()),
      remove.click(),
    ]);
    await page.reload();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'None yet' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('who may not read the log is not offered it, and the page says so', async () => {
    const look = await signedIn(browser, vault, 'approver', '/apps/default/approvals');
    const { page } = look;
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Approvals' }).waitFor();
    assert.equal(
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit' }).count(),
      0,
    );
    await page.goto(AUDIT);
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('the log is accessible and looks as it should at each width, in both themes', async () => {
    const [event] = await vault.audit({ kind: 'call.authorized', q: '/invoices' });
    await seeAll(browser, vault, [
      { name: 'audit', path: AUDIT, heading: 'Audit' },
      { name: 'audit-open', path: `${AUDIT}?event=${event.event_id}&caller=email-bot`, isBehindDialog: true },
    ]);
  });
});
