// The relay calls of the demo's history (DESIGN 7): reserved at one moment and settled at the next, as the relay does
// it, so that LCO are mined in the one way there is and the relay has earned something.
import { lotSize } from '../../domain/exchange/market';
import { deriveId } from '../../ledger/ids';
import { reserveCall, type Reservation } from '../../services/calls/relay-reservation';
import { settleCall } from '../../services/calls/relay-settlement';
import { hintAt } from '../../services/wars/scoring';
import type { WarWindows } from '../../services/wars/war-rows';
import type { CastMember } from './cast';
import type { CommandRunner } from './history-batch';
import type { Random } from './random';
import type { Moment } from './timeline';
import type { Wallets } from './wallets';

interface Usage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

interface LiveCall {
  readonly callId: string;
  readonly member: CastMember;
  readonly modelId: string;
  readonly priceVersionId: string;
  readonly usage: Usage;
}

/** What the history's calls are written with: a process that beats its heart, and the channel that answered. */
export interface CallPlace {
  readonly processId: string;
  readonly channelId: string;
  /** The versions in force, by model. */
  readonly priceVersionIds: ReadonlyMap<string, string>;
  /** What rounds of Compute Wars are opened with; null: there are none in the history. */
  readonly warWindows: WarWindows | null;
}

interface Kind {
  readonly modelId: string;
  readonly input: readonly [least: number, most: number];
  /** Tokens a second, and what a call yields at most. */
  readonly outputRate: readonly [least: number, most: number];
  readonly mostOutput: number;
}

/** Agents that reason for minutes pay for most of it; in between, small talk. */
const reasoning: Kind = {
  modelId: 'o1',
  input: [60_000, 180_000],
  outputRate: [90, 130],
  mostOutput: 98_000,
};
const others: readonly Kind[] = [
  { modelId: 'gpt-4.1', input: [2_000, 60_000], outputRate: [60, 90], mostOutput: 6_000 },
  { modelId: 'gpt-4o', input: [500, 20_000], outputRate: [60, 90], mostOutput: 4_000 },
  { modelId: 'gpt-4o-mini', input: [200, 8_000], outputRate: [90, 140], mostOutput: 2_000 },
];

/** Of a caller; more would be refused while the mark of five stands. */
const mostAtOnce = 3;

export class HistoryCalls {
  private live: LiveCall[] = [];

  constructor(
    private readonly callers: readonly CastMember[],
    private readonly place: CallPlace,
    private readonly wallets: Wallets,
    private readonly random: Random,
  ) {}

  /** Settles what was live and reserves anew; settles only, when nothing is to be left. */
  step(run: CommandRunner, moment: Moment, isLast: boolean): void {
    const ended = this.live;
    this.live = [];
    for (const call of ended) this.settle(run, call, moment);
    if (isLast) return;
    for (const [index, member] of this.plan(moment).entries())
      this.reserve(run, member, moment, index);
  }

  /** Who calls: the whale more than all others, everybody less in short moments. */
  private plan({ ms }: Moment): CastMember[] {
    const calls = ms >= 240_000 ? 8 : ms >= 30_000 ? 3 : 1;
    const chosen: CastMember[] = [];
    for (let i = 0; i < calls; i++) {
      const whale = this.callers.find(({ role }) => role === 'whale');
      const member = whale && this.random.chance(0.4) ? whale : this.random.pick(this.callers);
      if (chosen.filter((one) => one === member).length < mostAtOnce) chosen.push(member);
    }
    return chosen;
  }

  private reserve(run: CommandRunner, member: CastMember, { at, ms }: Moment, index: number): void {
    const kind = this.random.chance(0.8) ? reasoning : this.random.pick(others);
    const usage = this.usageOf(kind, ms);
    const priceVersionHint = this.place.priceVersionIds.get(kind.modelId);
    if (priceVersionHint === undefined) return;
    const callId = deriveId('demo-call', at.toString(), index.toString());
    const input = {
      callId,
      userId: member.userId,
      keyId: member.keyId,
      processId: this.place.processId,
      endpoint: 'chat/completions',
      modelId: kind.modelId,
      priceVersionHint,
      textTokens: usage.input + usage.cachedInput,
      images: 0,
      choices: 1,
      askedOutput: { tokens: usage.output, field: 'max_completion_tokens' },
    };
    run(reserveCall, input, member.userId, ({ version, clamped }: Reservation) => {
      const left = clamped ? { ...usage, output: 0 } : usage;
      const { modelId } = kind;
      this.live.push({ callId, member, modelId, priceVersionId: version.id, usage: left });
    });
  }

  private usageOf({ input, outputRate, mostOutput }: Kind, ms: number): Usage {
    const text = this.random.whole(...input);
    const cachedInput = Math.floor(text * this.random.between(0, 0.6));
    const output = Math.round((ms / 1_000) * this.random.between(...outputRate));
    return { input: text - cachedInput, cachedInput, output: Math.min(mostOutput, output) };
  }

  private settle(run: CommandRunner, call: LiveCall, { at, ms }: Moment): void {
    const { member, usage, ...rest } = call;
    const input = {
      ...rest,
      userId: member.userId,
      keyId: member.keyId,
      wars: this.place.warWindows && hintAt(at, this.place.warWindows),
      channelId: this.place.channelId,
      usage: { ...usage, cacheWrite: 0 },
      tokenSource: 'upstream' as const,
      ending: 'completed' as const,
      latencyMs: Math.round(ms * 0.98),
      ttftMs: this.random.whole(300, Math.max(400, Math.min(9_000, ms))),
    };
    run(settleCall, input, member.userId, ({ mined }) => {
      this.wallets.add(member.userId, Number(mined / lotSize));
    });
  }
}
