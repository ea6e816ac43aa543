/** `alter root-key`: a new root key, made by the vault in its own data directory. The key never comes here. */
import { type Add, contextOf, leaf, type Shared } from '../command.ts';

export const addRootKeyCommands: Add = (root, io, outcome) => {
  const rootKey = root.command('root-key').description('The key that wraps all others');
  leaf(
    rootKey,
    'rotate',
    'Make a new root key in the data directory and wrap the keyring with it',
    ['alter root-key rotate'],
    false,
  ).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const answer = await api.send('POST', '/v1/root-key/rotate', {});
    out.done(
      answer,
      `The root key is ${String(answer['root_key_id'])} now; ${String(answer['rewrapped'])} keys were wrapped with it. Back up the data directory.`,
    );
  });
};
