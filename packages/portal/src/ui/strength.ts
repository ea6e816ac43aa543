/**
 * How easily a password is guessed, as the vault judges it: by the same lists, which are loaded when the first is typed and never
 * ask anybody. The vault decides; this only says it before.
 */
import { useEffect, useState } from 'react';

/** 0 and 1 are refused. */
export type Strength = 0 | 1 | 2 | 3 | 4;

/** As much of it as the vault looks at. */
const LOOKED_AT_CHARS = 64;
const OWN_WORDS = ['alter', 'vault', 'altervault'];

type Judge = (password: string, words: readonly string[]) => Strength;
let judge: Promise<Judge> | undefined;

function theJudge(): Promise<Judge> {
  judge ??= (async () => {
    const [{ ZxcvbnFactory: Factory }, base, english] = await Promise.all([
      import('@zxcvbn-ts/core'),
      import('@zxcvbn-ts/language-common'),
      import('@zxcvbn-ts/language-en'),
    ]);
    const zxcvbn = new Factory({
      dictionary: { ...base.dictionary, ...english.dictionary },
      graphs: base.adjacencyGraphs,
    });
    return (password, words) =>
      zxcvbn.check(password.normalize('NFKC').slice(0, LOOKED_AT_CHARS), [...OWN_WORDS, ...words]).score;
  })();
  return judge;
}

/** Undefined until it is known. `about` is what the password must not be made of: address and name. */
export function useStrength(password: string, about: string): Strength | undefined {
  const [judged, setJudged] = useState<{ readonly password: string; readonly strength: Strength }>();
  useEffect(() => {
    if (password === '') return;
    let isWanted = true;
    const words = about.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2);
    theJudge().then(
      (of) => isWanted && setJudged({ password, strength: of(password, words) }),
      // Without the lists there is no meter; the vault judges all the same.
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [password, about]);
  return judged?.password === password ? judged.strength : undefined;
}
