/** The template's harmless call with the stored credential, and what came of it in words. */
import { CircleCheck, CircleX } from 'lucide-react';
import type { TemplateWithGuide } from '../../api/catalog.ts';
import type { Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { store } from '../../texts/store.ts';
import { Button } from '../../ui/button.tsx';
import { Card, ErrorNote } from '../../ui/layout.tsx';

type Verified = Answer<'verifySecret'>;
const words = store.use;

export function VerifyCard({
  secret,
  template,
}: {
  readonly secret: Answer<'getSecret'>;
  readonly template: TemplateWithGuide | undefined;
}) {
  const app = useAppName();
  const can = useCan();
  const verify = useChange('verifySecret', { outdates: ['getSecret', 'listSecrets'] });
  const says = template?.guide.test_call?.says;
  if (!can('secrets:write')) return null;
  return (
    <Card title={words.verify} {...(says === undefined ? {} : { lead: words.verifyLead(says) })}>
      {template?.verify == null ? (
        <p className="text-ink-2">{words.noTestCall}</p>
      ) : (
        <div className="flex flex-col items-start gap-4">
          <Button
            look={verify.data === undefined ? 'primary' : 'secondary'}
            isBusy={verify.isPending}
            onClick={() => verify.mutate({ params: { app, secret_id: secret.secret_id } })}
          >
            {verify.data === undefined ? words.verifyButton : words.verifyAgain}
          </Button>
          <div role="status" className="empty:hidden">
            {verify.data !== undefined && <Result of={verify.data} name={template.name} />}
          </div>
          <ErrorNote error={verify.error} />
        </div>
      )}
    </Card>
  );
}

function Result({ of, name }: { readonly of: Verified; readonly name: string }) {
  return (
    <p
      className={`flex gap-2.5 rounded-lg px-4 py-3 ${of.ok ? 'bg-ok-soft text-ok' : 'bg-bad-soft text-bad'}`}
    >
      {of.ok ? (
        <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden />
      ) : (
        <CircleX className="mt-0.5 size-4 shrink-0" aria-hidden />
      )}
      <span className="min-w-0 font-medium">{sentenceOf(of, name)}</span>
    </p>
  );
}

function sentenceOf({ ok, status_code: status, code }: Verified, name: string): string {
  if (status === null) return isKnown(code) ? words.codes[code] : words.noAnswer;
  if (ok) return words.worked(name, status);
  if (status === 401 || status === 403) return words.refused(name, status);
  if (status === 429) return words.limited(name);
  return status >= 500 ? words.broken(name, status) : words.unexpected(name, status);
}

const isKnown = (code: string | null): code is keyof typeof words.codes =>
  code !== null && Object.hasOwn(words.codes, code);
