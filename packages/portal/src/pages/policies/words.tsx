/** The whole policy in words, as it is written at this moment. */
import { ruleNotes, ruleWords } from '@alter-vault/contract/policy-words';
import type { PolicyRule } from '@alter-vault/contract';
import { policies } from '../../texts/policies.ts';
import type { Scope } from './draft.ts';
import { approverName, useMembers, type Names } from './names.ts';

export function Words({
  scope,
  rule,
  mode,
  names,
  isShort = false,
}: {
  readonly scope: Scope;
  /** Absent while it is not complete. */
  readonly rule: PolicyRule | undefined;
  readonly mode: 'enforce' | 'monitor';
  readonly names: Names;
  /** Without what follows from it. */
  readonly isShort?: boolean;
}) {
  const members = useMembers();
  const reach =
    scope.to === 'app'
      ? policies.scopeSentences.app
      : scope.id === ''
        ? undefined
        : policies.scopeSentences[scope.to](names.nameOf(scope));
  return (
    <div className="flex flex-col gap-2.5" aria-live="polite">
      {rule === undefined ? (
        <p className="text-ink-3">{policies.wordsMissing}</p>
      ) : (
        <p className="text-[15px] leading-relaxed font-medium [overflow-wrap:anywhere]">
          {ruleWords(rule, (approver) => approverName(approver, members))}
        </p>
      )}
      {reach !== undefined && <p className="[overflow-wrap:anywhere] text-ink-2">{reach}</p>}
      {!isShort && <p className="text-ink-2">{policies.wordsMode[mode]}</p>}
      {!isShort &&
        rule !== undefined &&
        ruleNotes(rule).map((note) => (
          <p key={note} className="text-[13px] text-ink-3">
            {note}
          </p>
        ))}
      {!isShort && <p className="text-[13px] text-ink-3">{policies.others}</p>}
    </div>
  );
}
