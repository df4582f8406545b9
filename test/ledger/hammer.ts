// A process with a committer of its own that moves Credits between a few users as fast as it can, and writes down what
// it asked for and what it was told, so that it can be killed at any moment and its word compared with the journal.
import { closeSync, openSync, writeSync } from 'node:fs';
import { DomainError } from '../../domain/errors';
import { parameterValue } from '../../domain/parameters';
import { Committer } from '../../ledger/committer';
import type { Command } from '../../ledger/command';
import { parameters } from '../../services/parameters';
import { keyed, transfer } from '../support/transfers';

export interface Hammering {
  readonly databaseUrl: string;
  /** Begins each of its own keys. */
  readonly name: string;
  /** One line an event: `s key from to amount` submitted, `a key left` answered, `e key code` refused. */
  readonly logFile: string;
  readonly users: readonly string[];
  readonly inFlight: number;
  /** Every so many requests use a key that other processes use too; 0: none. */
  readonly sharedEvery: number;
}

export type HammerMessage =
  | { readonly type: 'start'; readonly hammering: Hammering }
  /** Reads a parameter in a decision. */
  | { readonly type: 'read' }
  | { readonly type: 'stop' };

export type HammerAnswer =
  | { readonly type: 'started' }
  | { readonly type: 'read'; readonly value: string }
  | { readonly type: 'stopped'; readonly transfers: number };

/** What the n-th request with a shared key asks for, whoever sends it. */
export function sharedRequest(users: readonly string[], n: number) {
  const from = users[n % users.length] ?? '';
  const to = users[(n + 1) % users.length] ?? '';
  return { key: `shared-${n}`, from, to, amount: BigInt(1 + (n % 7)) };
}

const readOutput: Command<null, { value: string }> = {
  kind: 'test_read',
  keys: () => ({}),
  decide: (view) => ({
    result: {
      value: String(parameterValue(view.projection(parameters), 'relay.defaultMaxOutput')),
    },
  }),
};

class Hammer {
  private readonly committer: Committer;
  private readonly log: number;
  private isStopping = false;
  private count = 0;
  private transfers = 0;
  private readonly workers: Promise<void>[] = [];

  constructor(private readonly hammering: Hammering) {
    this.committer = new Committer({
      databaseUrl: hammering.databaseUrl,
      applicationName: `lx-hammer-${hammering.name}`,
      projections: [parameters],
    });
    this.log = openSync(hammering.logFile, 'a');
  }

  start(): void {
    const { inFlight } = this.hammering;
    for (let i = 0; i < inFlight; i++) this.workers.push(this.work());
  }

  async read(): Promise<string> {
    const { result } = await this.committer.submit(readOutput, null, { actor: 'test' });
    return result.value;
  }

  async stop(): Promise<number> {
    this.isStopping = true;
    await Promise.all(this.workers);
    await this.committer.close();
    closeSync(this.log);
    return this.transfers;
  }

  private async work(): Promise<void> {
    while (!this.isStopping) {
      const { key, from, to, amount } = this.nextRequest();
      // Synchronous writes outlive kill -9.
      writeSync(this.log, `s ${key} ${from} ${to} ${amount}\n`);
      try {
        const origin = { ...keyed('hammer', key, `${from} ${to} ${amount}`), requestId: key };
        const { result } = await this.committer.submit(transfer, { from, to, amount }, origin);
        writeSync(this.log, `a ${key} ${result.left}\n`);
        this.transfers++;
      } catch (error) {
        writeSync(this.log, `e ${key} ${error instanceof DomainError ? error.code : 'BROKEN'}\n`);
      }
    }
  }

  private nextRequest() {
    const { name, users, sharedEvery } = this.hammering;
    const n = this.count++;
    if (sharedEvery > 0 && n % sharedEvery === 0) return sharedRequest(users, n / sharedEvery);
    const from = users[Math.floor(Math.random() * users.length)] ?? '';
    const others = users.filter((user) => user !== from);
    const to = others[Math.floor(Math.random() * others.length)] ?? '';
    return { key: `${name}-${n}`, from, to, amount: BigInt(1 + Math.floor(Math.random() * 100)) };
  }
}

async function serve(): Promise<void> {
  const answer = (message: HammerAnswer) => process.send?.(message);
  let hammer: Hammer | undefined;
  for await (const message of messages()) {
    if (message.type === 'start') {
      hammer = new Hammer(message.hammering);
      hammer.start();
      answer({ type: 'started' });
    } else if (message.type === 'read') {
      answer({ type: 'read', value: (await hammer?.read()) ?? 'none' });
    } else {
      answer({ type: 'stopped', transfers: (await hammer?.stop()) ?? 0 });
      process.disconnect();
      return;
    }
  }
}

async function* messages(): AsyncIterable<HammerMessage> {
  for (;;) {
    yield await new Promise<HammerMessage>((resolve) =>
      process.once('message', (message) => resolve(message as HammerMessage)),
    );
  }
}

if (require.main === module) {
  // A rejection that nobody handles must fail the test: it would end the product's processes too.
  serve().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
