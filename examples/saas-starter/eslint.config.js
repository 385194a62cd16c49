import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  tseslint.configs.strict,
  {
    files: ['src/server/**/*.ts'],
    rules: { 'no-console': 'error', eqeqeq: 'error' },
  },
  {
    files: ['src/client/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: reactHooks.configs.recommended.rules,
  },
  {
    files: ['prisma.config.ts'],
    // It reaches into parts of Prisma that have no types.
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
);
