/** The roles, with what each may do in a sentence. */
export const roles = {
  owner: { label: 'Owner', hint: 'Everything: root key and other owners too.' },
  admin: { label: 'Admin', hint: 'Everything but the keyring, the root key and owners.' },
  developer: { label: 'Developer', hint: 'Secrets, grants, keys, agents and policies; reads the log.' },
  approver: { label: 'Approver', hint: 'Decides on held calls; sees what they need for it.' },
  auditor: { label: 'Auditor', hint: 'Reads everything and changes nothing.' },
} as const;
