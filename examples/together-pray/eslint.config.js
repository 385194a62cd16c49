import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/dist/', '**/dist-test/', '**/.next/', '**/next-env.d.ts'] },
  eslint.configs.recommended,
  tseslint.configs.strict,
  {
    rules: {
      // Nest's modules are classes that hold nothing.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
);
