/** The settings of the organization and of an app in a browser, for owners and admins. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, noBrowser } from './browser.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { PASSWORD } from './sessions.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

async function stepUp(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Prove that it is you' });
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

describe('the settings pages', { skip: noBrowser }, () => {
  let vault: TestVault;
  let sink: MailSink;
  let browser: Browser;

  before(async () => {
    sink = await startMailSink();
    vault = await startVault({
      env: {
        ALTER_SMTP_URL: `smtp://localhost:${sink.port}`,
        ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
        ALTER_OIDC_ISSUER: 'https://id.example.com',
        ALTER_OIDC_CLIENT_ID: 'our-vault',
        ALTER_OIDC_NAME: 'Example ID',
        ALTER_OIDC_DOMAINS: 'example.com',
      },
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await sink?.stop();
    await stopPostgres();
  });

  test('W2: an owner rotates the wrapping key and the root key, told before what that does, after a step-up', async () => {
    await vault.secret('api.example.com');
    const before = await vault.ok('GET', '/v1/keyring');
    const look = await signedIn(browser, vault, 'owner', '/settings');
    const { page } = look;
    await page.getByText(before.root_key_id).waitFor();
    await page.getByRole('button', { name: 'Rotate the wrapping key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotate the wrapping key' });
    await dialog.getByText(/no credential is opened for that/).waitFor();
    await look.checkAccessible();
    await dialog.getByRole('button', { name: 'Rotate the wrapping key' }).click();
    await stepUp(page);
    await page.getByText('A rotation is on its way').waitFor();
    await page.getByRole('progressbar', { name: 'A rotation is on its way' }).waitFor();
    await look.checkAccessible();
    await look.shot('settings-rotating');

    await page.getByRole('button', { name: 'Rotate the root key' }).click();
    const root = page.getByRole('dialog', { name: 'Rotate the root key' });
    await root.getByText(/Back up the data directory/).waitFor();
    await root.getByRole('button', { name: 'Rotate the root key' }).click();
    await page
      .getByText(/^The root key is new; \d+ keys/)
      .first()
      .waitFor();
    const after = await vault.ok('GET', '/v1/keyring');
    assert.notEqual(after.root_key_id, before.root_key_id);
    await page.getByText(after.root_key_id).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W2: how long the log is kept is set after a step-up, and can be taken back for a day', async () => {
    const look = await signedIn(browser, vault, 'admin', '/settings');
    const { page } = look;
    await page.getByRole('radio', { name: 'For ever', checked: true }).waitFor();
    assert.equal(await page.getByText('Root key').count(), 0, 'keys are for owners');
    await page.getByRole('radio', { name: 'For some months' }).click();
    await page.getByRole('textbox', { name: 'Months' }).fill('0');
    await page.getByText('A whole number from 1 to 1200.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
    await page.getByRole('textbox', { name: 'Months' }).fill('18');
    await page.getByRole('button', { name: 'Save' }).click();
    await stepUp(page);
    await page.getByText('Saved. It is in force in a day.').first().waitFor();
    await page.getByText(/^In force in/).waitFor();
    await look.checkAccessible();
    assert.equal((await vault.ok('GET', '/v1/settings')).audit_retention.months, 18);
    await page.getByRole('radio', { name: 'For ever' }).click();
    const taken = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
    await page.getByRole('button', { name: 'Save' }).click();
    assert.equal((await taken).status(), 200);
    await page.getByRole('radio', { name: 'For ever', checked: true }).waitFor();
    await page.getByRole('button', { name: 'Save', disabled: true }).waitFor();
    assert.equal((await vault.ok('GET', '/v1/settings')).audit_retention.months, null);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a test mail arrives, or the page says why not; the key and checkpoint of the log can be copied', async () => {
    const look = await signedIn(browser, vault, 'admin', '/settings');
    const { page } = look;
    await page.getByRole('button', { name: 'Send a test mail to me' }).click();
    await page.getByText(/^Sent to admin-/).waitFor();
    assert.match(sink.mails[0]?.raw ?? '', /Test mail/);
    sink.refuse('550 no such box');
    await page.getByRole('button', { name: 'Send a test mail to me' }).click();
    await page.getByText('The mail server refused it.').waitFor();
    await page.getByText('It answered 550.').waitFor();
    sink.refuse(undefined);
    const key = await fetch(`${vault.url}/v1/audit/public-key`);
    assert.equal(
      await page.getByLabel('Public key', { exact: true }).textContent(),
      (await key.text()).trim(),
    );
    assert.match(
      (await page.getByLabel('Checkpoint of now', { exact: true }).textContent()) ?? '',
      /^alter-vault\//,
    );
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an auditor reads the settings and changes nothing; who may not read them is told so', async () => {
    const auditor = await signedIn(browser, vault, 'auditor', '/settings');
    await auditor.page.getByRole('heading', { name: 'This vault' }).waitFor();
    await auditor.page.getByText('Root key').first().waitFor();
    for (const fact of [
      'Example ID',
      `${vault.url}/v1/session/sso/callback`,
      /everybody of example\.com as Auditor/,
    ])
      await auditor.page.getByText(fact).waitFor();
    for (const name of [/Rotate/, /Save/, /test mail/])
      assert.equal(
        await auditor.page.getByRole('main').getByRole('button', { name }).count(),
        0,
        String(name),
      );
    assert.deepEqual(auditor.faults, []);
    await auditor.close();
    for (const path of ['/settings', '/apps/default/settings']) {
      const developer = await signedIn(browser, vault, 'developer', path);
      await developer.page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
      assert.equal(await developer.page.getByRole('link', { name: /ettings/ }).count(), 0);
      await developer.close();
    }
  });

  test('an app is renamed, and deleted by typing its name; the first one stays', async () => {
    await vault.ok('POST', '/v1/apps', { name: 'trial' });
    await vault.key({}, 'trial');
    const look = await signedIn(browser, vault, 'admin', '/apps/trial/settings');
    const { page } = look;
    await page.getByLabel('Name').fill('default');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByText('There is already an app of this name.').waitFor();
    await page.getByLabel('Name').fill('pilot');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.waitForURL('**/apps/pilot/settings');
    await page.getByRole('button', { name: 'Delete app' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete the app pilot?' });
    await dialog.getByText('API keys, revoked').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Delete app' }).isDisabled());
    await dialog.getByLabel('Type pilot to confirm').fill('pilot');
    await look.checkAccessible();
    await look.shot('app-delete');
    await dialog.getByRole('button', { name: 'Delete app' }).click();
    await stepUp(page);
    await page.getByRole('heading', { level: 1, name: 'Apps' }).waitFor();
    await page.getByText('The app pilot is deleted.').first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'pilot' }).count(), 0);
    await page.goto('/apps/default/settings');
    await page.getByText(/This is the first app of the organization/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Delete app' }).count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('they are accessible and look as they should at each width, in both themes', async () => {
    await vault.ok('POST', '/v1/apps', { name: 'second' });
    await seeAll(browser, vault, [
      { name: 'settings', path: '/settings', heading: 'Settings' },
      { name: 'app-settings', path: '/apps/second/settings', heading: 'App settings' },
    ]);
  });
});
