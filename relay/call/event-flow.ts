// The events of one streamed answer on their way to the client (DESIGN 2.2): they wait until one says something, so that an
// upstream which fails before has failed before any byte; those that tell the usage and the end wait for the settlement.
import { createEventReader, type StreamWriter } from '../sse';
import type { OpenedAnswer } from '../upstream/upstream';
import { answerFault, UpstreamError } from '../upstream/upstream-error';
import type { ReadEvent, StreamReading } from './request';

export interface Passed {
  /** What waits for the settlement, in the form of the wire. */
  readonly held: string;
  /** null: there was nothing but openings. */
  readonly ttftMs: number | null;
  readonly failure: UpstreamError | undefined;
}

export class EventFlow {
  private readonly openings = new Map<string | undefined, string>();
  private readonly held = new Map<string | undefined, string>();
  private ready = '';
  private ttftMs: number | null = null;
  private failure: unknown;
  private writer: StreamWriter | undefined;
  private tellBegun: () => void = () => undefined;
  private readonly begun = new Promise<void>((resolve) => (this.tellBegun = resolve));
  private readonly over: Promise<void>;

  /** @param apiKey not to be quoted. @param elapsedMs since the call came */
  constructor(
    readonly answer: OpenedAnswer,
    readonly reading: StreamReading,
    private readonly apiKey: string | null,
    private readonly elapsedMs: () => number,
  ) {
    this.over = this.readAll().finally(() => this.tellBegun());
  }

  /**
   * Resolves when an event is ready to pass, or all is over.
   * @throws UpstreamError for what another channel may do better, as long as no event is ready.
   */
  async begin(): Promise<void> {
    await this.begun;
    const { failure, ttftMs } = this;
    if (ttftMs === null && failure instanceof UpstreamError && failure.retryable) throw failure;
  }

  /** Passes events on until the upstream's answer ends, in whichever way. @throws what is no fault of the upstream */
  async passTo(writer: StreamWriter): Promise<Passed> {
    this.writer = writer;
    this.write();
    await this.over;
    const { reading, openings, held, ttftMs } = this;
    const failure = this.failure instanceof UpstreamError ? this.failure : undefined;
    if (failure !== this.failure) throw this.failure;
    // An answer that was finished is whole, however its connection ended.
    if (reading.isFinished) {
      return { held: joined(openings) + joined(held), ttftMs, failure: undefined };
    }
    const cut = () => answerFault('cut', 'its answer ended before it was finished');
    return { held: '', ttftMs, failure: failure ?? cut() };
  }

  private readAll(): Promise<void> {
    const { answer, reading } = this;
    const reader = createEventReader((data) => this.take(data));
    return new Promise((resolve) => {
      const read = (chunk: Buffer) => {
        if (this.failure !== undefined || reading.isDone) return;
        try {
          reader.push(chunk);
        } catch (error) {
          this.failure = error;
        }
        this.write();
        if (this.failure !== undefined) answer.abort();
        // Nothing follows, though some upstreams leave the connection open for a while.
        if (this.failure !== undefined || reading.isDone) resolve();
      };
      answer.consume(read).then(resolve, (error: unknown) => {
        this.failure ??= error;
        resolve();
      });
    });
  }

  private take(data: string): void {
    const { reading, openings, held } = this;
    if (reading.isDone) return;
    const event = reading.read(data, this.apiKey);
    const { passage, name } = event;
    if (passage === 'never') return;
    const wire = wireOf(event);
    const isSilent = this.ready === '' && this.ttftMs === null;
    if (passage === 'after settlement') held.set(name, wire);
    else if (passage === 'opening' && isSilent) openings.set(name, wire);
    else {
      this.ready += joined(openings) + wire;
      openings.clear();
    }
  }

  /** What is ready, as soon as there is somebody to take it. */
  private write(): void {
    if (this.ready === '') return;
    this.ttftMs ??= this.elapsedMs();
    this.tellBegun();
    if (!this.writer) return;
    this.writer.write(this.ready);
    this.ready = '';
  }
}

function joined(waiting: ReadonlyMap<unknown, string>): string {
  return [...waiting.values()].join('');
}

function wireOf({ name, data }: ReadEvent): string {
  return name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`;
}
