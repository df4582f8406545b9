// The same call from elsewhere: made to be pasted and run.

export interface SnippetFacts {
  /** Of the console, as `https://l-exchange.example`. */
  readonly origin: string;
  readonly model: string;
  readonly protocol: 'openai' | 'anthropic';
}

export type Language = 'curl' | 'python' | 'node';

type Snippet = (facts: SnippetFacts) => string;

const message = 'Hello';

function bodyOf({ protocol, model }: SnippetFacts): string {
  const messages = [{ role: 'user', content: message }];
  return JSON.stringify(
    protocol === 'openai' ? { model, messages } : { model, max_tokens: 500, messages },
  );
}

function pathOf({ protocol }: SnippetFacts): string {
  return protocol === 'openai' ? '/v1/chat/completions' : '/v1/messages';
}

/** A text of a shell that nothing in it ends. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const curl: Snippet = (facts) => `curl ${shellQuote(facts.origin + pathOf(facts))} \\
  -H "Authorization: Bearer $LX_KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${shellQuote(bodyOf(facts))}`;

/** Python's own library: there is nothing to be installed. */
const python: Snippet = (facts) => `import json, os, urllib.request

request = urllib.request.Request(
    ${JSON.stringify(facts.origin + pathOf(facts))},
    data=json.dumps(${bodyOf(facts)}).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["LX_KEY"],
        "Content-Type": "application/json",
    },
)
with urllib.request.urlopen(request) as response:
    answer = json.load(response)
print(answer${facts.protocol === 'openai' ? '["choices"][0]["message"]["content"]' : '["content"][0]["text"]'})`;

const openAiNode: Snippet = ({ origin, model }) => `// npm install openai
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: ${JSON.stringify(`${origin}/v1`)}, apiKey: process.env.LX_KEY });
const answer = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: 'user', content: ${JSON.stringify(message)} }],
});
console.log(answer.choices[0].message.content);`;

const anthropicNode: Snippet = ({ origin, model }) => `// npm install @anthropic-ai/sdk
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: ${JSON.stringify(origin)}, authToken: process.env.LX_KEY, apiKey: null });
const answer = await client.messages.create({
  model: ${JSON.stringify(model)},
  max_tokens: 500,
  messages: [{ role: 'user', content: ${JSON.stringify(message)} }],
});
console.log(answer.content[0].text);`;

const node: Snippet = (facts) =>
  facts.protocol === 'openai' ? openAiNode(facts) : anthropicNode(facts);

/** Each reads the key from the variable LX_KEY. */
export const snippets: Readonly<Record<Language, Snippet>> = { curl, python, node };
