/** `alter setup`: the first owner of a new vault, once. Prints the access token that it gets in return, and no password. */
import { type Add, contextOf, leaf, type Shared } from '../command.ts';
import { askHidden, readFileText, readStdin, withoutLineEnd } from '../credential-input.ts';
import { usage } from '../failure.ts';
import type { Io } from '../run.ts';
import { readPassword } from './people.ts';

interface SetupOptions extends Shared {
  readonly email: string;
  readonly setupTokenFile?: string;
}

export const addSetupCommand: Add = (root, io, outcome) => {
  leaf(
    root,
    'setup',
    'Set up the first owner of a new vault, with the token that its first start printed',
    [
      'alter setup --email you@example.com                     asks for the link of the first start and a password',
      'alter setup --email you@example.com --setup-token-file token.txt < password.txt',
      'cat token.txt password.txt | alter setup --email you@example.com      one line each',
    ],
    false,
  )
    .requiredOption('--email <email>', 'with which you sign in')
    .option('--setup-token-file <path>', 'read the link or its token from a file')
    .action(async (options: SetupOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const answer = await api.setUp({ ...(await readSecrets(options, io)), email: options.email });
      out.details(answer, [
        ['member_id', answer['member_id']],
        ['app_id', answer['app_id']],
        ['token', answer['token']],
        ['expires_at', answer['expires_at']],
        ['', 'Keep it now, as ALTER_TOKEN: it is not shown again.'],
      ]);
    });
};

async function readSecrets(
  { setupTokenFile }: SetupOptions,
  io: Io,
): Promise<{ setup_token: string; password: string }> {
  if (setupTokenFile !== undefined) {
    const setupToken = await readFileText(setupTokenFile);
    return { setup_token: tokenIn(setupToken), password: await readPassword(io) };
  }
  if (io.stdin.isTTY === true) {
    const setupToken = await askHidden('Link of the first start, or its token (alter_setup_…)', io);
    return { setup_token: tokenIn(setupToken), password: await readPassword(io) };
  }
  const [setupToken = '', password, ...rest] = withoutLineEnd(await readStdin(io)).split(/\r?\n/);
  if (password === undefined || rest.length > 0)
    throw usage(
      'Standard input holds two lines: the link of the first start, or its token, and the password.',
      'Or give the setup token with --setup-token-file, and the password alone.',
    );
  return { setup_token: tokenIn(setupToken), password };
}

/** Out of the link that the first start prints, or by itself. */
const tokenIn = (text: string): string => text.trim().replace(/^\S*#token=/, '');
