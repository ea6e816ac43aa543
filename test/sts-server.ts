/**
 * An STS and a service behind it, for tests: both check every signature by their own code (sigv4-verifier.ts). The STS knows its
 * users and one role with a trust policy, and hands out temporary credentials; the service takes those and nothing else.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { assertSigV4 } from './sigv4-verifier.ts';
import { startUpstream, type Recorded, type Upstream } from './upstream.ts';

export interface TestRole {
  readonly arn: string;
  readonly externalId?: string;
}

export interface Assumed {
  /** The form that STS was sent. */
  readonly form: URLSearchParams;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly token: string;
  readonly endsAt: number;
}

export interface TestSts {
  readonly sts: Upstream;
  readonly service: Upstream;
  readonly assumed: Assumed[];
  /** How many AssumeRole were under way at once, at most. */
  mostAtOnce(): number;
  /** From now on: seconds of life, and how long the answer takes. */
  live(seconds: number, delayMs?: number): void;
  /** The users that there are from now on, in the place of the one it began with. */
  know(...users: readonly TestUser[]): void;
  /** Answers AssumeRole with this error until it is undefined again. */
  refuse(answer: { readonly status: number; readonly code: string } | undefined): void;
  /** Calls of the service whose signature or credential was wrong. */
  readonly faults: string[];
  stop(): Promise<void>;
}

export interface TestUser {
  readonly accessKeyId: string;
  readonly secret: string;
}

export async function startSts(
  user: TestUser,
  role: TestRole,
  region: string,
  options: Parameters<typeof startUpstream>[0] = {},
): Promise<TestSts> {
  const [sts, service] = await Promise.all([startUpstream(options), startUpstream(options)]);
  const assumed: Assumed[] = [];
  const faults: string[] = [];
  let lifeSeconds = 3600;
  let delayMs = 0;
  let refused: { readonly status: number; readonly code: string } | undefined;
  let users: readonly TestUser[] = [user];
  let atOnce = 0;
  let mostAtOnce = 0;

  const judge = (seen: Recorded): { status: number; body: string } => {
    if (refused !== undefined) return { status: refused.status, body: error(refused.code) };
    const by = users.find(({ accessKeyId }) => accessKeyId === keyIdOf(seen));
    if (by === undefined) return { status: 403, body: error('InvalidClientTokenId') };
    try {
      assertSigV4(seen, { secret: by.secret, service: 'sts', region });
    } catch {
      return { status: 403, body: error('SignatureDoesNotMatch') };
    }
    const form = new URLSearchParams(seen.body.toString());
    const isTrusted =
      form.get('RoleArn') === role.arn && (form.get('ExternalId') ?? undefined) === role.externalId;
    if (!isTrusted) return { status: 403, body: error('AccessDenied') };
    const made: Assumed = {
      form,
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secret: randomBytes(30).toString('base64'),
      token: `${randomBytes(60).toString('base64')}==`,
      endsAt: Date.now() + lifeSeconds * 1000,
    };
    assumed.push(made);
    return { status: 200, body: success(made) };
  };

  sts.behave((_request, response) => {
    const seen = sts.requests.at(-1) ?? assert.fail();
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    setTimeout(() => {
      atOnce -= 1;
      const { status, body } = judge(seen);
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    }, delayMs);
  });
  service.behave((request, response) => {
    const seen = service.requests.at(-1) ?? assert.fail();
    const token = seen.headers['x-amz-security-token'];
    const by = assumed.find((one) => one.token === token);
    try {
      assert.ok(by !== undefined, 'no temporary credential');
      assert.ok(by.endsAt > Date.now(), 'an expired credential');
      assert.ok(String(seen.headers['authorization']).includes(`Credential=${by.accessKeyId}/`));
      assertSigV4(seen, { secret: by.secret, service: 's3', region });
      response.end(`ok ${request.url}`);
    } catch (thrown) {
      faults.push(String(thrown));
      response.writeHead(403).end('refused');
    }
  });
  return {
    sts,
    service,
    assumed,
    faults,
    mostAtOnce: () => mostAtOnce,
    live: (seconds, delay = 0) => {
      lifeSeconds = seconds;
      delayMs = delay;
    },
    know: (...known) => {
      users = known;
    },
    refuse: (answer) => {
      refused = answer;
    },
    stop: async () => void (await Promise.all([sts.stop(), service.stop()])),
  };
}

/** The access key id that signed. */
export const keyIdOf = ({ headers }: Recorded): string | undefined =>
  /Credential=([^/]+)\//.exec(String(headers['authorization']))?.[1];

const error = (code: string): string =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>User is not authorized &amp; more</Message></Error></ErrorResponse>`;

const success = ({ accessKeyId, secret, token, endsAt }: Assumed): string =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/x/y</Arn></AssumedRoleUser>
  <Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey>
  <SessionToken>${token}</SessionToken><Expiration>${new Date(endsAt).toISOString()}</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>`;
