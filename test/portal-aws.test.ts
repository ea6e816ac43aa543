/** The role of an AWS credential in the portal: stored by the form, folded away for who needs none, and kept by a rotation. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, noBrowser } from './browser.ts';
import { signedIn } from './portal-rig.ts';
import { startSts, type TestSts } from './sts-server.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

const CUSTOM = '/apps/default/secrets/new/custom';
const TEMPLATE = '/apps/default/secrets/new/aws_s3';
const ROLE = { arn: 'arn:aws:iam::123456789012:role/reader', externalId: 'tenant-7' };
const USER = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: canary() };

describe('roles of AWS in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let aws: TestSts;
  let browser: Browser;

  before(async () => {
    vault = await startVault();
    aws = await startSts(USER, ROLE, 'eu-central-1');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await aws?.stop();
    await vault?.stop();
    await stopPostgres();
  });

  test('a role is stored by the form, its mistakes are told in their places, and a rotation asks for it again', async () => {
    const look = await signedIn(browser, vault, 'developer', CUSTOM);
    const { page } = look;
    await page.getByLabel('Name of the secret').fill('own-role');
    await page.getByRole('radio', { name: 'AWS access key' }).click();
    await page.getByLabel('Access key ID').fill(USER.accessKeyId);
    await page.getByLabel('Secret access key').fill(USER.secret);
    await page.getByLabel('Service').fill('s3');
    await page.getByLabel('Region').fill('eu-central-1');
    for (const host of [aws.service.host, aws.sts.host]) {
      await page.getByLabel('Allowed hosts').fill(host);
      await page.keyboard.press('Enter');
    }
    assert.equal(await page.getByLabel('ARN of the role').isVisible(), false, 'few need it');
    await page.getByText('Assume a role', { exact: true }).click();
    await page.getByLabel('ARN of the role').fill('reader');
    await page.getByLabel('External ID').fill('tenant-7');
    await page.getByLabel('STS endpoint').fill(aws.sts.origin);
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByText('Is not the ARN of a role').waitFor();
    assert.equal(
      await page.getByText('It can’t be stored like this yet').count(),
      0,
      'the preview shows the request',
    );
    await look.checkAccessible();
    await look.shot('store-role');
    await page.getByLabel('ARN of the role').fill(ROLE.arn);
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByRole('heading', { name: /is stored$/ }).waitFor();
    const { items } = await vault.ok('GET', '/v1/apps/default/secrets');
    const { secret_id } = items[0];
    const grants = await vault.ok('GET', `/v1/apps/default/grants?secret_id=${secret_id}`);
    const { api_key } = await vault.key();
    const answer = await vault.proxy(api_key, grants.items[0].grant_id, `${aws.service.origin}/b/k`);
    assert.deepEqual([answer.status, aws.faults], [200, []]);

    await page.goto(`/apps/default/secrets/${secret_id}`);
    await page.getByRole('button', { name: 'Rotate' }).click();
    const form = page.getByRole('dialog', { name: 'Rotate own-role' });
    await form.getByLabel('Access key ID', { exact: false }).first().fill(USER.accessKeyId);
    await form.getByLabel('Secret access key').fill(USER.secret);
    await form.getByRole('button', { name: 'Rotate' }).click();
    await form.getByLabel('ARN of the role').and(form.locator('[aria-invalid=true]')).waitFor();
    await look.checkAccessible();
    await look.shot('rotate-role');
    await form.getByLabel('ARN of the role').fill(ROLE.arn);
    await form.getByLabel('External ID').fill(ROLE.externalId);
    await form.getByLabel('STS endpoint').fill(aws.sts.origin);
    await form.getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('Version 2 is in use.').first().waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('the form with a role is readable at every width, light and dark', async () => {
    const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    for (const [width, colorScheme] of [
      [390, 'dark'],
      [1280, 'light'],
      [1920, 'dark'],
    ] as const) {
      const viewport = { width, height: 900 };
      const look = await signedIn(browser, vault, 'developer', TEMPLATE, { viewport, colorScheme });
      await look.page.getByText('Assume a role', { exact: true }).click();
      await look.page.getByLabel('Session tags').waitFor();
      await look.checkAccessible();
      assert.equal(await look.page.evaluate(isWider), false, `scrolls sideways at ${width} px`);
      await look.shot(`store-aws-role-${width}-${colorScheme}`);
      assert.deepEqual(look.faults, []);
      await look.close();
    }
  });
});
