// Prediction markets as they are read by HTTP (DESIGN 2.8 and 6), by everybody and by their holders: lists, what is found by
// words, the odds as they moved, and what is one's own. No worker runs.
import type { HistoryPoint, PositionView } from '../../services/predictions/lot-reads';
import type { LotView } from '../../services/predictions/lot-views';
import type { PublicMarket } from '../../services/predictions/market-views';
import type { SignedUp } from '../api/harness';
import { createPredictionWorld, type PredictionWorld } from '../workflows/prediction-world';
import { expectStatus } from '../workflows/support';

interface Listed<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

let world: PredictionWorld;
let ann: SignedUp;
/** Open, with a bet of 500 on YES. */
let open: string;

beforeAll(async () => {
  world = await createPredictionWorld();
  ann = world.bettors[0];
  open = await world.openUnheard();
  await world.bet(open, ann, 'yes', '500');
});
afterAll(() => world.close());

const get = (path: string, by?: SignedUp) =>
  world.api.send('GET', `/predictions${path}`, by ? { key: by.key } : {});
const readAs = async <T>(path: string, by?: SignedUp) =>
  expectStatus(await get(path, by), 200).as<T>();

/** All pages of a list, `limit` at a time. @param query ends with & or ? */
async function readAll<Item>(query: string, limit: number, by?: SignedUp): Promise<Item[]> {
  const seen: Item[] = [];
  for (let cursor = ''; ;) {
    const page = await readAs<Listed<Item>>(`${query}limit=${limit}${cursor}`, by);
    seen.push(...page.items);
    if (page.nextCursor === null) return seen;
    expect(page.items).toHaveLength(limit);
    cursor = `&cursor=${page.nextCursor}`;
  }
}

describe('the list', () => {
  const idsOf = async (query: string, limit = 200) =>
    (await readAll<PublicMarket>(`?${query}&`, limit)).map(({ id }) => id);
  let early: string;
  let late: string;
  let locked: string;
  let waiting: string;

  beforeAll(async () => {
    const tags = ['listed', 'ai-labs'];
    waiting = await world.propose({ tags });
    late = await world.openUnheard({ tags, closesInMs: 900_000, question: 'Élection in Zürich?' });
    early = await world.openUnheard({ tags: ['listed'], closesInMs: 700_000 });
    locked = await world.openUnheard({ tags: ['listed'], closesInMs: 1_500 });
    await world.bet(late, ann, 'no', '20');
    await world.bet(early, ann, 'no', '10');
    await world.reaches(locked, ({ status }) => status === 'locked');
  });

  it.each([
    ['what was approved, the newest first', 'tag=listed', () => [locked, early, late]],
    ['one page after the other', 'tag=listed', () => [locked, early, late], 1],
    ['what waits for its approval', 'tag=listed&status=proposed', () => [waiting]],
    ['what is open', 'tag=listed&status=open', () => [early, late]],
    ['what time alone has locked', 'tag=listed&status=locked', () => [locked]],
    ['what is settled, which is nothing', 'tag=listed&status=settled', () => []],
    ['what has another tag', 'tag=ai-labs', () => [late]],
    ['what has no such tag', 'tag=ai', () => []],
    ['the open ones that close soonest', 'tag=listed&sort=closing', () => [early, late], 1],
    ['the same, asked for', 'tag=listed&sort=closing&status=open', () => [early, late]],
    ['the most volume', 'tag=listed&sort=volume', () => [late, early, locked], 1],
    ['words without accents', 'q=election%20zurich', () => [late]],
    ['words in capitals, in any order', 'q=ZURICH%20%C3%89LECTION', () => [late]],
    ['words that lack their last letters', 'q=elec%20zur', () => [late]],
    ['words that all must be there', 'q=election%20berlin', () => []],
    ['a tag’s words', 'q=labs', () => [late]],
    ['what looks like an operator', `q=${encodeURIComponent("elec':* & !zur | (")}`, () => [late]],
    ['a quotation mark', `q=${encodeURIComponent("x' or true --")}`, () => []],
  ])('shows %s', async (_, query, ids, limit = 200) => {
    expect(await idsOf(query, limit)).toEqual(ids());
  });

  it.each([
    ['200 percent signs', '%'.repeat(200)],
    ['an underscore', '_'],
    ['stars', '***'],
    ['an operator', "'':*"],
    ['a blank', ' '],
    ['no text', ''],
    ['backslashes', '\\\\'],
  ])('finds nothing by %s, and asks nobody', async (_, q) => {
    const asked = jest.fn();
    // The relay's heartbeat asks by itself.
    const noteQuery = ({ sql }: { readonly sql: string }) =>
      void (sql.includes('relay_processes') || asked(sql));
    world.context.db.on('query', noteQuery);
    expect(await readAs(`?q=${encodeURIComponent(q)}`)).toEqual({ items: [], nextCursor: null });
    world.context.db.off('query', noteQuery);
    expect(asked).not.toHaveBeenCalled();
  });

  it.each([
    ['status', 'status=closed'],
    ['status', 'status=__proto__'],
    ['sort', 'sort=constructor'],
    ['sort', 'sort=closing&status=settled'],
    ['tag', 'tag=A'],
    ['tag', 'tag=%25'],
    ['limit', 'limit=0'],
    ['limit', 'limit=1e1'],
    ['order', 'order=asc'],
  ])('is refused with a bad %s: %s', async (field, query) => {
    const { problem } = await get(`?${query}`);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    const named = [...problem.errors.map(({ path }) => path), problem.details?.param];
    expect(named).toContain(field);
  });

  it('is refused with a q or a cursor that does not end', async () => {
    for (const [path, query] of [
      ['q', `q=${'x'.repeat(201)}`],
      ['cursor', `cursor=${'x'.repeat(301)}`],
    ]) {
      expect((await get(`?${query}`)).problem).toMatchObject({ status: 400, errors: [{ path }] });
    }
  });

  it.each(['newest', 'closing', 'volume'])(
    'by %s has no page at a cursor that it did not give out',
    async (sort) => {
      for (const text of ['x', '1', '1 2', "1' or true", '99999999999999999999 x']) {
        const cursor = Buffer.from(text).toString('base64url');
        const answer = await get(`?sort=${sort}&cursor=${cursor}`);
        expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
      }
    },
  );
});

describe('the history', () => {
  it('goes bet by bet, page by page from the newest, or by moments for a chart', async () => {
    const id = await world.openUnheard();
    for (const stake of ['500', '10', '20']) await world.bet(id, ann, 'yes', stake);
    const seen: HistoryPoint[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await readAs<{ items: HistoryPoint[]; nextCursor: string | null }>(
        `/${id}/history?limit=2${query}`,
      );
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ number, side, stake }) => [number, side, stake])).toEqual([
      ...[
        [3, 'yes', '20'],
        [2, 'yes', '10'],
        [1, 'yes', '500'],
        [0, 'seed', '1000'],
      ],
    ]);
    expect(seen[2]).toMatchObject({ probability: '0.77777777778', staked: '1500' });
    expect(seen[3]).toMatchObject({ probability: '0.5', staked: '1000' });
    const chart = await readAs<Listed<HistoryPoint>>(`/${id}/history?points=5`);
    expect(chart.items).toHaveLength(5);
    expect([chart.items[0]?.number, chart.items[4]?.number]).toEqual([0, 3]);
    const times = chart.items.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    expect((await readAs<Listed<object>>(`/${id}/history?points=1`)).items).toHaveLength(1);
  });

  it.each([
    ['points', 'points=0'],
    ['points', 'points=1001'],
    ['points', 'points=1e2'],
    ['limit', 'limit=0'],
    ['limit', 'limit=201'],
  ])('is refused with a bad %s: %s', async (field, query) => {
    const { problem } = await get(`/${open}/history?${query}`);
    expect(problem).toMatchObject({ status: 400, errors: [{ path: field }] });
  });

  it.each(['x', 'MQ', 'OTk5OTk5OTk5OTk5OTk5IDE', '%00'])('has no page at %s', async (cursor) => {
    expectStatus(await get(`/${open}/history?cursor=${cursor}`), 400);
  });
});

describe('what is somebody’s own', () => {
  it('are lots and positions that nobody else is told of', async () => {
    const eve = await world.addBettor();
    const own = async (by: SignedUp) => (await readAs<Listed<LotView>>(`/${open}/bets`, by)).items;
    expect(await own(eve)).toEqual([]);
    await world.bet(open, eve, 'no', '7');
    expect(await own(eve)).toMatchObject([{ side: 'no', stake: '7' }]);
    expect((await own(ann)).map(({ stake }) => stake)).not.toContain('7');
    expect((await own(world.proposer)).map(({ side, number }) => [side, number])).toEqual([
      ['seed', 0],
    ]);
    const { items } = await readAs<Listed<PositionView>>('/positions', eve);
    expect(items).toMatchObject([
      { marketId: open, status: 'open', lots: 1, staked: '7', yesShares: '0', paid: '0' },
    ]);
    expect(Number(items[0]?.payoutIf?.no)).toBeGreaterThan(7);
    const all = await readAll<PositionView>('/positions?', 1, ann);
    expect(new Set(all.map(({ marketId }) => marketId)).size).toBe(all.length);
    expect(all.map(({ marketId }) => marketId)).toContain(open);
    for (const path of ['/positions', `/${open}/bets`]) {
      expectStatus(await get(path), 401);
      expectStatus(await get(`${path}?cursor=x`, ann), 400);
    }
  });
});
