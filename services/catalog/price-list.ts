// The price list (DESIGN 2.2): what calls cost, for anybody to read and for operators to change.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import type { Committer } from '../../ledger/committer';
import { originOf, type Caller } from '../identity/caller';
import type { ChannelKind } from './channels';
import { modelColumns, modelIdPattern, type Model } from './models';
import type { Page, PageRequest } from '../pages';
import { addPriceVersion, type PriceTerms } from './price-changes';
import { priceVersionColumns, type PriceVersion } from './price-versions';
import { presentModel, type OperatedModel } from './priced-models';

export interface PriceList {
  /** @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PRICE_BELOW_COST */
  publish(
    caller: Caller,
    terms: PriceTerms,
    reason: string | null,
  ): Promise<{ readonly model: OperatedModel; readonly replayed: boolean }>;
  /** By id, ascending. @throws DomainError INVALID_REQUEST for a cursor that is not ours. */
  list(page: PageRequest): Promise<Page<ListedModel>>;
}

export interface ListedModel extends OperatedModel {
  /** Those of the enabled channels that serve it: each once, in alphabetical order. */
  readonly protocols: readonly ChannelKind[];
}

type ListedRow = Model &
  Omit<PriceVersion, 'id' | 'modelId'> & { readonly channelKinds: readonly ChannelKind[] };

/** One for each enabled channel. */
const channelKindsSql = `array(
  select c.kind from channel_models o join channels c on c.id = o.channel_id
  where o.model_id = m.id and o.removed_at is null and c.enabled order by c.kind)`;

/** The list's cursor is the id of the last model seen. */
function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (modelIdPattern.test(id)) return id;
  throw new DomainError('INVALID_REQUEST', 'The cursor is not one that this list gave out.');
}

function presentListed(row: ListedRow): ListedModel {
  const version = { ...row, id: row.currentVersionId, modelId: row.id };
  const { channelKinds } = row;
  return {
    ...presentModel(row, version, channelKinds.length),
    protocols: [...new Set(channelKinds)],
  };
}

export function createPriceList({ db, committer }: { db: Knex; committer: Committer }): PriceList {
  return {
    async publish(caller, terms, reason) {
      const { userId: operatorId, requestId } = caller;
      const { result, replayed } = await committer.submit(
        addPriceVersion,
        { ...terms, operatorId, reason, requestId },
        originOf(caller),
      );
      return { model: result, replayed };
    },

    async list({ limit, cursor }) {
      const query = db({ m: 'models' })
        .join({ v: 'price_versions' }, 'v.id', 'm.current_version_id')
        .select({ ...priceVersionColumns, ...modelColumns })
        .select({ channelKinds: db.raw(channelKindsSql) })
        .orderBy('m.id')
        .limit(limit + 1);
      if (cursor !== undefined) void query.where('m.id', '>', decodeCursor(cursor));
      const rows = (await query) as ListedRow[];
      const items = rows.slice(0, limit).map(presentListed);
      const last = items.at(-1);
      return {
        items,
        nextCursor: rows.length > limit && last ? Buffer.from(last.id).toString('base64url') : null,
      };
    },
  };
}
