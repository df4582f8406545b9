// Compute Wars (whitepaper 4.3, DESIGN 2.9): what the API asks of it, and the steps that a round's workflow takes, each
// of them one commit that happens once.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { formatAmount, maxOf } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { isoTime } from '../../domain/time';
import { roundAt, type WarPerk } from '../../domain/war-round';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { nowMsSql } from '../database-clock';
import { originOf, type Caller } from '../identity/caller';
import { originOfDecision } from '../decision-origin';
import { readPage, type Page, type PageRequest } from '../pages';
import { loadParameters } from '../parameters';
import { closeWarRound, prizePool } from './close-round';
import { disqualifyPlayer, type Disqualification } from './disqualify';
import { finaliseWarRound } from './finalise-round';
import { readBoard, readStanding, type BoardEntry, type OwnStanding } from './leaderboard';
import { openWarRound } from './open-round';
import { payWarPrizes } from './pay-prizes';
import { choosePerk, defaultWarPerk, endWarPerk } from './perks';
import { progressOf, type WarProgress } from './round-progress';
import { hintAt } from './scoring';
import {
  playerIdOf,
  warRoundColumns,
  type WarRoundRow,
  type WarRoundTerms,
  type WarWindows,
} from './war-rows';
import { presentRound, type WarRound } from './war-views';

/** A round as everybody sees it: its champion by handle. */
export interface PublicRound extends Omit<WarRound, 'championId'> {
  readonly champion: string | null;
}

export interface WarBoard {
  readonly round: PublicRound;
  readonly board: readonly BoardEntry[];
}

/** What a step of a round's workflow is answered with: with the first places, for people who look at it. */
export interface WarStanding extends WarProgress {
  readonly top: readonly BoardEntry[];
}

export interface Wars {
  /** Newest first. */
  list(page: PageRequest): Promise<Page<PublicRound>>;
  /** The round of this moment with its top; before anybody opened it, as it would be. */
  current(): Promise<WarBoard>;
  /** @throws DomainError WAR_ROUND_NOT_FOUND */
  get(roundId: string): Promise<WarBoard>;
  /** With the champion's handle. */
  present(round: WarRound): Promise<PublicRound>;
  /** Where a user stands in a round; null without a score. */
  standingOf(roundId: string, userId: string): Promise<OwnStanding | null>;
  /** @throws DomainError WAR_ROUND_NOT_FOUND, USER_FROZEN, FORBIDDEN for others than the champion, STATE_CONFLICT */
  choosePerk(
    caller: Caller,
    roundId: string,
    choice: WarPerk,
  ): Promise<{ round: WarRound; replayed: boolean }>;

  /** Makes sure that the round of this moment is open. */
  open(): Promise<WarRoundTerms>;
  read(roundId: string): Promise<WarStanding>;
  /** Each step, asked for again or too early, changes nothing and says what comes next. */
  close(roundId: string): Promise<WarStanding>;
  finalise(roundId: string): Promise<WarStanding>;
  pay(roundId: string): Promise<WarStanding>;
  takeDefaultPerk(roundId: string): Promise<WarStanding>;
  endPerk(roundId: string): Promise<WarStanding>;
  /** @throws DomainError as `disqualifyPlayer` does */
  disqualify(act: Disqualification): Promise<WarStanding>;
}

interface WarsOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** Each round keeps those of its opening. */
  readonly windows: WarWindows;
}

const topPlaces = 10;
const publicColumns = { ...warRoundColumns, champion: 'u.handle' };
type PublicRow = WarRoundRow & { readonly champion: string | null };

const openPoolSql = /* sql */ `
  select ${nowMsSql} as now,
    coalesce((select balance from accounts where key = ?), 0) - s.claimed as pool
  from war_state s where s.id = 1`;

export function createWars({ db, committer, windows }: WarsOptions): Wars {
  const rounds = () =>
    db({ r: 'war_rounds' }).select(publicColumns).leftJoin({ u: 'users' }, 'u.id', 'r.champion_id');

  async function findRow(roundId: string): Promise<PublicRow> {
    const row = (await rounds().where('r.id', roundId).first()) as PublicRow | undefined;
    if (!row) throw new DomainError('WAR_ROUND_NOT_FOUND', 'There is no such round.');
    return row;
  }

  /** What the prize pool has for a round that is closed now. */
  async function readNow(): Promise<{ now: number; pool: bigint }> {
    const { rows } = await db.raw<{ rows: [{ now: bigint; pool: bigint }] }>(openPoolSql, [
      prizePool.key,
    ]);
    return { now: Number(rows[0].now), pool: maxOf(0n, rows[0].pool) };
  }

  async function withTop(progress: WarProgress): Promise<WarStanding> {
    return { ...progress, top: await readBoard(db, progress.round.id, topPlaces) };
  }

  async function step<Input>(
    roundId: string,
    command: Command<Input, WarProgress>,
    input: Input,
  ): Promise<WarStanding> {
    const origin = { actor: 'wars', requestId: `wars:${roundId}` };
    return withTop((await committer.submit(command, input, origin)).result);
  }

  /** A round nobody needed so far. */
  async function unopened(now: number, pool: bigint): Promise<PublicRound> {
    const { id, startsAt, endsAt } = roundAt(now, windows.warsRound, null);
    return {
      id,
      status: 'live',
      startsAt: isoTime(startsAt),
      endsAt: isoTime(endsAt),
      prizeCapBps: parameterValue(await loadParameters(db), 'wars.prizeCapBps'),
      provisionalMs: windows.warsProvisional,
      perkChoiceMs: windows.warsPerkChoice,
      perkMs: windows.warsPerk,
      closedAt: null,
      prizePool: formatAmount(pool),
      twap: null,
      provisionalUntil: null,
      finalisedAt: null,
      paidAt: null,
      paid: '0',
      prizes: null,
      champion: null,
      championScore: null,
      perk: null,
    };
  }

  return {
    async list(page) {
      const [{ pool }, { items, nextCursor }] = await Promise.all([
        readNow(),
        readPage<PublicRow>(rounds(), page, [
          { column: 'r.starts_at', type: 'time', of: ({ startsAt }) => startsAt },
        ]),
      ]);
      return { items: items.map((row) => presentPublic(row, pool)), nextCursor };
    },

    async current() {
      const { now, pool } = await readNow();
      const row = (await rounds()
        .where('r.starts_at', '<=', new Date(now))
        .where('r.ends_at', '>', new Date(now))
        .first()) as PublicRow | undefined;
      if (!row) return { round: await unopened(now, pool), board: [] };
      return { round: presentPublic(row, pool), board: await readBoard(db, row.id) };
    },

    async get(roundId) {
      const row = await findRow(roundId);
      const [{ pool }, board] = await Promise.all([readNow(), readBoard(db, roundId)]);
      return { round: presentPublic(row, pool), board };
    },

    async present({ championId, ...round }) {
      if (championId === null) return { ...round, champion: null };
      const user = await db('users').first<{ handle: string }>('handle').where('id', championId);
      return { ...round, champion: user.handle };
    },

    standingOf: (roundId, userId) => readStanding(db, playerIdOf(roundId, userId)),

    async choosePerk(caller, roundId, choice) {
      assert(caller.idempotency, 'a choice has an idempotency key');
      const input = { roundId, userId: caller.userId, choice };
      const { result, replayed } = await committer.submit(choosePerk, input, originOf(caller));
      return { round: result, replayed };
    },

    async open() {
      const hint = hintAt(Date.now(), windows);
      const origin = { actor: 'wars', requestId: 'schedule:open-round' };
      return (await committer.submit(openWarRound, hint, origin)).result;
    },
    async read(roundId) {
      const [{ now }, row] = await Promise.all([readNow(), findRow(roundId)]);
      return withTop(progressOf(now, row));
    },
    close: (roundId) =>
      step(roundId, closeWarRound, { id: roundId, hint: hintAt(Date.now(), windows) }),
    finalise: (roundId) => step(roundId, finaliseWarRound, { roundId }),
    pay: (roundId) => step(roundId, payWarPrizes, { roundId }),
    takeDefaultPerk: (roundId) => step(roundId, defaultWarPerk, { roundId }),
    endPerk: (roundId) => step(roundId, endWarPerk, { roundId }),

    async disqualify(act) {
      const { roundId, userId, reason } = act;
      const origin = originOfDecision(disqualifyPlayer.kind, roundId, act, userId, reason);
      return withTop((await committer.submit(disqualifyPlayer, act, origin)).result);
    },
  };
}

/** @param livePool what a round that is live would have to pay out, if it were closed now */
function presentPublic(row: PublicRow, livePool: bigint): PublicRound {
  const { championId: _, ...round } = presentRound(row);
  return {
    ...round,
    champion: row.champion,
    prizePool: round.prizePool ?? formatAmount(livePool),
  };
}
