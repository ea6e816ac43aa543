/** A QR code as a drawing, made here: nothing is sent anywhere and no HTML is put together. */
import { encodeQR } from 'qr';

/** The quiet zone that readers need (ISO/IEC 18004), in modules. */
const BORDER = 4;

export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: BORDER });
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])));
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shapeRendering="crispEdges"
      className="size-48 max-w-full rounded-lg border border-line"
    >
      {/* Readers want dark on light, whatever the theme. */}
      <rect width="100%" height="100%" fill="#ffffff" />
      <path d={path.join('')} fill="#000000" />
    </svg>
  );
}
