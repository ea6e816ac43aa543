/** Texts of how requests to AWS are signed, and within which limits. */
import { expiry } from './expiry.ts';

export const aws = {
  title: 'How requests are signed',
  lead: 'AWS Signature Version 4, made by the vault for each request.',
  service: 'Service',
  serviceHint: 'The signing name, such as s3 or dynamodb. Left empty, the host says it.',
  region: 'Region',
  regionHint: 'Such as eu-central-1. Left empty, the host says it.',
  limits: 'Limits',
  limitsLead: 'A request that they do not allow is not signed, whoever makes it.',
  services: 'Only for these services',
  servicesHint: 'Such as s3, sqs or bedrock. Empty: no limit.',
  anyService: 'any service',
  regions: 'Only in these regions',
  regionsHint: 'Such as eu-central-1, us-east-1. Empty: no limit.',
  anyRegion: 'any region',
  presign: 'Presigned URLs',
  presignHint: 'Links that whoever has one can open until it ends, even after the grant is revoked.',
  presignDefault: (seconds: number) => `For up to ${expiry.span(seconds)}, if nothing is chosen`,
  presignNone: 'None: they are refused',
  presignFor: (seconds: number) => `For up to ${expiry.span(seconds)}`,
  presignLongest: (seconds: number) => `For up to ${expiry.span(seconds)}, the most that AWS takes`,
  presignOther: 'Another time…',
  presignSeconds: 'Seconds that they may live for',
  presignSecondsHint: 'Such as 1800 for half an hour.',
  notWhole: 'Write a whole number of seconds.',
  // What a stored secret is limited to
  onlyServices: (names: string) => `only for ${names}`,
  onlyRegions: (names: string) => `only in ${names}`,
  noPresigned: 'no presigned URLs',
  presignedFor: (time: string) => `presigned URLs for up to ${time}`,
} as const;
