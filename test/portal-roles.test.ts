/** Every role against every page, and what the palette finds for it: what one may not see says so and is not in the navigation. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ROLE_SCOPES, ROLES, type Scope } from '@alter-vault/contract';
import type { Browser } from 'playwright-core';
import { launchBrowser, noBrowser } from './browser.ts';
import { signedIn } from './portal-rig.ts';
import { asSession, newMember } from './sessions.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

/** Each page that the navigation leads to, by the scope that it needs. */
const PAGES: readonly (readonly [path: string, link: string, scope: Scope])[] = [
  ['/apps/default/overview', 'Overview', 'apps:read'],
  ['/apps/default/secrets', 'Managed secrets', 'secrets:read'],
  ['/apps/default/approvals', 'Approvals', 'approvals:read'],
  ['/apps/default/policies', 'Policies', 'policies:read'],
  ['/apps/default/keys', 'API keys', 'keys:read'],
  ['/apps/default/agents', 'Agents', 'agents:read'],
  ['/apps/default/audit', 'Audit', 'audit:read'],
  ['/apps/default/notifications', 'Notifications', 'channels:read'],
  ['/apps/default/settings', 'App settings', 'apps:write'],
  ['/apps', 'Apps', 'apps:read'],
  ['/members', 'Members', 'members:read'],
  ['/settings', 'Settings', 'settings:read'],
];

describe('roles in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let browser: Browser;

  before(async () => {
    vault = await startVault();
    browser = await launchBrowser();
    await vault.secret('api.example.com', undefined, { name: 'matrix-secret' });
    await vault.key({ name: 'matrix-key' });
    await vault.ok('POST', '/v1/apps/default/agents', { name: 'matrix-agent' });
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await stopPostgres();
  });

  for (const role of ROLES)
    test(`the pages of the role ${role} are those of its scopes`, async () => {
      const may = (scope: Scope): boolean => ROLE_SCOPES[role].includes(scope);
      const look = await signedIn(browser, vault, role);
      const { page } = look;
      const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
      await links.first().waitFor();
      const shown = (await links.allTextContents()).map((text) => text.replace(/\d.*$/, ''));
      const wanted = PAGES.filter(([, , scope]) => may(scope)).map(([, link]) => link);
      assert.deepEqual(shown.toSorted(), wanted.toSorted());
      for (const [path, , scope] of PAGES) {
        await page.goto(path);
        const refused = page.getByRole('heading', { name: 'You may not see this page' });
        if (may(scope)) {
          await page.getByRole('heading', { level: 1 }).first().waitFor();
          assert.equal(await refused.count(), 0, path);
        } else await refused.waitFor();
      }
      assert.deepEqual(look.faults, []);
      await look.close();
    });

  test('what is found by name or id is only what one may read, and nothing of another app', async () => {
    const find = async (role: string, q: string): Promise<string[]> => {
      const { cookie } = await newMember(vault, role);
      const { json } = await asSession(vault, cookie, 'GET', `/v1/apps/default/search?q=${q}`);
      return json.items.map((one: Json) => `${one.kind} ${one.kind === 'grant' ? one.detail : one.name}`);
    };
    assert.deepEqual(await find('developer', 'MATRIX'), [
      'agent matrix-agent',
      'key matrix-key',
      'secret matrix-secret',
      'grant matrix-secret',
    ]);
    assert.deepEqual(await find('approver', 'matrix'), [
      'agent matrix-agent',
      'secret matrix-secret',
      'grant matrix-secret',
    ]);
    assert.deepEqual(await find('approver', 'developer-'), [], 'members are for those who may read them');
    const [secret] = (await vault.ok('GET', '/v1/apps/default/secrets')).items;
    assert.ok((await find('auditor', secret.secret_id)).includes('secret matrix-secret'));
    await vault.ok('POST', '/v1/apps', { name: 'elsewhere' });
    assert.deepEqual((await vault.ok('GET', '/v1/apps/elsewhere/search?q=matrix')).items, []);
  });

  test('the palette leads to the very key, channel, grant and member', async () => {
    const { email } = await newMember(vault, 'auditor');
    const channel = { name: 'found-channel', type: 'webhook', url: 'https://ops.example.com/alter' };
    await vault.ok('POST', '/v1/apps/default/channels', channel);
    const [grant] = (await vault.ok('GET', '/v1/apps/default/grants')).items;
    const look = await signedIn(browser, vault, 'owner', '/account');
    const { page } = look;
    const jump = async (text: string, option: RegExp): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog', { name: 'Search and jump' }).waitFor();
      await page.keyboard.type(text);
      await page.getByRole('option', { name: option }).first().waitFor();
      await page.keyboard.press('Enter');
    };
    const marked = page.locator('tr[aria-current="true"]');
    await jump('matrix-key', /^matrix-key/);
    await marked.getByText('matrix-key').waitFor();
    await look.checkAccessible();
    await look.shot('palette-to-key');
    await jump(email.slice(0, 20), /^auditor-/);
    await marked.getByText(email).waitFor();
    await jump('found-channel', /^found-channel/);
    await page.getByRole('heading', { level: 1, name: /found-channel/ }).waitFor();
    await jump(grant.grant_id, /Grant$/);
    await page.getByRole('dialog').getByText(grant.grant_id).first().waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a list to choose from looks further on the server where there is more than it holds', async () => {
    await vault.ok('POST', '/v1/apps', { name: 'crowded' });
    for (let at = 100; at < 160; at += 1)
      await vault.ok('POST', '/v1/apps/crowded/agents', { name: `agent-${at}` });
    const look = await signedIn(browser, vault, 'owner', '/apps/crowded/keys');
    const { page } = look;
    await page.getByRole('button', { name: 'New API key' }).first().click();
    const form = page.getByRole('dialog', { name: 'Make an API key' });
    await form.getByLabel('Name').fill('of the last');
    await form.getByRole('radio', { name: 'One agent' }).click();
    const list = form.getByRole('combobox', { name: 'Agent', exact: true });
    await list.locator('option', { hasText: 'agent-149' }).waitFor({ state: 'attached' });
    assert.equal(await list.locator('option', { hasText: 'agent-159' }).count(), 0);
    await form.getByRole('searchbox', { name: 'Agent: search by name' }).fill('159');
    await list.locator('option', { hasText: 'agent-159' }).waitFor({ state: 'attached' });
    await list.selectOption({ label: 'agent-159' });
    await form.getByRole('searchbox', { name: 'Agent: search by name' }).fill('');
    await list.locator('option', { hasText: 'agent-100' }).waitFor({ state: 'attached' });
    assert.match(await list.locator('option:checked').innerText(), /agent-159|…/);
    await look.checkAccessible();
    await look.shot('pick-further');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('dialog', { name: 'The key is made' }).waitFor();
    const [key] = (await vault.ok('GET', '/v1/apps/crowded/keys')).items;
    assert.equal(key.agent_name, 'agent-159');
    await look.close();
  });

  test('the palette finds a secret by part of its name, and leads to it by keyboard alone', async () => {
    const look = await signedIn(browser, vault, 'developer', '/account');
    await look.page.keyboard.press('Control+k');
    await look.page.getByRole('dialog', { name: 'Search and jump' }).waitFor();
    await look.page.keyboard.type('matrix-sec');
    await look.page.getByRole('option', { name: /^matrix-secret/ }).waitFor();
    await look.checkAccessible();
    await look.shot('palette');
    await look.page.keyboard.press('Enter');
    await look.page.getByRole('heading', { level: 1, name: /matrix-secret/ }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });
});
