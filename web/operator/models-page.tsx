// Models with the prices in force, those whose upstreams used more than was reserved, and new versions of prices.
import { Link, useSearch } from 'wouter';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { Acts } from './acts';
import { PriceForm, type Model } from './price-form';
import { Prices } from './prices';
import { Queue, QueueItem } from './queue';
import { everyMs, pageAt } from './queue-lists';
import { Who } from './who';

function useModels() {
  return usePages({
    queryKey: ['operator', 'models'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/admin/models', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
}

export default function ModelsPage() {
  const models = useModels();
  const chosen = new URLSearchParams(useSearch()).get('model');
  return (
    <>
      <h1>Models</h1>
      <div className="queues">
        {chosen !== null && (
          <Queue
            key={chosen}
            title="Terms in force"
            id="model"
            lists={[models]}
            isIn={({ id }) => id === chosen}
            keyOf={({ id }) => id}
            empty="There is no such model."
            item={(model) => <ModelItem model={model} />}
          />
        )}
        <Card title="Models">
          <PagedTable
            query={models}
            caption="Models"
            columns={columns}
            keyOf={({ id }) => id}
            isCurrent={({ id }) => id === chosen}
            empty="There is no model."
          />
          <Acts acts={[{ name: 'Add a model', form: (onDone) => <PriceForm onDone={onDone} /> }]} />
        </Card>
      </div>
    </>
  );
}

const unitWords: Readonly<Record<Model['unit'], string>> = {
  tokens: 'Credits per million tokens',
  images: 'Credits per image',
  seconds: 'Credits per second',
  characters: 'Credits per character',
};

const columns: readonly Column<Model>[] = [
  {
    name: 'Model',
    isText: true,
    cell: ({ id }) => <Link href={`/operator/models?model=${encodeURIComponent(id)}`}>{id}</Link>,
  },
  {
    name: 'Flagged',
    isText: true,
    cell: ({ flaggedAt }) =>
      flaggedAt === null ? (
        'no'
      ) : (
        <span className="warning">
          since <Moment at={flaggedAt} />
        </span>
      ),
  },
  { name: 'Priced in', isText: true, cell: ({ unit }) => unitWords[unit] },
  { name: 'List price', isText: true, cell: ({ list }) => <Prices prices={list} /> },
  { name: 'Cost', isText: true, cell: ({ cost }) => <Prices prices={cost} /> },
  { name: 'Channels', cell: ({ enabledChannels }) => enabledChannels },
  { name: 'Version', isText: true, cell: ({ priceVersion }) => <code>{priceVersion}</code> },
];

function ModelItem({ model }: { readonly model: Model }) {
  const { id, unit, list, cost, variants, reason, flaggedAt, flaggedReason } = model;
  return (
    <QueueItem title={id}>
      <Facts
        facts={[
          flaggedAt !== null && [
            'Flagged',
            <span className="warning user-text">
              <Moment at={flaggedAt} />: {flaggedReason}
            </span>,
          ],
          ['Version', <code>{model.priceVersion}</code>],
          ['Priced in', unitWords[unit]],
          ['List price', <Prices prices={list} />],
          ['Cost', <Prices prices={cost} />],
          ['Access', model.access === 'imo' ? 'holders of its IMO’s quota' : 'everybody'],
          ['Enabled channels', model.enabledChannels],
          ['Most input', groupDigits(String(model.maxInput))],
          ['Most output', groupDigits(String(model.maxOutput))],
          ['Hides reasoning', model.hidesOutput ? 'yes' : 'no'],
          [
            'Most tokens per image',
            model.maxPerImage === null ? 'takes no images' : groupDigits(String(model.maxPerImage)),
          ],
          ['Tokenizer', `${model.tokenizer ?? 'none known'}, times ${model.tokenizerFactor}`],
          variants && [
            'Variants',
            Object.entries(variants)
              .map(([name, units]) => `${name}: ${units}`)
              .join(', '),
          ],
          [
            'Priced',
            <>
              <Moment at={model.pricedAt} /> by <Who id={model.pricedBy} nobody="the set-up" />
              {reason !== null && <span className="user-text">: {reason}</span>}
            </>,
          ],
        ]}
      />
      <Acts
        acts={[
          {
            name: 'New prices',
            form: (onDone) => <PriceForm model={model} onDone={onDone} />,
          },
        ]}
      />
    </QueueItem>
  );
}
