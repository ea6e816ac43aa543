/** Texts of the policies that one thing has. */
export const policyList = {
  title: 'Policies',
  add: 'Add a policy',
  monitor: 'only watches',
  none: {
    secret: 'No policy names this secret. Those of the app, of agents and of grants apply nevertheless.',
    grant:
      'No policy names this grant. Those of its source, its secret, its agent and the app apply nevertheless.',
    agent: 'No policy names this agent. Those of the app, of secrets and of grants apply nevertheless.',
  },
} as const;
