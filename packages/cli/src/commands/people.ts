/** `alter members`, `alter tokens`: who may operate the vault. A token is printed once, when it is made. */
import { type Add, collect, contextOf, given, leaf, type Shared, wholeNumber } from '../command.ts';
import { askHidden, readStdin, withoutLineEnd } from '../credential-input.ts';
import { EXIT, Failure, usage } from '../failure.ts';
import type { Io } from '../run.ts';
import type { VaultApi } from '../vault-api.ts';

interface TokenOptions extends Shared {
  readonly name: string;
  readonly scope?: readonly string[];
  readonly expiresAt?: string;
  readonly ttlSeconds?: string;
}

interface MemberOptions extends Shared {
  readonly email: string;
  readonly role: string;
  readonly password?: boolean;
}

interface InviteOptions extends Shared {
  readonly email: string;
  readonly role?: string;
  readonly name?: string;
  readonly again?: boolean;
}

export const addPeopleCommands: Add = (root, io, outcome) => {
  addMemberCommands(root, io, outcome);
  addTokenCommands(root, io, outcome);
};

const addMemberCommands: Add = (root, io, outcome) => {
  const members = root.command('members').description('The people who operate the vault');
  leaf(members, 'list', 'List members', ['alter members list'], false).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    out.table(
      await api.list('/v1/members'),
      [
        ['E-MAIL', 'email'],
        ['ROLE', 'role'],
        ['STATUS', 'status'],
        ['LAST SIGN-IN', 'last_signed_in_at'],
        ['MEMBER ID', 'member_id'],
      ],
      'No members yet. alter setup makes the first owner.',
    );
  });
  leaf(
    members,
    'add',
    'Add a member',
    [
      'alter members add --email dev@example.com --role developer',
      'alter members add --email dev@example.com --role developer --no-password      signs in with tokens only',
    ],
    false,
  )
    .requiredOption('--email <email>', 'their e-mail address')
    .requiredOption('--role <role>', 'owner, admin, developer, approver or auditor')
    .option('--no-password', 'without one; else it is asked for, or read from standard input')
    .action(async ({ email, role, ...options }: MemberOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const password = options.password === false ? undefined : await readPassword(io);
      const member = await api.send('POST', '/v1/members', given({ email, role, password }));
      out.details(member, [
        ['member', member['email']],
        ['member_id', member['member_id']],
        ['role', member['role']],
      ]);
    });
  addInvitationCommands(members, io, outcome);
  leaf(
    members,
    'role <member> <role>',
    'Change the role of a member, by e-mail or id; their sessions end',
    ['alter members role dev@example.com approver'],
    false,
  ).action(async (member: string, role: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const changed = await api.send('PATCH', `/v1/members/${await memberId(api, member)}`, { role });
    out.details(changed, [
      ['member', changed['email']],
      ['role', changed['role']],
    ]);
  });
  leaf(
    members,
    'remove <member>',
    'Remove a member, by e-mail or id, with their tokens and sessions',
    ['alter members remove dev@example.com'],
    false,
  ).action(async (member: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    await api.send('DELETE', `/v1/members/${await memberId(api, member)}`);
    out.done({ deleted: true }, `${member} is removed.`);
  });
};

const addInvitationCommands: Add = (members, io, outcome) => {
  leaf(
    members,
    'invite',
    'Invite a member; prints a one-time link, and mails it where there is a mail server. For who did not take it up: another link',
    ['alter members invite --email dev@example.com --role developer'],
    false,
  )
    .requiredOption('--email <email>', 'their e-mail address')
    .option('--role <role>', 'owner, admin, developer, approver or auditor; stays as it is with --again')
    .option('--name <name>', 'as other members see them')
    .option('--again', 'make a new link; the one before is good no longer')
    .action(async ({ email, role, name, again, ...options }: InviteOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      if (again !== true && role === undefined) throw usage('--role is missing.', 'Give one, or --again.');
      const invited =
        again === true
          ? await api.send('POST', `/v1/members/${await memberId(api, email)}/invitation`)
          : await api.send('POST', '/v1/invitations', given({ email, role, display_name: name }));
      out.details(invited, [
        ['member', invited['email']],
        ['member_id', invited['member_id']],
        ['role', invited['role']],
        ['link', invited['invitation_url']],
        ['good until', invited['invited_until']],
        ['mailed', invited['mailed']],
        ['', 'The link is good once and not shown again. Hand it over so that only they can read it.'],
      ]);
    });
  leaf(
    members,
    'recover <member>',
    'Make a one-time link with which a member, by e-mail or id, sets a new password; their second factor stays',
    ['alter members recover dev@example.com'],
    false,
  ).action(async (member: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const made = await api.send('POST', `/v1/members/${await memberId(api, member)}/recovery`);
    out.details(made, [
      ['link', made['recovery_url']],
      ['good until', made['expires_at']],
      ['', 'The link is good once and not shown again. Hand it over so that only they can read it.'],
    ]);
  });
};

const addTokenCommands: Add = (root, io, outcome) => {
  const tokens = root.command('tokens').description('Your access tokens');
  leaf(
    tokens,
    'create',
    'Make an access token for yourself; it is shown once',
    [
      'alter tokens create --name laptop',
      'alter tokens create --name ci --scope audit:read --ttl-seconds 86400',
    ],
    false,
  )
    .requiredOption('--name <name>', 'what it is for')
    .option('--scope <scope>', 'what it may do, without it all that you may; repeatable', collect)
    .option('--expires-at <time>', 'RFC 3339')
    .option('--ttl-seconds <n>', 'or how long it lives')
    .action(async ({ name, scope, expiresAt, ttlSeconds, ...options }: TokenOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      if (expiresAt !== undefined && ttlSeconds !== undefined)
        throw usage('--expires-at and --ttl-seconds say the same.', 'Leave one out.');
      const ttl = ttlSeconds === undefined ? undefined : wholeNumber('--ttl-seconds', ttlSeconds, 60);
      const body = given({ name, scopes: scope, expires_at: expiresAt, ttl_seconds: ttl });
      const token = await api.send('POST', '/v1/tokens', body);
      out.details(token, [
        ['token_id', token['token_id']],
        ['token', token['token']],
        ['expires_at', token['expires_at']],
        ['', 'Keep it now: it is not shown again.'],
      ]);
    });
  leaf(tokens, 'list', 'List your access tokens', ['alter tokens list'], false).action(
    async (options: Shared) => {
      const { api, out } = contextOf(io, outcome, options);
      out.table(
        await api.list('/v1/tokens'),
        [
          ['NAME', 'name'],
          ['PREFIX', 'prefix'],
          ['SCOPES', 'scopes'],
          ['EXPIRES', 'expires_at'],
          ['REVOKED', 'revoked_at'],
          ['TOKEN ID', 'token_id'],
        ],
        'No tokens.',
      );
    },
  );
  leaf(
    tokens,
    'revoke <token_id>',
    'Revoke one of your access tokens at once',
    ['alter tokens revoke 0199…'],
    false,
  ).action(async (tokenId: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    await api.send('DELETE', `/v1/tokens/${encodeURIComponent(tokenId)}`);
    out.done({ deleted: true }, `The token ${tokenId} is revoked.`);
  });
};

async function memberId(api: VaultApi, member: string): Promise<string> {
  if (!member.includes('@')) return encodeURIComponent(member);
  const found = (await api.list('/v1/members')).find(({ email }) => email === member);
  const id = found?.['member_id'];
  if (typeof id !== 'string')
    throw new Failure(EXIT.notFound, `There is no member "${member}".`, 'See alter members list.');
  return id;
}

/** Typed twice on a terminal, as nobody sees what is typed. */
export async function readPassword(io: Io): Promise<string> {
  if (io.stdin.isTTY !== true) return withoutLineEnd(await readStdin(io));
  const password = await askHidden('Password, at least 12 characters', io);
  if ((await askHidden('The same again', io)) === password) return password;
  throw new Failure(EXIT.refused, 'The two passwords differ.', 'Run it again.', { code: 'cancelled' });
}
