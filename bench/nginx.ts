/**
 * The two nginx servers of the bench: the upstream of every subject, and the yardstick, which forwards with one header
 * injected. One worker each, access logs off and connections kept, so that the yardstick is nginx at its best.
 */
import { chmod, mkdir, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, start, type Started } from './processes.ts';

export interface Nginx extends Started {
  readonly port: number;
}

export const LARGE_PATH = '/large';

/** Answers everything with `answerBytes` bytes, and `/large` with a file of `largeBytes`. */
export async function startUpstream(
  directory: string,
  answerBytes: number,
  largeBytes: number,
): Promise<Nginx> {
  const files = join(directory, 'upstream-files');
  await mkdir(files);
  await chmod(files, 0o755);
  // Sparse: takes no room on the disk.
  await writeFile(join(files, LARGE_PATH), '');
  await truncate(join(files, LARGE_PATH), largeBytes);
  return startNginx(
    directory,
    'upstream',
    (port) => `
    server {
      listen 127.0.0.1:${port};
      default_type application/json;
      client_max_body_size 0;
      location / { return 200 '${'x'.repeat(answerBytes)}'; }
      location = ${LARGE_PATH} { root ${files}; }
    }`,
  );
}

export function startYardstick(directory: string, upstreamPort: number): Promise<Nginx> {
  return startNginx(
    directory,
    'yardstick',
    (port) => `
    upstream target { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port};
      client_body_buffer_size 64k;
      location / {
        proxy_pass http://target;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Authorization "Bearer bench-credential-0123456789abcdef";
      }
    }`,
  );
}

async function startNginx(directory: string, name: string, serve: (port: number) => string): Promise<Nginx> {
  const prefix = join(directory, name);
  await mkdir(prefix);
  const port = await freePort();
  const configuration = join(prefix, 'nginx.conf');
  await writeFile(
    configuration,
    `
daemon off;
worker_processes 1;
pid ${prefix}/pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 100000000;
  client_body_temp_path ${prefix}/body;
  proxy_temp_path ${prefix}/proxy;
  fastcgi_temp_path ${prefix}/fastcgi;
  uwsgi_temp_path ${prefix}/uwsgi;
  scgi_temp_path ${prefix}/scgi;
  ${serve(port)}
}
`,
  );
  const command = ['nginx', '-p', prefix, '-e', 'stderr', '-c', configuration] as const;
  return { port, ...(await start(command, { isReady: () => isOpen(port) })) };
}

/** Whether something accepts connections there. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
