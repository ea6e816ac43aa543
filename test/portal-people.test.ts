/** Coming in, one's account and the members in a browser, with an authenticator of Chromium's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { decodeQR } from 'qr/decode.js';
import { codeAt } from './authenticator-app.ts';
import { launchBrowser, noBrowser, openPage, type Look } from './browser.ts';
import { signOut, startNamedVault, stepUp, withAuthenticator } from './portal-people-rig.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { asSession, newMember, PASSWORD, signIn } from './sessions.ts';
import { stopPostgres, type TestVault } from './vault.ts';

const NEW_PASSWORD = 'seventeen quiet lighthouses';

describe('people in the portal', { skip: noBrowser }, () => {
  /** At a name, where browsers take passkeys. */
  let vault: TestVault;
  let browser: Browser;

  before(async () => {
    vault = await startNamedVault();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await stopPostgres();
  });

  const inCard = (page: Page, title: string) =>
    page
      .locator('section')
      .filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) });

  test('a passkey is added under a name, signs in, steps up, is renamed and removed', async () => {
    const look = await signedIn(browser, vault, 'developer', '/account');
    const { page } = look;
    await withAuthenticator(page);
    const card = inCard(page, 'Passkeys');
    await card.getByText('No passkey yet').waitFor();
    await card.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
    await dialog.getByLabel('Name').fill('Laptop');
    await dialog.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('dialog', { name: 'Prove that it is you' }).waitFor();
    await look.checkAccessible();
    await stepUp(page);
    await page.getByText('The passkey is added.').first().waitFor();
    await card.getByText('Laptop', { exact: true }).waitFor();
    await look.shot('account-passkey');

    // What the browser offers in the list of the e-mail field: the authenticator takes it at once.
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.pathname !== '/sign-in' && url.pathname !== '/account');
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    // A browser without such a list has the button.
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
    await page.reload();
    await signOut(page);
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await look.checkAccessible();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.goto('/account');
    await inCard(page, 'Sessions').getByText('by passkey').waitFor();

    await card.getByRole('button', { name: 'Rename Laptop' }).click();
    const rename = page.getByRole('dialog', { name: 'Rename the passkey' });
    await rename.getByLabel('Name').fill('Old laptop');
    await rename.getByRole('button', { name: 'Rename' }).click();
    await card.getByText('Old laptop', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Remove Old laptop' }).click();
    await page
      .getByRole('dialog', { name: 'Remove the passkey' })
      .getByRole('button', { name: 'Remove' })
      .click();
    const proof = page.getByRole('dialog', { name: 'Prove that it is you' });
    await proof.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await look.checkAccessible();
    await look.shot('step-up-passkey');
    await proof.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('The passkey is removed.').first().waitFor();
    await card.getByText('No passkey yet').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an authenticator app is set up from its QR code or text, asked for, and its recovery code signs in once', async () => {
    const look = await signedIn(browser, vault, 'owner', '/account');
    const { page } = look;
    const email = await ownEmail(page);
    const card = inCard(page, 'Authenticator app');
    await card.getByRole('button', { name: 'Set up' }).click();
    await stepUp(page);
    const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    await look.checkAccessible();
    await look.shot('account-totp');
    const secret = (await dialog.locator('code').first().textContent()) ?? '';
    assert.match(secret, /^[A-Z2-7]{32}$/);
    const told = new URL(await readQr(page));
    assert.equal(told.protocol, 'otpauth:');
    assert.equal(told.searchParams.get('secret'), secret);
    assert.ok(decodeURIComponent(told.pathname).endsWith(email));
    await dialog.getByLabel('Code of the app').fill('000000');
    await dialog.getByRole('button', { name: 'Switch on' }).click();
    await dialog.getByText('The code is wrong.').waitFor();
    await dialog.getByLabel('Code of the app').fill(codeAt(secret));
    await dialog.getByRole('button', { name: 'Switch on' }).click();
    const shown = page.getByRole('dialog', { name: 'Your recovery codes' });
    const codes = ((await shown.getByLabel('Recovery codes', { exact: true }).textContent()) ?? '').split(
      '\n',
    );
    assert.equal(codes.length, 10);
    await look.checkAccessible();
    await look.shot('account-recovery-codes');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      shown.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.equal(file.suggestedFilename(), 'alter-vault-recovery-codes.txt');
    await shown.getByRole('button', { name: 'I have kept them' }).click();
    await card.getByText('10 recovery codes left').waitFor();
    assert.equal((await page.content()).includes(secret), false);
    assert.equal((await page.content()).includes(codes[0] ?? ''), false);

    await signOut(page);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('Second factor').selectOption('Recovery code');
    await page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '');
    await look.checkAccessible();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.goto('/account');
    await card.getByText('9 recovery codes left').waitFor();
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W4: a new password is judged while it is typed, ends the other sessions, and signs in from then on', async () => {
    const look = await signedIn(browser, vault, 'auditor', '/account');
    const { page } = look;
    const email = await ownEmail(page);
    const elsewhere = await signIn(vault, email);
    const card = inCard(page, 'Password');
    await card.getByLabel('New password').fill('short');
    await card.getByText('7 more characters.').waitFor();
    await card.getByLabel('New password').fill('password1234');
    await card.getByText('it would be refused').waitFor();
    await card.getByLabel('Current password').fill('not the password');
    await card.getByRole('button', { name: 'Change password' }).click();
    await card.getByText('E-mail address or password is wrong.').waitFor();
    await card.getByLabel('Current password').fill(PASSWORD);
    await card.getByRole('button', { name: 'Change password' }).click();
    await card.getByText(/^Is too common/).waitFor();
    await look.checkAccessible();
    await card.getByLabel('New password').fill(NEW_PASSWORD);
    await card.getByText('Very good.').waitFor();
    await look.shot('account-password');
    await card.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed').first().waitFor();
    assert.equal(await card.getByLabel('New password').inputValue(), '');
    assert.equal((await asSession(vault, elsewhere, 'GET', '/v1/session')).status, 401);
    // The session goes on, and with it what it may change.
    await page.getByLabel('Display name').fill('Ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').first().waitFor();
    await vault.api('POST', '/v1/session', { email, password: NEW_PASSWORD }, { token: null });
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('W4: sessions are listed with this one marked, and ended one by one or all but this', async () => {
    const look = await signedIn(browser, vault, 'approver', '/account');
    const { page } = look;
    const email = await ownEmail(page);
    const first = await signIn(vault, email);
    const others = [await signIn(vault, email), await signIn(vault, email)];
    await page.reload();
    const card = inCard(page, 'Sessions');
    await card.getByText('This one').waitFor();
    assert.equal(await card.getByText('This one').count(), 1);
    assert.equal(await card.getByRole('row').count(), 6, 'with the row of titles');
    await card
      .getByRole('button', { name: /^End the session in/ })
      .nth(2)
      .click();
    await page.getByText('The session is ended.').first().waitFor();
    assert.equal((await asSession(vault, first, 'GET', '/v1/session')).status, 401);
    await card.getByRole('button', { name: 'End all others' }).click();
    await page.getByText('3 other sessions are ended.').first().waitFor();
    for (const cookie of others)
      assert.equal((await asSession(vault, cookie, 'GET', '/v1/session')).status, 401);
    await card.getByRole('button', { name: 'End all others' }).waitFor({ state: 'hidden' });
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an access token with few scopes and an end is shown once, works, and is revoked', async () => {
    const look = await signedIn(browser, vault, 'developer', '/account');
    const { page } = look;
    const card = inCard(page, 'Access tokens');
    await card.getByText('No access token yet').waitFor();
    await card.getByRole('button', { name: 'New token' }).click();
    const dialog = page.getByRole('dialog', { name: 'New access token' });
    await dialog.getByLabel('Name').fill('pipeline');
    await dialog.getByLabel('Ends').selectOption('in 7 days');
    await dialog.getByRole('radio', { name: 'Only some of it' }).click();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Choose at least one.').waitFor();
    assert.equal(await dialog.getByLabel('members:write').count(), 0, 'what one may not do oneself');
    await dialog.getByLabel('apps:read').check();
    await look.checkAccessible();
    await look.shot('account-token');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await stepUp(page);
    const made = page.getByRole('dialog', { name: 'Your new token' });
    const token = (await made.locator('code').textContent()) ?? '';
    await look.checkAccessible();
    const me = await vault.api('GET', '/v1/session', undefined, { token });
    assert.deepEqual(me.json.scopes, ['apps:read']);
    await made.getByRole('button', { name: 'I have kept it' }).click();
    assert.equal((await page.content()).includes(token), false);
    await card.getByRole('button', { name: 'Revoke pipeline' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The token is revoked.').first().waitFor();
    assert.equal((await vault.api('GET', '/v1/session', undefined, { token })).status, 401);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('an owner changes a role and removes a member, typed; each needs a step-up', async () => {
    const other = await newMember(vault, 'developer');
    const look = await signedIn(browser, vault, 'owner', '/members');
    const { page } = look;
    const row = page.getByRole('row').filter({ hasText: other.email });
    await row.getByText('Password only').waitFor();
    await row.getByRole('button', { name: 'Actions for' }).click();
    await page.getByRole('menuitem', { name: 'Change role' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change the role' });
    await dialog.getByRole('radio', { name: 'Auditor' }).click();
    await look.checkAccessible();
    await look.shot('members-role');
    await dialog.getByRole('button', { name: 'Change the role' }).click();
    await stepUp(page);
    await page.getByText('The role is changed.').first().waitFor();
    await row.getByText('Auditor').waitFor();
    assert.equal((await asSession(vault, other.cookie, 'GET', '/v1/session')).status, 401);

    await row.getByRole('button', { name: 'Actions for' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    const removal = page.getByRole('dialog', { name: `Remove ${other.email}?` });
    assert.ok(await removal.getByRole('button', { name: 'Remove the member' }).isDisabled());
    await removal.getByLabel(/^Type/).fill(other.email);
    await look.checkAccessible();
    await removal.getByRole('button', { name: 'Remove the member' }).click();
    await page.getByText('The member is removed.').first().waitFor();
    await row.waitFor({ state: 'detached' });
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('A16: admins are not offered to change owners, auditors nobody, and others do not see the page', async () => {
    const owner = await newMember(vault, 'owner');
    const developer = await newMember(vault, 'developer');
    const actions = (look: Look, email: string) =>
      look.page
        .getByRole('row')
        .filter({ hasText: email })
        .getByRole('button', { name: /^Actions for/ });
    const admin = await signedIn(browser, vault, 'admin', '/members');
    await actions(admin, developer.email).waitFor();
    assert.equal(await actions(admin, owner.email).count(), 0);
    await actions(admin, developer.email).click();
    await admin.page.getByRole('menuitem', { name: 'Change role' }).click();
    await admin.page.getByRole('radio', { name: 'Admin' }).waitFor();
    assert.equal(await admin.page.getByRole('radio', { name: 'Owner' }).count(), 0);
    await admin.close();
    const auditor = await signedIn(browser, vault, 'auditor', '/members');
    await auditor.page.getByRole('row').filter({ hasText: owner.email }).waitFor();
    assert.equal(await actions(auditor, developer.email).count(), 0);
    await auditor.close();
    const approver = await signedIn(browser, vault, 'approver', '/members');
    await approver.page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    assert.equal(await approver.page.getByRole('link', { name: 'Members' }).count(), 0);
    assert.deepEqual(
      [admin, auditor, approver].flatMap(({ faults }) => faults),
      [],
    );
    await approver.close();
  });

  test('every page is accessible and looks as it should at each width, in both themes', async () => {
    await seeAll(browser, vault, [
      { name: 'account', path: '/account', heading: 'Your account' },
      { name: 'members', path: '/members', heading: 'Members' },
    ]);
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [390, 1280]) {
        const look = await openPage(browser, vault.url, { viewport: { width, height: 800 }, colorScheme });
        await look.page.goto('/sign-in');
        await look.page.getByRole('button', { name: 'Use a passkey' }).waitFor();
        await look.checkAccessible();
        await look.shot(`sign-in-${width}-${colorScheme}`);
        await look.close();
      }
  });
});

/** The address of whoever is signed in, as the account page shows it. */
async function ownEmail(page: Page): Promise<string> {
  return (
    (await page
      .getByText(/^\S+@example\.com$/)
      .first()
      .textContent()) ?? ''
  );
}

/** What a phone would read in the QR code of the page. */
async function readQr(page: Page): Promise<string> {
  const drawing = page.getByRole('img', { name: /QR code/ });
  const size = Number((await drawing.getAttribute('viewBox'))?.split(' ')[2]);
  const path = (await drawing.locator('path').getAttribute('d')) ?? '';
  const dots = 4;
  const width = size * dots;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)/g))
    for (let row = 0; row < dots; row += 1)
      for (let column = 0; column < dots; column += 1)
        paint(data, (Number(y) * dots + row) * width + Number(x) * dots + column);
  return decodeQR({ width, height: width, data });
}

/** A dark dot. */
function paint(data: Uint8Array, dot: number): void {
  data.fill(0, dot * 4, dot * 4 + 3);
}
