/** An authenticator in software (WebAuthn level 2): makes keys and signs, as told also wrongly. Nothing of the vault's. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const HAS_KEY = 0x40;

export interface Wrongly {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly isUserVerified?: boolean;
  readonly userHandle?: string;
  readonly counter?: number;
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url');

export class Authenticator {
  readonly #origin: string;
  readonly #rpId: string;
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly id = randomBytes(32);
  userHandle = '';
  counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
    this.#rpId = new URL(origin).hostname;
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = pair.privateKey;
    this.#publicKey = pair.publicKey;
  }

  /** What `startRegistration` of a browser gives. */
  register(
    options: { challenge: string; user: { id: string } },
    wrongly: Wrongly & { format?: string } = {},
  ) {
    this.userHandle = options.user.id;
    const clientDataJSON = this.#clientData(wrongly.type ?? 'webauthn.create', options.challenge, wrongly);
    const key = this.#publicKey.export({ format: 'jwk' });
    const cose = map([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(key.x ?? '', 'base64url')],
      [-3, Buffer.from(key.y ?? '', 'base64url')],
    ]);
    const idLength = Buffer.alloc(2);
    idLength.writeUInt16BE(this.id.length);
    const authData = Buffer.concat([
      this.#authenticatorData(HAS_KEY, wrongly),
      Buffer.alloc(16),
      idLength,
      this.id,
      cose,
    ]);
    const statement = wrongly.format === undefined ? map([]) : map([['x5c', Buffer.from('a certificate')]]);
    const attestationObject = Buffer.concat([
      Buffer.of(0xa3),
      cbor('fmt'),
      cbor(wrongly.format ?? 'none'),
      cbor('attStmt'),
      statement,
      cbor('authData'),
      cbor(authData),
    ]);
    return {
      id: base64url(this.id),
      rawId: base64url(this.id),
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON,
        attestationObject: base64url(attestationObject),
        transports: ['internal', 'hybrid'],
      },
    };
  }

  /** What `startAuthentication` of a browser gives. */
  answer(options: { challenge: string }, wrongly: Wrongly = {}) {
    this.counter += this.counter === 0 ? 0 : 1;
    const clientDataJSON = this.#clientData(wrongly.type ?? 'webauthn.get', options.challenge, wrongly);
    const authenticatorData = this.#authenticatorData(0, wrongly);
    const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    return {
      id: base64url(this.id),
      rawId: base64url(this.id),
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON,
        authenticatorData: base64url(authenticatorData),
        signature: base64url(sign('sha256', signed, this.#key)),
        userHandle: wrongly.userHandle ?? this.userHandle,
      },
    };
  }

  #clientData(type: string, challenge: string, wrongly: Wrongly): string {
    const origin = wrongly.origin ?? this.#origin;
    const data = { type, challenge: wrongly.challenge ?? challenge, origin, crossOrigin: false };
    return base64url(JSON.stringify(data));
  }

  #authenticatorData(flags: number, wrongly: Wrongly): Buffer {
    const verified = wrongly.isUserVerified === false ? 0 : USER_VERIFIED;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(wrongly.counter ?? this.counter);
    const all = USER_PRESENT | verified | BACKUP_ELIGIBLE | BACKED_UP | flags;
    return Buffer.concat([sha256(wrongly.rpId ?? this.#rpId), Buffer.of(all), counter]);
  }
}

/** CBOR (RFC 8949) of what an attestation holds. */
function cbor(value: string | number | Buffer): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  return Buffer.concat([head(2, value.length), value]);
}

function map(entries: readonly (readonly [string | number, string | number | Buffer])[]): Buffer {
  return Buffer.concat([
    head(5, entries.length),
    ...entries.flatMap(([key, value]) => [cbor(key), cbor(value)]),
  ]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.of((major << 5) | length);
  return length < 256
    ? Buffer.of((major << 5) | 24, length)
    : Buffer.of((major << 5) | 25, length >> 8, length & 0xff);
}
