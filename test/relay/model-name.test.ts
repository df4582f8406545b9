import { renameModel } from '../../relay/model-name';
import { hello, modelId, useRelayWorld } from './relay-world';

const rename = (text: string) =>
  renameModel(text, JSON.parse(text) as Record<string, unknown>, 'chat');

it.each([
  [
    'as OpenAI writes it',
    '{"id":"x","model":"mock-mini","n":1.0}',
    '{"id":"x","model":"chat","n":1.0}',
  ],
  ['with white space', '{"model": "mock-mini"}', '{"model":"chat"}'],
  [
    'named within the text',
    '{"c":"\\"model\\":\\"m\\"","model":"m"}',
    '{"c":"\\"model\\":\\"m\\"","model":"chat"}',
  ],
  [
    'also a member further in',
    '{"c":{"model":"m"},"model":"m"}',
    '{"c":{"model":"m"},"model":"chat"}',
  ],
  ['absent', '{"id":"x"}', '{"id":"x"}'],
  ['no text', '{"model":null}', '{"model":null}'],
])('the model, %s, is named as the caller did', (_how, text, renamed) => {
  expect(rename(text)).toBe(renamed);
});

describe('over HTTP', () => {
  const world = useRelayWorld();
  const body = { model: modelId, messages: hello, max_tokens: 5 };

  it('in an answer in one piece, and in every chunk of a stream', async () => {
    const { openai } = await world().addCaller('1');
    expect((await openai.chat.completions.create(body)).model).toBe(modelId);
    const names = new Set<string>();
    const usage = { stream: true, stream_options: { include_usage: true } } as const;
    for await (const chunk of await openai.chat.completions.create({ ...body, ...usage })) {
      names.add(chunk.model);
    }
    expect([...names]).toEqual([modelId]);
  });
});
