// A lifecycle whose rows decide (DESIGN 5): every step is an activity that is answered with what comes next, and after how
// long; asked too early or again it changes nothing. So a workflow that begins again goes on where the row is.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  patched,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';

interface Next<Kind extends string> {
  readonly kind: Kind | 'nothing';
  /** From when it was answered, and until when (ISO 8601). */
  readonly waitMs: number;
  readonly dueAt?: string;
}

/** What every step, and every operator's act, is answered with. */
interface Progress<Kind extends string> {
  /** Of the row: the higher one is the newer. */
  readonly revision: number;
  /** `nothing`: it is over. */
  readonly next: Next<Kind>;
}

/** An activity on the row whose lifecycle it is. */
interface Activity<P> {
  executeWithOptions(options: ActivityOptions, args: [id: string]): Promise<P>;
}

interface Step<P> {
  /** What the step is called in the Temporal UI, and the wait for it where there may be one. */
  readonly summary: string;
  readonly until?: string;
  readonly take: Activity<P>;
}

interface LifecycleOptions<Kind extends string, P extends Progress<Kind>> {
  readonly id: string;
  readonly steps: Readonly<Record<Kind, Step<P>>>;
  readonly read: { readonly summary: string; readonly take: Activity<P> };
  /** Shows what was learnt; `before` is what was known until then. */
  readonly show: (progress: P, before: P | null) => void;
  readonly continueAsNew: () => Promise<never>;
}

/** Nothing that is due by this workflow's clock alone is asked for more often. */
const leastWaitMs = 1_000;

/**
 * No longer than was told, and only until it is due: an answer may be heard long after it was given, when no worker ran
 * or the step had to be tried again. Where this clock is ahead of the journal's, it is asked for once a second.
 */
export function leftToWaitMs({ waitMs, dueAt }: Next<string>): number {
  if (dueAt === undefined) return waitMs;
  return Math.min(waitMs, Math.max(Date.parse(dueAt) - Date.now(), leastWaitMs));
}

export interface SteppedLifecycle<P> {
  /** As of the last step; null until it was read. */
  readonly current: P | null;
  /** A step and an operator's act may be answered in either order. */
  learn(next: P): void;
  /** For updates: an operator's act is carried out and learnt, whatever is cancelled meanwhile. */
  carryOut(act: () => Promise<P>): Promise<P>;
  /** For signals: something else changed the row. It is read when the workflow next waits, or now if it does. */
  noteNews(summary: string): void;
  /**
   * Takes the steps to the end, each at its time. A request to cancel ends nothing: what was begun is owed to people.
   */
  run(): Promise<P>;
}

function mayContinue(): boolean {
  return workflowInfo().continueAsNewSuggested;
}

export function createSteppedLifecycle<Kind extends string, P extends Progress<Kind>>(
  options: LifecycleOptions<Kind, P>,
): SteppedLifecycle<P> {
  const { id, steps, show } = options;
  let current = null as P | null;
  let news: string | null = null;
  // Acts that are refused change no row, and a run takes two thousand of them: a long wait must not outlast it.
  const continuesWhileWaiting = patched('continue-while-waiting');

  function learn(next: P): void {
    if (current && current.revision > next.revision) return;
    const before = current;
    current = next;
    show(next, before);
  }

  async function read(summary: string): Promise<void> {
    news = null;
    learn(await options.read.take.executeWithOptions({ summary }, [id]));
  }

  async function take(kind: Kind, waitMs: number): Promise<void> {
    const { until = 'Another step came first', summary, take: step } = steps[kind];
    if (waitMs > 0) {
      const revision = current?.revision;
      const isOther = () =>
        news !== null || current?.revision !== revision || (continuesWhileWaiting && mayContinue());
      if (await condition(isOther, waitMs, { summary: until })) {
        if (news !== null) await read(news);
        return;
      }
    }
    learn(await step.executeWithOptions({ summary }, [id]));
  }

  async function takeAll(): Promise<P> {
    await read(options.read.summary);
    for (;;) {
      const progress = current as P;
      const { kind } = progress.next;
      if (kind === 'nothing') {
        await condition(allHandlersFinished);
        return progress;
      }
      if (mayContinue()) {
        await condition(allHandlersFinished);
        return options.continueAsNew();
      }
      await take(kind, leftToWaitMs(progress.next));
    }
  }

  return {
    get current() {
      return current;
    },
    learn,
    async carryOut(act) {
      const next = await CancellationScope.nonCancellable(act);
      learn(next);
      return next;
    },
    noteNews(summary) {
      news = summary;
    },
    run: () => CancellationScope.nonCancellable(takeAll),
  };
}
