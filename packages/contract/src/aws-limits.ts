/** The limits of an AWS signing rule compared: whether one lets a credential go no further than another. Pure. */
import { PRESIGN_SECONDS_DEFAULT_MAX, type InjectionRule } from './nouns.ts';

type AwsRule = Extract<InjectionRule, { readonly in: 'aws_sigv4' }>;
type AwsLimits = Pick<AwsRule, 'services' | 'regions' | 'presign_seconds_max'>;

/** The same rule without its limits; any other rule as it is. */
export function withoutLimits(rule: InjectionRule): InjectionRule {
  if (rule.in !== 'aws_sigv4') return rule;
  const { services: _services, regions: _regions, presign_seconds_max: _seconds, ...bare } = rule;
  return bare;
}

/** Whether everything that `after` allows is allowed by `before`; a list that is left out allows all. */
export function areLimitsWithin(after: AwsLimits, before: AwsLimits): boolean {
  const longest = ({ presign_seconds_max: seconds = PRESIGN_SECONDS_DEFAULT_MAX }: AwsLimits): number =>
    seconds;
  return (
    isWithin(after.services, before.services) &&
    isWithin(after.regions, before.regions) &&
    longest(after) <= longest(before)
  );
}

function isWithin(after: readonly string[] | undefined, before: readonly string[] | undefined): boolean {
  if (before === undefined) return true;
  return after?.every((name) => before.includes(name)) === true;
}
