export * from './errors.ts';
export * from './nouns.ts';
