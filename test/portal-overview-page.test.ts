/** The first page of an app in a browser: the way to the first call, the figures, and what waits, each for those who may see it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { holdPolicy } from './approvals-rig.ts';
import { launchBrowser, noBrowser } from './browser.ts';
import { seeAll, signedIn } from './portal-rig.ts';
import { sql } from './postgres.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type TestVault } from './vault.ts';

const PATH = '/apps/default/overview';

/** Two days of calls by five minutes, as the log would have counted them: more by day than by night, slower at noon. */
const HISTORY_SQL = `
WITH times AS (
  SELECT date_bin('5 minutes', now(), '2000-01-01Z') - n * interval '5 minutes' AS start,
    (1 + sin((n - 72) * pi() / 144)) / 2 AS day, n FROM generate_series(1, 576) AS n
), counts AS (
  INSERT INTO usage_counts
  SELECT $1, start, $2, $3, '00000000-0000-0000-0000-000000000000',
    (20 + 60 * day)::int, CASE WHEN n % 40 = 0 THEN 1 ELSE 0 END, (n % 7 + 4 * day)::int, CASE WHEN n % 30 = 0 THEN 6 ELSE (n % 3)::int END,
    (20 + 60 * day)::int, 0, 0 FROM times
), denials AS (
  INSERT INTO usage_denials
  SELECT $1, start, code, (n % parts)::int + 1 FROM times,
    (VALUES ('rate_limited', 5), ('host_not_allowed', 3), ('policy_denied', 2), ('grant_revoked', 1)) AS codes (code, parts)
)
INSERT INTO usage_latencies
SELECT $1, start, class, count FROM times, (VALUES (28, 10), (34 , 18), (40, 9), (47, 3)) AS more (base, count),
  LATERAL (SELECT (base + 7 * day)::int AS class) AS c
ON CONFLICT DO NOTHING`;

describe('the overview page', { skip: noBrowser }, () => {
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

  test('an app without a call teaches the way to the first one, and marks what is done', async () => {
    const look = await signedIn(browser, vault, 'owner');
    const { page } = look;
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    assert.equal(new URL(page.url()).pathname, PATH, 'it is what is seen first');
    await page.getByRole('heading', { name: 'Store a secret (to do)' }).waitFor();
    await page.getByRole('heading', { name: 'Make an API key (to do)' }).waitFor();
    await look.checkAccessible();
    await look.shot('overview-first');

    const { grant_id } = await vault.secret(upstream.host, undefined, { name: 'first-secret' });
    await page.getByRole('heading', { name: 'Store a secret (done)' }).waitFor();
    const { api_key: key } = await vault.key();
    await page.getByRole('heading', { name: 'Make an API key (done)' }).waitFor();
    await page.getByText(`Alter-Grant: ${grant_id}`).waitFor();
    await look.checkAccessible();
    await look.shot('overview-first-call');

    await vault.proxy(key, grant_id, `${upstream.origin}/ok`);
    await page.getByText('Calls by outcome').first().waitFor();
    await page.getByText('first-secret').first().waitFor();
    await page.getByText('1 call', { exact: true }).waitFor();
    assert.equal(await page.getByText('Three steps to the first call').count(), 0);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('figures, refusals with their reasons, held calls and what is to be rotated; the span stands in the address', async () => {
    const { app_id } = (await vault.ok('GET', '/v1/apps')).items[0];
    const { api_key: key } = await vault.key();
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
    const due = await vault.secret(upstream.host, undefined, { name: 'stripe-live', rotate_by: soon });
    await vault.secret(upstream.host, undefined, { name: 'old-token', rotate_by: '2024-01-01T00:00:00Z' });
    await holdPolicy(vault, { secret_id: due.secret_id }, { approvers: ['approver'] });
    await vault.proxy(key, due.grant_id, `${upstream.origin}/payouts`, { method: 'POST', body: '{}' });
    await sql(vault.urls.ownerUrl, HISTORY_SQL, [app_id, due.secret_id, due.grant_id]);

    const look = await signedIn(browser, vault, 'owner', PATH);
    const { page } = look;
    const main = page.getByRole('main');
    await main.getByText('Calls by outcome').first().waitFor();
    await main.getByText('stripe-live').first().waitFor();
    await main
      .getByText('The limit of calls is reached')
      .or(main.getByText('rate_limited'))
      .first()
      .waitFor();
    await main.getByRole('link', { name: `POST ${upstream.host}` }).waitFor();
    await main.getByText(/^over .* ago/).waitFor();
    await main.getByText('To be rotated before now: old-token.').waitFor();
    await main
      .getByText(/% (?:more|less) than in the 24 hours before/)
      .first()
      .waitFor();

    const chart = main.getByRole('figure', { name: 'Calls by outcome' });
    await chart.hover();
    assert.equal(await chart.locator('strong').count(), 4, 'the figures of the time that is pointed at');
    await look.shot('overview-pointed');

    await page.getByRole('radio', { name: '7 days' }).click();
    await page.waitForURL('**/overview?span=week');
    await main.getByText('in the 7 days before').first().waitFor();
    await page.reload();
    assert.equal(await page.getByRole('radio', { name: '7 days' }).getAttribute('aria-checked'), 'true');
    await page.goto(`${PATH}?span=nonsense`);
    await page.getByRole('radio', { name: '24 hours', checked: true }).waitFor();

    await main.getByRole('link', { name: 'Too many calls in too short a time.' }).click();
    await page.waitForURL('**/audit?code=rate_limited');
    await page.goBack();
    await main.getByRole('link', { name: 'stripe-live' }).first().click();
    await page.waitForURL(`**/secrets/${due.secret_id}?grant=${due.grant_id}`);
    assert.deepEqual(look.faults, []);
    await look.close();
  });

  test('who may not read the log sees no figures, and who may not read secrets no names of them', async () => {
    const approver = await signedIn(browser, vault, 'approver', PATH);
    const main = approver.page.getByRole('main');
    await main.getByText('Held calls').first().waitFor();
    await main.getByText('stripe-live').waitFor();
    assert.equal(await main.getByText('Calls by outcome').count(), 0);
    assert.equal(await main.getByText('API keys').count(), 0);
    assert.equal(await approver.page.getByRole('radio').count(), 0);
    await approver.checkAccessible();
    assert.deepEqual(approver.faults, []);
    await approver.close();
  });

  test('it is accessible and looks as it should at each width, in both themes', async () => {
    await seeAll(browser, vault, [
      { name: 'overview', path: PATH, heading: 'Overview' },
      { name: 'overview-week', path: `${PATH}?span=week`, heading: 'Overview' },
    ]);
  });
});
