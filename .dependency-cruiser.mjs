/**
 * The import table: which folder may import what. It is the architecture, checked, and not a habit.
 * The rules that forbid speak of imports that exist at run time too, unless they say `type-only` is free.
 */

const SERVER = '^packages/server/src/';
const TESTS = '\\.test\\.ts$';

/** An import of types leaves nothing at run time; where a rule is about reach, types are free. */
const atRunTime = { dependencyTypesNot: ['type-only'] };

/** Node's modules are named with and without `node:`, depending on how they are written. */
const builtin = (...names) => `^(node:)?(${names.join('|')})(/|$)`;
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid(
      'no-circular',
      'A cycle has no order in which it can be read.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'no-orphans',
      'A file that nothing imports and that imports nothing is dead.',
      {
        orphan: true,
        pathNot: [TESTS, '^(test|bench|demo|scripts)/', '\\.config\\.ts$', '/bin/', '/public/'],
      },
      {},
    ),
    forbid('no-unresolved', 'An import that resolves to nothing.', {}, { couldNotResolve: true }),
    forbid(
      'not-to-test',
      'Sources do not import tests.',
      { pathNot: [TESTS, '^(test|bench|demo|scripts)/'] },
      { path: [TESTS, '^(test|bench|demo)/'] },
    ),
    forbid(
      'declared-only',
      'Every dependency stands in the package.json of who imports it.',
      { path: '^packages/', pathNot: [TESTS, '\\.config\\.ts$', '/build/'] },
      {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: npm('@types'),
      },
    ),

    // Packages
    forbid(
      'contract-is-pure',
      'The wire knows no other package of ours.',
      { path: '^packages/contract/src/', pathNot: TESTS },
      { path: '^packages/', pathNot: '^packages/contract/' },
    ),
    forbid(
      'catalog-is-pure',
      'Templates are data; of ours they know only the wire.',
      { path: '^packages/catalog/src/', pathNot: TESTS },
      { path: '^packages/', pathNot: '^packages/(catalog|contract)/' },
    ),
    forbid(
      'sdk-stands-alone',
      'The SDK bundles of ours only the error table, and has no runtime dependency.',
      { path: '^packages/sdk/src/', pathNot: TESTS },
      {
        path: ['^packages/', '(^|/)node_modules/'],
        pathNot: ['^packages/sdk/', '^packages/contract/src/errors\\.ts$'],
        ...atRunTime,
      },
    ),
    forbid(
      'no-io-modules',
      'Contract and catalogue do no I/O; the SDK runs where there is no Node.',
      { path: '^packages/(contract|catalog|sdk)/src/', pathNot: TESTS },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'cli-is-a-client',
      'The command is a client of the public API: SDK, wire and catalogue.',
      { path: '^packages/cli/', pathNot: TESTS },
      { path: '^packages/', pathNot: '^packages/(cli|sdk|contract|catalog)/' },
    ),
    forbid(
      'portal-is-a-client',
      'The portal is a client of the public API. Of ours it loads only ready code of the catalogue and of the wire how rules are said, limits compared, networks read, the fields of a role named and its nouns; the rest of the wire is types.',
      { path: '^packages/portal/src/' },
      {
        path: ['^packages/', '^(scripts|test|bench|demo)/'],
        pathNot: [
          '^packages/portal/',
          '^packages/catalog/src/snippets',
          '^packages/contract/src/(aws-limits|networks|nouns|policy-words|role-fields)\\.ts$',
        ],
        ...atRunTime,
      },
    ),
    forbid(
      'portal-pages-apart',
      'A page is loaded when it is opened: areas share the kit, the shell and the texts, not each other.',
      { path: '^packages/portal/src/pages/([^/]+)/' },
      { path: '^packages/portal/src/pages/([^/]+)/', pathNot: '^packages/portal/src/pages/$1/' },
    ),
    forbid(
      'portal-kit-is-below',
      'The kit and the API layer know no page and no shell.',
      { path: '^packages/portal/src/(ui|api|texts)/' },
      { path: '^packages/portal/src/(pages|shell)/' },
    ),
    forbid(
      'server-stays-inside',
      'Nobody imports the server but what tests, measures and shows it.',
      { pathNot: ['^packages/server/', '^(test|bench|demo|scripts)/', TESTS] },
      { path: '^packages/server/' },
    ),
    forbid(
      'server-needs-no-client',
      'The server does not know its clients.',
      { path: SERVER, pathNot: TESTS },
      { path: '^packages/(sdk|cli|mcp|portal)/' },
    ),

    // Folders of the server
    forbid(
      'vault-alone',
      'vault/ can be audited alone: it imports nothing of ours.',
      { path: `${SERVER}vault/`, pathNot: TESTS },
      { path: '^packages/', pathNot: `${SERVER}vault/` },
    ),
    forbid(
      'api-seals-never-opens',
      'I1: the control plane may seal, hash and wrap, but reaches no function that yields plaintext; by way of another file: scripts/check-reach.ts.',
      { path: `${SERVER}api/`, pathNot: TESTS },
      { path: `${SERVER}vault/(open|envelope)\\.ts$`, ...atRunTime },
    ),
    forbid(
      'api-is-not-the-data-path',
      'The control plane makes no calls; of path/ it may know how a target is read.',
      { path: `${SERVER}api/`, pathNot: TESTS },
      { path: [`${SERVER}path/`, `${SERVER}egress/`], pathNot: `${SERVER}path/target\\.ts$`, ...atRunTime },
    ),
    forbid(
      'store-is-below',
      'store/ holds rows; it knows neither the data path nor the control plane.',
      { path: `${SERVER}store/`, pathNot: TESTS },
      { path: `${SERVER}(path|api|access|egress|aws|injection|approvals|notify|oidc|server\\.ts|main\\.ts)` },
    ),
    forbid(
      'access-is-below',
      'access/ decides; it knows of path/ only what a target is, and nothing of who asks.',
      { path: `${SERVER}access/`, pathNot: TESTS },
      { path: `${SERVER}(api|path|approvals|notify|oidc)/`, pathNot: `${SERVER}path/target\\.ts$` },
    ),
    forbid(
      'audit-is-below',
      'audit/ writes what it is told; it asks nobody.',
      { path: `${SERVER}audit/`, pathNot: TESTS },
      { path: `${SERVER}(api|path|egress|injection|approvals|notify)/` },
    ),
    forbid(
      'egress-knows-no-credential',
      'egress/ sends what it is given; it never sees who or why.',
      { path: `${SERVER}egress/`, pathNot: TESTS },
      { path: `${SERVER}(api|access|vault|store|audit|injection|approvals|notify)/`, ...atRunTime },
    ),
    forbid(
      'approvals-send-nothing',
      'approvals/ holds calls and says when one goes; what sends it is handed in.',
      { path: `${SERVER}approvals/`, pathNot: TESTS },
      { path: `${SERVER}(api|path|egress|injection|aws)/`, ...atRunTime },
    ),
    forbid(
      'notices-know-no-call',
      'notify/ delivers what it is told, and can open nothing but the secrets of its channels; of path/ it knows how a URL is read.',
      { path: `${SERVER}notify/`, pathNot: TESTS },
      {
        path: [`${SERVER}(api|path|approvals|injection|aws)/`, `${SERVER}vault/(open|envelope)\\.ts$`],
        pathNot: `${SERVER}path/target\\.ts$`,
        ...atRunTime,
      },
    ),
    forbid(
      'people-prove-who-they-are',
      'people/ holds what people come in with; who asks, and what they then do, is not its business.',
      { path: `${SERVER}people/`, pathNot: TESTS },
      {
        path: [
          `${SERVER}(api|path|approvals|injection|aws|egress|oidc)/`,
          `${SERVER}vault/(open|envelope)\\.ts$`,
        ],
        pathNot: `${SERVER}path/target\\.ts$`,
        ...atRunTime,
      },
    ),
    forbid(
      'the-identity-provider-is-asked-and-no-more',
      'oidc/ asks the identity provider through what egress hands it; who that is here, it does not know. Nobody else uses its library.',
      { path: `${SERVER}oidc/`, pathNot: TESTS },
      {
        path: [
          `${SERVER}(api|path|approvals|injection|aws|audit|notify)/`,
          `${SERVER}vault/(open|envelope)\\.ts$`,
        ],
        pathNot: `${SERVER}path/target\\.ts$`,
        ...atRunTime,
      },
    ),
    forbid(
      'policies-are-pure',
      'A policy is judged from what is handed in, by no I/O and no clock.',
      { path: `${SERVER}access/policies/`, pathNot: TESTS },
      {
        path: [`${SERVER}(store|audit|vault|egress)/`, builtin('fs', 'timers', 'net')],
        pathNot: `${SERVER}audit/redact\\.ts$`,
        ...atRunTime,
      },
    ),
    forbid(
      'composed-at-the-root',
      'Only the composition root, and who starts it, reach server.ts and main.ts.',
      { path: SERVER, pathNot: [TESTS, `${SERVER}(main|server)\\.ts$`] },
      { path: `${SERVER}(main|server)\\.ts$`, ...atRunTime },
    ),

    // Doors
    forbid(
      'sockets',
      'I2: only egress/ opens a connection, only server.ts listens; types are free. Of node:net, scripts/check-structure.ts lets isIP pass.',
      { path: SERVER, pathNot: [TESTS, `${SERVER}egress/`, `${SERVER}server\\.ts$`] },
      {
        path: [builtin('tls', 'dgram', 'http', 'https', 'http2', 'dns'), npm('undici')],
        ...atRunTime,
      },
    ),
    forbid(
      'cryptography',
      'node:crypto only where it can be reviewed together.',
      { path: SERVER, pathNot: [TESTS, `${SERVER}(vault|audit|aws)/`, `${SERVER}access/keys\\.ts$`] },
      { path: builtin('crypto'), ...atRunTime },
    ),
    forbid(
      'database-driver',
      'I10: one door to PostgreSQL, and to Redis.',
      { path: SERVER, pathNot: [TESTS, `${SERVER}store/`] },
      { path: npm('pg', 'pg-.*', '@redis') },
    ),
    forbid(
      'child-processes',
      'Only the embedded database and the worker processes are started by us.',
      { path: SERVER, pathNot: [TESTS, `${SERVER}store/embedded/`, `${SERVER}main\\.ts$`] },
      { path: builtin('child_process', 'cluster', 'worker_threads', 'vm', 'inspector', 'module') },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|data)/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    moduleSystems: ['es6', 'cjs'],
  },
};
