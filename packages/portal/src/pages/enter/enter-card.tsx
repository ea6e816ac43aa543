/** The card that each page on the way in is. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { enter } from '../../texts/enter.ts';

export function EnterCard({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-card">
      <div className="flex flex-col gap-1">
        <h1 className="text-lg font-semibold">{title}</h1>
        {lead !== undefined && <p className="text-ink-2">{lead}</p>}
      </div>
      {children}
    </div>
  );
}

export function ToSignIn() {
  return (
    <p className="text-center text-[13px]">
      <Link to="/sign-in" className="font-medium text-accent-ink underline">
        {enter.toSignIn}
      </Link>
    </p>
  );
}
