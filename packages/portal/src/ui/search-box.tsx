/** A field that searches while one types, a moment after the last letter. */
import { useRouter } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useRef, useState } from 'react';
import { inputClass } from './field.tsx';

const PAUSE_MS = 250;

export function SearchBox({
  label,
  value,
  onSearch,
}: {
  readonly label: string;
  /** What is searched for now, as the address says it. */
  readonly value: string;
  readonly onSearch: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const router = useRouter();
  const search = (typed: string, inMs: number) => {
    clearTimeout(timer.current);
    const here = location.pathname;
    timer.current = setTimeout(() => {
      // Whoever is on the way to another page by then is left alone.
      if (router.latestLocation.pathname === here) onSearch(typed.trim());
    }, inMs);
  };
  return (
    <form
      role="search"
      className="relative min-w-0 grow sm:max-w-80"
      onSubmit={(event) => {
        event.preventDefault();
        search(text, 0);
      }}
    >
      <Search
        className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-ink-3"
        aria-hidden
      />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          search(event.target.value, PAUSE_MS);
        }}
        className={inputClass('h-9 pl-9!')}
      />
    </form>
  );
}
