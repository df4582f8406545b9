// Runs a plan against the product and the model side by side, and compares them after every step.
import { DomainError } from '../../domain/errors';
import type { Fault } from '../support/fault-proxy';
import { assertBooksBalance } from '../support/invariants';
import { beginBatch } from './model/liquidation';
import { nextOf } from './model/predictions';
import { Refusal, type State } from './model/state';
import {
  differences,
  imbalances,
  observedIn,
  pictureOf,
  readPicture,
  type Picture,
} from './picture';
import { planSteps, processCount, stepText, type Burst, type Step } from './plan';
import { SimulatedProcess } from './processes';
import type { Act, Observed, Request } from './requests/request';
import { World } from './world';

const stepsBetweenAudits = 50;
const stepsBetweenReadings = 10;
const stepsTold = 6;

export interface SimulationOptions {
  readonly seed: number;
  readonly steps: number;
}

/** What became of a burst; no answers: its process died before it could give any. */
interface Sent {
  readonly process: SimulatedProcess;
  readonly requests: readonly Request[];
  readonly acts: readonly Act[];
  readonly answers: readonly string[] | undefined;
}

/** What became of a simulation. */
export interface Outcome {
  /** Kinds of commands that succeeded. */
  readonly driven: ReadonlySet<string>;
  /** What happened to margin positions, as often as it did. */
  readonly changes: ReadonlyMap<string, number>;
}

/** How the model explains what happened. */
interface History {
  readonly state: State;
  readonly mismatches: readonly string[];
}

export class Simulation {
  private readonly acts = new Map<Request, Act>();
  private readonly told: string[] = [];

  private constructor(
    private readonly world: World,
    private readonly processes: SimulatedProcess[],
  ) {}

  /** @throws Error that says how to see it happen again */
  static async run({ seed, steps }: SimulationOptions): Promise<Outcome> {
    const world = await World.create();
    const starting = Array.from({ length: processCount }, () => SimulatedProcess.start(world));
    const simulation = new Simulation(world, await Promise.all(starting));
    let step = 0;
    try {
      for (const planned of planSteps(seed)) {
        if (++step > steps) break;
        await simulation.take(planned, step);
      }
      await simulation.audit();
    } catch (error) {
      throw simulation.failure(seed, Math.min(step, steps), error);
    } finally {
      await Promise.all(simulation.processes.map((process) => process.close()));
      await world.close();
    }
    return { driven: world.driven, changes: changesOf(world.state) };
  }

  private async take(step: Step, number: number): Promise<void> {
    this.told.push(`${number}. ${stepText(step)}`);
    const { death } = step;
    passTime(this.world.state, step);
    const died = await this.takeBursts(step.bursts, death !== undefined);
    if (death && died) await this.takeBursts([death], false);
    if (number % stepsBetweenReadings === 0) await this.readProjections();
    if (number % stepsBetweenAudits === 0) await this.audit();
  }

  /** Sends, compares, and puts a new process in the place of one that died; returns whether one did. */
  private async takeBursts(bursts: readonly Burst[], isDeadly: boolean): Promise<boolean> {
    const { world } = this;
    const before = await world.readSequence();
    const sent = await Promise.all(bursts.map((burst) => this.send(burst, isDeadly)));
    const grown = Number((await world.readSequence()) - before);
    this.told.push(`   ${sent.map(({ answers }) => answers?.join('; ') ?? 'it died').join(' | ')}`);

    const died = sent.some(({ answers }) => !answers);
    if (died) await this.replaceDead();
    const isUnfinished = died && sent.some(hasSeveralCommits);
    if (!isUnfinished) this.world.state = await this.explain(sent, grown);
    return died;
  }

  private async send(
    { process: index, requests, faults }: Burst,
    isDeadly: boolean,
  ): Promise<Sent> {
    const process = this.processes[index];
    if (!process) throw new Error(`there is no process ${index}`);
    const acts = requests.map((request) => this.bind(request));
    const happened = breakAt(process, faults);
    const answered = Promise.all(acts.map((act) => answerOf(act.send(process))));
    const died = isDeadly && (await isFirst(happened, answered));
    if (died) process.kill();
    const answers = await answered;
    process.proxy.count();
    return { process, requests, acts, answers: died ? undefined : answers };
  }

  /** The same act each time that the request is sent. */
  private bind(request: Request): Act {
    let act = this.acts.get(request);
    if (!act) this.acts.set(request, (act = request.bind(this.world.state)));
    return act;
  }

  private async replaceDead(): Promise<void> {
    for (const [i, process] of this.processes.entries()) {
      if (!this.world.state.dead.has(process.id)) continue;
      await process.close();
      this.processes[i] = await SimulatedProcess.start(this.world);
    }
  }

  /**
   * The state in which the product's answers and rows are what the model says. Two processes at once commit in an
   * order that nobody knows beforehand: one of both must explain all. Of a process that died the head tells whether
   * its batch is there; nothing else is ever asked of the database.
   */
  private async explain(sent: readonly Sent[], grown: number): Promise<State> {
    const picture = await readPicture(this.world.db);
    const orders = sent.length > 1 ? [sent, [...sent].reverse()] : [sent];
    const histories = orders.map((order) => this.tryReplay(order, grown, picture));
    const right = histories.find(({ mismatches }) => mismatches.length === 0);
    if (right) return right.state;
    const told = histories.map(({ mismatches }) => mismatches.join('\n'));
    throw new Error(told.join('\nor, in the other order,\n'));
  }

  /** In an order that did not happen, an observation may be of what has not been yet: no history, but no mistake. */
  private tryReplay(sent: readonly Sent[], grown: number, picture: Picture): History {
    try {
      return this.replay(sent, grown, picture);
    } catch (error) {
      if (sent.length === 1 || !(error instanceof Error)) throw error;
      return { state: this.world.state, mismatches: [error.message] };
    }
  }

  private replay(sent: readonly Sent[], grown: number, picture: Picture): History {
    const state = structuredClone(this.world.state);
    const mismatches: string[] = [];
    let changed = false;
    for (const { process, acts, answers } of sent) {
      state.newCalls.clear();
      state.newOperators.clear();
      beginBatch(state);
      if (!answers && grown === 0) continue;
      for (const [i, act] of inTurn(acts)) {
        const expected = answerOfModel(
          act,
          state,
          process.id,
          observedIn(picture),
          answers === undefined,
        );
        const answer = answers?.[i];
        if (!/^[A-Z_]+$/.test(expected)) changed = true;
        if (answer !== undefined && answer !== expected) {
          mismatches.push(
            `request ${i + 1} was answered "${answer}", the model says "${expected}"`,
          );
        }
      }
    }
    const most = changed ? mostCommits(sent) : 0;
    if (grown > most) mismatches.push(`there are ${grown} new batches, not ${most} at most`);
    // Of a channel whose process died before it told its id, the row is compared once its client has asked again.
    const isTold = [...state.channels.keys()].every((handle) => this.world.hasTold(handle));
    if (isTold || sent.every(({ answers }) => answers)) {
      const model = pictureOf(state, (handle) => this.world.idOf(handle));
      mismatches.push(...differences(picture, model));
    }
    mismatches.push(...imbalances(picture));
    return { state, mismatches };
  }

  private async readProjections(): Promise<void> {
    const findings = this.processes.map(async (process) => [
      ...(await process.findStaleParameters()),
      ...(await process.findStaleMarket()),
    ]);
    const stale = await Promise.all(findings);
    if (stale.flat().length > 0) throw new Error(stale.flat().join('\n'));
  }

  private async audit(): Promise<void> {
    await this.readProjections();
    await assertBooksBalance(this.world.database.url);
  }

  private failure(seed: number, step: number, error: unknown): Error {
    const cause = error instanceof Error ? error : new Error(String(error));
    const again = `LX_SIMULATION_SEED=${seed} LX_SIMULATION_STEPS=${step} npx jest test/simulation`;
    const told = this.told.slice(-2 * stepsTold).join('\n');
    const message = `seed ${seed}, step ${step}: ${cause.message}\n\n${told}\n\nTo see it again: ${again}`;
    return new Error(message, { cause });
  }
}

function changesOf({ positions, losses }: State): Map<string, number> {
  const changes = new Map<string, number>();
  const all = [...positions.values()].flatMap(({ history, closeReason }) => [
    ...history,
    ...(closeReason === null ? [] : [`over: ${closeReason}`]),
  ]);
  for (const { asset, byTreasury, bySuppliers, treasurySpent, bought } of losses.values()) {
    if (byTreasury + treasurySpent > 0n) all.push(`loss of ${asset} paid by the treasury`);
    if (bySuppliers > 0n) all.push(`loss of ${asset} borne by suppliers`);
    if (bought > 0n) all.push('LCO bought back');
  }
  for (const change of all) changes.set(change, (changes.get(change) ?? 0) + 1);
  return changes;
}

function passTime(state: State, { passedMs, isOnTime }: Step): void {
  const [now, later] = [state.now, state.now + passedMs];
  const deadlines = [...state.markets.values()].map((market) => nextOf(market)[1]);
  const onTheWay = deadlines.filter((at) => isOnTime && at >= now && at < later);
  state.now = Math.min(later, ...onTheWay);
}

/** Of a batch: what is urgent comes first. */
function inTurn(acts: readonly Act[]): (readonly [number, Act])[] {
  const all = [...acts.entries()];
  return [...all.filter(([, act]) => act.isUrgent), ...all.filter(([, act]) => !act.isUrgent)];
}

function hasSeveralCommits({ requests }: Sent): boolean {
  return requests.some((request) => request.hasSeveralCommits);
}

/** A burst is one batch. */
function mostCommits(sent: readonly Sent[]): number {
  return sent.some(hasSeveralCommits) ? Infinity : sent.length;
}

/** What a client hears: an answer in short, or a refusal's code. */
async function answerOf(answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    const { name, message, cause } = error as Error;
    return `${name}: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`;
  }
}

/** The model's answer; of a process that died after its commit, only what that commit did comes to be. */
function answerOfModel(
  act: Act,
  state: State,
  processId: string,
  observed: Observed,
  isCutOff: boolean,
): string {
  try {
    if (!isCutOff || !act.expectCut) return act.expect(state, processId, observed);
    act.expectCut(state);
    return 'cut off';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** Resolves when the last fault has happened, which it need not. */
async function breakAt({ proxy }: SimulatedProcess, faults: readonly Fault[]): Promise<void> {
  if (faults.length === 0) return new Promise(() => undefined);
  for (const fault of faults) await proxy.arm(fault);
}

/** Whether the first comes to pass before the second. */
function isFirst(first: Promise<unknown>, second: Promise<unknown>): Promise<boolean> {
  return Promise.race([first.then(() => true), second.then(() => false)]);
}
