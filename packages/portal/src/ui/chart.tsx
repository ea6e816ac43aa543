/**
 * Lines or bars over time, drawn by uPlot, with a table of the same for who can't see it. Colours come from the theme and follow
 * it. Pointing at a time shows its values; dragging across chooses a span, where the page wants one.
 */
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';

export interface Series {
  readonly label: string;
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** One of the theme's five, from 1; or a meaning. */
  readonly color: 1 | 2 | 3 | 4 | 5 | 'ok' | 'warn' | 'bad' | 'hold';
}

export interface ChartProps {
  /** What the chart shows, for who can't see it. */
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly kind?: 'lines' | 'bars';
  /** Each upon the one before, where together they are a whole. */
  readonly isStacked?: boolean;
  readonly height?: number;
  /** How a value is written, at the axis and in the table. */
  readonly format: (value: number) => string;
  /** How a time is written in the table. */
  readonly formatTime: (seconds: number) => string;
  /** Seconds since 1970 of what was dragged across. */
  readonly onZoom?: (from: number, until: number) => void;
}

const HEIGHT_PX = 180;
const AXIS_PX = 52;
const TIME_AXIS_PX = 28;
const FONT = '11px "Inter Variable", sans-serif';

export function Chart(props: ChartProps) {
  const { label, times, series, kind = 'lines', isStacked = false, height = HEIGHT_PX } = props;
  const { format, formatTime, onZoom } = props;
  const [pointed, setPointed] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const zoom = useRef(onZoom);
  useEffect(() => {
    zoom.current = onZoom;
  }, [onZoom]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // What lies upon others is drawn first.
    const drawn = isStacked ? stackOf(series).toReversed() : series;
    const plot = new uPlot(
      optionsOf({
        series: drawn,
        kind,
        height,
        format,
        width: element.clientWidth,
        zoom,
        theme,
        onPoint: setPointed,
      }),
      [[...times], ...drawn.map(({ values }) => [...values])],
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, series, kind, isStacked, height, format, theme]);
  const pointedAt = pointed === undefined ? undefined : times[pointed];

  return (
    <figure className="relative m-0 min-w-0" aria-label={label}>
      <div className="mb-2 flex min-h-5 flex-wrap gap-x-4 gap-y-1 text-[13px] text-ink-2" aria-hidden>
        {series.map((one) => (
          <span key={one.label} className="inline-flex items-center gap-1.5">
            <span className={`chart-key chart-key-${one.color}`} />
            {one.label}
            {pointed !== undefined && (
              <strong className="font-semibold text-ink tabular-nums">
                {written(one.values[pointed], format)}
              </strong>
            )}
          </span>
        ))}
        {pointedAt !== undefined && (
          <span className="ml-auto text-ink-3 tabular-nums">{formatTime(pointedAt)}</span>
        )}
      </div>
      <div ref={box} className="chart min-w-0" style={{ height }} aria-hidden />
      {/* A table of its own would not be cut off to what nobody sees. */}
      <div className="sr-only">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">{label}</th>
              {series.map((one) => (
                <th key={one.label} scope="col">
                  {one.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {times.map((at, index) => (
              <tr key={at}>
                <th scope="row">{formatTime(at)}</th>
                {series.map((one) => (
                  <td key={one.label}>{written(one.values[index], format)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

const written = (value: number | null | undefined, format: ChartProps['format']): string =>
  typeof value === 'number' ? format(value) : '–';

/** Each series with all before it added: the tops of a stack. */
function stackOf(series: readonly Series[]): Series[] {
  const tops: Series[] = [];
  for (const one of series) {
    const below = tops.at(-1)?.values;
    tops.push({ ...one, values: one.values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)) });
  }
  return tops;
}

type Theme = 'light' | 'dark';

const DARK = '(prefers-color-scheme: dark)';

/** What is on the screen now: the choice of the account menu, or the system's. */
function useTheme(): Theme {
  const [theme, setTheme] = useState(shownTheme);
  useEffect(() => {
    const update = () => setTheme(shownTheme());
    const media = matchMedia(DARK);
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    media.addEventListener('change', update);
    return () => {
      observer.disconnect();
      media.removeEventListener('change', update);
    };
  }, []);
  return theme;
}

function shownTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return matchMedia(DARK).matches ? 'dark' : 'light';
}

interface Drawing extends Required<Pick<ChartProps, 'series' | 'kind' | 'height' | 'format'>> {
  readonly width: number;
  readonly zoom: { readonly current: ChartProps['onZoom'] };
  readonly theme: Theme;
  readonly onPoint: (index: number | undefined) => void;
}

function optionsOf(drawing: Drawing): uPlot.Options {
  const { series, kind, height, format, width, zoom, theme, onPoint } = drawing;
  const ink = colorOf('ink-3', theme);
  const grid = { stroke: colorOf('chart-grid', theme), width: 1 };
  const axis = { stroke: ink, font: FONT, grid, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], radius: 0.15 });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { drag: { x: zoom.current !== undefined, y: false, setScale: false }, points: { size: 6 } },
    scales: {
      // The first and the last bar whole.
      ...(kind === 'bars'
        ? { x: { range: (plot, min, max) => [min - halfOf(plot), max + halfOf(plot)] } }
        : {}),
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: TIME_AXIS_PX,
        values: (_plot, seconds, _index, _space, step) => seconds.map((at) => tickOf(at, step)),
      },
      { ...axis, size: AXIS_PX, incrs: STEPS, values: (_plot, values) => values.map(format) },
    ],
    series: [
      {},
      ...series.map((one): uPlot.Series => {
        const stroke = colorOf(typeof one.color === 'number' ? `chart-${one.color}` : one.color, theme);
        return kind === 'bars'
          ? {
              label: one.label,
              stroke,
              fill: stroke,
              width: 0,
              points: { show: false },
              ...(bars === undefined ? {} : { paths: bars }),
            }
          : { label: one.label, stroke, width: 2, points: { show: false }, fill: shadeOf(stroke) };
      }),
    ],
    hooks: {
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width: chosen } = plot.select;
          if (chosen < 4) return;
          zoom.current?.(plot.posToVal(left, 'x'), plot.posToVal(left + chosen, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const toTheSecond = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });

/** A time of the day, to the second where a minute has more than one; or the day where that begins. */
function tickOf(seconds: number, step: number): string {
  const at = new Date(seconds * 1000);
  if (step < MINUTE_SECONDS) return toTheSecond.format(at);
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
  return step >= DAY_SECONDS || isMidnight ? day.format(at) : clock.format(at);
}

/** What is counted has no halves. */
const STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** Half of what lies between two times. */
const halfOf = ({ data: [times] }: uPlot): number => ((times[1] ?? 0) - (times[0] ?? 0)) / 2;

const SHADE = 0.1;
/** `stroke` as a browser computes it: `rgb(…)`. */
const shadeOf = (stroke: string): string =>
  stroke.replace(/^rgb\((.*)\)$/, (_, channels: string) => `rgba(${channels}, ${SHADE})`);

/** A canvas knows no `light-dark()`: what the browser makes of the colour is read from an element that has it. */
function colorOf(name: string, theme: Theme): string {
  const probe = document.createElement('span');
  probe.style.colorScheme = theme;
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
