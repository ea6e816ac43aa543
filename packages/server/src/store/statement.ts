/**
 * A run of a named statement that goes out in one buffer of just its size. The driver writes every value into a buffer
 * that it grows and copies, then into another: for a group of audit events a dozen allocations outside the heap, whose garbage
 * brings on collections of the whole heap. What comes back is read by the driver. Must never write to a connection before
 * the whole message is made.
 */
import type { Duplex } from 'node:stream';
import { Query, type PoolClient, type QueryResult } from 'pg';
import type { CopyMessages, CopyStatement } from './copy-rows.ts';

/** What the server reads without being told its type: text, and bytes as they are. */
export type Plain = string | number | bigint | boolean | Buffer | null;

/** Of the driver's connection, what its types leave out. */
interface Wire {
  readonly stream: Duplex;
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(statement: { readonly name: string; readonly text: string }): void;
}

/** Whether `runStatement` takes these values; arrays and times have their forms in the driver. */
export function arePlain(values: readonly unknown[]): values is readonly Plain[] {
  return values.every(
    (value) => value === null || (value !== undefined && typeof value !== 'object') || Buffer.isBuffer(value),
  );
}

/** One name always has one text. */
export function runStatement(
  client: PoolClient,
  name: string,
  text: string,
  values: readonly Plain[],
): Promise<QueryResult> {
  // Made first: whatever can go wrong with it does so before the driver has begun.
  return send(client, name, text, [runMessage(name, values, ANSWERED)]);
}

/** The statements of COPY that have run on a connection: in case of an error nobody knows whether the server has come to prepare it. */
const prepared = new WeakMap<PoolClient, Set<CopyStatement>>();

/** As `runStatement`, with the COPY of `rows` behind it, in one round trip: both or neither. */
export async function runThenCopy(
  client: PoolClient,
  name: string,
  text: string,
  values: readonly Plain[],
  { statement, bytes }: CopyMessages,
): Promise<void> {
  const known = prepared.get(client) ?? new Set();
  const run = runMessage(name, values, EXECUTED);
  await send(client, name, text, known.has(statement) ? [run, bytes] : [run, statement.prepare, bytes]);
  prepared.set(client, known.add(statement));
}

/** The last of `messages` ends with a Sync. */
function send(
  client: PoolClient,
  name: string,
  text: string,
  messages: readonly Buffer[],
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    const query = new Query({ name, text }, (error, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    });
    // The rows of a COPY are on their way already; the driver would have it fail.
    Object.assign(query, { handleCopyInResponse: () => undefined });
    query.submit = (connection) => {
      // An edge: the driver's own queries use these too, and its types don't name them.
      const wire = connection as unknown as Wire;
      const known = wire.parsedStatements[name] ?? wire.submittedNamedStatements[name];
      // What is returned is what the query fails with.
      if (known !== undefined && known !== text) return new Error(`statement ${name} has two texts`);
      wire.stream.cork();
      if (known === undefined) {
        wire.parse({ name, text });
        wire.submittedNamedStatements[name] = text;
      }
      for (const message of messages) wire.stream.write(message);
      wire.stream.uncork();
      return undefined;
    };
    client.query(query);
  });
}

const NULL_LENGTH = -1;
const [TEXT, BINARY] = [0, 1];
/** Execute of the unnamed portal, all rows. */
const EXECUTED = Buffer.from('E\0\0\0\x09\0\0\0\0\0', 'latin1');
/** Describe of that portal, Execute, and Sync. */
const ANSWERED = Buffer.concat([Buffer.from('D\0\0\0\x06P\0'), EXECUTED, Buffer.from('S\0\0\0\x04')]);

/** Bind, and `after` it, in the form of the frontend protocol, version 3. */
function runMessage(name: string, values: readonly Plain[], after: Buffer): Buffer {
  const parts = values.map((value) =>
    value === null || Buffer.isBuffer(value) || typeof value === 'string' ? value : String(value),
  );
  const lengths = parts.map((part) => (part === null ? NULL_LENGTH : Buffer.byteLength(part)));
  const statement = Buffer.byteLength(name);
  let size = 1 + 4 + 1 + statement + 1 + 2 + 2 * parts.length + 2 + 4 * parts.length + 2;
  for (const length of lengths) size += Math.max(0, length);
  const message = Buffer.allocUnsafe(size + after.length);
  message.write('B', 'latin1');
  message.writeInt32BE(size - 1, 1);
  // The unnamed portal.
  message[5] = 0;
  let at = 6 + message.write(name, 6);
  message[at] = 0;
  at = message.writeInt16BE(parts.length, at + 1);
  for (const part of parts) at = message.writeInt16BE(Buffer.isBuffer(part) ? BINARY : TEXT, at);
  at = message.writeInt16BE(parts.length, at);
  for (const [i, part] of parts.entries()) {
    at = message.writeInt32BE(lengths[i] ?? NULL_LENGTH, at);
    if (typeof part === 'string') at += message.write(part, at);
    else if (part !== null) at += part.copy(message, at);
  }
  // All columns as text.
  at = message.writeInt16BE(0, at);
  after.copy(message, at);
  return message;
}
