/** The shapes that template variables share. Anchored, without flags, and free of characters that end a host or a path segment. */

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const PORT = '(?::(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?';
// S3: the last label begins with a letter, so that no number in another notation passes for a name.
const HOSTNAME = `(?=[^:]{1,253}(?::|$))(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?`;

/** One DNS label, lower case (RFC 1123 section 2.1). */
export const LABEL_PATTERN = `^${LABEL}$`;

/** A name of two labels or more, or a dotted IPv4 address, with an optional port. Whether it may be dialled is decided elsewhere. */
export const HOST_PATTERN = `^(?:${HOSTNAME}|(?:${OCTET}\\.){3}${OCTET})${PORT}$`;

/** An AWS region such as `us-east-1` or `us-gov-west-1`. */
export const AWS_REGION_PATTERN = '^[a-z]{2}(?:-[a-z]+){1,3}-[0-9]$';

/** A header name: an RFC 9110 token. */
export const HEADER_NAME_PATTERN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$";

/** Printable ASCII in front of a header value; braces have a meaning in formats and stay out. */
export const HEADER_PREFIX_PATTERN = '^(?:[!-z|~][ -z|~]{0,63})?$';

export const QUERY_NAME_PATTERN = '^[A-Za-z0-9._-]{1,64}$';

export const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
