/** Policies in the portal: each kind of rule written in its form, and proven by real calls through the vault. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, noBrowser, type Look } from './browser.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Answer, type Json, type TestVault } from './vault.ts';

const POLICIES = '/v1/apps/default/policies';
const LIST = '/apps/default/policies';
const NEW = `${LIST}/new`;
const named = (what: string): string => `${what}-${randomBytes(4).toString('hex')}`;

describe('policies in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let upstream: Upstream;
  let browser: Browser;
  let key: string;
  let look: Look;
  let page: Page;

  before(async () => {
    vault = await startVault();
    upstream = await startUpstream();
    browser = await launchBrowser();
    key = (await vault.key()).api_key;
    look = await signedIn(browser, vault, 'developer', LIST);
    page = look.page;
  });
  after(async () => {
    await look?.close();
    await browser?.close();
    await vault?.stop();
    await upstream?.stop();
    await stopPostgres();
  });

  /** A secret of its own for each policy: what one says does not touch the calls of another test. */
  async function subject() {
    const name = named('s');
    const secret = await vault.secret(upstream.host, undefined, { name });
    const call = (init: RequestInit & { path?: string } = {}): Promise<Answer> =>
      vault.proxy(key, secret.grant_id, `${upstream.origin}${init.path ?? '/v1/x'}`, init);
    return { ...secret, name, call };
  }

  /** The page of a new policy for a secret, with a name; answers with the name. */
  async function begin(of: { readonly name: string }, kind: string): Promise<string> {
    const name = named('p');
    await page.goto(NEW);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('radio', { name: 'A secret', exact: true }).click();
    await page.getByLabel('Secret', { exact: true }).selectOption({ label: of.name });
    await page.getByRole('radio', { name: kind, exact: true }).click();
    return name;
  }

  async function create(name: string): Promise<Json> {
    await page.getByRole('radio', { name: 'Enforce at once', exact: true }).click();
    await page.getByRole('button', { name: 'Create and enforce' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    const { items } = await vault.ok('GET', POLICIES);
    return items.find((one: Json) => one.name === name);
  }

  const codeOf = (answer: Answer): string | undefined => answer.json?.error?.code;
  const words = (): Promise<string> =>
    page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'In words' }) })
      .innerText();

  test('an app without policies teaches by examples, and each opens the form filled in', async () => {
    await page.getByRole('heading', { name: 'No policies yet' }).waitFor();
    await look.checkAccessible();
    await page.getByRole('link', { name: /Four eyes on payments/ }).click();
    await page.getByRole('heading', { level: 1, name: 'New policy' }).waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'four-eyes');
    assert.match(await words(), /Calls are held if the method is POST, until one of approvers agrees/);
  });

  test('hours: drawn by mouse, stretched by keyboard, said in words, and closed hours are denied', async () => {
    const secret = await subject();
    const name = await begin(secret, 'Hours of the week');
    await page.getByLabel('Time zone').fill('UTC');
    const cell = (day: string, hour: number) =>
      page.getByRole('gridcell', { name: new RegExp(`^${day} ${String(hour).padStart(2, '0')}:00`) });
    const [from, to] = await Promise.all([
      cell('Tuesday', 8).boundingBox(),
      cell('Thursday', 11).boundingBox(),
    ]);
    assert.ok(from !== null && to !== null);
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 12 });
    await page.mouse.up();
    assert.match(await words(), /only Tue–Thu from 08:00 to 12:00, UTC time/);
    assert.equal(await page.getByLabel('Until').inputValue(), '12:00');
    await cell('Monday', 0).waitFor();
    assert.equal(await cell('Wednesday', 9).getAttribute('aria-selected'), 'true');
    assert.equal(await cell('Wednesday', 12).getAttribute('aria-selected'), 'false');

    await cell('Thursday', 11).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    assert.match(await words(), /only Thu from 12:00 to 13:00/);
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    assert.match(await words(), /only Thu and Fri from 12:00 to 14:00/);
    await page.getByRole('button', { name: 'Sunday' }).click();
    assert.match(await words(), /only Thu, Fri and Sun from 12:00 to 14:00/);
    await look.checkAccessible();

    // A window that is shut now, whenever the test runs.
    const hour = new Date().getUTCHours();
    const pad = (value: number): string => `${String(value % 24).padStart(2, '0')}:00`;
    await page.getByRole('button', { name: 'All week' }).click();
    await page.getByLabel('From', { exact: true }).fill(pad(hour + 3));
    await page.getByLabel('Until', { exact: true }).fill(pad(hour + 4));
    const { rule } = await create(name);
    assert.deepEqual([rule.from, rule.to, rule.days.length], [pad(hour + 3), pad(hour + 4), 7]);
    const denied = await secret.call();
    assert.equal(codeOf(denied), 'policy_denied');
    assert.match(denied.json.error.hint, new RegExp(name));
  });

  test('A8: networks are chips, judged before anything is sent; who is on no list is denied', async () => {
    const secret = await subject();
    const name = await begin(secret, 'Networks');
    const field = page.getByLabel('Allowed networks');
    await field.fill('10.0.0.1/8');
    await field.press('Enter');
    await page.getByText('Has host bits set; the network is 10.0.0.0/8').waitFor();
    await page.getByRole('radio', { name: 'Enforce at once', exact: true }).click();
    const refused = page.waitForResponse((answer) => answer.request().method() === 'POST');
    await page.getByRole('button', { name: 'Create and enforce' }).click();
    assert.equal((await refused).status(), 400, 'it is not left out unseen');
    await page.getByRole('button', { name: 'Remove 10.0.0.1/8' }).click();
    await page.getByText('Has host bits set').waitFor({ state: 'detached' });
    await field.fill('10.0.0.0/8, 2001:db8::/32 192.0.2.7');
    await field.press('Enter');
    for (const chip of ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])
      await page.getByRole('button', { name: `Remove ${chip}` }).waitFor();
    await page.getByRole('button', { name: 'Remove 192.0.2.7' }).click();
    assert.match(await words(), /Calls pass only from 10\.0\.0\.0\/8 or 2001:db8::\/32\./);
    const { rule } = await create(name);
    assert.deepEqual(rule, { type: 'ip_allowlist', cidrs: ['10.0.0.0/8', '2001:db8::/32'] });
    assert.equal(codeOf(await secret.call()), 'policy_denied');
  });

  test('the request: methods, paths, parameters and the body, each with its own verdict', async () => {
    const secret = await subject();
    const name = await begin(secret, 'The request');
    await page.getByRole('checkbox', { name: 'POST' }).check();
    await page.getByLabel('Paths').fill('/v1/payments/**');
    await page.getByRole('button', { name: 'Add a parameter' }).click();
    await page.getByLabel('Parameter', { exact: true }).fill('currency');
    await page.getByLabel('Values', { exact: true }).fill('EUR\nUSD');
    await page.getByRole('button', { name: 'Add a test of the body' }).click();
    await page.getByLabel('Where in the body').fill('/amount');
    await page.getByLabel('Test', { exact: true }).selectOption({ label: 'is at least' });
    await page.getByLabel('Value', { exact: true }).fill('many');
    await page.getByRole('radio', { name: 'Enforce at once', exact: true }).click();
    await page.getByRole('button', { name: 'Create and enforce' }).click();
    await page.getByText('Must be a number.').waitFor();
    await page.getByLabel('Value', { exact: true }).fill('1000');
    assert.match(
      await words(),
      /Calls are denied if the method is POST, the path is \/v1\/payments\/\*\*, the parameter currency is EUR or USD and \/amount of the body is at least 1000\./,
    );
    await look.checkAccessible();
    const { rule } = await create(name);
    assert.deepEqual(rule, {
      type: 'request',
      effect: 'deny',
      methods: ['POST'],
      paths: ['/v1/payments/**'],
      query: { currency: ['EUR', 'USD'] },
      json: [{ pointer: '/amount', op: 'gte', value: 1000 }],
    });
    const pay = (amount: number) =>
      secret.call({
        path: '/v1/payments/new?currency=EUR',
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ amount }),
      });
    assert.equal((await pay(999)).status, 200);
    assert.equal(codeOf(await pay(1000)), 'policy_denied');
  });

  test('a rate and a quota count, each with its own error', async () => {
    for (const [kind, code] of [
      ['Rate', 'rate_limited'],
      ['Quota', 'quota_exceeded'],
    ] as const) {
      const secret = await subject();
      const name = await begin(secret, kind);
      const limit = page.getByLabel('Calls at most');
      await limit.fill('none');
      await page.getByRole('button', { name: 'Create, monitored' }).click();
      await page.getByText('Must be a whole number of one or more.').waitFor();
      await limit.fill('2');
      await page.getByLabel('Counted together').selectOption({ label: 'for each grant' });
      if (kind === 'Rate') await page.getByLabel('Unit').selectOption({ label: 'hours' });
      else await page.getByLabel('In each').selectOption({ label: 'month' });
      assert.match(
        await words(),
        kind === 'Rate'
          ? /At most 2 calls in any hour, for each grant/
          : /At most 2 calls in each month, UTC time/,
      );
      await create(name);
      assert.equal((await secret.call()).status, 200);
      assert.equal((await secret.call()).status, 200);
      assert.equal(codeOf(await secret.call()), code);
    }
  });

  test('approval: whom to ask and for which calls; such a call is held', async () => {
    const secret = await subject();
    const name = await begin(secret, 'Approval');
    await page.getByRole('radio', { name: 'Only some' }).click();
    await page.getByRole('checkbox', { name: 'DELETE' }).check();
    await page.getByRole('checkbox', { name: 'Owners' }).check();
    await page.getByLabel('How many must agree').fill('2');
    await page.getByLabel('Held for at most').fill('2');
    assert.match(
      await words(),
      /Calls are held if the method is DELETE, until 2 of approvers and owners agree; after 2 hours without that they expire\./,
    );
    const { rule } = await create(name);
    assert.deepEqual(rule, {
      type: 'require_approval',
      when: { methods: ['DELETE'] },
      approvers: ['approver', 'owner'],
      quorum: 2,
      expires_in_seconds: 7200,
    });
    assert.equal((await secret.call()).status, 200);
    assert.equal((await secret.call({ method: 'DELETE' })).status, 202);
  });

  const stored = (name: string, of: { readonly secret_id: string }, more: Json = {}): Promise<Json> =>
    vault.ok('POST', POLICIES, {
      name,
      applies_to: { secret_id: of.secret_id },
      rule: { type: 'request', effect: 'deny', methods: ['DELETE'] },
      ...more,
    });

  test('the switch asks before it enforces, says what the last days tell, and the next call is denied', async () => {
    const secret = await subject();
    const name = named('p');
    await stored(name, secret, { mode: 'monitor' });
    assert.equal((await secret.call({ method: 'DELETE' })).status, 200);
    await page.goto(LIST);
    const toggle = page.getByRole('switch', { name: `Enforce ${name}` });
    await toggle.click();
    const dialog = page.getByRole('dialog', { name: `Enforce ${name}?` });
    await dialog.getByText('Of 1 call it applies to, it would have denied 1 and held 0.').waitFor();
    await look.checkAccessible();
    await look.shot('policy-enforce');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await secret.call({ method: 'DELETE' })).status, 200, 'asking changes nothing');
    await toggle.click();
    await dialog.getByRole('button', { name: 'Enforce it' }).click();
    await page.getByText(`${name} is enforced.`).first().waitFor();
    assert.equal(await toggle.getAttribute('aria-checked'), 'true');
    assert.equal(codeOf(await secret.call({ method: 'DELETE' })), 'policy_denied');
    await toggle.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Only monitor it' }).click();
    await page.getByText(`${name} is only monitored now.`).first().waitFor();
    assert.equal((await secret.call({ method: 'DELETE' })).status, 200);
  });

  test('whoever is overtaken while writing is told so, loses nothing, and chooses', async () => {
    const name = named('p');
    const policy = await stored(name, await subject());
    const theirs = { rule: { type: 'request', effect: 'deny', methods: ['PUT'] } };
    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByRole('checkbox', { name: 'POST' }).check();
    await vault.ok('PATCH', `${POLICIES}/${policy.policy_id}`, theirs);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody changed this policy while you were writing').waitFor();
    await page.getByText('Calls are denied if the method is PUT.').waitFor();
    assert.match(await words(), /DELETE or POST/);
    await look.checkAccessible();
    await look.shot('policy-conflict');
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByText('The policy is saved.').first().waitFor();
    const read = () => vault.ok('GET', `${POLICIES}/${policy.policy_id}`);
    assert.deepEqual((await read()).rule.methods, ['DELETE', 'POST']);

    await page.getByRole('checkbox', { name: 'GET' }).check();
    await vault.ok('PATCH', `${POLICIES}/${policy.policy_id}`, theirs);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Take theirs' }).click();
    assert.match(await words(), /Calls are denied if the method is PUT\./);
    assert.deepEqual((await read()).rule.methods, ['PUT']);
  });

  test('tried on a call that nobody makes: as stored, as it stands in the form, and which policy decides', async () => {
    const secret = await subject();
    const name = named('p');
    const other = named('other');
    const policy = await stored(name, secret);
    await stored(other, secret, { mode: 'monitor' });
    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByRole('tab', { name: 'Try it' }).click();
    const judge = page.getByRole('button', { name: 'Judge it' });
    const grant = page.getByLabel('Grant', { exact: true });
    await judge.waitFor();
    await grant.locator('option:checked:not([value=""])').waitFor({ state: 'attached' });
    assert.equal(await grant.inputValue(), secret.grant_id, 'the only one that it judges');
    assert.equal(await page.getByLabel('URL').inputValue(), `https://${upstream.host}/`);
    await page.getByLabel('URL').fill('nowhere');
    await judge.click();
    await page.getByLabel('URL').and(page.locator('[aria-invalid=true]')).waitFor();
    await page.getByLabel('URL').fill(`${upstream.origin}/v1/x`);
    await page.getByLabel('Method', { exact: true }).selectOption('DELETE');
    await judge.click();
    await page.getByRole('heading', { name: 'It would be refused' }).waitFor();
    await page.getByText(`The policy ${name} denied the call.`).waitFor();
    const said = page.getByRole('listitem').filter({ hasText: 'This policy, as you wrote it' });
    assert.match(await said.innerText(), /denies[^]*decides/);
    const others = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: other }) });
    assert.match(await others.innerText(), /denies[^]*monitored/);
    assert.doesNotMatch(await others.innerText(), /decides/);
    await look.checkAccessible();
    await look.shot('policy-try');

    await page.getByRole('tab', { name: 'Policy', exact: true }).click();
    await page.getByRole('checkbox', { name: 'DELETE' }).uncheck();
    await page.getByRole('checkbox', { name: 'PUT' }).check();
    await page.getByRole('tab', { name: 'Try it' }).click();
    await page.getByText('Judged with your unsaved policy.').waitFor();
    assert.equal(await grant.inputValue(), secret.grant_id, 'what was typed is still there');
    await judge.click();
    await page.getByRole('heading', { name: 'It would go out' }).waitFor();
    assert.equal(codeOf(await secret.call({ method: 'DELETE' })), 'policy_denied', 'nothing is stored');
    assert.equal(upstream.requests.filter(({ method }) => method === 'PUT').length, 0, 'nothing is sent');
  });

  test('what it would have done: a new policy over past calls, drawn over time, with examples', async () => {
    const secret = await subject();
    for (const method of ['GET', 'GET', 'DELETE']) await secret.call({ method, path: '/v1/past' });
    const name = await begin(secret, 'The request');
    await page.getByRole('tab', { name: 'What it would have done' }).click();
    await page.getByText('Complete the policy first; then it can be tried.').waitFor();
    await page.getByRole('tab', { name: 'Policy', exact: true }).click();
    await page.getByRole('checkbox', { name: 'DELETE' }).check();
    await page.getByRole('tab', { name: 'What it would have done' }).click();
    await page.getByRole('heading', { name: 'It applies to 3 calls.' }).waitFor();
    await page.getByRole('radio', { name: '24 hours' }).click();
    const chart = page.getByRole('figure', { name: 'Calls over time' });
    // Until then the thirty days of before are drawn.
    await chart.locator('tbody tr').nth(24).waitFor({ state: 'detached' });
    const rows = await chart.locator('tbody tr').allInnerTexts();
    assert.equal(rows.length, 24);
    const counted = rows.map((row) => row.split('\t').slice(1).map(Number));
    const sum = (index: number): number => counted.reduce((all, row) => all + (row[index] ?? 0), 0);
    assert.deepEqual([sum(0), sum(1), sum(2), sum(3)], [2, 1, 0, 0]);
    const examples = page.getByRole('table', { name: 'Examples' });
    assert.match(await examples.getByRole('row').nth(1).innerText(), /Denied[^]*DELETE[^]*\/v1\/past/);
    await look.checkAccessible();
    await look.shot('policy-replay');
    await examples.getByRole('link', { name: /DELETE/ }).click();
    const guard = page.getByRole('dialog', { name: 'Leave without saving?' });
    await guard.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('radio', { name: 'Other dates' }).click();
    await page.getByLabel('From', { exact: true }).fill('2020-01-01');
    await page.getByLabel('Until', { exact: true }).fill('2020-01-02');
    await page.getByText('No calls in this time').waitFor();
    await page.getByRole('tab', { name: 'Policy', exact: true }).click();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), name, 'nothing typed is lost');
    assert.equal(
      (await vault.ok('GET', POLICIES)).items.some((one: Json) => one.name === name),
      false,
    );
  });

  test('a policy is copied, the list of one secret says whose it is, and leaving unsaved work asks', async () => {
    const secret = await subject();
    const [name, copy] = [named('p'), named('copy')];
    const policy = await stored(name, secret, { mode: 'monitor' });
    await secret.call({ method: 'DELETE', path: '/v1/copied' });
    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByRole('link', { name: 'Copy', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'New policy' }).waitFor();
    assert.equal(await page.getByRole('checkbox', { name: 'DELETE' }).isChecked(), true);
    const chosen = page
      .getByLabel('Secret', { exact: true })
      .locator(`option[value="${secret.secret_id}"]:checked`);
    await chosen.waitFor({ state: 'attached' });
    await page.getByLabel('Name', { exact: true }).fill(copy);
    await page.getByRole('link', { name: 'All policies' }).click();
    const guard = page.getByRole('dialog', { name: 'Leave without saving?' });
    await look.checkAccessible();
    await guard.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), copy);
    await page.getByRole('button', { name: 'Create, monitored' }).click();
    await page.getByRole('heading', { level: 1, name: copy }).waitFor();

    await page.goto(`${LIST}?secret=${secret.secret_id}`);
    for (const one of [name, copy]) await page.getByRole('link', { name: one, exact: true }).waitFor();
    assert.equal(await page.getByRole('row').count(), 3);
    await page.getByRole('link', { name: `Only of: Secret ${secret.name}` }).click();
    await page.waitForURL((url) => url.search === '');

    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByLabel('Name', { exact: true }).fill('another');
    await page.getByRole('link', { name: 'All policies' }).click();
    await guard.getByRole('button', { name: 'Leave it' }).click();
    await page.getByRole('heading', { level: 1, name: 'Policies' }).waitFor();
    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByRole('link', { name: /in the audit log/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await page.getByText('/v1/copied').first().waitFor();
  });

  test('what the vault finds fault with is said at its field', async () => {
    const name = named('p');
    const policy = await stored(name, await subject());
    const other = await stored(named('p'), await subject());
    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByLabel('Name', { exact: true }).fill(other.name);
    await page.getByLabel('Paths').fill('/a/**b');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('/a/**b may have ** only as a whole segment').waitFor();
    await page.getByRole('button', { name: 'Remove /a/**b' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(/name/).first().waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), other.name);
  });

  test('deleting asks for the name, and lifts the restriction', async () => {
    const secret = await subject();
    const name = named('p');
    const policy = await stored(name, secret);
    assert.equal(codeOf(await secret.call({ method: 'DELETE' })), 'policy_denied');
    await page.goto(`${LIST}/${policy.policy_id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
    assert.equal(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true);
    await dialog.getByLabel('Type its name to delete it').fill(name);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Policies' }).waitFor();
    assert.equal((await secret.call({ method: 'DELETE' })).status, 200);
    assert.deepEqual(look.faults, []);
  });

  test('whoever may not write policies reads them, and is offered nothing more', async () => {
    const name = named('p');
    const hours = { timezone: 'Asia/Tokyo', days: ['sat'], from: '22:00', to: '06:00' };
    const policy = await stored(name, await subject(), { rule: { type: 'time_window', ...hours } });
    for (const role of ['approver', 'auditor']) {
      const reader = await signedIn(browser, vault, role, LIST);
      await reader.page.getByRole('link', { name }).waitFor();
      assert.equal(await reader.page.getByRole('switch').count(), 0);
      assert.equal(await reader.page.getByRole('link', { name: 'New policy' }).count(), 0);
      await reader.page.goto(NEW);
      await reader.page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
      await reader.page.goto(`${LIST}/${policy.policy_id}`);
      await reader.page
        .getByText('Calls pass only Sat from 22:00 to 06:00 of the next day, Asia/Tokyo time.')
        .waitFor();
      const open = reader.page.getByRole('gridcell', { name: /open$/ });
      assert.equal(await open.count(), 8, 'two hours of Saturday, six of Sunday');
      await open.first().click();
      assert.equal(await open.count(), 8);
      await reader.checkAccessible();
      for (const button of ['Save', 'Delete'])
        assert.equal(await reader.page.getByRole('button', { name: button }).count(), 0);
      const mayReadLog = role === 'auditor' ? 1 : 0;
      await reader.page.getByRole('tab', { name: 'Try it' }).waitFor();
      assert.equal(
        await reader.page.getByRole('tab', { name: 'What it would have done' }).count(),
        mayReadLog,
        role,
      );
      assert.equal(await reader.page.getByRole('textbox', { name: 'Name' }).count(), 0);
      assert.deepEqual(reader.faults, []);
      await reader.close();
    }
  });

  test('every page is accessible and looks as it should at each width, in both themes', async () => {
    const secret = await subject();
    const shown = await stored(named('office-hours'), secret, {
      mode: 'monitor',
      rule: {
        type: 'time_window',
        timezone: 'Europe/Berlin',
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
        from: '08:30',
        to: '18:00',
      },
    });
    const payments = await stored(named('payments'), secret, {
      rule: {
        type: 'require_approval',
        when: {
          methods: ['POST'],
          paths: ['/v1/payments/**'],
          json: [{ pointer: '/amount', op: 'gte', value: 1000 }],
        },
        approvers: ['approver', 'owner'],
        quorum: 2,
      },
    });
    for (let call = 0; call < 5; call += 1) await secret.call({ method: 'POST', path: '/v1/payments/new' });
    for (let call = 0; call < 9; call += 1) await secret.call();
    await seeAll(browser, vault, [
      { name: 'policies', path: LIST, heading: 'Policies' },
      { name: 'policy-new', path: `${NEW}?example=from-our-network`, heading: 'New policy' },
      { name: 'policy-hours', path: `${LIST}/${shown.policy_id}`, heading: shown.name },
      { name: 'policy-past', path: `${LIST}/${payments.policy_id}?tab=replay`, heading: payments.name },
    ]);
  });
});
