/** Tiles of templates in rows, each a link to its form. The arrow keys go from tile to tile, through all sections. */
import { Link } from '@tanstack/react-router';
import { ArrowRight, SlidersHorizontal } from 'lucide-react';
import { useId, type KeyboardEvent } from 'react';
import type { Template } from '../../api/catalog.ts';
import { store } from '../../texts/store.ts';
import { Tile } from '../../ui/tile.tsx';

const CARD =
  'group relative flex items-center gap-3.5 rounded-xl border border-line bg-surface p-4 shadow-card transition-[border-color,box-shadow] hover:border-line-strong hover:shadow-raised';

export function TemplateGrid({
  app,
  title,
  templates,
  hasCustom,
  onKeyDown,
}: {
  readonly app: string;
  readonly title: string;
  readonly templates: readonly Template[];
  /** Begins with what takes any API. */
  readonly hasCustom: boolean;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h2 id={id} className="text-[13px] font-semibold text-ink-2">
        {title}
      </h2>
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3 2xl:grid-cols-4">
        {hasCustom && (
          <li className="sm:col-span-2">
            <CustomCard app={app} onKeyDown={onKeyDown} />
          </li>
        )}
        {templates.map((template) => (
          <li key={template.id}>
            <Link
              to="/apps/$app/secrets/new/$template"
              params={{ app, template: template.id }}
              preload={false}
              data-tile=""
              onKeyDown={onKeyDown}
              className={`${CARD} h-full`}
            >
              <Tile hue={template.tile.hue}>{template.tile.monogram}</Tile>
              <span className="flex min-w-0 flex-col">
                <span className="truncate font-semibold">{template.name}</span>
                <span className="line-clamp-2 text-[13px] leading-snug text-ink-2">{template.summary}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CustomCard({
  app,
  onKeyDown,
}: {
  readonly app: string;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}) {
  return (
    <Link
      to="/apps/$app/secrets/new/$template"
      params={{ app, template: 'custom' }}
      data-tile=""
      onKeyDown={onKeyDown}
      className={`${CARD} h-full bg-accent-soft/40`}
    >
      <Tile hue={268}>
        <SlidersHorizontal />
      </Tile>
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="font-semibold">{store.custom.name}</span>
        <span className="text-[13px] leading-snug text-ink-2">{store.custom.summary}</span>
      </span>
      <ArrowRight
        className="size-4 shrink-0 text-accent-ink transition-transform group-hover:translate-x-0.5"
        aria-hidden
      />
    </Link>
  );
}

/** Left and right by one, up and down by a row as it is laid out; up from the first row leaves. */
export function moveInGrid(event: KeyboardEvent<HTMLElement>, gallery: HTMLElement, leave: () => void): void {
  const tiles = [...gallery.querySelectorAll<HTMLElement>('[data-tile]')];
  const at = tiles.findIndex((tile) => tile === event.currentTarget);
  const from = tiles[at];
  if (from === undefined) return;
  const next = nextTile(tiles, at, event.key);
  if (next === undefined) return;
  event.preventDefault();
  if (next === 'leave') leave();
  else next.focus();
}

function nextTile(tiles: readonly HTMLElement[], at: number, key: string): HTMLElement | 'leave' | undefined {
  switch (key) {
    case 'ArrowRight':
      return tiles[at + 1];
    case 'ArrowLeft':
      return tiles[at - 1] ?? 'leave';
    case 'Home':
      return tiles[0];
    case 'End':
      return tiles.at(-1);
    case 'ArrowDown':
      return nearest(tiles.slice(at + 1), tiles[at], (box, from) => box.top >= from.bottom);
    case 'ArrowUp':
      return (
        nearest(tiles.slice(0, at).toReversed(), tiles[at], (box, from) => box.bottom <= from.top) ?? 'leave'
      );
    default:
      return undefined;
  }
}

/** Of the first row that is beyond, the tile whose middle is nearest. */
function nearest(
  tiles: readonly HTMLElement[],
  from: HTMLElement | undefined,
  isBeyond: (box: DOMRect, from: DOMRect) => boolean,
): HTMLElement | undefined {
  if (from === undefined) return undefined;
  const own = from.getBoundingClientRect();
  const boxes = tiles.map((tile) => ({ tile, box: tile.getBoundingClientRect() }));
  const first = boxes.find(({ box }) => isBeyond(box, own));
  if (first === undefined) return undefined;
  const row = boxes.filter(({ box }) => box.top === first.box.top);
  const distance = (box: DOMRect) => Math.abs(box.left + box.width / 2 - own.left - own.width / 2);
  return row.toSorted((one, other) => distance(one.box) - distance(other.box))[0]?.tile;
}
