/** Where the window of a step-up comes back to: it tells the page that opened it, and closes. */
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { tellSteppedUp } from '../../api/sso.ts';
import { sso } from '../../texts/sso.ts';
import { SsoFaultNote } from '../../ui/sso.tsx';
import { EnterCard } from './enter-card.tsx';

export function SteppedUpPage() {
  const { sso: fault } = useSearch({ from: '/enter/stepped-up' });
  useEffect(() => {
    tellSteppedUp(fault ?? '');
    // Browsers that do not let it leave it open: then it says what to do.
    if (fault === undefined) window.close();
  }, [fault]);
  const isDone = fault === undefined;
  return (
    <EnterCard
      title={isDone ? sso.steppedUp : sso.notSteppedUp}
      lead={isDone ? sso.steppedUpText : sso.notSteppedUpText}
    >
      <SsoFaultNote word={fault} />
    </EnterCard>
  );
}
