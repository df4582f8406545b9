// A process of the product as far as its commits go: a committer of its own, the services on it, and a way to the
// database that breaks where the simulation wants it to.
import { parameterNames, parameterValue } from '../../domain/parameters';
import { Committer } from '../../ledger/committer';
import type { Command, Origin, Outcome } from '../../ledger/command';
import { newId } from '../../ledger/ids';
import { createBuybacks } from '../../services/buybacks/buybacks';
import { createChannelAdmin } from '../../services/catalog/channel-admin';
import { createPriceList } from '../../services/catalog/price-list';
import { createSealer } from '../../services/catalog/sealing';
import { createCostCorrections } from '../../services/credits/cost-corrections';
import { createDeposits } from '../../services/credits/deposits';
import { createGrants } from '../../services/credits/grants';
import { createPayments } from '../../services/credits/payments';
import { createRedemptions } from '../../services/credits/redemptions';
import { createUpstreamPayments } from '../../services/credits/upstream-payments';
import { createApiKeys } from '../../services/identity/api-keys';
import { createKeyIssuer } from '../../services/identity/key-issuer';
import { createOperators } from '../../services/identity/operators';
import { marketState } from '../../services/exchange/market/market-state';
import { createPredictions } from '../../services/predictions/predictions';
import { createStaking } from '../../services/staking/staking';
import { loadParameters, parameters } from '../../services/parameters';
import { testEngines } from '../support/engines';
import { pictureOf, picturesOf } from '../exchange/picture';
import { FaultProxy } from '../support/fault-proxy';
import { fourEyesAbove, windows } from './cast';
import type { World } from './world';

/** Longer than any load of this machine lasts: nobody is ever answered for want of time. */
const patienceMs = 120_000;
const week = 7 * 24 * 60 * 60 * 1000;

/** Notes which kinds of commands succeed. */
class NotingCommitter extends Committer {
  constructor(
    options: ConstructorParameters<typeof Committer>[0],
    private readonly driven: Set<string>,
  ) {
    super(options);
  }

  override submit<Input, Result>(
    command: Command<Input, Result>,
    input: Input,
    origin: Origin,
  ): Promise<Outcome<Result>> {
    return super.submit(command, input, origin).then((outcome) => {
      this.driven.add(command.kind);
      return outcome;
    });
  }
}

/** The market as a decision of this process would see it. */
const readMarket: Command<null, string> = {
  kind: 'test_read_market',
  keys: () => ({}),
  decide: (view) => ({ result: pictureOf(view.projection(marketState)) }),
};

/** What a decision of this process would read of the parameters. */
const readParameters: Command<null, Readonly<Record<string, unknown>>> = {
  kind: 'test_read_parameters',
  keys: () => ({}),
  decide(view) {
    const state = view.projection(parameters);
    return {
      result: Object.fromEntries(parameterNames.map((name) => [name, parameterValue(state, name)])),
    };
  },
};

function createServices({ db }: World, committer: Committer) {
  return {
    apiKeys: createApiKeys(db),
    // Every slice is due at once.
    buybacks: createBuybacks({ db, committer, spreadMs: 1 }),
    channels: createChannelAdmin({
      db,
      committer,
      sealer: createSealer(Buffer.alloc(32, 7)),
      allowPrivateUpstreams: false,
    }),
    costCorrections: createCostCorrections({ db, committer }),
    deposits: createDeposits({ db, committer, fourEyesAbove }),
    grants: createGrants({ db, committer }),
    keyIssuer: createKeyIssuer({ db, committer }),
    operators: createOperators(committer),
    payments: createPayments({ committer, redeemHoldMs: week }),
    // Few lots a commit, so that a settlement takes several.
    predictions: createPredictions({ db, committer, windows, lotsAtOnce: 2 }),
    priceList: createPriceList({ db, committer }),
    redemptions: createRedemptions({ db, committer, fourEyesAbove }),
    staking: createStaking({ db, committer, cooldownMs: windows.unstakeCooldown }),
    upstreamPayments: createUpstreamPayments({ db, committer }),
  };
}

export class SimulatedProcess {
  /** Owns the calls that it reserves. */
  readonly id = newId();
  readonly committer: Committer;
  readonly services: ReturnType<typeof createServices>;
  private isDead = false;

  private constructor(
    readonly world: World,
    readonly proxy: FaultProxy,
  ) {
    const isDead = () => this.isDead;
    const options = {
      // Of a killed process nothing reaches the database any more: what is left of it here looks for the journal
      // where there is none, so that it comes to an end instead of trying for as long as its patience lasts.
      get databaseUrl() {
        return isDead() ? `${testEngines().postgres.baseUrl}/postgres` : proxy.url;
      },
      applicationName: 'lx-simulation-committer',
      projections: [parameters, marketState],
      clock: () => world.state.now,
      patienceMs,
    };
    this.committer = new NotingCommitter(options, world.driven);
    this.services = createServices(world, this.committer);
  }

  static async start(world: World): Promise<SimulatedProcess> {
    const process = new SimulatedProcess(world, await FaultProxy.start(world.database.url));
    await world.beat(process.id);
    return process;
  }

  /** As `kill -9`: what it was about to say is never heard, and its row is left behind. */
  kill(): void {
    this.isDead = true;
    this.world.state.dead.add(this.id);
  }

  /** In what its decisions read of the parameters, what is not what the rows say. */
  async findStaleParameters(): Promise<string[]> {
    const { result } = await this.committer.submit(readParameters, null, { actor: 'simulation' });
    const rows = await loadParameters(this.world.db);
    return parameterNames.flatMap((name) => {
      const [known, stored] = [result[name], parameterValue(rows, name)];
      return tell(known) === tell(stored)
        ? []
        : [`a process takes ${name} for ${tell(known)}, the row has ${tell(stored)}`];
    });
  }

  /** Whether its market is the one that rows have, which is the one that the whole feed leads to. */
  async findStaleMarket(): Promise<string[]> {
    const { result } = await this.committer.submit(readMarket, null, { actor: 'simulation' });
    const { rebuilt, replayed } = await picturesOf(this.world.database.url);
    return [
      ...lineDifferences('a process has', result, rebuilt),
      ...lineDifferences('the feed leads to', replayed, rebuilt),
    ];
  }

  async close(): Promise<void> {
    await this.committer.close();
    await this.proxy.close();
  }
}

function lineDifferences(who: string, known: string, rebuilt: string): string[] {
  const [is, should] = [known.split('\n'), rebuilt.split('\n')];
  const [extra, missing] = [
    is.filter((line) => !should.includes(line)),
    should.filter((line) => !is.includes(line)),
  ];
  if (extra.length + missing.length === 0 && known !== rebuilt) return [`${who} another order`];
  return [
    ...extra.map((line) => `${who} "${line}", the rows do not`),
    ...missing.map((line) => `the rows have "${line}", unlike what ${who}`),
  ];
}

function tell(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part,
  );
}
