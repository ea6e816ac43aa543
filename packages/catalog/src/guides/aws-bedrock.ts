/** The set-up guide of the provider template "Amazon Bedrock". Words only. */
import { AWS_VALUES } from '../aws-values.ts';
import { defineGuide } from '../guide.ts';

export const awsBedrock = defineGuide({
  template: 'aws_bedrock',
  summary: 'Foundation models on AWS, called with signed requests',
  keywords: ['aws', 'claude', 'titan', 'llama', 'nova', 'llm', 'sigv4'],
  tile: { monogram: 'Br', hue: 160 },
  checked: 'from_memory',
  key_page: { label: 'IAM', url: 'https://console.aws.amazon.com/iam/' },
  steps: [
    'Open **IAM** in the AWS console and make a user or a role for this program alone.',
    'Attach a policy that allows the actions below, on the models that it needs.',
    'For a user, open **Security credentials** and choose **Create access key**.',
    'Make sure that the account may use the models in the region that you name here.',
    'Copy both parts: the secret access key is shown once.',
  ],
  values: {
    ...AWS_VALUES,

    region: {
      where: 'The region in which the models are enabled, at the top right of the console.',
      looks: 'us-east-1',
    },
  },
  scopes: [
    { name: 'bedrock:InvokeModel', why: 'calls a model' },
    { name: 'bedrock:InvokeModelWithResponseStream', why: 'calls a model and reads the answer as it comes' },
    { name: 'bedrock:ListFoundationModels', why: 'the test call' },
  ],
  expires:
    'Access keys of a user live until they are deleted; a user can have two, so make the second, replace it here, then deactivate and delete the first. With a role, the vault asks for short-lived keys itself.',
  test_call: 'Lists the foundation models of the region.',
  pitfalls: [
    'The vault signs each call; the secret access key never leaves it, in neither mode.',
    'Models and inference profiles differ by region.',
  ],
});
