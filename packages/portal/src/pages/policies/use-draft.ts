/** The draft of a policy with what is wrong with it: found here once it was to be saved, or answered by the vault. */
import { useState } from 'react';
import { ApiError, type Issue } from '../../api/client.ts';
import { readDraft, readRule, type Draft, type NewPolicy } from './draft.ts';
import { errorsOf, type Errors } from '../../ui/forms.ts';
import { withoutField } from './issues.ts';

const AREAS: Readonly<Record<keyof Draft, string>> = {
  name: 'name',
  mode: 'mode',
  scope: 'applies_to',
  kind: 'rule',
  window: 'rule',
  networks: 'rule',
  request: 'rule',
  rate: 'rule',
  quota: 'rule',
  approval: 'rule',
};

export interface DraftState {
  readonly draft: Draft;
  readonly errors: Errors;
  /** Answered by the vault, about nothing that the form shows. */
  readonly others: readonly Issue[];
  readonly isDirty: boolean;
  readonly rule: NewPolicy['rule'] | undefined;
  readonly change: (part: Partial<Draft>) => void;
  /** Another draft in its place, as it is stored. */
  readonly reset: (draft: Draft) => void;
  /** What is to be sent; shows what is wrong where it can't be. */
  readonly read: () => NewPolicy | undefined;
  /** Shows an answer of the vault at its fields. */
  readonly refused: (error: unknown) => void;
}

export function useDraft(initial: Draft): DraftState {
  const [base, setBase] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [isTried, setTried] = useState(false);
  const [answered, setAnswered] = useState<readonly Issue[]>([]);
  const found = readDraft(draft);
  const rule = readRule(draft);
  const issues = isTried ? [...found.problems, ...answered] : answered;
  return {
    draft,
    errors: errorsOf(issues),
    others: withoutField(answered),
    isDirty: JSON.stringify(draft) !== JSON.stringify(base),
    rule: 'value' in rule ? rule.value : undefined,
    change: (part) => {
      setDraft((before) => ({ ...before, ...part }));
      const areas = Object.entries(AREAS).flatMap(([key, area]) => (key in part ? [area] : []));
      setAnswered((before) => before.filter(({ path }) => !areas.some((area) => path.startsWith(area))));
    },
    reset: (next) => {
      setBase(next);
      setDraft(next);
      setTried(false);
      setAnswered([]);
    },
    read: () => {
      setTried(true);
      return 'value' in found ? found.value : undefined;
    },
    refused: (error) => setAnswered(error instanceof ApiError ? error.issues : []),
  };
}
