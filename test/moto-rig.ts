/** AWS's DynamoDB and SQS as moto emulates them, in a process of its own. It looks at no signature: whoever uses it checks them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Python } from './python-rig.ts';
import type { Recorded } from './upstream.ts';

export interface Moto {
  /** Has it answer what came, with the host that was called, by which it names queues. */
  pass(seen: Recorded, response: ServerResponse): void;
  stop(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('fixtures/moto_server.py', import.meta.url));

export async function startMoto(python: Python): Promise<Moto> {
  const child = spawn(python.interpreter, [SERVER], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const { value } = await lines[Symbol.asyncIterator]().next();
  const port = Number(value);
  assert.ok(port > 0, 'moto did not start');
  return {
    pass: ({ method, url, rawHeaders: headers, body }, response) => {
      const passed = httpRequest({ port, host: '127.0.0.1', method, path: url, headers });
      passed.on('response', (answer: IncomingMessage) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', (error) => response.destroy(error));
      passed.end(body);
    },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
