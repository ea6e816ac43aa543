/** `alter channels`: where the notices of an app go. The URL of a Slack webhook is a credential and never an argument. */
import {
  type Add,
  collect,
  type Context,
  contextOf,
  given,
  leaf,
  type Shared,
  wholeNumber,
} from '../command.ts';
import { askHidden, readFileText, readStdin, withoutLineEnd } from '../credential-input.ts';
import { EXIT, Failure, usage } from '../failure.ts';
import type { Output, Row } from '../output.ts';
import type { VaultApi } from '../vault-api.ts';

interface CreateOptions extends Shared {
  readonly name: string;
  readonly event?: readonly string[];
  readonly url?: string;
  readonly urlFile?: string;
  readonly to?: readonly string[];
  readonly from?: string;
}

interface ChangeOptions extends Omit<CreateOptions, 'name'> {
  readonly name?: string;
  readonly allEvents?: boolean;
}

export const addChannelCommands: Add = (root, io, outcome) => {
  const channels = root
    .command('channels')
    .description('Channels: who is told that a call waits, or that a secret is due for rotation');

  leaf(channels, 'create <type>', 'Make a channel: webhook, slack or smtp', [
    'alter channels create webhook --name ops --url https://ops.example.com/alter',
    'alter channels create slack --name team --event approval.requested      asks for the URL, without showing it',
    'alter channels create slack --name team --url - < slack-url.txt',
    'alter channels create smtp --name mail --to approvers@example.com',
  ])
    .requiredOption('--name <name>', 'its name, unique in the app')
    .option('--event <event>', 'only this event, such as approval.requested; repeatable', collect)
    .option('--url <url>', 'where a webhook goes; - reads it from standard input')
    .option('--url-file <file>', 'or read it from a file')
    .option('--to <address>', 'who gets the mail; repeatable', collect)
    .option('--from <address>', 'whom the mail comes from, if not the one in the settings')
    .action((type: string, options: CreateOptions) => create(type, options, contextOf(io, outcome, options)));

  leaf(channels, 'list', 'List channels', ['alter channels list']).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    out.table(
      await api.list(`${await api.appPath(options.app)}/channels`),
      [
        ['NAME', 'name'],
        ['TYPE', 'type'],
        ['URL', 'url'],
        ['TO', 'to'],
        ['EVENTS', 'events'],
        ['CHANNEL ID', 'channel_id'],
      ],
      'No channels yet. alter channels create makes one.',
    );
  });

  leaf(channels, 'show <channel>', 'Show a channel; the URL of a Slack webhook is never shown', [
    'alter channels show ops',
  ]).action(async (channel: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    showChannel(out, await api.get(await channelPath(api, channel, options)));
  });

  leaf(channels, 'update <channel>', 'Change a channel; what is not named stays as it is', [
    'alter channels update ops --event approval.requested --event approval.failed',
    'alter channels update ops --all-events --name on-call',
    'alter channels update ops --url https://ops.example.com/new      with a new signing secret',
    'alter channels update team --url-file slack-url.txt',
    'alter channels update mail --to approvers@example.com --to ops@example.com',
  ])
    .option('--name <name>', 'its name, unique in the app')
    .option('--event <event>', 'only this event, in place of those before; repeatable', collect)
    .option('--all-events', 'every event')
    .option('--url <url>', 'where a webhook goes; - reads it from standard input')
    .option('--url-file <file>', 'or read it from a file')
    .option('--to <address>', 'who gets the mail, in place of those before; repeatable', collect)
    .option('--from <address>', 'whom the mail comes from')
    .action((channel: string, options: ChangeOptions) =>
      change(channel, options, contextOf(io, outcome, options)),
    );

  leaf(channels, 'test <channel>', 'Send a test notice, once, and say how it went', [
    'alter channels test ops',
  ]).action(async (channel: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const answer = await api.send('POST', `${await channelPath(api, channel, options)}/test`);
    if (answer['ok'] !== true) outcome.exitCode = EXIT.refused;
    const how = answer['code'] ?? answer['status_code'];
    out.done(
      answer,
      answer['ok'] === true ? `The test notice went out to ${channel}.` : `It failed: ${String(how)}.`,
    );
  });

  leaf(channels, 'deliveries <channel>', 'What became of the notices of a channel, newest first', [
    'alter channels deliveries ops --limit 10',
  ])
    .option('--limit <n>', 'at most so many, up to 200', '20')
    .action(async (channel: string, options: Shared & { limit: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const limit = wholeNumber('--limit', options.limit, 1);
      const { items } = await api.page(`${await channelPath(api, channel, options)}/deliveries`, { limit });
      out.table(
        items,
        [
          ['CREATED', 'created_at'],
          ['EVENT', 'event'],
          ['STATUS', 'status'],
          ['ATTEMPTS', 'attempts'],
          ['CODE', 'code'],
          ['NEXT ATTEMPT', 'next_attempt_at'],
        ],
        'Nothing was to be delivered yet.',
      );
    });

  leaf(
    channels,
    'rotate <channel>',
    'New signing secret of a webhook; the one before signs as well for a while',
    ['alter channels rotate ops'],
  )
    .option('--overlap-seconds <n>', 'for how long, a day by default')
    .action(async (channel: string, options: Shared & { overlapSeconds?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const seconds = options.overlapSeconds;
      const body = given({
        overlap_seconds: seconds === undefined ? undefined : wholeNumber('--overlap-seconds', seconds, 0),
      });
      const answer = await api.send('POST', `${await channelPath(api, channel, options)}/rotate`, body);
      out.details(answer, [
        ['signing_secret', answer['signing_secret']],
        ['', 'Keep it now: it is not shown again.'],
        ['the one before until', answer['previous_expires_at']],
      ]);
    });

  leaf(channels, 'delete <channel>', 'Delete a channel with what it was still to deliver', [
    'alter channels delete ops',
  ]).action(async (channel: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    await api.send('DELETE', await channelPath(api, channel, options));
    out.done({ deleted: true }, `The channel ${channel} is deleted.`);
  });
};

async function create(type: string, options: CreateOptions, context: Context): Promise<void> {
  const { api, out } = context;
  const isMail = type === 'smtp';
  if (!isMail && type !== 'webhook' && type !== 'slack')
    throw usage('A channel is webhook, slack or smtp.', 'See alter channels create --help.');
  if (isMail ? options.url !== undefined || options.urlFile !== undefined : (options.to ?? options.from))
    throw usage(`A channel of type ${type} has no ${isMail ? 'URL' : 'mail addresses'}.`, 'Leave them out.');
  const url = isMail ? undefined : await readUrl(type, options, context);
  const { name, event, to, from } = options;
  const body = given({ name, type, events: event, url, to, from });
  const channel = await api.send('POST', `${await api.appPath(options.app)}/channels`, body);
  const secret = channel['signing_secret'];
  out.details(channel, [
    ['channel', channel['name']],
    ['channel_id', channel['channel_id']],
    ...(secret === undefined
      ? []
      : ([
          ['signing_secret', secret],
          ['', 'Keep it now: it is not shown again.'],
        ] as const)),
  ]);
}

async function change(channel: string, options: ChangeOptions, context: Context): Promise<void> {
  const { api, out } = context;
  const { name, event, allEvents, to, from } = options;
  if (event !== undefined && allEvents === true)
    throw usage('--event and --all-events exclude each other.', 'Leave one out.');
  const path = await channelPath(api, channel, options);
  const isNewUrl = options.url !== undefined || options.urlFile !== undefined;
  const type = isNewUrl ? String((await api.get(path))['type']) : '';
  if (type === 'smtp') throw usage('A channel of type smtp has no URL.', 'Leave it out.');
  const url = isNewUrl ? await readUrl(type, options, context) : undefined;
  const events = allEvents === true ? null : event;
  const changes = given({ name, events, url, to, from });
  if (Object.keys(changes).length === 0)
    throw usage('What is to change?', 'See alter channels update --help.');
  showChannel(out, await api.send('PATCH', path, changes));
}

function showChannel(out: Output, channel: Row): void {
  const secret = channel['signing_secret'];
  out.details(channel, [
    ['channel', channel['name']],
    ['channel_id', channel['channel_id']],
    ['type', channel['type']],
    ['events', channel['events'] ?? 'every event'],
    ...(['url', 'to', 'from'] as const)
      .filter((field) => (channel[field] ?? null) !== null)
      .map((field) => [field, channel[field]] as const),
    ...(secret === undefined
      ? []
      : ([
          ['signing_secret', secret],
          ['', 'Keep it now: it is not shown again.'],
        ] as const)),
  ]);
}

async function readUrl(
  type: string,
  { url, urlFile }: Pick<CreateOptions, 'url' | 'urlFile'>,
  { io }: Context,
): Promise<string> {
  if (url !== undefined && urlFile !== undefined)
    throw usage('--url and --url-file say the same.', 'Leave one out.');
  if (urlFile !== undefined) return withoutLineEnd(await readFileText(urlFile));
  if (url === '-') return withoutLineEnd(await readStdin(io));
  if (url !== undefined && type === 'webhook') return url;
  if (url !== undefined)
    throw new Failure(
      EXIT.usage,
      'The URL of a Slack webhook is a credential: other processes and the history see the command line.',
      'Use --url - or --url-file, and replace the one that you typed: it is in your history now.',
    );
  if (io.stdin.isTTY !== true) throw usage('Where does it go?', 'Use --url or --url-file.');
  return askHidden('URL of the webhook', io);
}

async function channelPath(api: VaultApi, channel: string, { app }: Shared): Promise<string> {
  const channels = `${await api.appPath(app)}/channels`;
  return `${channels}/${await api.idOf('channel', channel, channels)}`;
}
