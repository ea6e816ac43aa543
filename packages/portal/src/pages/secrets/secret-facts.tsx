/** What is known of a secret: everything but its values. */
import type { ReactNode } from 'react';
import { aws } from '../../texts/aws.ts';
import { count } from '../../texts/numbers.ts';
import { secret as words } from '../../texts/secret.ts';
import { secrets } from '../../texts/secrets.ts';
import { span } from '../../texts/times.ts';
import type { WireAws } from '../../ui/aws.ts';
import { CopyText } from '../../ui/copy.tsx';
import { Badge, Card, Facts } from '../../ui/layout.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import type { SecretItem } from './secret.ts';

type Fact = readonly [label: ReactNode, value: ReactNode];

export function FactsCard({ of: secret }: { readonly of: SecretItem }) {
  const variables = Object.entries(secret.variables);
  const facts: readonly Fact[] = [
    [words.fields, <Values key="values" of={secret} />],
    [words.hosts, <HostList key="hosts" of={secret} />],
    [words.delivery, words.deliveries[secret.delivery]],
    ...(secret.base_url === null
      ? []
      : [[words.baseUrl, <Code key="base">{secret.base_url}</Code>] satisfies Fact]),
    ...variables.map(([name, value]) => [name, <Code key={name}>{value}</Code>] satisfies Fact),
    ...(secret.role_arn === null
      ? []
      : [[words.role, <Code key="role">{secret.role_arn}</Code>] satisfies Fact]),
    [
      words.version,
      <span key="version">
        {count(secret.version)}
        {secret.version > 1 && (
          <span className="text-ink-3">
            {' '}
            · {words.changed.toLowerCase()} <TimeAgo at={secret.updated_at} />
          </span>
        )}
      </span>,
    ],
    [words.lastUsed, <TimeAgo key="used" at={secret.last_used_at} />],
    [words.rotateBy, <TimeAgo key="rotate" at={secret.rotate_by} none={words.noDate} />],
    [words.created, <TimeAgo key="created" at={secret.created_at} />],
    [words.id, <CopyText key="id" text={secret.secret_id} />],
  ];
  return (
    <Card title={words.facts}>
      <Facts items={facts} />
    </Card>
  );
}

/** Names of the values that are stored, and dots in their place. */
function Values({ of: secret }: { readonly of: SecretItem }) {
  return (
    <ul className="flex flex-col gap-1">
      {secret.fields.map((field) => (
        <li key={field} className="flex items-baseline gap-2">
          <Code>{field}</Code>
          <span className="tracking-widest text-ink-3" title={words.dotsHint} aria-hidden>
            {words.dots}
          </span>
        </li>
      ))}
    </ul>
  );
}

function HostList({ of: secret }: { readonly of: SecretItem }) {
  if (secret.allow_any_host) return <Badge tone="warn">{secrets.anyHost}</Badge>;
  return (
    <ul className="flex flex-col gap-0.5">
      {secret.allowed_hosts.map((host) => (
        <li key={host}>
          <Code>{host}</Code>
        </li>
      ))}
    </ul>
  );
}

export function PlacesCard({ of: secret }: { readonly of: SecretItem }) {
  return (
    <Card title={words.places}>
      <ul className="flex flex-col gap-3">
        {secret.injection.map((rule, at) => (
          <li key={at} className="flex flex-col gap-1">
            <span className="text-[13px] text-ink-3">{words.placeKinds[rule.in]}</span>
            <Code>{placeOf(rule)}</Code>
            {rule.in === 'aws_sigv4' && <Limits of={rule} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Limits({ of: rule }: { readonly of: WireAws }) {
  const seconds = rule.presign_seconds_max;
  const limits = [
    ...(rule.services === undefined ? [] : [aws.onlyServices(rule.services.join(', '))]),
    ...(rule.regions === undefined ? [] : [aws.onlyRegions(rule.regions.join(', '))]),
    ...(seconds === undefined ? [] : [seconds === 0 ? aws.noPresigned : aws.presignedFor(span(seconds))]),
  ];
  if (limits.length === 0) return null;
  return (
    <ul aria-label={aws.limits} className="flex flex-wrap gap-1.5">
      {limits.map((limit) => (
        <li key={limit} className="rounded-md bg-sunken px-2 py-0.5 text-[13px] [overflow-wrap:anywhere]">
          {limit}
        </li>
      ))}
    </ul>
  );
}

function placeOf(rule: SecretItem['injection'][number]): string {
  switch (rule.in) {
    case 'header':
      return `${rule.name}: ${rule.format}`;
    case 'query':
      return `${rule.name}=${rule.format}`;
    case 'path':
      return rule.mode === 'prefix' ? `${rule.format}/…` : rule.format;
    case 'basic':
      return `Authorization: Basic ${rule.username}:${rule.password}`;
    case 'aws_sigv4':
      return [words.awsPlace, rule.service, rule.region].filter((part) => part !== undefined).join(', ');
  }
}

function Code({ children }: { readonly children: ReactNode }) {
  return <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{children}</code>;
}
