/** Where the parts of an AWS access key are found: the same for every guide of AWS. Words only. */
export const AWS_VALUES = {
  access_key_id: { where: 'In IAM, among the access keys of the user.', looks: 'AKIA…' },
  secret_access_key: { where: 'Shown once, when the access key is created.' },
  session_token: { where: 'Only for temporary keys, whose id begins with ASIA: it comes with them.' },
  role_arn: {
    where: 'On the page of the role in IAM; the vault then assumes it for each set of calls.',
    looks: 'arn:aws:iam::…:role/…',
  },
  external_id: { where: 'What the trust policy of the role asks for in sts:ExternalId.' },
  session_name: {
    where:
      'Free to choose; it appears in CloudTrail. The words caller, agent, key and grant in braces are filled in.',
  },
  duration_seconds: { where: 'At most the maximum session duration of the role.', looks: '3600' },
  session_policy: { where: 'A policy in JSON, in one line, that narrows what the role may do.' },
  session_tags: {
    where: 'A JSON object of tags; values may hold the same words in braces as the session name.',
  },
} as const;
