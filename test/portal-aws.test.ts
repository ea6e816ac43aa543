/** AWS in the portal: the role of a credential, kept by a rotation, and the limits within which requests are signed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { holdPolicy } from './approvals-rig.ts';
import { launchBrowser, noBrowser } from './browser.ts';
import { signedIn } from './portal-rig.ts';
import { startSts, type TestSts } from './sts-server.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

const CUSTOM = '/apps/default/secrets/new/custom';
const TEMPLATE = '/apps/default/secrets/new/aws_s3';
const ROLE = { arn: 'arn:aws:iam::123456789012:role/reader', externalId: 'tenant-7' };
const APP = '/v1/apps/default';
const USER = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: canary() };

/** Chips: Enter ends each. */
async function list(field: Locator, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await field.fill(name);
    await field.press('Enter');
  }
}

const isWider = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

describe('AWS in the portal', { skip: noBrowser }, () => {
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
    await page.getByRole('textbox', { name: /^Service/ }).fill('s3');
    await page.getByRole('textbox', { name: /^Region/ }).fill('eu-central-1');
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
      assert.equal(await isWider(look.page), false, `scrolls sideways at ${width} px`);
      await look.shot(`store-aws-role-${width}-${colorScheme}`);
      assert.deepEqual(look.faults, []);
      await look.close();
    }
  });

  test('limits of signing are stored by the form, told on the page of the secret, and hold', async () => {
    const look = await signedIn(browser, vault, 'developer', CUSTOM);
    const { page } = look;
    await page.getByLabel('Name of the secret').fill('own-limits');
    await page.getByRole('radio', { name: 'AWS access key' }).click();
    await page.getByLabel('Access key ID').fill(USER.accessKeyId);
    await page.getByLabel('Secret access key').fill(USER.secret);
    await list(page.getByLabel('Allowed hosts'), [aws.service.host]);
    await page.getByRole('textbox', { name: /^Service/ }).fill('s3');
    await page.getByRole('textbox', { name: /^Region/ }).fill('eu-central-1');
    const [services, regions] = [
      page.getByLabel('Only for these services'),
      page.getByLabel('Only in these regions'),
    ];
    await page.getByText('Such as s3, sqs or bedrock. Empty: no limit.').waitFor();
    assert.equal(await services.getAttribute('placeholder'), 'any service');
    await list(services, ['SQS']);
    await page.getByText('Does not hold the service that the rule signs for.').first().waitFor();
    assert.equal(await services.getAttribute('aria-invalid'), 'true', 'told before it is sent');
    await list(services, ['s3']);
    await list(regions, ['eu_central']);
    await page.getByText('Must be a list of names of AWS regions.').first().waitFor();
    await look.checkAccessible();
    await look.shot('store-aws-limits-wrong');
    await page.getByRole('button', { name: 'Remove eu_central' }).click();
    await list(regions, ['eu-central-1', 'eu-west-1']);
    await page.getByLabel('Presigned URLs').selectOption({ label: 'For up to 15 minutes' });
    await page.getByText('Does not hold the service').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByRole('heading', { name: /is stored$/ }).waitFor();

    const secret = await stored('own-limits');
    assert.deepEqual(secret.injection, [
      {
        in: 'aws_sigv4',
        service: 's3',
        region: 'eu-central-1',
        services: ['sqs', 's3'],
        regions: ['eu-central-1', 'eu-west-1'],
        presign_seconds_max: 900,
      },
    ]);
    await page.goto(`/apps/default/secrets/${secret.secret_id}`);
    const shown = page.getByRole('list', { name: 'Limits' });
    await shown.waitFor();
    assert.deepEqual(await shown.getByRole('listitem').allTextContents(), [
      'only for sqs, s3',
      'only in eu-central-1, eu-west-1',
      'presigned URLs for up to 15 min',
    ]);
    await look.checkAccessible();
    await look.shot('secret-aws-limits');
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('a template keeps its own rule and takes a limit of presigned URLs', async () => {
    const look = await signedIn(browser, vault, 'developer', TEMPLATE);
    const { page } = look;
    await page.getByLabel('Name of the secret').fill('template-limits');
    await page.getByLabel('Access key ID').fill(USER.accessKeyId);
    await page.getByLabel('Secret access key').fill(USER.secret);
    await page.getByLabel('Presigned URLs').selectOption({ label: 'Another time…' });
    await page.getByLabel('Seconds that they may live for').fill('half an hour');
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByText('Write a whole number of seconds.').waitFor();
    await page.getByLabel('Seconds that they may live for').fill('1800');
    await page.getByRole('button', { name: 'Store the secret' }).click();
    const region = page.getByLabel('Region', { exact: true });
    await region.and(page.locator('[aria-invalid=true]')).waitFor();
    await region.fill('eu-west-1');
    await page.getByLabel('Seconds that they may live for').fill('604801');
    await page.getByRole('button', { name: 'Store the secret' }).click();
    const seconds = page.getByLabel('Seconds that they may live for');
    await seconds.and(page.locator('[aria-invalid=true]')).waitFor();
    await seconds.fill('1800');
    // The region last: what the page shows of it is behind.
    await region.fill('eu-central-1');
    await page.getByRole('button', { name: 'Store the secret' }).click();
    await page.getByRole('heading', { name: /is stored$/ }).waitFor();
    assert.deepEqual((await stored('template-limits')).injection, [
      { in: 'aws_sigv4', service: 's3', region: 'eu-central-1', presign_seconds_max: 1800 },
    ]);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W7: limits of signing are changed by the same fields, with what the API says of one beside it', async () => {
    const { secret_id } = await vault.ok('POST', `${APP}/secrets`, {
      name: 'to-limit',
      credential_type: 'aws_sigv4',
      credential: { access_key_id: USER.accessKeyId, secret_access_key: USER.secret },
      injection: [
        { in: 'header', name: 'X-Team', format: 'billing' },
        { in: 'aws_sigv4', services: ['s3', 'sqs'], presign_seconds_max: 7200 },
      ],
      allowed_hosts: ['**.amazonaws.com'],
    });
    const look = await signedIn(browser, vault, 'developer', `/apps/default/secrets/${secret_id}`);
    const { page } = look;
    const form = await change(page, 'to-limit');
    assert.equal(await form.getByLabel('Presigned URLs').inputValue(), 'other');
    const seconds = form.getByLabel('Seconds that they may live for');
    assert.equal(await seconds.inputValue(), '7200');
    assert.equal(await form.getByText('This lets the credential go further').count(), 0);
    await seconds.fill('60');
    assert.equal(await form.getByText('This lets the credential go further').count(), 0, 'shorter');
    await seconds.fill('999999');
    await form.getByText('This lets the credential go further than before').waitFor();
    await form.getByLabel('Access key id').fill(USER.accessKeyId);
    await form.getByLabel('Secret access key').fill(USER.secret);
    await form.getByRole('button', { name: 'Save' }).click();
    await seconds.and(form.locator('[aria-invalid=true]')).waitFor();
    await form.getByLabel('Presigned URLs').selectOption({ label: 'None: they are refused' });
    const services = form.getByLabel('Only for these services');
    await list(services, ['bad_name']);
    await form.getByRole('button', { name: 'Save' }).click();
    await services.and(form.locator('[aria-invalid=true]')).waitFor();
    await look.checkAccessible();
    await look.shot('secret-change-aws-wrong');
    for (const name of ['bad_name', 'sqs'])
      await form.getByRole('button', { name: `Remove ${name}` }).click();
    await list(form.getByLabel('Only in these regions'), ['eu-central-1']);
    assert.equal(await form.getByLabel('Secret access key').count(), 0, 'all of it is tighter than before');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    assert.equal((await stored('to-limit')).version, 1);
    assert.deepEqual((await stored('to-limit')).injection, [
      { in: 'header', name: 'X-Team', format: 'billing' },
      { in: 'aws_sigv4', services: ['s3'], regions: ['eu-central-1'], presign_seconds_max: 0 },
    ]);

    const again = await change(page, 'to-limit');
    await again.getByRole('button', { name: 'Remove rule 1' }).click();
    for (const name of ['s3', 'eu-central-1'])
      await again.getByRole('button', { name: `Remove ${name}`, exact: true }).click();
    await again.getByLabel('Presigned URLs').selectOption('');
    await again.getByLabel('Access key id').fill(USER.accessKeyId);
    await again.getByLabel('Secret access key').fill(USER.secret);
    await again.getByRole('button', { name: 'Save' }).click();
    await again.waitFor({ state: 'detached' });
    assert.deepEqual((await stored('to-limit')).injection, [{ in: 'aws_sigv4' }]);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('whoever decides on a held call sees which role it will be signed as', async () => {
    const { secret_id, grant_id } = await vault.ok('POST', `${APP}/secrets`, {
      name: 'payer',
      template: 'aws_s3',
      variables: { region: 'eu-central-1' },
      credential: { access_key_id: USER.accessKeyId, secret_access_key: USER.secret, role_arn: ROLE.arn },
    });
    await holdPolicy(vault, { grant_id }, { approvers: ['approver'] });
    const { api_key } = await vault.key();
    const held = await vault.proxy(api_key, grant_id, 'https://s3.eu-central-1.amazonaws.com/b/k');
    assert.equal(held.status, 202, held.text);
    const { approval_id } = held.json.approval;
    for (const [width, colorScheme] of [
      [390, 'dark'],
      [1280, 'light'],
    ] as const) {
      const viewport = { width, height: 900 };
      const path = `/approvals/${approval_id}`;
      const look = await signedIn(browser, vault, 'approver', path, { viewport, colorScheme });
      await look.page.getByText('Signed as the role').waitFor();
      await look.page.getByText(ROLE.arn).waitFor();
      await look.checkAccessible();
      assert.equal(await isWider(look.page), false, `scrolls sideways at ${width} px`);
      await look.shot(`approval-role-${width}-${colorScheme}`);
      assert.deepEqual(look.faults, []);
      await look.close();
    }
    const look = await signedIn(browser, vault, 'developer', `/apps/default/secrets/${secret_id}`);
    await look.page.getByText('Assumes the role').waitFor();
    await look.page.getByText(ROLE.arn).waitFor();
    await look.close();
  });

  test('the fields of limits are readable at every width, light and dark', async () => {
    const { secret_id } = await vault.ok('POST', `${APP}/secrets`, {
      name: 'to-see',
      credential_type: 'aws_sigv4',
      credential: { access_key_id: USER.accessKeyId, secret_access_key: USER.secret },
      injection: [
        { in: 'aws_sigv4', services: ['s3', 'sqs', 'dynamodb', 'bedrock'], presign_seconds_max: 1800 },
      ],
      allowed_hosts: ['**.amazonaws.com'],
    });
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [390, 1280]) {
        const viewport = { width, height: 900 };
        const look = await signedIn(browser, vault, 'developer', CUSTOM, { viewport, colorScheme });
        const { page } = look;
        const see = async (name: string): Promise<void> => {
          await look.checkAccessible();
          assert.equal(await isWider(page), false, `scrolls sideways at ${width} px`);
          await look.shot(`${name}-${width}-${colorScheme}`);
        };
        await page.getByRole('radio', { name: 'AWS access key' }).click();
        await list(page.getByLabel('Only for these services'), ['s3', 'sqs', 'dynamodb']);
        await page.getByLabel('Presigned URLs').selectOption('other');
        await see('store-aws-limits');
        await page.goto(`/apps/default/secrets/${secret_id}`);
        await page.getByRole('list', { name: 'Limits' }).waitFor();
        await see('secret-aws');
        const form = await change(page, 'to-see');
        await form.getByLabel('Presigned URLs').scrollIntoViewIfNeeded();
        await see('secret-change-aws');
        assert.deepEqual(look.faults, []);
        await look.close();
      }
  });

  async function stored(name: string) {
    const { items } = await vault.ok('GET', `${APP}/secrets`);
    const found = items.find((one: { readonly name: string }) => one.name === name);
    assert.ok(found, name);
    return found;
  }
});

async function change(page: Page, name: string): Promise<Locator> {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  return page.getByRole('dialog', { name: `Change ${name}` });
}
