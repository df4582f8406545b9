// Lint rules, among them the arrows between folders: web | api | relay | activities -> services -> ledger -> domain.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const folders = [
  'domain',
  'ledger',
  'services',
  'relay',
  'activities',
  'workflows',
  'api',
  'worker',
  'web',
  'config',
  'migrations',
  'launch',
  'test',
  'bench',
];

/** Which folders a folder may import (itself is always allowed). */
const arrows = {
  domain: [],
  config: ['domain'],
  ledger: ['domain', 'config'],
  services: ['domain', 'config', 'ledger'],
  relay: ['domain', 'config', 'ledger', 'services'],
  activities: ['domain', 'config', 'ledger', 'services'],
  workflows: ['domain', 'activities'],
  api: ['domain', 'config', 'ledger', 'services', 'relay', 'workflows', 'migrations'],
  worker: [
    'domain',
    'config',
    'ledger',
    'services',
    'relay',
    'activities',
    'workflows',
    'migrations',
  ],
  migrations: [],
};

const arrowRules = Object.entries(arrows).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: folders
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            regex: `^(\\.\\./)+${other}(/|$)`,
            message: `${folder}/ must not import ${other}/ (see docs/ARCHITECTURE.md).`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'dist',
      'node_modules',
      'coverage',
      '.data',
      'bench/peers/node_modules',
      // Generated.
      'web/api/schema.d.ts',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false } },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...arrowRules,
  {
    // The environment is read in one place.
    files: [
      'domain/**/*.ts',
      'ledger/**/*.ts',
      'services/**/*.ts',
      'relay/**/*.ts',
      'activities/**/*.ts',
      'workflows/**/*.ts',
      'api/**/*.ts',
      'worker/**/*.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the Config.' },
      ],
    },
  },
  {
    // Workflows are deterministic; their activities are types only.
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['zod', 'pg', 'knex', 'pino', 'undici', 'express', 'node:crypto', 'node:fs'] },
      ],
      // Either would wedge a workflow: its task would be retried for ever. (An async validator that is passed by
      // name is found by no-misused-promises.)
      'no-restricted-syntax': [
        'error',
        {
          selector: "ThrowStatement > NewExpression[callee.name!='ApplicationFailure']",
          message:
            'A plain Error retries the workflow task for ever: throw an ApplicationFailure, see refusals.ts.',
        },
        {
          selector: "Property[key.name='validator'] > :function[async=true]",
          message:
            "A validator is synchronous: an async one's refusal would come after the acceptance.",
        },
      ],
    },
  },
  {
    files: ['launch/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly' },
      parserOptions: { projectService: false },
    },
  },
  prettier,
);
