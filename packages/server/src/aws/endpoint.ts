/**
 * Which service and region a request is signed for, and how that service wants it signed. Explicit settings win; the
 * host is read only for what they leave open. Pure; guesses nothing that the name does not say.
 */
import { Refusal } from '../refusal.ts';

export interface AwsTarget {
  readonly service: string;
  readonly region: string;
}

export interface PartialAwsTarget {
  readonly service?: string | undefined;
  readonly region?: string | undefined;
}

export interface ServiceStyle {
  readonly encodesTwice: boolean;
  readonly normalizes: boolean;
  readonly sendsPayloadHash: boolean;
  /** Whether the body may go unsigned (over https only). */
  readonly allowsUnsignedPayload: boolean;
  /** Whether the body may come in chunks (`aws-chunked`). */
  readonly takesChunks: boolean;
}

const S3_SERVICES = new Set(['s3', 's3express', 's3-outposts', 's3-object-lambda']);

/** Other services that refuse a request without `x-amz-content-sha256`. */
const PAYLOAD_HASH_SERVICES = new Set(['aoss', 'glacier', 'vpc-lattice-svcs']);

const S3_STYLE: ServiceStyle = {
  encodesTwice: false,
  normalizes: false,
  sendsPayloadHash: true,
  allowsUnsignedPayload: true,
  takesChunks: true,
};
const COMMON_STYLE: ServiceStyle = {
  encodesTwice: true,
  normalizes: true,
  sendsPayloadHash: false,
  allowsUnsignedPayload: false,
  takesChunks: false,
};
const HASHED_STYLE: ServiceStyle = { ...COMMON_STYLE, sendsPayloadHash: true };

export function serviceStyle(service: string): ServiceStyle {
  if (S3_SERVICES.has(service)) return S3_STYLE;
  return PAYLOAD_HASH_SERVICES.has(service) ? HASHED_STYLE : COMMON_STYLE;
}

/** The first of `settings` that names it wins, the host comes last. Throws a Refusal when service or region stay open. */
export function resolveAwsTarget(authority: string, settings: readonly PartialAwsTarget[]): AwsTarget {
  let { service, region }: PartialAwsTarget = {};
  for (const setting of settings) {
    service ||= setting.service;
    region ||= setting.region;
  }
  if (!service || !region) {
    const fromHost = awsTargetOfHost(authority);
    service ||= fromHost.service;
    region ||= fromHost.region;
  }
  if (service && region) return { service, region };
  const missing = [service ? '' : 'service', region ? '' : 'region']
    .filter((name) => name !== '')
    .join(' and ');
  throw new Refusal('invalid_request', {
    message: `The AWS ${missing} to sign for can't be told from the host.`,
    hint: `Set ${missing} in the credential or in its aws_sigv4 injection rule, or call a regional endpoint.`,
  });
}

const REGION = /^(?:[a-z]{2}|eusc)(?:-[a-z]+)+-\d{1,2}$/;

interface Partition {
  readonly suffix: string;
  /** Where the services without a region of their own are signed for. */
  readonly globalRegion: string;
}

const PARTITIONS: readonly Partition[] = [
  { suffix: '.amazonaws.com', globalRegion: 'us-east-1' },
  { suffix: '.amazonaws.com.cn', globalRegion: 'cn-northwest-1' },
  { suffix: '.amazonaws.eu', globalRegion: 'eusc-de-east-1' },
  { suffix: '.api.aws', globalRegion: 'us-east-1' },
  { suffix: '.on.aws', globalRegion: 'us-east-1' },
];

/** Services whose host carries no region; the older ones among them keep such a name for us-east-1 only. */
const GLOBAL_SERVICES = new Set([
  'autoscaling',
  'budgets',
  'ce',
  'cloudformation',
  'cloudfront',
  'dynamodb',
  'ec2',
  'elasticloadbalancing',
  'elasticmapreduce',
  'email',
  'health',
  'iam',
  'importexport',
  'monitoring',
  'organizations',
  'queue',
  'rds',
  'route53',
  'sdb',
  'shield',
  'sns',
  'sqs',
  'sts',
  'support',
  'waf',
]);

/** Signing names that differ from the label in the host. */
const SIGNING_NAMES: ReadonlyMap<string, string> = new Map([
  ['appstream2', 'appstream'],
  ['bedrock-agent', 'bedrock'],
  ['bedrock-agent-runtime', 'bedrock'],
  ['bedrock-data-automation', 'bedrock'],
  ['bedrock-data-automation-runtime', 'bedrock'],
  ['bedrock-runtime', 'bedrock'],
  ['cloudhsmv2', 'cloudhsm'],
  ['data-ats.iot', 'iotdata'],
  ['data.iot', 'iotdata'],
  ['email', 'ses'],
  ['entitlement.marketplace', 'aws-marketplace'],
  ['forecastquery', 'forecast'],
  ['git-codecommit', 'codecommit'],
  ['lambda-url', 'lambda'],
  ['metering.marketplace', 'aws-marketplace'],
  ['models-v2-lex', 'lex'],
  ['oidc', 'sso-oauth'],
  ['personalize-events', 'personalize'],
  ['personalize-runtime', 'personalize'],
  ['pinpoint', 'mobiletargeting'],
  ['portal.sso', 'awsssoportal'],
  ['queue', 'sqs'],
  ['runtime-v2-lex', 'lex'],
  ['transcribestreaming', 'transcribe'],
]);

/** Services that stand to the right of the region: `name.us-east-1.es.amazonaws.com`. */
const SERVICES_AFTER_REGION = new Set(['aoss', 'es', 'queue']);

/** Parts of a name that say how it is reached, not what it is. */
const ROUTING_LABELS = new Set(['dualstack', 'fips', 'vpce']);

/** What the name of an AWS endpoint says; nothing for any other host. */
export function awsTargetOfHost(authority: string): PartialAwsTarget {
  const host = authority.toLowerCase().replace(/:\d+$/, '');
  const partition = PARTITIONS.find(({ suffix }) => host.endsWith(suffix));
  if (partition === undefined) return {};
  const labels = host
    .slice(0, -partition.suffix.length)
    .split('.')
    .filter((label) => !ROUTING_LABELS.has(label));
  const last = labels.at(-1) ?? '';
  // A bucket may be called like a region: `eu-west-1.s3.amazonaws.com` is one in us-east-1.
  if (last === 's3') return { service: 's3', region: partition.globalRegion };
  const regionAt = labels.findLastIndex((label) => REGION.test(label));
  if (regionAt === -1) return withoutRegion(labels, partition);
  const region = labels[regionAt];
  const after = labels[regionAt + 1];
  if (after !== undefined) {
    return SERVICES_AFTER_REGION.has(after) ? { service: signingName(after), region } : { region };
  }
  return { service: serviceOf(labels.slice(0, regionAt)), region };
}

function withoutRegion(labels: readonly string[], partition: Partition): PartialAwsTarget {
  const last = labels.at(-1) ?? '';
  // The old way to write it: `bucket.s3-eu-west-1.amazonaws.com`.
  const dashed = /^s3(?:-fips)?-(.+)$/.exec(last)?.[1];
  if (dashed !== undefined) return { service: 's3', region: REGION.test(dashed) ? dashed : undefined };
  if (last === 'us-gov') return { service: serviceOf(labels.slice(0, -1)), region: 'us-gov-west-1' };
  const label = withoutFips(last);
  return {
    service: serviceOf(labels),
    region: GLOBAL_SERVICES.has(label) ? partition.globalRegion : undefined,
  };
}

/** The service that the labels left of the region name: the last, or the last two where the pair has its own name. */
function serviceOf(labels: readonly string[]): string | undefined {
  const last = labels.at(-1);
  if (last === undefined || last === '') return undefined;
  const label = withoutFips(last);
  const before = labels.at(-2);
  if (before !== undefined) {
    const ofPair = SIGNING_NAMES.get(`${before}.${label}`);
    if (ofPair !== undefined) return ofPair;
    // An account's own IoT data endpoint: `a1b2c3-ats.iot.us-east-1.amazonaws.com`.
    if (label === 'iot' && before !== 'api') return 'iotdata';
  }
  return signingName(label);
}

function signingName(label: string): string {
  if (label.startsWith('s3express-')) return 's3express';
  if (/^s3-(?:control|accesspoint|website)/.test(label)) return 's3';
  return SIGNING_NAMES.get(label) ?? label;
}

function withoutFips(label: string): string {
  return label.replace(/^fips-|-fips$/, '');
}
