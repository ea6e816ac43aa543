/** `alter doctor`: what stands between this machine and a working vault, in sentences. Changes nothing. */
import { type Add, contextOf, leaf, type Shared } from '../command.ts';
import { EXIT, type ExitCode, Failure } from '../failure.ts';
import { isRow, type VaultApi } from '../vault-api.ts';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
  readonly exitCode?: ExitCode;
}

const NODE_MAJOR_MIN = 24;
/** Signatures of AWS and expiry times begin to suffer long before five minutes. */
const SKEW_MS_MAX = 5000;
const TIMEOUT_MS = 10_000;

export const addDoctorCommand: Add = (root, io, outcome) => {
  leaf(
    root,
    'doctor',
    'Check the vault, the token, the clock and the versions',
    ['alter doctor', 'alter doctor --json'],
    false,
  ).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    const findings = [checkNode(), ...(await checkVault(api))];
    // Without a vault there is nobody to ask about the token.
    if (!findings.some(({ exitCode }) => exitCode === EXIT.unreachable)) findings.push(await checkToken(api));
    const failed = findings.find(({ ok }) => !ok);
    if (failed) outcome.exitCode = failed.exitCode ?? EXIT.refused;
    if (out.isJson)
      return out.json({
        ok: !failed,
        findings: findings.map(({ check, ok, says }) => ({ check, ok, says })),
      });
    for (const { ok, says } of findings) out.done(undefined, `${ok ? 'ok  ' : 'BAD '} ${says}`);
  });
};

function checkNode(): Finding {
  const { node } = process.versions;
  const ok = Number(node.split('.')[0]) >= NODE_MAJOR_MIN;
  return {
    check: 'node',
    ok,
    says: ok
      ? `This command runs on Node ${node}.`
      : `This command runs on Node ${node}; ${NODE_MAJOR_MIN} is needed.`,
  };
}

async function checkVault(api: VaultApi): Promise<Finding[]> {
  const health = await probe(`${api.baseUrl}/healthz`);
  if (!health) {
    return [
      {
        check: 'reach',
        ok: false,
        exitCode: EXIT.unreachable,
        says: `Nothing answers at ${api.baseUrl}. Start the vault, or set ALTER_BASE_URL.`,
      },
    ];
  }
  const reach = {
    check: 'reach',
    ok: health.status === 200,
    says: `The vault at ${api.baseUrl} answers (${health.status}).`,
  };
  const ready = await probe(`${api.baseUrl}/readyz`);
  return [reach, checkClock(health), ...(ready ? checkReady(ready) : [])];
}

interface Probe {
  readonly status: number;
  readonly date: string | null;
  readonly between: readonly [number, number];
  readonly body: unknown;
}

async function probe(url: string): Promise<Probe | undefined> {
  const from = Date.now();
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const to = Date.now();
    const body: unknown = await response.json().catch(() => undefined);
    return { status: response.status, date: response.headers.get('date'), between: [from, to], body };
  } catch {
    return undefined;
  }
}

/** The `Date` header has whole seconds: only what lies outside both ends by more counts. */
function checkClock({ date, between: [from, to] }: Probe): Finding {
  const at = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at)) return { check: 'clock', ok: true, says: 'The vault does not tell its time.' };
  const skewMs = at > to ? at - to : at + 1000 < from ? at + 1000 - from : 0;
  const ok = Math.abs(skewMs) <= SKEW_MS_MAX;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return {
    check: 'clock',
    ok,
    says: ok
      ? 'The clocks agree.'
      : `The clock of the vault is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this one. Set both by NTP.`,
  };
}

function checkReady({ status, body }: Probe): Finding[] {
  const answer = isRow(body) ? body : {};
  const warnings: readonly unknown[] = Array.isArray(answer['warnings']) ? answer['warnings'] : [];
  const versions = isRow(answer['versions']) ? Object.entries(answer['versions']) : [];
  const findings: Finding[] = [
    {
      check: 'ready',
      ok: status === 200,
      says:
        status === 200
          ? 'Database, keyring and audit writer work.'
          : `The vault is not ready (${status}); its log says why.`,
    },
  ];
  if (versions.length > 0)
    findings.push({
      check: 'versions',
      ok: true,
      says: `Versions: ${versions.map(([name, version]) => `${name} ${String(version)}`).join(', ')}.`,
    });
  for (const warning of warnings) {
    const says: unknown = isRow(warning) ? (warning['message'] ?? warning['code']) : warning;
    findings.push({ check: 'warning', ok: true, says: `Warning: ${String(says)}` });
  }
  return findings;
}

async function checkToken(api: VaultApi): Promise<Finding> {
  try {
    const session = await api.get('/v1/session');
    const who = `${String(session['email'] ?? session['member_id'])} (${String(session['role'])})`;
    return { check: 'token', ok: true, says: `You are signed in as ${who}.` };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { check: 'token', ok: false, exitCode: thrown.exitCode, says: `${thrown.message} ${thrown.hint}` };
  }
}
