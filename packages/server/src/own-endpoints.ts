/** Where the vault and its stores are themselves: what no call may go to. */
import { publicOrigin, type Config } from './config.ts';

/** S15: the vault calls neither itself nor its stores, whatever ALTER_EGRESS_ALLOW says. */
export function ownEndpoints(
  config: Config,
  port: number,
  options: { readonly runtimeUrl: string; readonly ownerUrl: string | undefined },
): string[] {
  const publicUrl = new URL(publicOrigin(config, port));
  const databases = [options.runtimeUrl, options.ownerUrl].flatMap((url) =>
    url === undefined ? [] : [new URL(url)],
  );
  const redis = config.redisUrl === undefined ? undefined : new URL(config.redisUrl.revealText());
  return [
    `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    `${publicUrl.hostname}:${publicUrl.port || (publicUrl.protocol === 'https:' ? 443 : 80)}`,
    // Over a unix socket there is no endpoint that a call could name.
    ...databases.filter((url) => url.hostname !== '').map((url) => `${url.hostname}:${url.port || 5432}`),
    ...(redis === undefined ? [] : [`${redis.hostname}:${redis.port || 6379}`]),
  ];
}
