/** The set-up guide of the provider template "AWS (any SigV4 service)". Words only. */
import { AWS_VALUES } from '../aws-values.ts';
import { defineGuide } from '../guide.ts';

export const aws = defineGuide({
  template: 'aws',
  summary: 'Any AWS service with signed requests, one service in one region',
  keywords: ['amazon', 'sigv4', 'iam', 'lambda', 'sqs', 'dynamodb', 'sns'],
  tile: { monogram: 'AW', hue: 35 },
  checked: 'from_memory',
  key_page: { label: 'IAM', url: 'https://console.aws.amazon.com/iam/' },
  steps: [
    'Open **IAM** in the AWS console and make a user or a role for this program alone.',
    'Attach a policy that allows only the actions and resources that it needs.',
    'For a user, open **Security credentials** and choose **Create access key**.',
    "For a role, let its trust policy name that user, with an external ID, and give the vault the role's ARN.",
    'Copy both parts: the secret access key is shown once.',
  ],
  values: {
    ...AWS_VALUES,

    service: { where: 'The endpoint prefix of the service, as it stands in its host names.', looks: 'sqs' },
    region: { where: 'At the top right of the console.', looks: 'eu-central-1' },
  },
  scopes: [
    { name: 'sts:GetCallerIdentity', why: 'the test call; it is allowed to everybody' },
    { name: 'sts:AssumeRole', why: 'for the user, where a role is given' },
  ],
  expires:
    'Access keys of a user live until they are deleted; a user can have two, so make the second, replace it here, then deactivate and delete the first. With a role, the vault asks for short-lived keys itself.',
  test_call: 'Asks STS who is calling; it needs no permission.',
  pitfalls: [
    'The vault signs each call; the secret access key never leaves it, in neither mode.',
    'Never use the access key of the root user.',
    'Where the name in the signature is another than in the host, as for SES and Bedrock, use another template or your own rules.',
  ],
});
