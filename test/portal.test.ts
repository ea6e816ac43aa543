/** The portal in a browser, against a real vault: by role and label, as people use it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { holdPolicy } from './approvals-rig.ts';
import { launchBrowser, noBrowser, openPage } from './browser.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { newMember, PASSWORD } from './sessions.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

describe('the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  /** A call that waits for an approver, with a script in what its caller says. */
  async function held(): Promise<{
    id: string;
    key: string;
    path: string;
    body: string;
    sent: () => number;
  }> {
    const { api_key: key } = await vault.key();
    const secret = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id: secret.secret_id }, { approvers: ['approver'] });
    const path = `/orders/${secret.secret_id}`;
    const body = '{"amount": 12, "note": "<script>document.title=1</script>"}';
    const answer = await vault.proxy(key, secret.grant_id, upstream.origin + path, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json' },
      alter: {
        'Alter-Reason': encodeURIComponent('<img src=x onerror=alert(1)> refund'),
        'Alter-Context': '{"thread":"t-1"}',
      },
    });
    assert.equal(answer.status, 202, answer.text);
    const sent = (): number => upstream.requests.filter(({ url }) => url === path).length;
    return { id: answer.json.approval.approval_id, key, path, body, sent };
  }

  test('W4: whoever is not signed in gets to the sign-in, and on to where they wanted; a wrong password says so', async () => {
    const { email } = await newMember(vault, 'owner');
    const look = await openPage(browser, vault.url);
    const { page } = look;
    await page.goto('/apps');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await look.checkAccessible();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('E-mail address or password is wrong.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Apps' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/apps');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto('/apps');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('the way back from the sign-in never leads to another origin', async () => {
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example/']) {
      const look = await openPage(browser, vault.url);
      const { email } = await newMember(vault, 'owner');
      await look.page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await look.page.getByLabel('E-mail address').fill(email);
      await look.page.getByLabel('Password').fill(PASSWORD);
      await look.page.getByRole('button', { name: 'Sign in' }).click();
      await look.page.getByRole('navigation', { name: 'Main' }).waitFor();
      assert.deepEqual(look.faults, []);
      await look.close();
    }
  });

  test('an owner makes an app; what the API says of a field stands at the field', async () => {
    const look = await signedIn(browser, vault, 'owner', '/apps');
    const { page } = look;
    await page.getByRole('button', { name: 'New app' }).first().click();
    await page.getByLabel('Name').fill('no spaces here');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^Letters, digits, ".", "_" and "-", beginning/).waitFor();
    await look.checkAccessible();
    await page.getByLabel('Name').fill('billing');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'billing' }).waitFor();
    await look.shot('apps');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('A3, A4, W2: an approver sees exactly what will be sent, steps up, approves, and it is sent once', async () => {
    const call = await held();
    const look = await signedIn(browser, vault, 'approver', `/approvals/${call.id}`);
    const { page } = look;
    await page.getByRole('heading', { name: `POST ${upstream.host}` }).waitFor();
    await page.getByText(upstream.origin + call.path).waitFor();
    assert.equal(await page.getByLabel('Body', { exact: true }).textContent(), call.body);
    await page.getByText('<img src=x onerror=alert(1)> refund').waitFor();
    assert.equal(await page.locator('main img, main script').count(), 0);
    await look.checkAccessible();
    assert.equal(call.sent(), 0, 'looking sends nothing');
    await look.shot('held-call');

    await page.getByLabel('Reason for your decision').fill('as agreed');
    await page.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog', { name: 'Prove that it is you' });
    await dialog.getByLabel('Password').fill('not it');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByRole('alert').waitFor();
    assert.equal(call.sent(), 0);
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('Your approval is recorded.').first().waitFor();
    await page.getByText('Sent', { exact: true }).first().waitFor();
    await page.getByText('as agreed').waitFor();
    assert.equal(call.sent(), 1);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a call is denied from the inbox on a phone, and the caller is told why', async () => {
    const call = await held();
    const look = await signedIn(browser, vault, 'approver', '/apps/default/approvals', {
      viewport: { width: 390, height: 844 },
    });
    const { page } = look;
    await page
      .getByRole('link', { name: `POST ${upstream.host}` })
      .first()
      .click();
    await page.getByText(upstream.origin + call.path).waitFor();
    await look.checkAccessible();
    await look.shot('held-call-390');
    await page.getByLabel('Reason for your decision').fill('not this month');
    await page.getByRole('button', { name: 'Deny' }).click();
    const dialog = page.getByRole('dialog', { name: 'Prove that it is you' });
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('Denied', { exact: true }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0);
    const state = await vault.api('GET', `/v1/approvals/${call.id}`, undefined, { token: call.key });
    assert.equal(state.json.status, 'denied');
    assert.equal(state.json.decision_reason, 'not this month');
    assert.equal(call.sent(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('what a role may not do is not offered, and its page says so', async () => {
    const call = await held();
    const auditor = await signedIn(browser, vault, 'auditor', `/approvals/${call.id}`);
    await auditor.page.getByRole('main').getByText(/./).first().waitFor();
    assert.equal(await auditor.page.getByRole('button', { name: 'Approve' }).count(), 0);
    await auditor.page.goto('/apps');
    await auditor.page.getByRole('heading', { name: 'Apps' }).waitFor();
    assert.equal(await auditor.page.getByRole('button', { name: 'New app' }).count(), 0);
    assert.deepEqual(auditor.faults, []);
    await auditor.close();
  });

  test('every page is accessible and looks as it should at each width, in both themes', async () => {
    const call = await held();
    await seeAll(browser, vault, [
      { name: 'approvals', path: '/apps/default/approvals', heading: 'Approvals' },
      { name: 'apps', path: '/apps', heading: 'Apps' },
      { name: 'account', path: '/account', heading: 'Your account' },
      { name: 'approval', path: `/approvals/${call.id}` },
    ]);
  });

  test('the keyboard alone jumps to a page', async () => {
    const look = await signedIn(browser, vault, 'owner', '/account');
    await look.page.keyboard.press('Control+k');
    await look.page.getByRole('dialog', { name: 'Search and jump' }).waitFor();
    await look.checkAccessible();
    await look.page.keyboard.type('Apps');
    await look.page.keyboard.press('Enter');
    await look.page.getByRole('heading', { level: 1, name: 'Apps' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W2, W3, W9: the page has a strict policy, no frame takes it, and each answer a nonce of its own', async () => {
    const get = (path: string): Promise<Response> =>
      fetch(vault.url + path, { headers: { Accept: 'text/html' } });
    const policies = new Set<string>();
    for (const path of ['/', '/sign-in', '/approvals/01900000-0000-7000-8000-000000000000']) {
      const answer = await get(path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.equal(answer.status, 200);
      for (const part of [
        "default-src 'none'",
        "script-src 'self';",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ])
        assert.ok(policy.includes(part), `${path}: ${policy}`);
      assert.equal(policy.includes('unsafe'), false);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      policies.add(policy);
    }
    assert.equal(policies.size, 3);
    assert.equal((await get('/v1/nothing')).status, 404);
    assert.equal((await get('/assets/nothing.js')).status, 404);
    assert.equal((await fetch(`${vault.url}/nothing`)).status, 404, 'only who asks for a page gets one');
    for (const path of ['/.sources', '/index.html.br', '/assets/../package.json', '/%2e%2e/package.json'])
      assert.notEqual((await fetch(vault.url + path)).status, 200, path);
  });

  test('the first load is small: less than 250 KB of script, compressed', async () => {
    const look = await openPage(browser, vault.url);
    let bytes = 0;
    look.page.on('response', (response) => {
      if (!response.url().endsWith('.js')) return;
      bytes += Number(response.headers()['content-length'] ?? Number.NaN);
    });
    await look.page.goto('/', { waitUntil: 'networkidle' });
    assert.ok(bytes > 1000 && bytes < 250_000, `${bytes} bytes`);
    await look.close();
  });
});
