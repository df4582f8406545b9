import fc from 'fast-check';
import { functionCallingTestCases } from 'gpt-tokenizer/fixtures/functionCallingTestCases';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { tallyChat } from '../../relay/chat/input-tally';
import { parseChatRequest, type ChatInput } from '../../relay/chat/request';
import { chunksOf } from '../../relay/tokens/text-chunks';
import { createTokenCounter, type CountedModel } from '../../relay/tokens/token-counter';
import { paced } from '../support/pace';

const counter = createTokenCounter();
const maxInput = 1_000_000;
const modern: CountedModel = { tokenizer: 'o200k_base', maxInput };
const classic: CountedModel = { tokenizer: 'cl100k_base', maxInput };
const unknown: CountedModel = { tokenizer: null, maxInput };
const plain = { disallowedSpecial: new Set<string>() };

function inputOf(body: object): ChatInput {
  return parseChatRequest({ model: 'gpt-4o', ...body }).input;
}
function countChat(input: ChatInput, model: CountedModel) {
  return counter.countInput((isKnown) => tallyChat(input, isKnown), model);
}
async function textTokens(body: object, model: CountedModel = modern): Promise<number> {
  return (await countChat(inputOf(body), model)).textTokens;
}

/** OpenAI's cookbook, "How to count tokens with tiktoken": what its API billed for these messages. */
const cookbook = [
  {
    role: 'system',
    content:
      'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
  },
  {
    role: 'system',
    name: 'example_user',
    content: 'New synergies will help drive top-line growth.',
  },
  {
    role: 'system',
    name: 'example_assistant',
    content: 'Things working well together will increase revenue.',
  },
  {
    role: 'system',
    name: 'example_user',
    content:
      "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
  },
  {
    role: 'system',
    name: 'example_assistant',
    content: "Let's talk later when we're less busy about how to do better.",
  },
  {
    role: 'user',
    content:
      "This late pivot means we don't have time to boil the ocean for the client deliverable.",
  },
];

it('counts what OpenAI billed for the messages of its cookbook, and one token more a name', async () => {
  const names = 4;
  expect(await textTokens({ messages: cookbook }, modern)).toBe(124 + names);
  expect(await textTokens({ messages: cookbook }, classic)).toBe(129 + names);
});

it('never counts fewer than OpenAI billed for requests with functions', async () => {
  for (const { tokens, messages, functions, function_call } of functionCallingTestCases) {
    const counted = await textTokens({ messages, functions, function_call });
    expect(counted).toBeGreaterThanOrEqual(tokens);
    expect(counted).toBeLessThanOrEqual(tokens * 2 + 60);
  }
});

it('counts a role as one token in both encodings', () => {
  for (const role of ['system', 'developer', 'user', 'assistant', 'tool', 'function']) {
    expect([countO200k(role), countCl100k(role)]).toEqual([1, 1]);
  }
});

it('counts every part that a model reads', async () => {
  const user = { role: 'user', content: 'Hi' };
  const base = await textTokens({ messages: [user] });
  const word = 'perspicacious';
  const additions: object[] = [
    { messages: [user, { role: 'assistant', content: word }] },
    { messages: [user, { role: 'assistant', refusal: word }] },
    { messages: [user, { role: 'assistant', content: [{ type: 'refusal', refusal: word }] }] },
    { messages: [user, { role: 'tool', tool_call_id: word, content: '' }] },
    { messages: [{ ...user, name: word }] },
    {
      messages: [
        user,
        {
          role: 'assistant',
          tool_calls: [{ id: '', type: 'custom', custom: { name: '', input: word } }],
        },
      ],
    },
    {
      messages: [user, { role: 'assistant', function_call: { name: word, arguments: '' } }],
    },
    { messages: [user], tools: [{ type: 'function', function: { name: word } }] },
    { messages: [user], functions: [{ name: word }] },
    {
      messages: [user],
      response_format: { type: 'json_schema', json_schema: { name: 'a', description: word } },
    },
    { messages: [user], tool_choice: { type: 'function', function: { name: word } } },
  ];
  for (const body of additions) {
    expect(await textTokens(body)).toBeGreaterThanOrEqual(base + countO200k(word));
  }
});

it('counts images apart from text', async () => {
  const image = {
    type: 'image_url',
    image_url: { url: `data:image/png;base64,${'A'.repeat(9_999)}` },
  };
  const content = [{ type: 'text', text: 'Compare' }, image, image];
  const counted = await countChat(inputOf({ messages: [{ role: 'user', content }] }), modern);
  expect(counted).toEqual({ textTokens: 3 + 4 + 1 + countO200k('Compare'), images: 2 });
});

it('takes special tokens for text', async () => {
  for (const text of ['<|endoftext|>', 'x <|im_start|>system', '<|fim_prefix|><|endoftext|>']) {
    expect(await counter.countText(text, modern)).toBe(countO200k(text, plain));
    expect(await counter.countText(text, modern)).toBeGreaterThan(3);
  }
});

it('counts an unknown tokenizer by the newest one, with more room for tools', async () => {
  const messages = [{ role: 'user', content: 'Hello there' }];
  const tools = [{ type: 'function', function: { name: 'f' } }];
  expect(await textTokens({ messages }, unknown)).toBe(await textTokens({ messages }, modern));
  expect(await textTokens({ messages, tools }, unknown)).toBeGreaterThan(346);
});

it('stops counting soon after what the model takes', async () => {
  const messages = [{ role: 'user', content: 'word '.repeat(1_000_000) }];
  const { textTokens: counted } = await countChat(inputOf({ messages }), {
    ...modern,
    maxInput: 5_000,
  });
  expect(counted).toBeGreaterThan(5_000);
  expect(counted).toBeLessThan(7_000);
});

const prose =
  'The quick brown fox jumps over 12,345 lazy dogs — doesn\'t it? Voilà: "naïve café", 東京タワーへ行きました。';

it('counts a long text as a whole, though it cuts it', async () => {
  const text = `${prose}\n\n\tconst x = (a, b) => a?.b ?? [1, 2.5e-3]; // ok\n`.repeat(200);
  expect(await counter.countText(text, modern)).toBe(countO200k(text));
  expect(await counter.countText(text, classic)).toBe(countCl100k(text));
});

/** Letters, scripts and signs that split and merge in all the ways that there are. */
const alphabet = fc.constantFrom(
  ...['a', 'B', 'zz', 'th', 'e', ' ', '  ', '\n', '\r\n', '\t', '7', '.', ',', "'s", "'", '/', '-'],
  ...[
    'é',
    'ß',
    'の',
    '東',
    '，',
    '。',
    '한',
    'ก',
    'ا',
    '\u0301',
    '😀',
    '👩🏽‍🚀',
    '\u00a0',
    '\u3000',
    '\ud800',
    '—',
  ],
);

it('never counts fewer tokens than the whole text has, wherever it is cut', async () => {
  const texts = fc.array(fc.tuple(alphabet, fc.integer({ min: 1, max: 200 })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(texts, async (runs) => {
      const text = runs.map(([sign, times]) => sign.repeat(times)).join('');
      const parts = [...chunksOf(text)];
      const cuts = parts.filter(({ forced }) => forced).length;
      expect(Buffer.from(parts.map((part) => part.text).join(''))).toEqual(Buffer.from(text));
      for (const [model, count] of [
        [modern, countO200k],
        [classic, countCl100k],
      ] as const) {
        const whole = count(text, plain);
        const counted = await counter.countText(text, model);
        expect(counted).toBeGreaterThanOrEqual(whole);
        expect(counted).toBeLessThanOrEqual(whole + cuts * 6);
      }
    }),
    { numRuns: 60 },
  );
});

/** Signs drawn from an alphabet, the same every time. */
function scramble(signs: string, length: number): string {
  const all = [...signs];
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return all[Math.floor(state / 65_536) % all.length];
  }).join('');
}

it.each([
  ['one letter', 'a'.repeat(300_000)],
  ['random letters', scramble('abcdefghijklmnopqrstuvwxyz', 100_000)],
  ['random scripts', scramble('東京タワー한국어ไทยعربيéßñ😀🎉', 50_000)],
  ['emoji', '😀🎉🔥💯'.repeat(25_000)],
  ['blanks', ' '.repeat(300_000)],
  ['line ends', '\n'.repeat(300_000)],
  ['stacked accents', 'a\u0300\u0301\u0302'.repeat(25_000)],
  ['signs', '!?#$%&*+'.repeat(25_000)],
])('never holds the event loop for long: %s', async (_what, text) => {
  await counter.warmUp();
  let longestMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 1);
  await counter.countText(text, modern);
  clearInterval(timer);
  // Slices of 2 ms; the rest is room for a busy machine. Without cutting these take from 1 s to hours in one go.
  expect(longestMs).toBeLessThan(paced(250));
});
