// A lifecycle whose rows decide (DESIGN 5): every step is an activity that is answered with what comes next, and after how
// long; asked too early or again it changes nothing. So a workflow that begins again goes on where the row is.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';

/** What every step, and every operator's act, is answered with. */
interface Progress<Kind extends string> {
  /** Of the row: the higher one is the newer. */
  readonly revision: number;
  /** `nothing`: it is over. */
  readonly next: { readonly kind: Kind | 'nothing'; readonly waitMs: number };
}

/** An activity on the row whose lifecycle it is. */
interface Activity<P> {
  executeWithOptions(options: ActivityOptions, args: [id: string]): Promise<P>;
}

interface Step<P> {
  /** What a wait for it is called in the Temporal UI, and what the step is. */
  readonly until: string;
  readonly summary: string;
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

export interface SteppedLifecycle<P> {
  /** As of the last step; null until it was read. */
  readonly current: P | null;
  /** A step and an operator's act may be answered in either order. */
  learn(next: P): void;
  /** For signals: something else changed the row. It is read when the workflow next waits, or now if it does. */
  noteNews(summary: string): void;
  /**
   * Takes the steps to the end, each at its time. A request to cancel ends nothing: what was begun is owed to people.
   */
  run(): Promise<P>;
}

export function createSteppedLifecycle<Kind extends string, P extends Progress<Kind>>(
  options: LifecycleOptions<Kind, P>,
): SteppedLifecycle<P> {
  const { id, steps, show } = options;
  let current = null as P | null;
  let news: string | null = null;

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
    const { until, summary, take: step } = steps[kind];
    if (waitMs > 0) {
      const revision = current?.revision;
      const isOther = () => news !== null || current?.revision !== revision;
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
      const { kind, waitMs } = progress.next;
      if (kind === 'nothing') {
        await condition(allHandlersFinished);
        return progress;
      }
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return options.continueAsNew();
      }
      await take(kind, waitMs);
    }
  }

  return {
    get current() {
      return current;
    },
    learn,
    noteNews(summary) {
      news = summary;
    },
    run: () => CancellationScope.nonCancellable(takeAll),
  };
}
