/** The rule that signs requests to AWS, as a form holds it, and as the wire has it. Pure. */
import { PRESIGN_SECONDS_MAX } from '@alter-vault/contract/nouns';
import type { WireRule } from './rules.ts';

export type WireAws = Extract<WireRule, { readonly in: 'aws_sigv4' }>;

export interface AwsRule {
  readonly service: string;
  readonly region: string;
  /** Empty: no limit. */
  readonly services: readonly string[];
  readonly regions: readonly string[];
  /** One of `PRESIGN_CHOICES` in seconds, `other`, or empty: what the vault does where nothing is said. */
  readonly presign: string;
  /** Seconds, where `presign` is `other`. */
  readonly presign_seconds_max: string;
}

export const OTHER = 'other';
/** Seconds that are often chosen: none, five minutes to a day, and the most that AWS takes. */
export const PRESIGN_CHOICES = [0, 300, 900, 43_200, 86_400, PRESIGN_SECONDS_MAX];

export const SIGNED_FREELY: AwsRule = {
  service: '',
  region: '',
  services: [],
  regions: [],
  presign: '',
  presign_seconds_max: '',
};

const SECONDS = /^\d{1,9}$/;
export const isSeconds = (text: string): boolean => SECONDS.test(text.trim());

/** What is empty is left out. */
export function wireAws({ service, region, services, regions, ...presign }: AwsRule): WireAws {
  return {
    in: 'aws_sigv4',
    ...(service.trim() === '' ? {} : { service: service.trim() }),
    ...(region.trim() === '' ? {} : { region: region.trim() }),
    ...(services.length === 0 ? {} : { services: [...services] }),
    ...(regions.length === 0 ? {} : { regions: [...regions] }),
    ...presignLimit(presign),
  };
}

export type PresignChoice = Pick<AwsRule, 'presign' | 'presign_seconds_max'>;

export function presignLimit(chosen: PresignChoice): Pick<WireAws, 'presign_seconds_max'> {
  const seconds = chosen.presign === OTHER ? chosen.presign_seconds_max : chosen.presign;
  return isSeconds(seconds) ? { presign_seconds_max: Number(seconds) } : {};
}

export function formAws(wire: WireAws): AwsRule {
  const seconds = wire.presign_seconds_max;
  const isChoice = seconds === undefined || PRESIGN_CHOICES.some((one) => one === seconds);
  const text = seconds === undefined ? '' : String(seconds);
  return {
    service: wire.service ?? '',
    region: wire.region ?? '',
    services: wire.services ?? [],
    regions: wire.regions ?? [],
    presign: isChoice ? text : OTHER,
    presign_seconds_max: isChoice ? '' : text,
  };
}
