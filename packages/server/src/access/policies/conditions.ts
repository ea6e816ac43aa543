/**
 * Conditions on the one canonical request: methods, hosts, paths, query and JSON body. The same matcher serves
 * `request` rules and `require_approval.when`. Pure. Each field that is there must match.
 */
import type { RequestConditions } from '@alter-vault/contract';
import { readHostPattern, reaches } from '../hosts.ts';
import { compileJsonConditions, parseBody } from './body-json.ts';
import { compilePathGlobs, readingsOf } from './path-glob.ts';
import { matchParameter, parseQuery, type ParsedQuery } from './query.ts';
import { every, type JsonBody, type Match, type PolicyFacts, type Unclear } from './types.ts';

const NOT_READ: Unclear = { verdict: 'undetermined', why: 'the body of the call is not known' };
/** Without a port an entry means every port and scheme: to which of them a credential goes, its binding says. */
const HAS_PORT = /:[0-9]+$/;
const NOT_THE_HOST = 'the host is not one of those in the policy';

/** A call under judgement: what is parsed, is parsed once for all policies. */
export class JudgedCall {
  readonly facts: PolicyFacts;
  #path: readonly string[] | Unclear | undefined;
  #query: ParsedQuery | undefined;
  #body: JsonBody | undefined;

  constructor(facts: PolicyFacts) {
    this.facts = facts;
  }

  get path(): readonly string[] | Unclear {
    return (this.#path ??= readingsOf(this.facts.target.path));
  }

  get query(): ParsedQuery {
    return (this.#query ??= parseQuery(this.facts.target.query));
  }

  /** Undefined when there is none. */
  get body(): JsonBody | undefined {
    const { body } = this.facts;
    if (body.kind === 'none' || (body.kind === 'bytes' && body.bytes.length === 0)) return undefined;
    return (this.#body ??= body.kind === 'unread' ? NOT_READ : (body.json ?? parseBody(body.bytes)));
  }
}

interface Condition {
  readonly about: string;
  judge(call: JudgedCall): Match;
}

export interface CompiledConditions {
  match(call: JudgedCall): Match;
  /** The sentence's end for a call that does not match. */
  whyNot(call: JudgedCall): string;
}

/**
 * `isNarrow`: matching lets the call through, so that every reading of it must match; otherwise one is enough.
 * @throws for what the rules' check finds fault with
 */
export function compileConditions(conditions: RequestConditions, isNarrow: boolean): CompiledConditions {
  const compiled = [
    ...methodCondition(conditions.methods),
    ...hostCondition(conditions.hosts),
    ...pathCondition(conditions.paths, isNarrow),
    ...queryConditions(conditions.query),
    ...jsonCondition(conditions.json),
  ];
  return {
    match: (call) => every(compiled, (condition) => condition.judge(call)),
    whyNot: (call) =>
      compiled.find((condition) => condition.judge(call) === false)?.about ?? 'it does not match',
  };
}

function methodCondition(methods: readonly string[] | undefined): Condition[] {
  if (methods === undefined) return [];
  const set = new Set(methods);
  return [
    { about: 'the method is not one of those in the policy', judge: ({ facts }) => set.has(facts.method) },
  ];
}

function hostCondition(hosts: readonly string[] | undefined): Condition[] {
  if (hosts === undefined) return [];
  const patterns = hosts.map((text) => {
    const pattern = readHostPattern(text);
    if (typeof pattern === 'string') throw new RangeError(pattern);
    return { pattern, isAnyPort: !HAS_PORT.test(text), isPlain: text.startsWith('http://') };
  });
  return [
    {
      about: NOT_THE_HOST,
      judge: ({ facts: { target } }) =>
        patterns.some(
          ({ pattern, isAnyPort, isPlain }) =>
            reaches(pattern, target.host) &&
            (isAnyPort || pattern.port === target.port) &&
            (!isPlain || target.scheme === 'http'),
        ),
    },
  ];
}

/** What is wrong with a host in a policy, or undefined. */
export function hostProblem(text: string): string | undefined {
  const pattern = readHostPattern(text);
  return typeof pattern === 'string' ? pattern : undefined;
}

function pathCondition(paths: readonly string[] | undefined, isNarrow: boolean): Condition[] {
  if (paths === undefined) return [];
  const globs = compilePathGlobs(paths);
  return [
    {
      about: 'the path is not one of those in the policy',
      judge: (call) => globs.match(call.path, isNarrow),
    },
  ];
}

function queryConditions(query: RequestConditions['query']): Condition[] {
  return Object.entries(query ?? {}).map(([name, list]) => {
    const values = new Set(list);
    return {
      about: `the query parameter ${name} has none of the values in the policy`,
      judge: (call) => matchParameter(call.query, name, values),
    };
  });
}

function jsonCondition(json: RequestConditions['json']): Condition[] {
  if (json === undefined) return [];
  const match = compileJsonConditions(json);
  return [
    {
      about: 'the body is not as the policy says',
      judge: ({ body }) => (body === undefined ? false : match(body)),
    },
  ];
}
