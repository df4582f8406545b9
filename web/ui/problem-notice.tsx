// A refusal where it happened, in the API's words.
import { Problem } from '../api/problem';

interface ProblemNoticeProps {
  readonly error: unknown;
  /** Fields that say themselves what is wrong with them. */
  readonly saidBy?: readonly string[];
}

export function ProblemNotice({ error, saidBy = [] }: ProblemNoticeProps) {
  if (!error) return null;
  const problem = error instanceof Problem ? error : null;
  const fields = Object.entries(problem?.fields ?? {}).filter(([field]) => !saidBy.includes(field));
  return (
    <div className="notice" role="alert">
      <strong>{problem?.title ?? 'Something went wrong'}</strong>
      <p>{error instanceof Error ? error.message : 'The console met a fault of its own.'}</p>
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
