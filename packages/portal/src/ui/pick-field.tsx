/**
 * Chooses one thing of the app by its name. What there is comes from the vault, by name; where there is more than a list holds,
 * a field above it looks further, on the server.
 */
import { useEffect, useId, useState } from 'react';
import type { Answer } from '../api/client.ts';
import { useApi } from '../api/queries.ts';
import { pick } from '../texts/pick.ts';
import { inputClass, SelectField, type FieldProps } from './field.tsx';

export type PickKind = Answer<'search'>['items'][number]['kind'];
type Found = Answer<'search'>['items'][number];

const PAUSE_MS = 200;

export interface Choices {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly isMore: boolean;
  readonly isEmpty: boolean;
  readonly text: string;
  readonly onSearch: (text: string) => void;
}

/** What can be chosen; `values` are among it wherever they stand, by name where the vault knows one. */
export function useChoices(
  {
    app,
    kind,
    isEnabled = true,
  }: { readonly app: string; readonly kind: PickKind; readonly isEnabled?: boolean },
  value: string,
  labelOf: (one: Found) => string = ({ name }) => name,
): Choices {
  const [text, setText] = useState('');
  const asked = useSettled(text.trim());
  const of = (q: string) => ({ params: { app }, query: { kind, ...(q === '' ? {} : { q }) } });
  const found = useApi('search', of(asked), { enabled: isEnabled, keepPrevious: true });
  const items = found.data?.items ?? [];
  const isMissing = found.data !== undefined && value !== '' && !items.some(({ id }) => id === value);
  const chosen = useApi('search', of(value), { enabled: isEnabled && isMissing });
  const known = chosen.data?.items.find(({ id }) => id === value);
  return {
    options: [
      ...(isMissing
        ? [{ value, label: known === undefined ? `${value.slice(0, 8)}…` : labelOf(known) }]
        : []),
      ...items.map((one) => ({ value: one.id, label: labelOf(one) })),
    ],
    isMore: text !== '' || found.data?.is_more === true,
    isEmpty: text === '' && found.data?.items.length === 0,
    text,
    onSearch: setText,
  };
}

export function PickField({
  app,
  kind,
  value,
  onChange,
  none,
  noneThere,
  last = [],
  isEnabled = true,
  labelOf,
  ...field
}: Omit<FieldProps, 'label'> & {
  readonly label: string;
  readonly app: string;
  readonly kind: PickKind;
  readonly value: string;
  readonly onChange: (id: string) => void;
  /** What it is called that nothing is chosen. */
  readonly none: string;
  /** Said where there is nothing to choose. */
  readonly noneThere?: string;
  /** Further answers than things. */
  readonly last?: readonly { readonly value: string; readonly label: string }[];
  readonly isEnabled?: boolean;
  readonly labelOf?: (one: Found) => string;
}) {
  const isOther = last.some((one) => one.value === value);
  const choices = useChoices({ app, kind, isEnabled }, isOther ? '' : value, labelOf);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <SelectField
        {...field}
        {...(choices.isEmpty && noneThere !== undefined ? { hint: noneThere } : {})}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        options={[{ value: '', label: none }, ...choices.options, ...last]}
      />
      <Further choices={choices} label={field.label} />
    </div>
  );
}

/** Looks further than the list, where there is more. */
export function Further({ choices, label }: { readonly choices: Choices; readonly label: string }) {
  const id = useId();
  if (!choices.isMore) return null;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <input
        type="search"
        aria-label={pick.search(label)}
        aria-describedby={id}
        placeholder={pick.search(label)}
        autoComplete="off"
        spellCheck={false}
        value={choices.text}
        onChange={(event) => choices.onSearch(event.target.value)}
        // Enter looks; it does not send the form around it.
        onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        className={inputClass('h-9')}
      />
      <p id={id} role="status" className="text-[13px] text-ink-3">
        {choices.text !== '' && choices.options.length === 0 ? pick.nothing : pick.more}
      </p>
    </div>
  );
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
