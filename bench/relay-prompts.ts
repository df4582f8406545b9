// The chats that the relay's benchmark sends: a system prompt and three turns of English, some 150 tokens, no two of
// them alike, so that nobody answers or counts from memory.

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

function sentence(seed: number): string {
  const of = (list: readonly string[], step: number) => list[(seed * step + step) % list.length];
  return `In ${1900 + (seed % 120)} ${of(subjects, 3)} ${of(verbs, 7)} ${of(reasons, 11)}.`;
}

function paragraph(seed: number, sentences: number): string {
  return Array.from({ length: sentences }, (_, i) => sentence(seed * 13 + i * 5)).join(' ');
}

/** Request bodies of `POST /v1/chat/completions`. */
export function chatBodies(model: string, isStream: boolean): readonly string[] {
  return Array.from({ length: distinctBodies }, (_, seed) =>
    JSON.stringify({
      model,
      messages: [
        { role: 'system', content: 'You are a careful editor. Answer in plain English, briefly.' },
        { role: 'user', content: paragraph(seed, 3) },
        { role: 'assistant', content: paragraph(seed + 1, 1) },
        { role: 'user', content: `Shorten this, please: ${paragraph(seed + 2, 2)}` },
      ],
      temperature: 0.7,
      max_tokens: 256,
      ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
    }),
  );
}
