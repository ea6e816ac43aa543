/** The policies that a beginner is offered, as drafts; what they are called stands in the texts. Pure. */
import { emptyDraft, type Draft } from './draft.ts';

/** The draft of an example; an empty one where there is none of that name. */
export function exampleDraft(id: unknown, timezone: string): Draft {
  const empty = emptyDraft(timezone);
  const { conditions } = empty.request;
  const named = (part: Partial<Draft>): Draft => ({ ...empty, name: String(id), ...part });
  switch (id) {
    case 'office-hours':
      return named({ kind: 'time_window' });
    case 'no-deletes':
      return named({
        kind: 'request',
        request: { effect: 'deny', conditions: { ...conditions, methods: ['DELETE'] } },
      });
    case 'from-our-network':
      return named({ kind: 'networks' });
    case 'pace':
      return named({ kind: 'rate_limit' });
    case 'monthly-budget':
      return named({ kind: 'quota', quota: { ...empty.quota, limit: '10000', period: 'month', timezone } });
    case 'four-eyes':
      return named({
        kind: 'require_approval',
        approval: { ...empty.approval, isEvery: false, when: { ...conditions, methods: ['POST'] } },
      });
    default:
      return empty;
  }
}
