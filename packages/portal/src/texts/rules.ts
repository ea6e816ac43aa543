/** Of injection rules: into which places of a request the values of a credential go. */
export const rules = {
  place: (at: number) => `Put into, rule ${at}`,
  placeKinds: {
    header: 'Header',
    query: 'Query parameter',
    prefix: 'Start of the path',
    replace: 'Whole path',
    basic: 'Basic authentication',
  },
  headerName: (at: number) => `Header name, rule ${at}`,
  queryName: (at: number) => `Parameter name, rule ${at}`,
  format: (at: number) => `Format, rule ${at}`,
  pathFormat: (at: number) => `Path, rule ${at}`,
  username: (at: number) => `User, rule ${at}`,
  password: (at: number) => `Password, rule ${at}`,
  presets: 'Common shapes',
  addRule: 'Add a rule',
  removeRule: (at: number) => `Remove rule ${at}`,
} as const;
