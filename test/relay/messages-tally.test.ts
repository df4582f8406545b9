import fc from 'fast-check';
import { tallyMessages } from '../../relay/messages/input-tally';
import { parseMessagesRequest } from '../../relay/messages/request';
import { createTokenCounter } from '../../relay/tokens/token-counter';

const counter = createTokenCounter();

function tallyOf(over: object) {
  const { input } = parseMessagesRequest({
    model: 'claude',
    max_tokens: 10_000,
    messages: [{ role: 'user', content: 'Hello' }],
    ...over,
  });
  return tallyMessages(input);
}
const count = (over: object) =>
  counter.countInput(() => tallyOf(over), { tokenizer: null, maxInput: 1_000_000 });
const said = (...blocks: object[]) => ({ messages: [{ role: 'user', content: blocks }] });
const text = (value: string) => ({ type: 'text', text: value });
const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(10_000) };

it.each<[string, object, number]>([
  // What Anthropic's documentation says that its count_tokens answers.
  ['a greeting with a system prompt', { system: 'You are a scientist' }, 14],
  [
    'a tool',
    {
      messages: [{ role: 'user', content: "What's the weather like in San Francisco?" }],
      tools: [
        {
          name: 'get_weather',
          description: 'Get the current weather in a given location',
          input_schema: {
            type: 'object',
            properties: {
              location: {
                type: 'string',
                description: 'The city and state, e.g. San Francisco, CA',
              },
            },
            required: ['location'],
          },
        },
      ],
    },
    403,
  ],
])('is no less than the upstream counts: %s', async (_what, over, published) => {
  expect((await count(over)).textTokens).toBeGreaterThanOrEqual(published);
});

it('counts images by their number, also in the results of tools, and not their bytes', async () => {
  const image = { type: 'image', source };
  const result = { type: 'tool_result', tool_use_id: 'a', content: [image, text('A cat.')] };
  const counted = await count(said(text('See'), image, result));
  expect(counted.images).toBe(2);
  expect(counted.textTokens).toBeLessThan(200);
});

it('finds every text, wherever it stands', () => {
  const tally = tallyOf({
    system: [text('one')],
    messages: [
      { role: 'user', content: 'two' },
      {
        role: 'assistant',
        content: [
          text('three'),
          { type: 'thinking', thinking: 'four', signature: '' },
          { type: 'tool_use', id: 'five', name: 'six', input: { seven: 8 } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'nine', content: 'ten' }],
      },
      { role: 'system', content: 'eleven' },
    ],
    tools: [{ name: 'twelve', input_schema: { type: 'object' } }],
    tool_choice: { type: 'tool', name: 'thirteen' },
    output_config: { format: { type: 'json_schema', schema: { title: 'fourteen' } } },
  });
  const all = tally.texts.join(' ');
  const names = 'one two three four five six seven nine ten eleven twelve thirteen fourteen'.split(
    ' ',
  );
  for (const name of names) expect(all).toContain(name);
});

it('counts the thinking that comes back sealed by its length', () => {
  const sealed = 'A'.repeat(4_000);
  const with1 = tallyOf(said(text('Hi'), { type: 'thinking', thinking: '', signature: sealed }));
  const with2 = tallyOf(said(text('Hi'), { type: 'redacted_thinking', data: sealed }));
  const without = tallyOf(said(text('Hi')));
  expect(with1.overhead - without.overhead).toBeGreaterThanOrEqual(1_000);
  expect(with2.overhead - without.overhead).toBeGreaterThanOrEqual(1_000);
  expect(with2.texts).toEqual(without.texts);
});

it('adds what the upstream adds for tools that it knows', () => {
  const own = tallyOf({ tools: [{ name: 'a', input_schema: {} }] });
  const known = tallyOf({ tools: [{ type: 'bash_20250124', name: 'bash' }] });
  expect(known.overhead - own.overhead).toBeGreaterThanOrEqual(700);
});

it('grows with every block', () => {
  const block = fc.oneof(
    fc.string().map(text),
    fc.constant({ type: 'image', source }),
    fc.record({
      type: fc.constant('tool_result'),
      tool_use_id: fc.string({ minLength: 1 }),
      content: fc.array(fc.string().map(text)),
    }),
  );
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), block, (blocks, another) => {
      const before = tallyOf(said(...blocks));
      const after = tallyOf(said(...blocks, another));
      expect(after.overhead).toBeGreaterThan(before.overhead);
      expect(after.images).toBeGreaterThanOrEqual(before.images);
      expect(after.texts.slice(0, before.texts.length)).toEqual(before.texts);
    }),
    { numRuns: 50 },
  );
});
