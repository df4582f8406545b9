import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { functionCallingTestCases } from 'gpt-tokenizer/fixtures/functionCallingTestCases';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { tallyResponses } from '../../relay/responses/input-tally';
import { parseResponsesRequest } from '../../relay/responses/request';
import { createTokenCounter, type CountedModel } from '../../relay/tokens/token-counter';

const counter = createTokenCounter();
const modern: CountedModel = { tokenizer: 'o200k_base', maxInput: 1_000_000 };
const classic: CountedModel = { tokenizer: 'cl100k_base', maxInput: 1_000_000 };

function count(body: object, model: CountedModel = modern) {
  const { input } = parseResponsesRequest({ model: 'gpt-4o', ...body });
  return counter.countInput((isKnown) => tallyResponses(input, isKnown), model);
}
async function textTokens(body: object, model?: CountedModel): Promise<number> {
  return (await count(body, model)).textTokens;
}

it('counts what OpenAI billed for single messages, in answers that others recorded', async () => {
  const input = [{ type: 'message', role: 'user', content: 'Say hello in exactly 3 words.' }];
  // gpt-4o-mini
  expect(await textTokens({ input })).toBe(15);
  // gpt-5 billed 9.
  expect(await textTokens({ input: 'what is rust' })).toBe(10);
});

/** Of gpt-tokenizer's fixtures, what OpenAI billed for functions; this API has no names of who speaks. */
const withFunctions = functionCallingTestCases
  .filter(({ functions, messages }) => functions && messages.every(({ name }) => !name))
  .map(({ tokens, messages, functions }) => ({
    tokens,
    input: messages.map(({ role, content }) => ({ role, content })),
    tools: functions?.map((definition) => ({ type: 'function', ...definition })),
  }));

it('never counts fewer than OpenAI billed for requests with functions', async () => {
  expect(withFunctions.length).toBeGreaterThan(10);
  for (const { tokens, input, tools } of withFunctions) {
    const counted = await textTokens({ input, tools });
    expect(counted).toBeGreaterThanOrEqual(tokens);
    expect(counted).toBeLessThanOrEqual(tokens * 2 + 60);
  }
});

const word = fc.constantFrom(
  'one',
  ' two',
  'naïve',
  '東京',
  '🙂',
  '{"a":1}',
  '\n',
  ' x'.repeat(40),
);
const text = fc.array(word, { maxLength: 20 }).map((words) => words.join(''));
const schema = fc
  .tuple(text, text)
  .map(([name, description]) => ({ type: 'object', properties: { [name]: { description } } }));
const parts = fc.array(
  text.map((said) => ({ type: 'input_text', text: said })),
  { maxLength: 3 },
);
const item = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'system', 'developer', 'assistant'), content: text }),
  fc.record({ role: fc.constant('user'), content: parts }),
  fc.record({
    role: fc.constant('assistant'),
    content: fc.array(
      fc.oneof(
        text.map((said) => ({ type: 'output_text', text: said, annotations: [] })),
        text.map((said) => ({ type: 'refusal', refusal: said })),
      ),
    ),
  }),
  fc.record({
    type: fc.constant('function_call'),
    call_id: text,
    name: text,
    arguments: text,
  }),
  fc.record({ type: fc.constant('function_call_output'), call_id: text, output: parts }),
  fc.record({ type: fc.constant('custom_tool_call'), call_id: text, name: text, input: text }),
  fc.record({ type: fc.constant('custom_tool_call_output'), call_id: text, output: text }),
  fc.record({
    type: fc.constant('reasoning'),
    summary: fc.array(
      text.map((said) => ({ type: 'summary_text', text: said })),
      { maxLength: 2 },
    ),
    content: fc.array(
      text.map((said) => ({ type: 'reasoning_text', text: said })),
      { minLength: 1, maxLength: 2 },
    ),
  }),
);

/** Every text that stands in a value, whatever its field; the names of kinds and roles are none. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) =>
    field === 'type' || field === 'role' ? [] : textsIn(inner),
  );
}

it('never counts fewer than every text of a request has, and four for each item', async () => {
  const requests = fc.record({
    input: fc.array(item, { minLength: 1, maxLength: 6 }),
    instructions: text,
    format: schema,
    parameters: schema,
  });
  await fc.assert(
    fc.asyncProperty(requests, async ({ input, instructions, format, parameters }) => {
      const body = {
        input,
        instructions,
        tools: [{ type: 'function', name: 'f', description: instructions, parameters }],
        text: { format: { type: 'json_schema', name: 'n', schema: format } },
      };
      for (const [model, tokensOf] of [
        [modern, countO200k],
        [classic, countCl100k],
      ] as const) {
        const bare = [...textsIn(input), ...textsIn(instructions), instructions];
        const declared = [parameters, format].map((each) => JSON.stringify(each));
        const least = [...bare, ...declared].reduce((sum, each) => sum + tokensOf(each), 0);
        expect(await textTokens(body, model)).toBeGreaterThanOrEqual(least + 4 * input.length + 3);
      }
    }),
    { numRuns: 60 },
  );
});

it.each([
  [
    'English',
    'The user asks for the weather, so I need to call the tool with the place. '.repeat(40),
  ],
  ['Chinese', '用户询问天气，因此我需要用地点调用该工具。然后回答。'.repeat(40)],
  ['code', 'for (let i = 0; i < n; i++) { sum += a[i] * b[n - i]; }\n'.repeat(40)],
])('counts encrypted reasoning as no fewer tokens than it has: %s', async (_what, reasoning) => {
  const key = createHash('sha256').update('key').digest();
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16));
  const encrypted = Buffer.concat([cipher.update(reasoning), cipher.final()]).toString('base64url');
  const item = { type: 'reasoning', summary: [], encrypted_content: encrypted };
  const without = await textTokens({ input: [{ role: 'user', content: '' }] });
  const counted = await textTokens({ input: [{ role: 'user', content: '' }, item] });
  expect(counted - without).toBeGreaterThanOrEqual(countO200k(reasoning));
});

it('counts images wherever they stand, and none of their data', async () => {
  const image = { type: 'input_image', image_url: `data:image/png;base64,${'A'.repeat(10_000)}` };
  const input = [
    { role: 'user', content: [image, { type: 'input_text', text: 'And this?' }, image] },
    { type: 'function_call_output', call_id: 'a', output: [image] },
  ];
  const counted = await count({ input });
  expect(counted.images).toBe(3);
  expect(counted.textTokens).toBeLessThan(40);
});

it('counts what is chosen and what explains tools', async () => {
  const tools = [{ type: 'custom', name: 'run', description: 'Runs.' }];
  const plain = await textTokens({ input: 'x' });
  const known = await textTokens({ input: 'x', tools });
  expect(known).toBeGreaterThan(plain + 20);
  expect(
    await textTokens({ input: 'x', tools, tool_choice: { type: 'custom', name: 'run' } }),
  ).toBeGreaterThan(known + 8);
  const unknown: CountedModel = { tokenizer: null, maxInput: 1_000_000 };
  expect(await textTokens({ input: 'x', tools }, unknown)).toBeGreaterThan(346);
});
