/** The mark of the product. */
export function Mark({ className = 'size-7' }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M8 23 14.3 9.2a1.9 1.9 0 0 1 3.4 0L24 23"
        fill="none"
        className="stroke-on-accent"
        strokeWidth="2.8"
        strokeLinecap="round"
      />
      <circle cx="16" cy="19.2" r="2.3" className="fill-on-accent" />
      <path d="M16 20.5v3.2" className="stroke-on-accent" strokeWidth="2.2" strokeLinecap="round" />
    </svg>
  );
}
