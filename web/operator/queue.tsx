// A queue: what is in its lists, one after the other; and an item of one, with its heading, its workflow and what may be done.
import { useId, type ReactNode } from 'react';
import { useStandingError, type Asked } from '../api/standing-error';
import { Card } from '../ui/card';
import { Loading } from '../ui/loading';
import { MoreButton, type PagedQuery } from '../ui/more-button';
import { ProblemNotice } from '../ui/problem-notice';
import { WorkflowLink } from './workflow-link';

type ListQuery<Item> = PagedQuery & Asked & { readonly data: readonly Item[] | undefined };

interface QueueProps<Item> {
  readonly title: string;
  /** Where links lead. */
  readonly id: string;
  readonly lists: readonly ListQuery<Item>[];
  /** What of them belongs here. */
  readonly isIn?: (item: Item) => boolean;
  readonly empty: string;
  readonly item: (item: Item) => ReactNode;
  readonly keyOf: (item: Item) => string;
  /** Below its items. */
  readonly children?: ReactNode;
}

export function Queue<Item>({
  title,
  id,
  lists,
  isIn = () => true,
  empty,
  item,
  keyOf,
  children,
}: QueueProps<Item>) {
  const items = lists.flatMap(({ data }) => data ?? []).filter(isIn);
  const missing = lists.findIndex(({ data }) => data === undefined);
  const isMore = lists.some(({ hasNextPage }) => hasNextPage);
  return (
    <div id={id} className="queue">
      <Card title={items.length > 0 ? `${title} (${items.length}${isMore ? '+' : ''})` : title}>
        {lists.map((list, index) => (
          <ListState key={index} list={list} isAwaited={index === missing} />
        ))}
        {missing === -1 && items.length === 0 && <p className="empty">{empty}</p>}
        {items.map((one) => (
          <div key={keyOf(one)}>{item(one)}</div>
        ))}
        {lists.map((list, index) => (
          <MoreButton key={index} query={list} />
        ))}
        {children}
      </Card>
    </div>
  );
}

interface ListStateProps {
  readonly list: Asked;
  /** It is not there, and the first of those. */
  readonly isAwaited: boolean;
}

function ListState({ list, isAwaited }: ListStateProps) {
  const error = useStandingError(list);
  if (error) return <ProblemNotice error={error} isQuiet={list.dataUpdatedAt > 0} />;
  return isAwaited && <Loading />;
}

interface QueueItemProps {
  readonly title: ReactNode;
  /** Of its workflow; without one it has none. */
  readonly workflow?: string;
  readonly children: ReactNode;
}

export function QueueItem({ title, workflow, children }: QueueItemProps) {
  const id = useId();
  return (
    <article aria-labelledby={id} className="queue-item">
      <div className="card-head">
        <h3 id={id} className="user-text">
          {title}
        </h3>
        {workflow !== undefined && <WorkflowLink id={workflow} />}
      </div>
      {children}
    </article>
  );
}
