// A model, a message, its streamed answer, and what it cost and mined.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createParser } from 'eventsource-parser';
import { useState } from 'react';
import { Button, Form, Label, TextArea, TextField } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';
import type { paths } from '../api/schema';
import { Amount } from '../ui/amount';
import { textOf } from '../ui/form-text';
import { ProblemNotice } from '../ui/problem-notice';

type OfferedModel =
  paths['/api/v1/models']['get']['responses']['200']['content']['application/json']['items'][number];

interface Asked {
  readonly model: string;
  readonly message: string;
}

/** Streams an answer; resolves with the call's id. @throws Problem */
async function chat({ model, message }: Asked, onText: (text: string) => void): Promise<string> {
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: message }] }),
  });
  if (!response.ok || !response.body) throw await refusalOf(response);
  let failure: Problem | undefined;
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data) as Chunk;
      if (chunk.error)
        failure = new Problem({ status: 502, title: 'It broke off', detail: chunk.error.message });
      const text = chunk.choices?.[0]?.delta?.content;
      if (text) onText(text);
    },
  });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parser.feed(decoder.decode(read.value, { stream: true }));
  }
  if (failure) throw failure;
  return response.headers.get('x-request-id') ?? '';
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly error?: { readonly message: string };
}

async function refusalOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Partial<Chunk>;
  const title = `The relay answered ${response.status}`;
  return new Problem({ status: response.status, title, detail: body.error?.message ?? title });
}

/** What is chosen at first, where it is offered. */
const usualModel = 'gpt-4o-mini';

/** Open to all, and priced by what it says. */
function isChatModel({ access, available, unit, list }: OfferedModel): boolean {
  return (
    access === 'open' && available && unit === 'tokens' && 'output' in list && list.output !== '0'
  );
}

export default function PlaygroundPage() {
  const queries = useQueryClient();
  const [answer, setAnswer] = useState('');
  const [startedAt, setStartedAt] = useState(0);
  const [took, setTook] = useState<number | null>(null);
  const models = useQuery({
    queryKey: ['models'],
    queryFn: () => answerOf(api.GET('/api/v1/models')),
  });
  const offered = models.data?.items.filter(isChatModel) ?? [];
  const asking = useMutation({
    mutationFn: (asked: Asked) => {
      setAnswer('');
      setTook(null);
      setStartedAt(performance.now());
      return chat(asked, (text) => setAnswer((before) => before + text));
    },
    onSettled: () => {
      setTook(Math.round(performance.now() - startedAt));
      return queries.invalidateQueries({ queryKey: ['balances'] });
    },
  });
  return (
    <>
      <h1>Playground</h1>
      <ProblemNotice error={models.error} />
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          asking.mutate({
            model: textOf(form, 'model'),
            message: textOf(form, 'message'),
          });
        }}
      >
        <label className="field">
          Model
          <select name="model" key={offered.length} defaultValue={usualModel}>
            {offered.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <TextField className="field" name="message" isRequired defaultValue="Hello">
          <Label>Message</Label>
          <TextArea rows={4} />
        </TextField>
        <Button type="submit" isDisabled={asking.isPending}>
          Send
        </Button>
      </Form>
      <ProblemNotice error={asking.error} />
      <output className="answer" aria-live="polite">
        {answer}
      </output>
      {asking.data && <Receipt requestId={asking.data} took={took} />}
    </>
  );
}

function Receipt({
  requestId,
  took,
}: {
  readonly requestId: string;
  readonly took: number | null;
}) {
  const { data, error } = useQuery({
    queryKey: ['usage', requestId],
    queryFn: () =>
      answerOf(api.GET('/api/v1/usage/{requestId}', { params: { path: { requestId } } })),
  });
  return (
    <section aria-label="Receipt">
      <ProblemNotice error={error} />
      {data && (
        <dl>
          <div>
            <dt>Cost</dt>
            <dd>
              <Amount value={data.charge} unit="CREDIT" />
            </dd>
          </div>
          <div>
            <dt>Mined</dt>
            <dd>
              <Amount value={data.mined} unit="LCO" />
            </dd>
          </div>
          <div>
            <dt>Tokens</dt>
            <dd>
              {data.tokens.input} in, {data.tokens.output} out
            </dd>
          </div>
          <div>
            <dt>Took</dt>
            <dd>{took} ms</dd>
          </div>
        </dl>
      )}
    </section>
  );
}
