/** `alter settings`: what the organization sets for itself, and what the vault runs on. Nothing secret is among it. */
import { type Add, contextOf, leaf, type Shared, wholeNumber } from '../command.ts';
import { EXIT, usage } from '../failure.ts';
import type { Output, Row } from '../output.ts';
import { isRow } from '../vault-api.ts';

interface SetOptions extends Shared {
  /** `forever`: nothing is dropped. */
  readonly auditMonths?: string;
}

export const addSettingsCommands: Add = (root, io, outcome) => {
  const settings = root
    .command('settings')
    .description('Settings of the organization, and what the vault runs on');
  leaf(settings, 'get', 'Show them; nothing secret is among them', ['alter settings get'], false).action(
    async (options: Shared) => {
      const { api, out } = contextOf(io, outcome, options);
      showSettings(out, await api.get('/v1/settings'));
    },
  );
  leaf(
    settings,
    'set',
    'Change how long the audit log is kept; in force a day later, until then it can be taken back',
    ['alter settings set --audit-months 24', 'alter settings set --audit-months forever'],
    false,
  )
    .option('--audit-months <n>', 'whole months of the audit log that are kept; forever drops nothing')
    .action(async ({ auditMonths, ...options }: SetOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      if (auditMonths === undefined) throw usage('What is to change?', 'See alter settings set --help.');
      const months = auditMonths === 'forever' ? null : wholeNumber('--audit-months', auditMonths, 1);
      showSettings(out, await api.send('PATCH', '/v1/settings', { audit_retention_months: months }));
    });
  leaf(
    settings,
    'test-mail',
    'Send a test mail to yourself, once, and say how it went',
    ['alter settings test-mail'],
    false,
  ).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const answer = await api.send('POST', '/v1/settings/test-mail');
    if (answer['ok'] !== true) outcome.exitCode = EXIT.refused;
    const how = [answer['code'], answer['status_code']]
      .filter((part) => typeof part === 'string' || typeof part === 'number')
      .join(', ');
    out.done(
      answer,
      answer['ok'] === true
        ? `A test mail is on its way to ${String(answer['to'])}.`
        : `The mail to ${String(answer['to'])} failed: ${how}. Look at the settings ALTER_SMTP_… of the vault.`,
    );
  });
};

function showSettings(out: Output, settings: Row): void {
  const { audit_retention: kept, vault, warnings } = settings;
  out.details(settings, [
    ...(isRow(kept) ? keptLines(kept) : []),
    ...(isRow(vault) ? Object.entries(vault).map(([name, value]) => [name, value ?? 'none'] as const) : []),
    ...(Array.isArray(warnings) ? warnings.map((warning: unknown) => ['warning', warning] as const) : []),
  ]);
}

function keptLines(kept: Row): readonly (readonly [string, unknown])[] {
  const { months, months_min: least, is_default: isDefault, in_force_at: inForceAt } = kept;
  return [
    [
      'audit log kept',
      `${monthsText(months)}${isDefault === true ? ', as the operator started the vault' : ''}`,
    ],
    ...(inForceAt === null ? [] : ([['in force at', inForceAt]] as const)),
    ...(least === null ? [] : ([['at least', monthsText(least)]] as const)),
  ];
}

const monthsText = (months: unknown): string =>
  typeof months === 'number' ? `${months} ${months === 1 ? 'month' : 'months'}` : 'for ever';
