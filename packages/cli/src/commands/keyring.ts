/** `alter keyring`, `alter root-key`: the keys that wrap the credentials. The vault makes them; none ever comes here. */
import { type Add, contextOf, leaf, type Shared } from '../command.ts';
import type { Output, Row } from '../output.ts';
import { isRow } from '../vault-api.ts';

export const addKeyringCommands: Add = (root, io, outcome) => {
  const keyring = root.command('keyring').description('The keys that wrap the credentials');
  leaf(keyring, 'show', 'Show the keys and what each still wraps', ['alter keyring show'], false).action(
    async (options: Shared) => {
      const { api, out } = contextOf(io, outcome, options);
      showKeys(out, await api.get('/v1/keyring'));
    },
  );
  leaf(
    keyring,
    'rotate',
    'Make a new wrapping key; credentials are re-wrapped while calls go on',
    ['alter keyring rotate', 'alter keyring show      says when the old key wraps nothing any more'],
    false,
  ).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    showKeys(out, await api.send('POST', '/v1/keyring/rotate'));
  });

  const rootKey = root.command('root-key').description('The key that wraps all others');
  leaf(
    rootKey,
    'rotate',
    'Make a new root key in the data directory and wrap the keyring with it',
    ['alter root-key rotate'],
    false,
  ).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const answer = await api.send('POST', '/v1/root-key/rotate');
    out.done(
      answer,
      `The root key is ${String(answer['root_key_id'])} now; ${String(answer['rewrapped'])} keys were wrapped with it. Back up the data directory.`,
    );
  });
};

function showKeys(out: Output, state: Row): void {
  if (out.isJson) return out.json(state);
  const keys: readonly unknown[] = Array.isArray(state['keys']) ? state['keys'] : [];
  out.done(undefined, `The root key is ${String(state['root_key_id'])}.`);
  out.table(
    keys.filter(isRow),
    [
      ['KEY ID', 'key_id'],
      ['PURPOSE', 'purpose'],
      ['STATE', 'state'],
      ['WRAPS', 'secret_versions'],
      ['CREATED', 'created_at'],
    ],
    'There are no keys.',
  );
}
