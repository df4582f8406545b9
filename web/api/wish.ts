// What a user wants done, once: a wish keeps its idempotency key until it was answered, so that sending it again after a silence
// is the same wish.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { lateRefusals } from './late-refusals';
import { Problem } from './problem';

/** 32 hexadecimal digits at random; also where `crypto.randomUUID` is not, which is any page without TLS. */
function newWishKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Nobody knows whether it was done. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status >= 500);
}

/** Within it a refusal was hardly read. */
const readWithinMs = 10_000;

/** Where and when a wish was refused. */
interface Refusal {
  readonly error: Error;
  readonly path: string;
  readonly at: number;
}

/** Tells above the page what was refused in a form that the page, and not its reader, has taken away. */
function useLateRefusals() {
  const last = useRef<Refusal | null>(null);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      const refusal = last.current;
      if (!refusal || refusal.path !== location.pathname) return;
      if (Date.now() - refusal.at < readWithinMs) lateRefusals.tellOfGone(refusal.error);
    };
  }, []);
  return (error: Error | null) => {
    last.current = error && { error, path: location.pathname, at: Date.now() };
    if (error && isGone.current) lateRefusals.tell(error);
  };
}

/** Nobody reads an answer and wishes the same again within it: a button was pressed twice. */
const sameWithinMs = 1_500;

/**
 * A mutation; afterwards everything that is shown is asked for anew. The same wish again, right after its answer, is that wish:
 * it has its answer, and nothing is sent.
 * @param send takes what is wished, and the idempotency key to send with it
 */
export function useWish<Wished, Answer>(send: (wished: Wished, key: string) => Promise<Answer>) {
  const queries = useQueryClient();
  const open = useRef<{ readonly text: string; readonly key: string } | null>(null);
  const done = useRef<{ readonly text: string; readonly at: number; readonly answer: Answer }>(
    null,
  );
  const noteRefusal = useLateRefusals();
  return useMutation({
    async mutationFn(wished: Wished) {
      const text = JSON.stringify(wished) ?? '';
      const last = done.current;
      if (last?.text === text && Date.now() - last.at < sameWithinMs) return last.answer;
      if (open.current?.text !== text) open.current = { text, key: newWishKey() };
      const answer = await send(wished, open.current.key);
      done.current = { text, at: Date.now(), answer };
      return answer;
    },
    onSettled(_answer, error) {
      if (!isUnanswered(error)) open.current = null;
      noteRefusal(error);
      // What it moved is seen in its own time: the answer is told at once.
      void queries.invalidateQueries();
    },
  });
}
