/** What a `User-Agent` says in a word or two: enough to know one’s own devices again. Pure. */
const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?Chrom(?:e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^alter\b/i, 'The command line'],
  [/^curl\//, 'curl'],
  [/^node\b/i, 'Node.js'],
] as const;

const SYSTEMS = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

const find = (of: typeof BROWSERS | typeof SYSTEMS, text: string): string | undefined =>
  of.find(([pattern]) => pattern.test(text))?.[1];

/** “Chrome on Linux”; undefined for what is none of these. */
export function browserName(userAgent: string | null): string | undefined {
  if (userAgent === null) return undefined;
  const browser = find(BROWSERS, userAgent);
  const system = find(SYSTEMS, userAgent);
  if (browser === undefined) return system;
  return system === undefined ? browser : `${browser} on ${system}`;
}
