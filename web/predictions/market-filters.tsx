// Which markets are listed, and in what order. It stands in the address, so that it can be kept and sent.
import { Button } from 'react-aria-components';
import type { paths } from '../api/schema';
import { Field } from '../ui/field';
import { Select } from '../ui/select';
import { statusWords, type Status } from './market-words';

type Query = NonNullable<paths['/api/v1/predictions']['get']['parameters']['query']>;
type Sort = NonNullable<Query['sort']>;

/** Without a text: not by it. */
export interface Filter {
  readonly status: Status | '';
  readonly sort: Sort;
  readonly q: string;
  readonly tag: string;
}

const sorts: readonly (readonly [Sort, string])[] = [
  ['newest', 'Newest first'],
  ['closing', 'Closing soonest'],
  ['volume', 'Highest volume'],
];
const statuses: readonly (readonly [Status | '', string])[] = [
  ['', 'All approved'],
  ...(Object.entries(statusWords) as [Status, string][]),
];

/** What is no filter of ours is none. */
export function filterOf(params: URLSearchParams): Filter {
  const status = statuses.find(([value]) => value === params.get('status'))?.[0] ?? '';
  const sort = sorts.find(([value]) => value === params.get('sort'))?.[0] ?? 'newest';
  return { status, sort, q: params.get('q') ?? '', tag: params.get('tag') ?? '' };
}

interface MarketFiltersProps {
  readonly filter: Filter;
  readonly onChange: (over: Partial<Filter>) => void;
}

/** Only open markets are sorted by when they close: the one choice gives way to the other. */
export function MarketFilters({ filter, onChange }: MarketFiltersProps) {
  const { status, sort, q, tag } = filter;
  return (
    <div className="prediction-filters" role="search" aria-label="Markets">
      <Field
        label="Search"
        name="q"
        type="search"
        maxLength={200}
        autoComplete="off"
        value={q}
        onChange={(text) => onChange({ q: text })}
      />
      <Select
        label="State"
        options={statuses}
        value={status}
        onChange={(chosen) =>
          onChange({
            status: chosen,
            ...(sort === 'closing' && chosen !== 'open' ? { sort: 'newest' } : {}),
          })
        }
      />
      <Select
        label="Order"
        options={sorts}
        value={sort}
        onChange={(chosen) =>
          onChange({ sort: chosen, ...(chosen === 'closing' ? { status: 'open' } : {}) })
        }
      />
      {tag !== '' && (
        <p className="prediction-chosen-tag">
          Tag: <span className="user-text">{tag}</span>
          <Button className="plain" onPress={() => onChange({ tag: '' })}>
            All tags
          </Button>
        </p>
      )}
    </div>
  );
}
