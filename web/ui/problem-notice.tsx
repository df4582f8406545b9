// A refusal where it happened, in the API's words.
import { fieldOf } from './field';
import { Problem } from '../api/problem';

interface ProblemNoticeProps {
  readonly error: unknown;
  /** Fields that say themselves what is wrong with them. */
  readonly saidBy?: readonly string[];
  /** Nothing was sent, or what is shown stays: it is read out when nothing else is. */
  readonly isQuiet?: boolean;
}

export function ProblemNotice({ error, saidBy = [], isQuiet = false }: ProblemNoticeProps) {
  if (!error) return null;
  const problem = error instanceof Problem ? error : null;
  const all = Object.entries(problem?.fields ?? {});
  const isSaidOf = (path: string) => saidBy.includes(fieldOf(path, saidBy));
  const fields = all.filter(([path, message]) => !isSaidOf(path) && message !== problem?.message);
  // What every fault is said of by its field need not be said again.
  const isSaid = all.length > 0 && all.every(([path]) => isSaidOf(path));
  return (
    <div className="notice" role={isQuiet ? 'status' : 'alert'}>
      <strong>{problem?.title ?? 'Something went wrong'}</strong>
      {!isSaid && (
        <p>{error instanceof Error ? error.message : 'The console met a fault of its own.'}</p>
      )}
      {fields.length > 0 && (
        <ul>
          {fields.map(([field, message]) => (
            <li key={field}>
              <code>{field}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
