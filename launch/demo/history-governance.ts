// The demo's vote (DESIGN 7): the whale proposes as soon as it is one, and voting opens at once, so that whoever looks around as
// the whale finds something to vote on.
import { proposals, type GovernanceWindows } from '../../services/governance/proposal-rows';
import { propose } from '../../services/governance/propose';
import type { Knex } from 'knex';
import type { CastMember } from './cast';
import type { CommandRunner } from './history-batch';

const idempotencyKey = 'demo-proposal';

const proposal = {
  kind: 'parameter',
  title: 'Cheaper trading: a taker fee of 0.05%',
  text: 'The exchange takes a tenth of a percent of every order that comes in. Half of it would bring more trades, and closer prices for everybody who sells what they mined.',
  change: { parameter: 'exchange.takerFeeBps', value: 5 },
} as const;

export class HistoryGovernance {
  private constructor(
    private readonly whale: CastMember | undefined,
    private readonly windows: GovernanceWindows,
    private isMade: boolean,
  ) {}

  /** As an attempt left it that was killed. */
  static async read(
    db: Knex,
    cast: readonly CastMember[],
    windows: GovernanceWindows,
  ): Promise<HistoryGovernance> {
    const made: unknown = await db(proposals.name).first('id');
    // Those who wait a day for a vote to open are no visitors.
    const atOnce = { ...windows, governancePending: 0 };
    const whale = cast.find(({ role }) => role === 'whale');
    return new HistoryGovernance(whale, atOnce, made !== undefined);
  }

  /** @param isWhale whether it has staked enough, in a commit before this one */
  step(run: CommandRunner, isWhale: boolean): void {
    if (this.isMade || !isWhale || !this.whale) return;
    this.isMade = true;
    const { userId } = this.whale;
    run(propose, { ...proposal, userId, idempotencyKey, windows: this.windows }, userId);
  }
}
