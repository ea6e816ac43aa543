/** Of choosing one thing out of many. */
export const pick = {
  search: (label: string) => `${label}: search by name`,
  more: 'There are more than the list shows. Type part of a name to find others.',
  nothing: 'Nothing has this in its name.',
} as const;
