// A user's own channel: orders, fills and margin positions as they happen, balances soon after they change. It is for who has
// shown a key or a session, and only for as long as that holds.
import type { Balance, Balances } from '../../services/credits/balances';
import { fillOf } from '../../services/exchange/orders/fills';
import { presentOrder } from '../../services/exchange/orders/order-view';
import type { Principal } from '../../services/identity/caller';
import type { LiveCredentials } from '../../services/identity/live-credentials';
import type { MarketUpdate, MarketView } from '../../services/market-data/market-view';
import type { Connection } from './connection';
import { encode } from './frame';
import type { Hub } from './hub';

/** Balances follow a user's own orders and fills this soon, any other change within two rounds. */
const balancesDelayMs = 250;
const roundMs = 900;

export interface UserChannelOptions {
  readonly hub: Hub;
  readonly balances: Pick<Balances, 'ofMany'>;
  readonly liveCredentials: LiveCredentials;
  onError(error: unknown): void;
}

interface Follower {
  readonly connections: Set<Connection>;
  /** The balances that were told last. */
  told: string;
}

export class UserChannel {
  private readonly followers = new Map<string, Follower>();
  private readonly known = new Set<Connection>();
  private readonly due = new Set<string>();
  private dueTimer: NodeJS.Timeout | undefined;
  private readonly roundTimer: NodeJS.Timeout;
  private isClosed = false;
  private view: MarketView | undefined;
  /** Balances are read one query after the other, so that none is told after a newer one. */
  private reading: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: UserChannelOptions) {
    this.roundTimer = setTimeout(() => void this.makeRound(), roundMs);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.dueTimer);
    clearTimeout(this.roundTimer);
    await this.reading;
  }

  /** From now on it is looked after whether what the client has shown still holds. */
  recognise(connection: Connection, principal: Principal): void {
    if (connection.principal?.userId !== principal.userId) this.leave(connection);
    connection.principal = principal;
    this.known.add(connection);
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.leave(connection);
    this.known.delete(connection);
  }

  readBalances(userId: string): Promise<Balance[]> {
    return this.inTurn(
      async () => (await this.options.balances.ofMany([userId])).get(userId) ?? [],
    );
  }

  /** Begins with the open orders of this moment and with balances that were just read. */
  follow(connection: Connection, userId: string, balances: readonly Balance[]): void {
    let follower = this.followers.get(userId);
    if (!follower) this.followers.set(userId, (follower = { connections: new Set(), told: '' }));
    follower.connections.add(connection);
    follower.told = JSON.stringify(balances);
    this.options.hub.join(connection, 'user');
    if (this.view) connection.tell(snapshotOf(userId, balances, this.view));
    // What moved while they were read is told soon.
    this.readSoon(userId);
  }

  leave(connection: Connection): void {
    this.options.hub.leave(connection, 'user');
    const userId = connection.principal?.userId ?? '';
    const follower = this.followers.get(userId);
    follower?.connections.delete(connection);
    if (follower?.connections.size === 0) this.followers.delete(userId);
  }

  take({ sequence, trades, orders, positions }: MarketUpdate): void {
    if (this.followers.size === 0) return;
    const at = { sequence: Number(sequence) };
    for (const trade of trades) {
      for (const ownerId of [trade.makerOwnerId, trade.takerOwnerId]) {
        if (!this.followers.has(ownerId)) continue;
        this.tell(ownerId, { type: 'user.fill', ...at, fill: fillOf(trade, ownerId) });
      }
    }
    for (const order of orders) {
      if (order.ownerKind !== 'user' || !this.followers.has(order.ownerId)) continue;
      this.tell(order.ownerId, { type: 'user.order', ...at, order: presentOrder(order) });
    }
    for (const { userId, position } of positions) {
      if (this.followers.has(userId)) this.tell(userId, { type: 'user.position', ...at, position });
    }
  }

  /** The market was loaded anew: everybody is told again where they stand. */
  begin(view: MarketView): void {
    this.view = view;
    for (const [userId, { connections, told }] of this.followers) {
      const text = encode(snapshotOf(userId, JSON.parse(told) as Balance[], view));
      for (const connection of connections) connection.send(text);
      this.readSoon(userId);
    }
  }

  private tell(userId: string, message: object): void {
    const text = encode(message);
    for (const connection of this.followers.get(userId)?.connections ?? []) connection.send(text);
    this.readSoon(userId);
  }

  private readSoon(userId: string): void {
    this.due.add(userId);
    if (this.isClosed) return;
    this.dueTimer ??= setTimeout(() => {
      this.dueTimer = undefined;
      const userIds = [...this.due];
      this.due.clear();
      void this.tellBalances(userIds).catch((error: unknown) => this.options.onError(error));
    }, balancesDelayMs);
  }

  /** What holds no more ends, and what else has moved a balance is seen: a query for everybody at once. */
  private async makeRound(): Promise<void> {
    try {
      await this.endWhatEnded();
      await this.tellBalances([...this.followers.keys()]);
    } catch (error) {
      this.options.onError(error);
    }
    if (!this.isClosed) this.roundTimer.refresh();
  }

  private async endWhatEnded(): Promise<void> {
    const shown = [...this.known].flatMap((connection) =>
      connection.principal
        ? [{ ...connection.principal, of: connection.principal, connection }]
        : [],
    );
    const held = new Set(await this.options.liveCredentials.filter(shown));
    for (const item of shown) {
      // It may have shown another key meanwhile.
      if (!held.has(item) && item.connection.principal === item.of) this.end(item.connection);
    }
  }

  private end(connection: Connection): void {
    this.forget(connection);
    connection.principal = null;
    connection.tell({
      type: 'error',
      code: 'UNAUTHENTICATED',
      message: 'The key or session has ended, and with it the channel "user".',
    });
  }

  private async tellBalances(userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const all = await this.inTurn(() => this.options.balances.ofMany(userIds));
    for (const [userId, balances] of all) {
      const follower = this.followers.get(userId);
      const told = JSON.stringify(balances);
      if (!follower || follower.told === told) continue;
      follower.told = told;
      const text = encode({ type: 'user.balances', balances });
      for (const connection of follower.connections) connection.send(text);
    }
  }

  private inTurn<T>(read: () => Promise<T>): Promise<T> {
    const result = this.reading.then(read);
    this.reading = result.catch(() => undefined);
    return result;
  }
}

function snapshotOf(userId: string, balances: readonly Balance[], view: MarketView): object {
  const orders = view.state.openOrdersOf(userId).flatMap((id) => view.state.orders.get(id) ?? []);
  return {
    type: 'user.snapshot',
    sequence: Number(view.sequence),
    orders: orders.filter(({ ownerKind }) => ownerKind === 'user').map(presentOrder),
    balances,
  };
}
