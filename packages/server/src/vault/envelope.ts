/**
 * The envelope for those who may both seal and open. Who may only seal imports `seal.ts`, which leads to no plaintext.
 */
export { DataKeyCache } from './data-key-cache.ts';
export type { Binding, SealedCredential } from './format.ts';
export { openCredential, openPrepared, prepareCredential, type PreparedCredential } from './open.ts';
export { rewrapCredential, sealCredential } from './seal.ts';
