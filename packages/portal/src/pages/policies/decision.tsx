/** What would be decided on a call, in words, and what every policy that applies says of it. */
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX, Hourglass } from 'lucide-react';
import { clsx } from 'clsx';
import type { Answer } from '../../api/client.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { sentence } from '../../ui/forms.ts';
import { Badge, Card, type Tone } from '../../ui/layout.tsx';
import { TimeAgo } from '../../ui/time.tsx';

type Judged = Answer<'evaluatePolicies'>;
type Said = Judged['because'][number];

const LOOKS = {
  allow: { icon: <CircleCheck />, className: 'bg-ok-soft text-ok' },
  deny: { icon: <CircleX />, className: 'bg-bad-soft text-bad' },
  hold: { icon: <Hourglass />, className: 'bg-hold-soft text-hold' },
} as const;
const TONES: Readonly<Record<Said['verdict'], Tone>> = {
  pass: 'ok',
  deny: 'bad',
  hold: 'hold',
  undetermined: 'warn',
};
const UNSTORED = '00000000-0000-0000-0000-000000000000';

/** Enforced, and of the mind that came out; what can't be told refuses where nothing else does. */
function decides({ decision, because }: Judged, one: Said): boolean {
  if (one.mode !== 'enforce' || decision === 'allow') return false;
  if (decision === 'hold') return one.verdict === 'hold';
  const isFirm = because.some(({ mode, verdict }) => mode === 'enforce' && verdict === 'deny');
  return one.verdict === (isFirm ? 'deny' : 'undetermined');
}

export function Decision({
  judged,
  policyId,
}: {
  readonly judged: Judged;
  /** The policy on this page. */
  readonly policyId: string | undefined;
}) {
  const { decision, code, message, hint, because } = judged;
  const { icon, className } = LOOKS[decision];
  return (
    <div className="flex flex-col gap-6">
      <div className={clsx('flex gap-3 rounded-xl px-5 py-4', className)}>
        <span className="mt-0.5 shrink-0 [&_svg]:size-5" aria-hidden>
          {icon}
        </span>
        <div className="flex min-w-0 flex-col gap-1 [overflow-wrap:anywhere]">
          <h2 className="text-[15px] font-semibold">{policies.decisions[decision]}</h2>
          <p>{message ?? (decision === 'hold' ? policies.holdText : policies.allowText)}</p>
          {hint !== null && <p className="text-[13px]">{hint}</p>}
          {code !== null && <code className="font-mono text-[13px]">{code}</code>}
        </div>
      </div>
      <Card title={policies.because} isFlush={because.length > 0}>
        {because.length === 0 ? (
          <p className="text-ink-3">{policies.noPolicies}</p>
        ) : (
          <ul>
            {because.map((one) => (
              <li
                key={one.policy_id}
                className="flex flex-col gap-1 border-t border-line px-5 py-3 first:border-0"
              >
                <span className="flex flex-wrap items-center gap-2">
                  <Badge tone={TONES[one.verdict]}>{policies.verdicts[one.verdict]}</Badge>
                  <PolicyName said={one} isThis={one.policy_id === (policyId ?? UNSTORED)} />
                  {one.mode === 'monitor' && <Badge>{policies.onlyMonitored}</Badge>}
                  {decides(judged, one) && <Badge tone="accent">{policies.decides}</Badge>}
                </span>
                <span className="text-[13px] text-ink-2 [overflow-wrap:anywhere]">
                  {sentence(one.why)}
                  {one.passes_at !== null && (
                    <>
                      {'. '}
                      {policies.passesAt} <TimeAgo at={one.passes_at} />
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}

function PolicyName({ said, isThis }: { readonly said: Said; readonly isThis: boolean }) {
  const app = useAppName();
  if (isThis) return <span className="font-medium">{policies.thisPolicy}</span>;
  return (
    <Link
      to="/apps/$app/policies/$policy"
      params={{ app, policy: said.policy_id }}
      className="font-medium text-accent-ink hover:underline"
    >
      {said.name}
    </Link>
  );
}
