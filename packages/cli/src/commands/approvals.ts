/** `alter approvals`: the calls that wait for people. Approves only the bytes that it has shown. */
import { confirm, isCancel } from '@clack/prompts';
import { type Add, type Context, contextOf, given, leaf, type Shared } from '../command.ts';
import { EXIT, Failure, usage } from '../failure.ts';
import { heldBody, heldRequestLines } from '../held-request.ts';
import type { Row } from '../output.ts';
import { isRow } from '../vault-api.ts';

interface DecideOptions extends Shared {
  readonly reason?: string;
  readonly digest?: string;
  readonly yes?: boolean;
}

export const addApprovalCommands: Add = (root, io, outcome) => {
  const approvals = root.command('approvals').description('Held calls: see what will be sent, and decide');

  leaf(approvals, 'list', 'List held calls, those that wait unless told otherwise', [
    'alter approvals list',
    'alter approvals list --status denied',
    'alter approvals list --all --json',
  ])
    .option(
      '--status <status>',
      'pending, approved, executing, executed, failed, denied, expired or cancelled',
    )
    .option('--all', 'whatever became of them')
    .action(async (options: Shared & { status?: string; all?: boolean }) => {
      if (options.all === true && options.status !== undefined)
        throw usage('--all and --status exclude each other.', 'Leave one out.');
      const { api, out } = contextOf(io, outcome, options);
      const status = options.all === true ? undefined : (options.status ?? 'pending');
      out.table(
        await api.list(`${await api.appPath(options.app)}/approvals`, { status }),
        [
          ['APPROVAL ID', 'approval_id'],
          ['STATUS', 'status'],
          ['METHOD', 'method'],
          ['HOST', 'host'],
          ['SECRET', 'secret_name'],
          ['UNTIL', 'expires_at'],
        ],
        status === 'pending' ? 'Nothing waits for a decision.' : 'No such held calls.',
      );
    });

  leaf(
    approvals,
    'show <approval_id>',
    'Show exactly what will be sent, with what is invisible made visible',
    [
      'alter approvals show 0199…',
      'alter approvals show 0199… --body > body.bin      the body, byte for byte',
    ],
    false,
  )
    .option('--body', 'write only the body, as it will be sent')
    .action(async (approvalId: string, options: Shared & { body?: boolean }) => {
      const { api, out, io: streams } = contextOf(io, outcome, options);
      const held = await api.get(`${pathOf(approvalId)}/request`);
      if (options.body === true) return void streams.stdout.write(heldBody(held));
      if (out.isJson) return out.json(held);
      out.raw(`${heldRequestLines(held).join('\n')}\n`);
    });

  leaf(
    approvals,
    'approve <approval_id>',
    'Show what will be sent and, once you agree, approve exactly that',
    [
      'alter approvals approve 0199…',
      'alter approvals approve 0199… --yes --digest 9f86d0… --reason "invoice 4711 checked"',
    ],
    false,
  )
    .option('--reason <text>', 'what you say to it; the requester and the audit log see it')
    .option('--digest <hex>', 'only if it is still this request; as show prints it')
    .option('--yes', 'do not ask')
    .action((approvalId: string, options: DecideOptions) =>
      approve(approvalId, options, contextOf(io, outcome, options)),
    );

  leaf(
    approvals,
    'deny <approval_id>',
    'Deny a held call; it is never sent',
    ['alter approvals deny 0199… --reason "wrong account"'],
    false,
  )
    .option('--reason <text>', 'why; the requester and the audit log see it')
    .action(async (approvalId: string, options: DecideOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const body = given({ decision: 'deny', reason: options.reason });
      const answer = await api.send('POST', `${pathOf(approvalId)}/decision`, body);
      out.done(answer, `The call ${approvalId} is ${String(answer['status'])}.`);
    });
};

async function approve(approvalId: string, options: DecideOptions, context: Context): Promise<void> {
  const { api, out } = context;
  if (options.yes !== true && context.io.stdin.isTTY !== true)
    throw usage(
      'There is no terminal to ask on.',
      'Look at it with alter approvals show, then add --yes --digest.',
    );
  const held = await api.get(`${pathOf(approvalId)}/request`);
  const digest = isRow(held['approval']) ? held['approval']['request_digest'] : undefined;
  if (options.digest !== undefined && options.digest.toLowerCase() !== digest)
    throw new Failure(
      EXIT.refused,
      'The held call has another digest than the one given; nothing was approved.',
      'Look at what it is with alter approvals show.',
      { code: 'conflict' },
    );
  if (options.yes !== true) await ask(held, context);
  const body = given({ decision: 'approve', reason: options.reason, request_digest: digest });
  const answer = await api.send('POST', `${pathOf(approvalId)}/decision`, body);
  out.done(answer, sentenceOf(approvalId, answer));
}

async function ask(held: Row, { io }: Context): Promise<void> {
  // The output may be going into a file: what is asked about is shown where it is asked.
  io.stderr.write(`${heldRequestLines(held).join('\n')}\n\n`);
  const answer = await confirm({
    message: 'Approve exactly this?',
    initialValue: false,
    input: io.stdin,
    output: io.stderr,
  });
  if (answer === true && !isCancel(answer)) return;
  throw new Failure(
    EXIT.refused,
    'Not approved; the call is still held.',
    'alter approvals deny denies it; otherwise it expires by itself.',
    { code: 'cancelled' },
  );
}

function sentenceOf(approvalId: string, { status }: Row): string {
  if (status === 'pending') return `Your approval of ${approvalId} counts; more are needed.`;
  return `The call ${approvalId} is ${String(status)}; the vault makes it by itself.`;
}

const pathOf = (approvalId: string): string => `/v1/approvals/${encodeURIComponent(approvalId)}`;
