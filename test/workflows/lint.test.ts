// What would wedge a workflow does not pass the lint (DESIGN 5): an async validator, a plain Error.
import { spawnSync } from 'node:child_process';
import { projectRoot } from '../../launch/paths';

const workflow = `
setHandler(update, (text) => text, { validator: async (text) => check(text) });
setHandler(update, (text) => text, { async validator(text) { await check(text); } });
setHandler(update, (text) => text, { validator: (text) => check(text) });
if (a) throw new Error('plain');
if (b) throw new DomainError('NOT_FOUND', 'as plain to Temporal');
if (c) throw new ApplicationFailure('fine');
throw refusal('NOT_FOUND', 'fine');
`;

// The project's rules for workflows alone: those that ask for types take ten seconds to load.
const lint = `
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import config from './eslint.config.mjs';
const rules = config.filter(({ files }) => files?.includes('workflows/**/*.ts'))
  .map((block) => block.rules?.['no-restricted-syntax']).filter(Boolean);
const found = new Linter().verify(process.argv[1], rules.map((rule) => ({
  files: ['**/*.ts'],
  languageOptions: { parser: tseslint.parser },
  rules: { 'no-restricted-syntax': rule },
})), 'workflows/redemption.ts');
console.log(JSON.stringify(found.map(({ line, ruleId }) => [line, ruleId])));
`;

it('finds async validators and plain errors in workflows', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', lint, workflow],
    { cwd: projectRoot(), encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const lines = [2, 3, 5, 6];
  expect(JSON.parse(stdout)).toEqual(lines.map((line) => [line, 'no-restricted-syntax']));
});
