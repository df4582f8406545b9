// What a streamed answer of choices (of a chat, of a completion) has said so far: text by choice, whether it is finished,
// and the upstream's usage.
import type { TokenUsage } from '../../domain/pricing';
import type { AnswerReading, ReadEvent, StreamReading } from '../call/request';
import { membersOfEvent, textIn } from '../members';
import { renameModel } from '../model-name';
import { lateLimit } from '../upstream/late-refusal';
import type { JsonAnswer } from '../upstream/upstream';
import { answerFault } from '../upstream/upstream-error';
import { readChatUsage } from '../usage';

/** The members of a chunk that matter here; an upstream may leave out or add whatever it likes. */
interface Chunk {
  readonly choices?: readonly (Choice | null)[];
  readonly model?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
}

interface Choice {
  readonly index?: number;
  readonly delta?: Delta | null;
  /** Of a completion without a chat. */
  readonly text?: unknown;
  readonly finish_reason?: string | null;
}

interface Delta {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly reasoning_content?: unknown;
  readonly function_call?: FunctionDelta | null;
  readonly tool_calls?: readonly ({ readonly function?: FunctionDelta | null } | null)[] | null;
}

interface FunctionDelta {
  readonly name?: unknown;
  readonly arguments?: unknown;
}

export class StreamTally implements StreamReading {
  readonly closing = 'data: [DONE]\n\n';
  /** Of the last chunk that told any. */
  told: TokenUsage | undefined;
  isDone = false;
  private readonly texts = new Map<number, string>();
  private readonly finished = new Set<number>();

  /**
   * @param choices `n`: how many answers are to finish.
   * @param modelId the client's name for the model.
   */
  constructor(
    private readonly choices: number,
    private readonly includeUsage: boolean,
    private readonly modelId: string,
  ) {}

  /** Everything that was to be said was said. */
  get isFinished(): boolean {
    return this.isDone || this.finished.size >= this.choices;
  }

  /** Delivered text of each choice, tool calls included. */
  get delivered(): readonly string[] {
    return [...this.texts.values()];
  }

  /** @throws UpstreamError for an event that is no chunk, or that tells of an error. */
  read(data: string): ReadEvent {
    if (data === '[DONE]') {
      this.isDone = true;
      return { passage: 'never', data };
    }
    const chunk: Chunk = membersOfEvent(data);
    if (chunk.error !== undefined && chunk.error !== null) {
      const message = `it sent an error within its answer: ${data.slice(0, 500)}`;
      throw lateLimit(chunk.error) ?? answerFault('cut', message);
    }
    const choices = Array.isArray(chunk.choices)
      ? (chunk.choices as NonNullable<Chunk['choices']>)
      : [];
    for (const choice of choices) {
      const { index = 0, finish_reason: finishReason } = choice ?? {};
      this.texts.set(index, (this.texts.get(index) ?? '') + textOfChoice(choice));
      if (typeof finishReason === 'string') this.finished.add(index);
    }
    const toldUsage = chunk.usage !== undefined && chunk.usage !== null;
    if (toldUsage) this.told = readChatUsage(chunk.usage) ?? this.told;
    const isUsageAlone = toldUsage && choices.length === 0;
    if (!toldUsage || this.includeUsage) {
      // An event of several lines is one line to the client.
      const line = data.includes('\n') ? JSON.stringify(chunk) : data;
      return { passage: isUsageAlone ? 'after settlement' : 'now', data: this.rename(line, chunk) };
    }
    if (isUsageAlone) return { passage: 'never', data };
    const bare = { ...chunk, usage: undefined };
    return { passage: 'now', data: this.rename(JSON.stringify(bare), bare) };
  }

  private rename(line: string, chunk: Chunk): string {
    return renameModel(line, chunk, this.modelId);
  }
}

function functionText(call: FunctionDelta | null | undefined): string {
  return textIn(call?.name) + textIn(call?.arguments);
}

function textOf(delta: Delta | null | undefined): string {
  if (!delta) return '';
  let said = textIn(delta.content) + textIn(delta.refusal) + textIn(delta.reasoning_content);
  if (delta.function_call) said += functionText(delta.function_call);
  if (Array.isArray(delta.tool_calls)) {
    for (const call of delta.tool_calls as NonNullable<Delta['tool_calls']>)
      said += functionText(call?.function);
  }
  return said;
}

function textOfChoice(choice: Choice | null): string {
  return textIn(choice?.text) + textOf(choice?.delta);
}

/**
 * An answer in one piece, in the same way.
 * @throws UpstreamError for one that is none: some upstreams answer an error with the status 200.
 */
export function readChoices({ json, text: whole }: JsonAnswer): AnswerReading {
  if (!Array.isArray(json.choices)) {
    const message = `its answer is no completion: ${whole.slice(0, 500)}`;
    throw lateLimit(json.error) ?? answerFault('protocol', message);
  }
  const choices = json.choices as ((Choice & { message?: Delta | null }) | null)[];
  return {
    told: readChatUsage(json.usage),
    delivered: choices.map((choice) => textOfChoice(choice) + textOf(choice?.message)),
  };
}
