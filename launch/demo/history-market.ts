// The trading of the demo's history (DESIGN 7): makers quote around a price that wanders, and others take: those who
// call sell what they mine, the whale and the lender collect, a trader goes both ways.
import { notionalOf, type Side } from '../../domain/exchange/market';
import type { OrderTerms } from '../../domain/exchange/order';
import { unit } from '../../domain/money';
import { cancelAllOrders } from '../../services/exchange/orders/cancel-orders';
import { placeOrder, type OrderOutcome } from '../../services/exchange/orders/place-order';
import type { CastMember } from './cast';
import type { CommandRunner } from './history-batch';
import { ladderAround } from './ladder';
import { levelTicks, type PriceWalk } from './price-walk';
import type { Random } from './random';
import type { Moment } from './timeline';
import type { Wallets } from './wallets';

/** What a maker puts into each side at most. */
const makerCredits = 2_000n * unit;
/** A maker quotes anew when the price has gone so far, as a share. */
const staleShare = 0.004;
/** How far beyond the price a taker goes, as a share. */
const takerReach = 0.02;

interface Maker {
  readonly member: CastMember;
  readonly width: number;
  quotedTicks: number;
}

export class HistoryMarket {
  private readonly makers: Maker[];
  private turn = 0;

  constructor(
    private readonly cast: readonly CastMember[],
    private readonly wallets: Wallets,
    private readonly walk: PriceWalk,
    private readonly random: Random,
  ) {
    this.makers = cast
      .filter(({ role }) => role === 'maker')
      .map((member, index) => ({ member, width: 1 + index * 0.3, quotedTicks: 0 }));
  }

  /** @param progress of the whole history, 0 to 1 */
  step(run: CommandRunner, moment: Moment, progress: number): void {
    // A week in which LCO grew dearer.
    const ticks = this.walk.advance(moment.ms, levelTicks * (0.88 + 0.24 * progress));
    const maker = this.makers[this.turn++ % this.makers.length];
    if (maker && Math.abs(ticks / maker.quotedTicks - 1) > staleShare)
      this.quote(run, maker, moment);
    this.take(run, moment);
  }

  /** Both makers anew, so that the live ones begin with a whole book. */
  finish(run: CommandRunner, moment: Moment): void {
    for (const maker of this.makers) this.quote(run, maker, moment);
  }

  private quote(run: CommandRunner, maker: Maker, { at }: Moment): void {
    const { member, width } = maker;
    const { userId } = member;
    const { ticks } = this.walk;
    run(cancelAllOrders, { userId }, userId);
    const most = Number(makerCredits / BigInt(ticks));
    const funds = { credits: makerCredits, lots: Math.min(most, this.wallets.of(userId)) };
    const quotes = ladderAround(ticks, funds, { random: this.random, width });
    for (const [index, { side, ticks: price, lots }] of quotes.entries()) {
      const clientOrderId = `history-${at}-${index}`;
      this.order(run, member, clientOrderId, { side, price, lots, postOnly: true });
    }
    maker.quotedTicks = ticks;
  }

  private take(run: CommandRunner, moment: Moment): void {
    for (const member of this.cast) {
      const intent = this.intentOf(member, moment);
      if (!intent) continue;
      const reach = 1 + (intent.side === 'buy' ? takerReach : -takerReach);
      const price = Math.round(this.walk.ticks * reach);
      const clientOrderId = `history-${moment.at}`;
      this.order(run, member, clientOrderId, { ...intent, price, postOnly: false });
    }
  }

  /** What somebody takes at a moment, if anything. */
  private intentOf(member: CastMember, { ms }: Moment): { side: Side; lots: number } | undefined {
    const { random } = this;
    // In a short moment fewer act, but they are seen at shorter intervals.
    const eagerness = ms >= 240_000 ? 1 : ms >= 30_000 ? 0.6 : 0.35;
    const held = this.wallets.of(member.userId);
    const worth = (least: number, most: number) =>
      Math.round((random.between(least, most) * Number(unit)) / this.walk.ticks);
    const sale = (share: number, most: number): { side: Side; lots: number } => ({
      side: 'sell',
      lots: Math.min(Math.floor(held * share), worth(most / 20, most)),
    });
    switch (member.role) {
      case 'caller':
        return random.chance(0.4 * eagerness) ? sale(0.6, 40) : undefined;
      case 'lender':
        return random.chance(0.2 * eagerness) ? { side: 'buy', lots: worth(1, 15) } : undefined;
      case 'whale':
        return random.chance(0.25 * eagerness) ? { side: 'buy', lots: worth(1, 25) } : undefined;
      case 'trader':
        if (!random.chance(0.7 * eagerness)) return undefined;
        return random.chance(0.5) ? sale(0.3, 40) : { side: 'buy', lots: worth(1, 40) };
      case 'maker':
        return undefined;
    }
  }

  private order(
    run: CommandRunner,
    { userId }: CastMember,
    clientOrderId: string,
    order: { side: Side; price: number; lots: number; postOnly: boolean },
  ): void {
    const { side, price, lots, postOnly } = order;
    if (lots <= 0 || notionalOf(price, lots) < unit / 10n) return;
    const terms: OrderTerms = {
      side,
      type: 'limit',
      timeInForce: postOnly ? 'GTC' : 'IOC',
      postOnly,
      stp: 'expire_taker',
      priceTicks: price,
      quantityLots: lots,
      quoteQuantity: null,
      triggerTicks: null,
    };
    run(placeOrder, { userId, clientOrderId, terms }, userId, (outcome) => this.note(outcome));
  }

  private note({ trades, order: { side } }: OrderOutcome): void {
    for (const { lots, takerOwnerId, makerOwnerId } of trades) {
      this.wallets.add(takerOwnerId, side === 'buy' ? lots : -lots);
      this.wallets.add(makerOwnerId, side === 'buy' ? -lots : lots);
    }
  }
}
