/**
 * Fills a template's addresses with the values that an operator gave: variables, and the public fields that
 * are part of an address. The result is what is frozen with a secret. It reads no secret field, opens
 * nothing and dials nothing; bad values come back as issues.
 */
import type { ErrorIssue, InjectionRule } from '@alter-vault/contract';
import type { Template, TemplateVerify } from './template.ts';

export interface ResolvedTemplate {
  readonly ok: true;
  readonly base_url: string;
  /** Without those that name an optional variable that was not given. */
  readonly base_urls: readonly string[];
  readonly allowed_hosts: readonly string[];
  /** Variables are filled in; `{field}` stays for the moment of the call. */
  readonly injection: readonly InjectionRule[];
  readonly default_headers: Readonly<Record<string, string>>;
  readonly verify: TemplateVerify | null;
  /** Every value that was used, defaults and address fields included: what is frozen with the secret. */
  readonly values: Readonly<Record<string, string>>;
}

export interface UnresolvedTemplate {
  readonly ok: false;
  readonly issues: readonly ErrorIssue[];
}

type Values = ReadonlyMap<string, string>;
type Given = Readonly<Record<string, string>>;

/**
 * Resolves `template` with `variables` and, for the few vendors whose public ids are part of a host
 * (Algolia's application ID), with those fields of `credential`. Unknown variables are issues;
 * other fields of `credential` are not looked at.
 */
export function resolveTemplate(
  template: Template,
  variables: Given,
  credential: Given = {},
): ResolvedTemplate | UnresolvedTemplate {
  const issues: ErrorIssue[] = [];
  const named = readVariables(template, variables, issues);
  const addressed = readAddressFields(template, credential, issues);
  if (issues.length > 0) return { ok: false, issues };

  const values = new Map([...named, ...addressed]);
  const filled = (text: string) => fillAddress(text, values);
  const baseUrls = template.base_urls.map(filled).filter(isFilled);
  return {
    ok: true,
    base_url: filled(template.base_url),
    base_urls: baseUrls,
    allowed_hosts: template.allowed_hosts
      .map(filled)
      .filter((host) => isFilled(host) && !isWildcardOfAddress(host)),
    injection: template.injection.map((rule) => fillRule(rule, named)),
    default_headers: fillAll(template.default_headers, values),
    verify: template.verify && fillVerify(template.verify, values),
    values: Object.fromEntries(values),
  };
}

function readVariables(template: Template, given: Given, issues: ErrorIssue[]): Values {
  const values = new Map<string, string>();
  for (const { name, pattern, example, default: fallback, optional } of template.variables) {
    const value = own(given, name) ?? fallback;
    if (value !== undefined) {
      check(`variables.${name}`, value, pattern, example, issues);
      values.set(name, value);
    } else if (!optional)
      issues.push({ path: `variables.${name}`, message: `is required, for example "${example}"` });
  }
  const known = new Set(template.variables.map(({ name }) => name));
  for (const name of Object.keys(given)) {
    if (!known.has(name))
      issues.push({ path: `variables.${name}`, message: `is no variable of "${template.id}"` });
  }
  return values;
}

function readAddressFields(template: Template, credential: Given, issues: ErrorIssue[]): Values {
  const values = new Map<string, string>();
  for (const { name, secret, address } of template.fields) {
    // I8: an address is shown and logged, so a secret never becomes part of one, whatever a template says.
    if (!address || secret) continue;
    const value = own(credential, name);
    if (value === undefined) {
      issues.push({ path: `credential.${name}`, message: `is required, for example "${address.example}"` });
    } else {
      check(`credential.${name}`, value, address.pattern, address.example, issues);
      values.set(name, value);
    }
  }
  return values;
}

function check(path: string, value: string, pattern: string, example: string, issues: ErrorIssue[]): void {
  if (new RegExp(pattern).test(value)) return;
  const like = example === '' ? '' : `, for example "${example}"`;
  issues.push({ path, message: `must match ${pattern}${like}` });
}

// A name from outside may be "constructor".
const own = (given: Given, name: string): string | undefined =>
  Object.hasOwn(given, name) ? given[name] : undefined;

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;

// R7: one pass, and a function as replacement, so that a value is never read again.
const fill = (text: string, values: Values): string =>
  text.replace(PLACEHOLDER, (whole, name: string) => values.get(name) ?? whole);

/** For host patterns and https URLs. S12: hosts are compared in lower case; a path keeps its letters. */
export const fillAddress = (text: string, values: Values): string =>
  fill(text, values).replace(/^(?:https:\/\/)?[^/?#]+/, (authority) => authority.toLowerCase());

const isFilled = (text: string): boolean => !text.includes('{');

// "**.{host}" has no meaning where the host is an IPv4 address.
const isWildcardOfAddress = (host: string): boolean => /^\*{1,2}\.[0-9]+(?:\.[0-9]+){3}(?::|$)/.test(host);

const fillAll = (texts: Readonly<Record<string, string>>, values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fill(text, values)]));

function fillVerify(verify: TemplateVerify, values: Values): TemplateVerify {
  const { sign_as: scope, ...rest } = verify;
  const url = fillAddress(verify.url, values);
  if (!scope) return { ...rest, url };
  return {
    ...rest,
    url,
    sign_as: { service: fill(scope.service, values), region: fill(scope.region, values) },
  };
}

function fillRule(rule: InjectionRule, variables: Values): InjectionRule {
  switch (rule.in) {
    case 'header':
    case 'query':
      return { ...rule, name: fill(rule.name, variables), format: fillFormat(rule.format, variables) };
    case 'path':
      return { ...rule, format: fillFormat(rule.format, variables) };
    case 'basic':
      return {
        ...rule,
        username: fillFormat(rule.username, variables),
        password: fillFormat(rule.password, variables),
      };
    case 'aws_sigv4':
      return {
        in: rule.in,
        ...(rule.service !== undefined && { service: fill(rule.service, variables) }),
        ...(rule.region !== undefined && { region: fill(rule.region, variables) }),
      };
  }
}

/** In a format `{{` and `}}` are literal braces, so those of a value are doubled (R7). */
const fillFormat = (format: string, variables: Values): string =>
  format.replace(/\{\{|\}\}|\{([a-z][a-z0-9_]*)\}/g, (whole, name: string | undefined) => {
    const value = name === undefined ? undefined : variables.get(name);
    return value === undefined ? whole : value.replace(/[{}]/g, (brace) => brace + brace);
  });
