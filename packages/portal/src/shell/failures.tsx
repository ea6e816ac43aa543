/** What stands where a page can't: it is not there, not allowed, or failed. */
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Compass, Lock } from 'lucide-react';
import type { Scope } from '../api/session.ts';
import { common } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Callout, EmptyState, ErrorNote } from '../ui/layout.tsx';

export function NotFound() {
  return (
    <EmptyState
      isWholePage
      icon={<Compass />}
      title={common.notFoundTitle}
      actions={
        <Link to="/" className={buttonClass()}>
          {shell.home}
        </Link>
      }
    >
      {common.notFoundHint}
    </EmptyState>
  );
}

export function NotAllowed({ scope }: { readonly scope: Scope }) {
  return (
    <EmptyState isWholePage icon={<Lock />} title={common.notAllowedTitle}>
      {common.notAllowedHint(scope)}
    </EmptyState>
  );
}

export function Crashed({ error }: ErrorComponentProps) {
  return (
    <div className="mx-auto flex max-w-xl flex-col gap-4 p-6">
      <h1 className="text-xl font-semibold">{shell.crashedTitle}</h1>
      <ErrorNote error={error} />
      <Callout
        actions={
          <Button size="small" onClick={() => location.reload()}>
            {shell.reload}
          </Button>
        }
      >
        {shell.crashedHint}
      </Callout>
    </div>
  );
}
