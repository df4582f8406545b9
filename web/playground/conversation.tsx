// What was asked and answered, with what each answer cost.
import { ProblemNotice } from '../ui/problem-notice';
import { Receipt } from './receipt';
import type { Turn } from './use-conversation';

export function Conversation({ turns }: { readonly turns: readonly Turn[] }) {
  if (turns.length === 0) return null;
  return (
    <ol className="conversation" aria-label="Conversation">
      {turns.map((turn) => (
        <li key={turn.id}>
          <article aria-label={`Turn ${turn.id}`}>
            <p className="question user-text">{turn.question}</p>
            <div className="reply">
              <output className="answer" aria-live="polite" aria-busy={turn.status === 'running'}>
                {turn.answer}
              </output>
              <aside>
                <strong>{turn.model}</strong>
                <Outcome turn={turn} />
              </aside>
            </div>
          </article>
        </li>
      ))}
    </ol>
  );
}

function Outcome({ turn }: { readonly turn: Turn }) {
  const { status, error, requestId } = turn;
  if (status === 'running') return <p className="loading">Answering …</p>;
  return (
    <>
      {status === 'stopped' && <p>Stopped: what was written until then is charged.</p>}
      <ProblemNotice error={error} />
      {requestId !== undefined && <Receipt turn={turn} requestId={requestId} />}
    </>
  );
}
