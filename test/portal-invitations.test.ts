/** Invitations and recovery in a browser: the link of a mail opened, a way in chosen, and nothing of the link left behind. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { codeAt } from './authenticator-app.ts';
import { launchBrowser, noBrowser, openPage } from './browser.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';
import { startNamedVault, stepUp, withAuthenticator } from './portal-people-rig.ts';
import { signedIn } from './portal-rig.ts';
import { asSession, newMember, stepUp as stepUpByApi } from './sessions.ts';
import { stopPostgres, type TestVault } from './vault.ts';

const NEW_PASSWORD = 'seventeen quiet lighthouses';

describe('invitations and recovery in the portal', { skip: noBrowser }, () => {
  let vault: TestVault;
  let sink: MailSink;
  let browser: Browser;

  before(async () => {
    sink = await startMailSink({ tlsFromStart: true });
    vault = await startNamedVault({
      ALTER_SMTP_URL: `smtps://localhost:${sink.port}`,
      ALTER_SMTP_FROM: 'vault@example.com',
      ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await sink?.stop();
    await stopPostgres();
  });

  const linkMailed = async (email: string): Promise<string> => {
    for (;;) {
      const mail = sink.mails.findLast(({ to }) => to.includes(email))?.raw.replaceAll('=\r\n', '') ?? '';
      const link = /http:\S+#token=(?:3D)?[\w-]+/.exec(mail.replaceAll('=3D', '='))?.[0];
      if (link !== undefined) return link;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const isGone = async (page: Page, link: string): Promise<void> => {
    const token = link.split('#token=')[1] ?? '-';
    assert.ok(!page.url().includes(token));
    assert.equal((await page.content()).includes(token), false);
  };

  test('an owner invites, hands the link over, and whoever opens it comes in with a passkey', async () => {
    const look = await signedIn(browser, vault, 'owner', '/members');
    const { page } = look;
    const email = `${randomUUID()}@example.com`;
    await page.getByRole('button', { name: 'Invite a member' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite a member' });
    await dialog.getByLabel('E-mail address').fill('no address');
    await dialog.getByRole('button', { name: 'Invite a member' }).click();
    await stepUp(page);
    await dialog
      .getByText(/e-?mail/i)
      .last()
      .waitFor();
    await dialog.getByLabel('E-mail address').fill(email);
    await dialog.getByRole('radio', { name: 'Approver' }).click();
    await look.checkAccessible();
    await look.shot('members-invite');
    await dialog.getByRole('button', { name: 'Invite a member' }).click();
    const told = page.getByRole('dialog', { name: 'The invitation' });
    const link = (await told.locator('code').textContent()) ?? '';
    await told.getByText('It was mailed to them.').waitFor();
    await look.checkAccessible();
    await told.getByRole('button', { name: 'Done' }).click();
    assert.equal(link, await linkMailed(email));
    await isGone(page, link);
    const row = page.getByRole('row').filter({ hasText: email });
    await row.getByText('Link ends').waitFor();
    await look.shot('members-invited');

    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [390, 1280]) {
        const seen = await openPage(browser, vault.url, { colorScheme, viewport: { width, height: 844 } });
        await seen.page.goto(link);
        await seen.page.getByText('You come into this vault as Approver').waitFor();
        await seen.checkAccessible();
        await seen.shot(`invitation-${width}-${colorScheme}`);
        assert.deepEqual(seen.faults, []);
        await seen.close();
      }

    const guest = await openPage(browser, vault.url);
    await withAuthenticator(guest.page);
    await guest.page.goto(link);
    await guest.page.getByLabel('Your name').fill('Ada');
    await isGone(guest.page, link);
    await guest.page.getByRole('button', { name: 'Come in' }).click();
    await guest.page.getByRole('navigation', { name: 'Main' }).waitFor();
    await guest.page.goto('/account');
    await guest.page.getByText('by invitation').waitFor();
    await guest.page
      .getByRole('cell', { name: /^Chrome on Linux/ })
      .first()
      .waitFor();
    assert.deepEqual(guest.faults, []);
    await guest.close();

    const late = await openPage(browser, vault.url);
    await late.page.goto(link);
    await late.page.getByText('This link is good no longer.').waitFor();
    await late.checkAccessible();
    await late.page.goto('/invitation');
    await late.page.getByText('The link is not whole').waitFor();
    await late.close();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an invitation is sent anew, taken up with a password, or revoked', async () => {
    const look = await signedIn(browser, vault, 'owner', '/members');
    const { page } = look;
    const [one, other] = await Promise.all(
      [0, 1].map(() =>
        vault.ok('POST', '/v1/invitations', { email: `${randomUUID()}@example.com`, role: 'auditor' }),
      ),
    );
    await page.goto('/members?status=invited');
    const act = async (email: string, name: string): Promise<void> => {
      await page
        .getByRole('row')
        .filter({ hasText: email })
        .getByRole('button', { name: /^Actions/ })
        .click();
      await page.getByRole('menuitem', { name }).click();
    };
    await act(one.email, 'New invitation link');
    await page.getByRole('dialog').getByRole('button', { name: 'New invitation link' }).click();
    await stepUp(page);
    const told = page.getByRole('dialog', { name: 'The invitation' });
    const link = (await told.locator('code').textContent()) ?? '';
    await told.getByRole('button', { name: 'Done' }).click();
    await act(other.email, 'Revoke the invitation');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke the invitation' }).click();
    await page.getByText('The invitation is revoked.').first().waitFor();
    await page.getByRole('row').filter({ hasText: other.email }).waitFor({ state: 'detached' });

    const guest = await openPage(browser, vault.url);
    await guest.page.goto(one.invitation_url);
    await guest.page.getByText('This link is good no longer.').waitFor();
    await guest.page.goto('about:blank');
    await guest.page.goto(link);
    await guest.page.getByRole('radio', { name: 'With a password' }).click();
    await guest.page.getByLabel('New password').fill('password1234');
    await guest.page.getByRole('button', { name: 'Come in' }).click();
    await guest.page.getByText(/^Is too common/).waitFor();
    await guest.checkAccessible();
    await guest.page.getByLabel('New password').fill(NEW_PASSWORD);
    await guest.page.getByRole('button', { name: 'Come in' }).click();
    await guest.page.getByRole('navigation', { name: 'Main' }).waitFor();
    assert.deepEqual([...guest.faults, ...look.faults], []);
    await guest.close();
    await look.close();
  });

  test('W6: a forgotten password: the same answer for everybody, a link by mail, a new password, and the sign-in', async () => {
    const { email, cookie } = await newMember(vault, 'developer');
    const look = await openPage(browser, vault.url);
    const { page } = look;
    await page.goto('/sign-in');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    for (const asked of [`${randomUUID()}@example.com`, email]) {
      await page.goto('/recovery');
      await page.getByLabel('E-mail address').fill(asked);
      await page.getByRole('button', { name: 'Mail me a link' }).click();
      await page.getByText('If there is such an account, a link is on its way.').waitFor();
      await look.checkAccessible();
    }
    const link = await linkMailed(email);
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await isGone(page, link);
    await look.checkAccessible();
    await look.shot('recovery');
    await page.getByRole('button', { name: 'Set a new password' }).click();
    await page.getByText('Your new password is set.').first().waitFor();
    assert.equal((await asSession(vault, cookie, 'GET', '/v1/session')).status, 401);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an owner makes a recovery link for a member, and resets a second factor that is lost', async () => {
    const { email, cookie } = await newMember(vault, 'developer');
    await stepUpByApi(vault, cookie);
    const { secret } = (await asSession(vault, cookie, 'POST', '/v1/totp')).json;
    await asSession(vault, cookie, 'POST', '/v1/totp/confirm', { code: codeAt(secret) });
    const look = await signedIn(browser, vault, 'owner', '/members');
    const { page } = look;
    const row = page.getByRole('row').filter({ hasText: email });
    const menu = row.getByRole('button', { name: /^Actions/ });
    await menu.click();
    await page.getByRole('menuitem', { name: 'Make a recovery link' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make a recovery link' }).click();
    await stepUp(page);
    const told = page.getByRole('dialog', { name: 'The recovery link' });
    const token = (await told.locator('code').textContent())?.split('#token=')[1];
    await look.checkAccessible();
    await told.getByRole('button', { name: 'Done' }).click();
    const read = await vault.api('POST', '/v1/recovery/read', { token }, { token: null });
    assert.equal(read.json.email, email);
    await row.getByText('Password and app').waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: 'Reset the second factor' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset the second factor' }).click();
    await page.getByText('The second factor is reset.').first().waitFor();
    await row.getByText('Password only').waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: 'Change role' }).waitFor();
    assert.equal(await page.getByRole('menuitem', { name: 'Reset the second factor' }).count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });
});
