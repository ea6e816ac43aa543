/** `alter apps`. Deleting one shreds what it holds: it is typed out by its name, or said with `--yes`. */
import { isCancel, text } from '@clack/prompts';
import { type Add, type Context, contextOf, leaf, type Shared } from '../command.ts';
import { EXIT, Failure, usage } from '../failure.ts';
import type { Row } from '../output.ts';
import { isRow, type VaultApi } from '../vault-api.ts';

export const addAppCommands: Add = (root, io, outcome) => {
  const apps = root.command('apps').description('Apps: what is in another app does not exist');
  leaf(apps, 'create', 'Make an app', ['alter apps create --name billing'], false)
    .requiredOption('--name <name>', 'its name')
    .action(async (options: Shared & { name: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const app = await api.send('POST', '/v1/apps', { name: options.name });
      out.details(app, [
        ['app', app['name']],
        ['app_id', app['app_id']],
      ]);
    });
  leaf(apps, 'list', 'List apps', ['alter apps list'], false).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    out.table(
      await api.list('/v1/apps'),
      [
        ['NAME', 'name'],
        ['CREATED', 'created_at'],
        ['APP ID', 'app_id'],
      ],
      'No apps that you may see.',
    );
  });
  leaf(
    apps,
    'rename <app> <name>',
    'Rename an app, given by name or id; keys, grants and ids stay as they are',
    ['alter apps rename billing invoicing'],
    false,
  ).action(async (given: string, name: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const app = await api.send('PATCH', `/v1/apps/${encodeURIComponent(given)}`, { name });
    out.details(app, [
      ['app', app['name']],
      ['app_id', app['app_id']],
    ]);
  });
  leaf(
    apps,
    'delete <app>',
    'Delete an app with all that it holds: calls are refused at once, credentials are shredded; its audit log stays, found by its id',
    ['alter apps delete billing      asks for its name', 'alter apps delete billing --yes'],
    false,
  )
    .option('--yes', 'do not ask; it can not be undone')
    .action(async (given: string, options: Shared & { yes?: boolean }) => {
      const context = contextOf(io, outcome, options);
      const { api, out } = context;
      if (options.yes !== true && io.stdin.isTTY !== true)
        throw usage(
          'Deleting an app can not be undone, and there is no terminal to ask on.',
          'Add --yes to do it.',
        );
      const app = await findApp(api, given);
      const name = String(app['name']);
      if (options.yes !== true) await askForName(name, context);
      await api.send('DELETE', `/v1/apps/${String(app['app_id'])}`);
      out.done(
        { deleted: true, app_id: app['app_id'] },
        `The app ${name} is deleted. Its audit log stays: alter audit search --app ${String(app['app_id'])}`,
      );
    });
};

/** Its id goes into the request: an app that is renamed meanwhile is the one that was asked about. */
async function findApp(api: VaultApi, given: string): Promise<Row> {
  const app = (await api.list('/v1/apps')).find((one) => one['name'] === given || one['app_id'] === given);
  if (isRow(app)) return app;
  throw new Failure(EXIT.notFound, `There is no app "${given}".`, 'See alter apps list.');
}

async function askForName(name: string, { io }: Context): Promise<void> {
  const answer = await text({
    message: `All secrets, grants, keys, agents and policies of ${name} end with it. Type its name to delete it:`,
    validate: (value) => (value === name ? undefined : `Type ${name}, or press Ctrl C to keep it.`),
    input: io.stdin,
    output: io.stderr,
  });
  if (answer === name && !isCancel(answer)) return;
  throw new Failure(EXIT.refused, 'Cancelled; nothing was deleted.', 'Run it again when you are sure.', {
    code: 'cancelled',
  });
}
