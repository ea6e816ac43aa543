/** The set-up guide of the provider template "Azure OpenAI". Words only. */
import { defineGuide } from '../guide.ts';

export const azureOpenai = defineGuide({
  template: 'azure_openai',
  summary: 'OpenAI models in an Azure resource',
  keywords: ['azure', 'microsoft', 'foundry', 'gpt', 'llm'],
  tile: { monogram: 'Az', hue: 207 },
  checked: 'from_memory',
  key_page: { label: 'Azure portal', url: 'https://portal.azure.com/' },
  steps: [
    'Open your Azure OpenAI resource in the Azure portal.',
    'Go to **Keys and Endpoint**, under **Resource Management**.',
    'Copy **KEY 1** or **KEY 2**, and the name of the resource from the endpoint.',
  ],
  values: {
    token: { where: 'On the page Keys and Endpoint; both keys work alike and can be shown again.' },
    resource: {
      where: 'The first part of the endpoint, in front of .openai.azure.com.',
      looks: 'acme-openai',
    },
  },
  scopes: [],
  expires:
    'Keys do not expire by themselves. There are two so that one can be replaced: store the other one here, then regenerate the first.',
  test_call: 'Lists the models that the resource can use.',
  pitfalls: [
    'Calls name a deployment of yours, and an api-version in the query.',
    'A resource may have keys switched off in favour of Microsoft Entra ID; then none of them works.',
    'A network rule of the resource has to let the address of the vault in.',
  ],
});
