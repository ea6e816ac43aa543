/** The set-up guide of the provider template "Elasticsearch / Elastic Cloud". Words only. */
import { defineGuide } from '../guide.ts';

export const elasticsearch = defineGuide({
  template: 'elasticsearch',
  summary: 'Search, documents and cluster of Elasticsearch or Elastic Cloud',
  keywords: ['search', 'elastic', 'index', 'logs', 'kibana'],
  tile: { monogram: 'El', hue: 175 },
  checked: 'from_memory',
  key_page: null,
  steps: [
    'Open Kibana, then **Stack Management** and **API keys**; in a serverless project, **API keys** is in the project settings.',
    'Choose **Create API key**, name it after the program, and give it an expiration.',
    'Switch on **Control security privileges** and allow only the indices that it needs.',
    'Copy the key in the format **Encoded**: it is shown once.',
  ],
  values: {
    token: {
      where: 'Shown once, when the key is created: the encoded form, not id and key alone.',
      looks: 'base64, often ending in ==',
    },
    host: {
      where: 'The host of the Elasticsearch endpoint, with its port where it is not 443; not that of Kibana.',
      looks: 'acme.es.europe-west1.gcp.cloud.es.io',
    },
  },
  scopes: [],
  expires:
    'As chosen when it is made; by default never. Make a second key, replace it here, then invalidate the first.',
  test_call: 'Says which key is asking.',
  pitfalls: [
    'A key never has more rights than whoever made it had then.',
    'A private address has to be allowed by ALTER_EGRESS_ALLOW, and an own certificate authority by ALTER_EGRESS_CA_FILE.',
    'API keys of the Elastic Cloud console manage deployments and do not work here.',
  ],
});
