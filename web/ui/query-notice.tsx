// What went wrong with a query: told at once where nothing is shown, quietly where a refresh failed.
import { useStandingError, type Asked } from '../api/standing-error';
import { ProblemNotice } from './problem-notice';

export function QueryNotice({ query }: { readonly query: Asked }) {
  return <ProblemNotice error={useStandingError(query)} isQuiet={query.dataUpdatedAt > 0} />;
}
