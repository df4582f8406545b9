// A conversation with models: what was asked and answered so far, one question at a time.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { streamChat, type ChatMessage, type Protocol } from './streamed-chat';

export interface Turn {
  readonly id: number;
  readonly model: string;
  readonly question: string;
  readonly answer: string;
  readonly status: 'running' | 'answered' | 'stopped' | 'failed';
  readonly error?: unknown;
  /** Names the receipt; absent for what the relay has not taken. */
  readonly requestId?: string;
  /** Milliseconds until the first word, and until the last. */
  readonly firstMs?: number;
  readonly tookMs?: number;
}

export interface Question {
  readonly protocol: Protocol;
  readonly model: string;
  readonly message: string;
  readonly maxTokens: number;
}

/** What failed or said nothing is no part of what models are told. */
function historyOf(turns: readonly Turn[]): ChatMessage[] {
  return turns
    .filter(({ status, answer }) => status !== 'failed' && answer !== '')
    .flatMap(({ question, answer }): ChatMessage[] => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ]);
}

export function useConversation() {
  const queries = useQueryClient();
  // As a mutation, so that the end of the session is noticed as it is everywhere.
  const { mutateAsync: stream } = useMutation({ mutationFn: streamChat });
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const abort = useRef(new AbortController());
  const lastId = useRef(0);
  // Who leaves the page stops what is being written.
  useEffect(() => () => abort.current.abort(), []);

  function change(id: number, over: (turn: Turn) => Partial<Turn>): void {
    setTurns((all) => all.map((turn) => (turn.id === id ? { ...turn, ...over(turn) } : turn)));
  }

  async function ask({ message, ...question }: Question): Promise<void> {
    const id = (lastId.current += 1);
    const { model } = question;
    const messages = [...historyOf(turns), { role: 'user', content: message } as const];
    setTurns((all) => [...all, { id, model, question: message, answer: '', status: 'running' }]);
    abort.current = new AbortController();
    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    try {
      await stream({
        ...question,
        messages,
        signal: abort.current.signal,
        onRequestId: (requestId) => change(id, () => ({ requestId })),
        onText: (text) =>
          change(id, ({ answer, firstMs = elapsed() }) => ({ answer: answer + text, firstMs })),
      });
      change(id, () => ({ status: 'answered' }));
    } catch (error) {
      if (abort.current.signal.aborted) change(id, () => ({ status: 'stopped' }));
      else change(id, () => ({ status: 'failed', error }));
    }
    change(id, () => ({ tookMs: elapsed() }));
    // A call moves balances, mining, usage, and the board of Compute Wars.
    void queries.invalidateQueries();
  }

  return {
    turns,
    isRunning: turns.at(-1)?.status === 'running',
    ask,
    stop: () => abort.current.abort(),
    clear: () => setTurns([]),
  };
}
