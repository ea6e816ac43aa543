/** Single sign-on in a browser: coming in, being turned away, invitations, linking, and stepping up in a window of its own. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, noBrowser, openPage, type Look } from './browser.ts';
import { startOidcProvider, seconds, type OidcProvider } from './oidc-provider.ts';
import { CALLBACK, newPerson, ssoSettings, type Reachable } from './oidc-rig.ts';
import { startNamedVault, stepUp } from './portal-people-rig.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { stopPostgres, type TestVault } from './vault.ts';

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

describe('single sign-on in the portal', { skip: noBrowser }, () => {
  let provider: OidcProvider;
  let vault: TestVault;
  let browser: Browser;

  before(async () => {
    provider = await startOidcProvider(() => vault.url + CALLBACK);
    vault = await startNamedVault({ ...(await ssoSettings(provider)), ALTER_OIDC_NAME: 'Example ID' });
    browser = await launchBrowser();
  });
  beforeEach(() => {
    provider.authTime = undefined;
  });
  after(async () => {
    await browser?.close();
    await vault?.stop();
    await provider?.stop();
    await stopPostgres();
  });

  const open = (options: Parameters<typeof openPage>[2] = {}): Promise<Look> =>
    openPage(browser, vault.url, { ignoreHTTPSErrors: true, ...options });
  /** The provider is another origin that the person is sent to; nothing else is. */
  const assertNoFaults = (look: Look): void =>
    assert.deepEqual(
      look.faults.filter((fault) => !fault.startsWith(`request to ${provider.issuer}/authorize`)),
      [],
    );
  const inCard = (page: Page, title: string) =>
    page
      .locator('section')
      .filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) });
  const leave = (page: Page) => page.getByRole('button', { name: 'Continue with Example ID' }).click();
  const answer = async (page: Page, word: 'Continue' | 'Cancel'): Promise<void> => {
    await page.getByRole('heading', { name: 'Example ID' }).waitFor();
    await page.getByRole('link', { name: word }).click();
  };
  const isIn = (page: Page): Promise<void> =>
    page
      .getByRole('navigation', { name: 'Main' })
      .or(page.getByRole('button', { name: 'Open navigation' }))
      .first()
      .waitFor();

  async function invited(role = 'developer'): Promise<Reachable> {
    const person = newPerson();
    await vault.ok('POST', '/v1/invitations', { email: person.email, role });
    provider.person = person;
    return person;
  }

  /** In by single sign-on, at a page. */
  async function inBySso(path: string, role = 'developer', options = {}): Promise<Look> {
    await invited(role);
    const look = await open(options);
    await look.page.goto(path);
    await leave(look.page);
    await answer(look.page, 'Continue');
    await isIn(look.page);
    return look;
  }

  test('who was invited comes in by the button of the sign-in, and goes on to where they wanted', async () => {
    const look = await inBySso('/account', 'owner');
    const { page } = look;
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/account');
    await inCard(page, 'Sessions').getByText('by single sign-on').waitFor();
    await inCard(page, 'Single sign-on').getByText('Linked', { exact: true }).waitFor();
    await inCard(page, 'Single sign-on').getByText('the only way in').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Unlink' }).count(), 0, 'the last way in stays');
    await look.checkAccessible();
    await page.goto('/members');
    await page.getByRole('cell').getByText('Single sign-on').first().waitFor();
    await look.checkAccessible();
    await look.shot('members-sso');
    assertNoFaults(look);
    await look.close();
  });

  test('W2, W10: who is turned away is told why in our words, whatever stands in the address', async () => {
    provider.person = newPerson();
    const look = await open();
    const { page } = look;
    await page.goto('/sign-in');
    await leave(page);
    await answer(page, 'Cancel');
    await page.getByRole('alert').getByText('You did not go on at the identity provider.').waitFor();
    await look.checkAccessible();
    await leave(page);
    await answer(page, 'Continue');
    await page.getByRole('alert').getByText('Nobody invited this account.').waitFor();
    await look.shot('sign-in-not-invited');
    await page.goto('/sign-in?sso=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
    await page.getByRole('alert').getByText('The sign-in did not work.').waitFor();
    assert.ok(!(await page.content()).includes('onerror'));
    await page.goto('/sign-in?sso=constructor');
    await page.getByRole('alert').getByText('The sign-in did not work.').waitFor();
    assertNoFaults(look);
    await look.close();
  });

  test('W10: the portal follows no address of a provider that is script', async () => {
    const look = await open();
    const { page } = look;
    await page.route('**/v1/session/sso', (route) =>
      route.fulfill({ json: { url: 'javascript:document.title="owned"' } }),
    );
    await page.goto('/sign-in');
    await leave(page);
    await page.getByRole('alert').getByText('at no address that is safe').waitFor();
    assert.doesNotMatch(await page.title(), /owned/);
    await look.close();
  });

  test('an invitation is taken up with single sign-on, whatever address the provider tells', async () => {
    const invitation = await vault.ok('POST', '/v1/invitations', {
      email: newPerson().email,
      role: 'auditor',
    });
    provider.person = newPerson({ email: 'unverified@example.org', email_verified: false });
    const look = await open();
    const { page } = look;
    await page.goto(invitation.invitation_url);
    await page.getByRole('radio', { name: /With Example ID/ }).waitFor();
    assert.equal(await page.getByRole('radio', { name: /With Example ID/ }).isChecked(), true);
    await look.checkAccessible();
    await look.shot('invitation-sso');
    await page.getByRole('button', { name: 'Come in' }).click();
    await answer(page, 'Continue');
    await isIn(page);
    await page.goto('/account');
    await page.getByText(invitation.email).first().waitFor();
    assertNoFaults(look);
    await look.close();
  });

  test('an account is linked after a step-up, and unlinked after it was asked for', async () => {
    const look = await signedIn(browser, vault, 'developer', '/account', { ignoreHTTPSErrors: true });
    const { page } = look;
    const card = inCard(page, 'Single sign-on');
    await card.getByText('Not linked').waitFor();
    provider.person = newPerson();
    await card.getByRole('button', { name: 'Link with Example ID' }).click();
    await stepUp(page);
    await answer(page, 'Cancel');
    await card.getByRole('alert').getByText('You did not go on').waitFor();
    await card.getByRole('button', { name: 'Link with Example ID' }).click();
    await answer(page, 'Continue');
    await card.getByText('Your account is linked.').waitFor();
    await look.checkAccessible();
    await look.shot('account-sso-linked');
    await card.getByRole('button', { name: 'Unlink' }).click();
    const dialog = page.getByRole('dialog', { name: 'Unlink Example ID?' });
    await dialog.waitFor();
    await look.checkAccessible();
    await dialog.getByRole('button', { name: 'Unlink' }).click();
    await page.getByText('Your account is unlinked.').first().waitFor();
    await card.getByText('Not linked').waitFor();
    assertNoFaults(look);
    await look.close();
  });

  test('W3, W10: who has only single sign-on steps up in a window, and the page goes on with what was typed', async () => {
    for (const viewport of SIZES) {
      const look = await inBySso('/account', 'developer', { viewport });
      const { page } = look;
      await inCard(page, 'Access tokens').getByRole('button', { name: 'New token' }).click();
      const form = page.getByRole('dialog', { name: 'New access token' });
      await form.getByLabel('Name').fill('Pipeline');
      await form.getByRole('button', { name: 'Create' }).click();
      const proof = page.getByRole('dialog', { name: 'Prove that it is you' });
      await proof.waitFor();
      await look.checkAccessible();
      await look.shot(`step-up-sso-${viewport.width}`);
      const enter = async (button: string): Promise<Page> => {
        const [opened] = await Promise.all([
          page.waitForEvent('popup'),
          proof.getByRole('button', { name: button }).click(),
        ]);
        await opened.getByRole('heading', { name: 'Example ID' }).waitFor();
        return opened;
      };
      provider.authTime = seconds() - 3600;
      const stale = await enter('Continue with Example ID');
      await proof.getByText('Go on in the window that opened.').waitFor();
      await answer(stale, 'Continue');
      await stale.getByText('did not say that you signed in anew').waitFor();
      await stale.getByRole('heading', { name: 'That did not work' }).waitFor();
      await proof.getByText('did not say that you signed in anew').waitFor();
      await look.checkAccessible();
      await stale.close();
      provider.authTime = undefined;
      const opened = await enter('Continue with Example ID');
      await opened.getByRole('link', { name: 'Continue' }).click();
      await proof.waitFor({ state: 'hidden' });
      await page.getByRole('dialog', { name: 'Your new token' }).waitFor();
      assert.equal(provider.authorizations.at(-1)?.get('prompt'), 'login');
      assertNoFaults(look);
      await look.close();
    }
  });

  test('the pages are accessible and good at three widths in both themes', async () => {
    await seeAll(browser, vault, [
      { name: 'account-sso', path: '/account', heading: 'Your account' },
      { name: 'account-sso-fault', path: '/account?sso=other_account', heading: 'Your account' },
    ]);
    for (const colorScheme of ['light', 'dark'] as const)
      for (const viewport of SIZES) {
        const look = await open({ viewport, colorScheme });
        for (const [name, path, sign] of [
          ['sign-in-sso', '/sign-in', 'Continue with Example ID'],
          ['sign-in-sso-fault', '/sign-in?sso=not_verified', 'is verified'],
          ['stepped-up-fault', '/stepped-up?sso=not_fresh', 'That did not work'],
          ['stepped-up', '/stepped-up', 'That was you'],
        ] as const) {
          await look.page.goto(path);
          await look.page.getByText(sign).first().waitFor();
          await look.page.waitForLoadState('networkidle');
          await look.checkAccessible();
          const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
          assert.equal(await look.page.evaluate(isWider), false, `${path} at ${viewport.width} px`);
          await look.shot(`${name}-${viewport.width}-${colorScheme}`);
        }
        assertNoFaults(look);
        await look.close();
      }
  });
});
