/** The course of a figure in one stroke, in the colour of its surroundings. The charts below say the same in full. */
const WIDTH = 100;
const HEIGHT = 28;
const TOP = 3;

export function Sparkline({ values }: { readonly values: readonly (number | null)[] }) {
  const known = values.map((value) => value ?? 0);
  const max = Math.max(1, ...known);
  const step = WIDTH / Math.max(1, known.length - 1);
  const points = known.map(
    (value, index) =>
      `${(index * step).toFixed(2)},${(HEIGHT - 1 - (value / max) * (HEIGHT - TOP - 1)).toFixed(2)}`,
  );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="block h-8 w-full"
      aria-hidden
    >
      <polygon
        points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`}
        fill="currentColor"
        opacity="0.1"
      />
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
