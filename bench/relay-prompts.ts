// What the relay's benchmark asks: a system prompt and three turns of English, some 150 tokens, no two conversations
// alike, so that nobody answers or counts from memory; in the form of each endpoint.

const subjects = [
  'the harbour',
  'a small bakery',
  'our night train',
  'the old library',
  'her garden',
];
const verbs = ['changed', 'survived', 'reopened', 'surprised everybody', 'kept its promise'];
const reasons = [
  'after a long and unusually wet winter',
  'although nobody had expected it to happen so soon',
  'because three neighbours had written to the council',
  'while the newspapers were busy with something else',
  'once the bridge across the river was finished',
  'as soon as the new owner had read the contract twice',
  'in spite of what the insurance company maintained',
];
const distinctBodies = 512;
const system = 'You are a careful editor. Answer in plain English, briefly.';
const temperature = 0.7;
const maxOutput = 256;

function sentence(seed: number): string {
  const of = (list: readonly string[], step: number) => list[(seed * step + step) % list.length];
  return `In ${1900 + (seed % 120)} ${of(subjects, 3)} ${of(verbs, 7)} ${of(reasons, 11)}.`;
}

function paragraph(seed: number, sentences: number): string {
  return Array.from({ length: sentences }, (_, i) => sentence(seed * 13 + i * 5)).join(' ');
}

function turns(seed: number) {
  return [
    { role: 'user', content: paragraph(seed, 3) },
    { role: 'assistant', content: paragraph(seed + 1, 1) },
    { role: 'user', content: `Shorten this, please: ${paragraph(seed + 2, 2)}` },
  ];
}

/** The fields of a request but for its model and whether it is streamed. */
export type Prompt = (seed: number) => object;

export const chatPrompt: Prompt = (seed) => ({
  messages: [{ role: 'system', content: system }, ...turns(seed)],
  temperature,
  max_tokens: maxOutput,
});

export const responsesPrompt: Prompt = (seed) => ({
  instructions: system,
  input: turns(seed),
  temperature,
  max_output_tokens: maxOutput,
});

export const messagesPrompt: Prompt = (seed) => ({
  system,
  messages: turns(seed),
  temperature,
  max_tokens: maxOutput,
});

/** Vectors are asked for as OpenAI's SDKs ask for them. */
export const embeddingsPrompt: Prompt = (seed) => ({
  input: [system, ...turns(seed).map(({ content }) => content)],
  encoding_format: 'base64',
});

/** Request bodies of which each says `more`, too. */
export function writeBodies(prompt: Prompt, more: object): readonly string[] {
  return Array.from({ length: distinctBodies }, (_, seed) =>
    JSON.stringify({ ...more, ...prompt(seed) }),
  );
}
