/** A policy for who may only look: in words, and its hours as a grid. */
import { policies } from '../../texts/policies.ts';
import { Callout, Card } from '../../ui/layout.tsx';
import { draftOf, type Policy } from './draft.ts';
import { useNames } from './names.ts';
import { WeekGrid } from './week-grid.tsx';
import { Words } from './words.tsx';

export function PolicyView({ policy }: { readonly policy: Policy }) {
  const names = useNames();
  const draft = draftOf(policy, 'UTC');
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <Callout>{policies.readOnly}</Callout>
      <Card title={policies.words}>
        <Words scope={draft.scope} rule={policy.rule} mode={policy.mode} names={names} />
      </Card>
      {draft.kind === 'time_window' && (
        <Card>
          <WeekGrid window={draft.window} />
        </Card>
      )}
    </div>
  );
}
