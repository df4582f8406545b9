// What the demo's whale does with its LCO (DESIGN 7): it stakes as soon as it is one, and subscribes to the IMO that opens
// on the last evening of the history, so that a visitor finds a staked whale and an open IMO.
import type { Knex } from 'knex';
import { lotSize } from '../../domain/exchange/market';
import { unit } from '../../domain/money';
import { whaleStake } from '../../domain/tiers';
import { userAccount } from '../../ledger/accounts';
import { deriveId } from '../../ledger/ids';
import { announceImo } from '../../services/imos/announce';
import { subscribe } from '../../services/imos/subscribe';
import { stake } from '../../services/staking/stake';
import { scarceModelId } from '../provision/seed-models';
import type { CastMember } from './cast';
import type { CommandRunner } from './history-batch';
import type { Moment } from './timeline';
import type { Wallets } from './wallets';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Before the end of the history. */
const opensBeforeMs = 6 * hourMs;
const windowMs = 3 * dayMs;
const lifeMs = 30 * dayMs;
const quota = 500_000_000n;
const capPerUser = 100_000_000n;

const lock = 1_000n * unit;
const announcementKey = 'demo-imo';
export const demoImoId = deriveId('imo', 'set-up', announcementKey);

export class HistoryHoldings {
  private constructor(
    private readonly whale: CastMember | undefined,
    private readonly wallets: Wallets,
    private readonly to: number,
    private staked: boolean,
    private announced: boolean,
    private locked: boolean,
  ) {}

  /** As an attempt left them that was killed. @param to the end of the history */
  static async read(
    db: Knex,
    cast: readonly CastMember[],
    wallets: Wallets,
    to: number,
  ): Promise<HistoryHoldings> {
    const whale = cast.find(({ role }) => role === 'whale');
    const has = async (purpose: 'staked' | 'imo') => {
      if (!whale) return true;
      const { key } = userAccount(whale.userId, purpose, 'LCO');
      return (await db('accounts').first('id').where({ key })) !== undefined;
    };
    const imo: unknown = await db('imos').first('id').where({ id: demoImoId });
    return new HistoryHoldings(
      whale,
      wallets,
      to,
      await has('staked'),
      imo !== undefined,
      await has('imo'),
    );
  }

  get isWhale(): boolean {
    return this.staked;
  }

  step(run: CommandRunner, { at }: Moment): void {
    if (!this.announced && this.to - at <= opensBeforeMs) this.announce(run, at);
    const { whale } = this;
    if (!whale) return;
    const { userId } = whale;
    const reaches = (amount: bigint) => BigInt(this.wallets.of(userId)) * lotSize >= amount;
    if (!this.staked && reaches(whaleStake + 2n * lock)) {
      this.staked = true;
      this.wallets.add(userId, -Number(whaleStake / lotSize));
      run(stake, { userId, amount: whaleStake }, userId);
    }
    if (this.announced && this.staked && !this.locked && reaches(lock)) {
      this.locked = true;
      this.wallets.add(userId, -Number(lock / lotSize));
      run(subscribe, { imoId: demoImoId, userId, amount: lock }, userId);
    }
  }

  private announce(run: CommandRunner, at: number): void {
    this.announced = true;
    const offer = {
      modelId: scarceModelId(),
      quota,
      capPerUser,
      minParticipants: null,
      minLocked: null,
      opensAt: at,
      closesAt: this.to + windowMs,
      expiresAt: this.to + windowMs + lifeMs,
      reason: 'The IMO of the demonstration.',
    };
    const nobody = { operatorId: null, requestId: announcementKey };
    run(announceImo, { ...offer, ...nobody, idempotencyKey: announcementKey }, 'setup');
  }
}
