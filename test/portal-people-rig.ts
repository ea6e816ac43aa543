/** What tests of coming in share: a vault at a name, an authenticator of Chromium's, stepping up and signing out in the page. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { CDPSession, Page } from 'playwright-core';
import { PASSWORD } from './sessions.ts';
import { startVault, type TestVault } from './vault.ts';

/** Where browsers take passkeys: not at an address. */
export async function startNamedVault(env: Record<string, string> = {}): Promise<TestVault> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const started = await startVault({ env: { ALTER_PORT: String(port), ALTER_PUBLIC_URL: url, ...env } });
  return { ...started, url };
}

/** Chromium's own authenticator in software: it verifies its user and answers at once. */
export async function withAuthenticator(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return session;
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}

export async function stepUp(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Prove that it is you' });
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
