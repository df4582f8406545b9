// A model, a message, its streamed answer, and what it cost and mined.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Form, Label, TextArea, TextField } from 'react-aria-components';
import { allPages, mostAtOnce } from '../api/all-pages';
import { answerOf, api } from '../api/client';
import { textOf } from '../ui/form-text';
import { Loaded } from '../ui/loaded';
import type { AnswerOf } from '../api/types';
import { Conversation } from './conversation';
import { isChatModel, ModelChoice } from './model-choice';
import { SnippetsCard } from './snippets-card';
import { useConversation } from './use-conversation';

/** What is chosen at first, where it is offered. */
const usualModel = 'gpt-4o-mini';
/** Prices and models change seldom. */
const everyMs = 30_000;
/** A careless question shall not cost much. */
const maxTokens = 2_000;

type PriceList = Pick<AnswerOf<'/api/v1/models'>, 'items' | 'tiers'>;

async function askModels(): Promise<PriceList> {
  let tiers: PriceList['tiers'] = [];
  const items = await allPages(async (cursor) => {
    const query = { limit: mostAtOnce, ...(cursor !== undefined && { cursor }) };
    const page = await answerOf(api.GET('/api/v1/models', { params: { query } }));
    ({ tiers } = page);
    return page;
  });
  return { items, tiers };
}

export default function PlaygroundPage() {
  const models = useQuery({
    queryKey: ['models'],
    queryFn: askModels,
    refetchInterval: everyMs,
  });
  return (
    <>
      <h1>Playground</h1>
      <Loaded query={models}>{(data) => <Playground {...data} />}</Loaded>
    </>
  );
}

function Playground({ items, tiers }: PriceList) {
  const conversation = useConversation();
  const offered = items.filter(isChatModel);
  const [chosen, setChosen] = useState(usualModel);
  const model = offered.find(({ id }) => id === chosen) ?? offered[0];
  const [message, setMessage] = useState('Hello');
  if (!model) return <p>No model is served yet.</p>;
  const protocol = model.protocols.includes('openai') ? 'openai' : 'anthropic';
  return (
    <>
      <Conversation turns={conversation.turns} />
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          const asked = textOf(new FormData(event.currentTarget), 'message');
          setMessage('');
          void conversation.ask({
            protocol,
            model: model.id,
            message: asked,
            maxTokens: Math.min(maxTokens, model.maxOutput),
          });
        }}
      >
        <ModelChoice models={offered} tiers={tiers} value={model.id} onChange={setChosen} />
        <TextField
          className="field"
          name="message"
          isRequired
          value={message}
          onChange={setMessage}
        >
          <Label>Message</Label>
          <TextArea rows={4} />
        </TextField>
        <div className="buttons">
          <Button type="submit" className="primary" isDisabled={conversation.isRunning}>
            Send
          </Button>
          {conversation.isRunning && <Button onPress={conversation.stop}>Stop</Button>}
          {conversation.turns.length > 0 && !conversation.isRunning && (
            <Button onPress={conversation.clear}>New conversation</Button>
          )}
        </div>
      </Form>
      <SnippetsCard model={model.id} protocol={protocol} />
    </>
  );
}
