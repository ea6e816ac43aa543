/** Agents in the portal: made with their key, changed, deleted; what one may use and what it did. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, noBrowser } from './browser.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const API = '/v1/apps/default';
const LIST = '/apps/default/agents';

describe('agents in the portal', { skip: noBrowser }, () => {
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

  /** An agent with a key and a grant of its own. */
  async function agentWith(name: string, more: Record<string, unknown> = {}) {
    const { agent_id: id } = await vault.ok('POST', `${API}/agents`, { name, ...more });
    const { api_key: key } = await vault.key({ name, agent_id: id });
    const secret = await vault.secret(upstream.host, undefined, { name: `secret-of-${name}` });
    const { grant_id: grantId } = await vault.ok('POST', `${API}/secrets/${secret.secret_id}/grants`, {
      principal: { type: 'agent', id },
      label: `for ${name}`,
    });
    const call = async (): Promise<number> => (await vault.proxy(key, grantId, `${upstream.origin}/`)).status;
    return { id, key, secret, grantId, call, page: `${LIST}/${id}` };
  }

  async function choose(page: Page, action: string): Promise<void> {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: action }).click();
  }

  test('W7: an agent is made with a key that is shown once and reaches nothing else', async () => {
    const look = await signedIn(browser, vault, 'developer', LIST);
    const { page } = look;
    await page.getByRole('heading', { name: 'No agents yet' }).waitFor();
    await look.checkAccessible();
    await look.shot('agents-none');
    await page.getByRole('button', { name: 'New agent' }).first().click();
    const form = page.getByRole('dialog', { name: 'Make an agent' });
    await form.getByLabel('Name', { exact: true }).fill('no spaces here');
    await form.getByLabel('Notes').fill('owner billing');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('Each line needs a name, a colon and a value.').waitFor();
    await form.getByLabel('Notes').fill('owner: billing\nurl: https://x.example/y');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText(/^Letters, digits, ".", "_" and "-", beginning/).waitFor();
    await form.getByLabel('Name', { exact: true }).fill('invoice-reader');
    await form.getByLabel('Shown as').fill('Invoice reader');
    await look.checkAccessible();
    await look.shot('agent-create');
    await form.getByRole('button', { name: 'Create' }).click();
    const shown = page.getByRole('dialog', { name: 'The agent and its key are made' });
    const key = (await shown.getByLabel('API key', { exact: true }).textContent()) ?? '';
    assert.match(key, /^alter_key_agent_/);
    await shown.getByRole('button', { name: 'I have saved it' }).click();
    await shown.waitFor({ state: 'detached' });
    assert.equal((await page.content()).includes(key), false);
    const other = await vault.secret(upstream.host);
    assert.equal((await vault.proxy(key, other.grant_id, `${upstream.origin}/`)).status, 404);

    await page.getByRole('link', { name: 'Invoice reader' }).click();
    await page.getByRole('heading', { level: 1, name: 'Invoice reader' }).waitFor();
    await page.getByText('https://x.example/y').waitFor();
    await page.getByText('1 working key').waitFor();
    await page.getByText('Nothing yet. Open a secret and make a grant for this agent.').waitFor();
    await page.getByRole('link', { name: 'Its API keys' }).click();
    await page.getByText('Keys of the agent invoice-reader').waitFor();
    await page.getByRole('row').filter({ hasText: 'invoice-reader' }).first().waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an agent shows what it may use and what it did', async () => {
    const agent = await agentWith('reporter');
    for (let i = 0; i < 3; i += 1) assert.equal(await agent.call(), 200);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const look = await signedIn(browser, vault, 'auditor', agent.page);
    const { page } = look;
    const row = page.getByRole('row').filter({ hasText: 'for reporter' });
    await row.getByRole('link', { name: 'secret-of-reporter' }).waitFor();
    await page.getByText('3 calls').first().waitFor();
    await page.getByRole('figure', { name: 'Calls' }).waitFor();
    await page.getByRole('radio', { name: '7 days' }).click();
    await page.waitForURL(/span=week/);
    await page.getByRole('link', { name: 'What it did, in the audit log' }).click();
    await page.waitForURL(new RegExp(`audit\\?agent_id=${agent.id}`));
    await page.goto(agent.page);
    await row.getByRole('link', { name: 'secret-of-reporter' }).click();
    await page.getByRole('dialog', { name: 'for reporter' }).getByText(agent.grantId).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an agent is changed, and deleted by its typed name: its keys and grants are over', async () => {
    const agent = await agentWith('to-delete', { display_name: 'Old', metadata: { owner: 'x' } });
    assert.equal(await agent.call(), 200);
    const look = await signedIn(browser, vault, 'developer', agent.page);
    const { page } = look;
    await choose(page, 'Change');
    const form = page.getByRole('dialog', { name: 'Change to-delete' });
    assert.equal(await form.getByLabel('Notes').inputValue(), 'owner: x');
    await form.getByLabel('Shown as').fill('');
    await form.getByLabel('Notes').fill('');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The agent is changed.').first().waitFor();
    const { display_name, metadata } = await vault.ok('GET', `${API}/agents/${agent.id}`);
    assert.deepEqual([display_name, metadata], [null, {}]);
    await page.getByRole('heading', { level: 1, name: 'to-delete' }).waitFor();
    assert.equal(await agent.call(), 200);

    await choose(page, 'Delete');
    const sure = page.getByRole('dialog', { name: 'Delete to-delete?' });
    await sure.getByText('It has 1 working key and 1 active grant.').waitFor();
    assert.equal(await sure.getByRole('button', { name: 'Delete' }).isDisabled(), true);
    await look.checkAccessible();
    await sure.getByLabel('Type to-delete to confirm').fill('to-delete');
    await sure.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('to-delete is deleted.').first().waitFor();
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    assert.equal(await agent.call(), 401, 'I12');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('who may not change is offered nothing', async () => {
    const agent = await agentWith('of-others');
    for (const role of ['auditor', 'approver']) {
      const look = await signedIn(browser, vault, role, LIST);
      const { page } = look;
      await page.getByRole('link', { name: 'of-others' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'New agent' }).count(), 0);
      await page.goto(agent.page);
      await page.getByRole('heading', { level: 1, name: 'of-others' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'More actions' }).count(), 0);
      assert.equal(
        await page.getByRole('link', { name: 'Its API keys' }).count(),
        role === 'auditor' ? 1 : 0,
      );
      assert.deepEqual(look.faults, []);
      await look.close();
    }
  });

  test('every page is accessible and looks as it should at each width, in both themes', async () => {
    const agent = await agentWith('support-bot', {
      display_name: 'Support bot',
      metadata: { owner: 'support' },
    });
    await agent.call();
    await vault.ok('POST', `${API}/policies`, {
      name: 'support-bot-reads',
      applies_to: { agent_id: agent.id },
      rule: { type: 'request', effect: 'allow_only', methods: ['GET'] },
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await seeAll(browser, vault, [
      { name: 'agents', path: LIST, heading: 'Agents' },
      { name: 'agent', path: agent.page, heading: 'Support bot' },
    ]);
  });
});
