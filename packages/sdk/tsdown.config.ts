/** ESM and CommonJS, with their types, for the runtimes that package.json names. Everything is bundled. */
import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  tsconfig: 'build/tsconfig.json',
  dts: true,
  outDir: 'dist',
  clean: true,
  fixedExtension: false,
  deps: { alwaysBundle: ['@alter-vault/contract'] },
});
