/**
 * How column types become values. Nothing that a JavaScript number can't hold exactly becomes a number.
 *
 * | SQL | here |
 * |---|---|
 * | int2, int4, float8, bool, text | number, boolean, string |
 * | int8 (also `count(*)`) | bigint |
 * | numeric, uuid | string |
 * | date | string, `YYYY-MM-DD`: a day has no time zone |
 * | timestamptz | Date |
 * | bytea | Buffer |
 * | json, jsonb | parsed |
 */
import { types, type CustomTypesConfig } from 'pg';

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;

const keepText = (text: string): string => text;
const toBigInt = (text: string): bigint => BigInt(text);

/** An int8[] has no quoting: digits, commas and NULL. */
function toBigIntArray(text: string): (bigint | null)[] {
  const items = text.slice(1, -1);
  return items === '' ? [] : items.split(',').map((item) => (item === 'NULL' ? null : BigInt(item)));
}

const defaultParser = types.getTypeParser as (oid: number, format: string) => (text: string) => unknown;

/** Per pool, not global: another user of the driver in the same process keeps its own. */
export const columnTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return toBigInt;
    if (oid === INT8_ARRAY) return toBigIntArray;
    if (oid === DATE) return keepText;
    // The driver's types name only the oids that it knows; any other oid gets its default parser.
    return defaultParser(oid, format ?? 'text');
  },
};
