/** The headers that tell a caller of a limit that is used up (draft-ietf-httpapi-ratelimit-headers). Pure. */

/** `name`: shown as a string of RFC 8941, for which it must be printable ASCII without quotes. */
export function limitHeaders(
  name: string,
  of: { readonly limit: number; readonly windowSeconds: number; readonly resetSeconds: number },
): Readonly<Record<string, string>> {
  return {
    'Retry-After': String(of.resetSeconds),
    'RateLimit-Policy': `"${name}";q=${of.limit};w=${of.windowSeconds}`,
    RateLimit: `"${name}";r=0;t=${of.resetSeconds}`,
  };
}
