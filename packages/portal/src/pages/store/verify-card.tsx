/** The template's harmless call with the stored credential, and what came of it in words. */
import type { TemplateWithGuide } from '../../api/catalog.ts';
import type { Answer } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { store } from '../../texts/store.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/layout.tsx';
import { useVerify, VerifyResult } from '../../ui/verify.tsx';

const words = store.use;

export function VerifyCard({
  secret,
  template,
}: {
  readonly secret: Answer<'getSecret'>;
  readonly template: TemplateWithGuide | undefined;
}) {
  const verify = useVerify(useAppName(), secret.secret_id);
  const can = useCan();
  const says = template?.guide.test_call?.says;
  if (!can('secrets:write')) return null;
  return (
    <Card title={words.verify} {...(says === undefined ? {} : { lead: says })}>
      {secret.has_test_call ? (
        <div className="flex flex-col items-start gap-4">
          <Button
            look={verify.result === undefined ? 'primary' : 'secondary'}
            isBusy={verify.isPending}
            onClick={verify.start}
          >
            {verify.result === undefined ? words.verifyButton : words.verifyAgain}
          </Button>
          <VerifyResult of={verify} name={secret.template_name ?? secret.name} />
        </div>
      ) : (
        <p className="text-ink-2">{words.noTestCall}</p>
      )}
    </Card>
  );
}
