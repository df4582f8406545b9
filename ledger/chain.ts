// The journal's hash chain: every committed batch carries sha256(previous hash, canonical batch). The format is
// documented in docs/formats/journal-chain.md; the audit recomputes it from the rows (DESIGN 2.12).
import { createHash } from 'node:crypto';

/** What a batch's hash covers, as the rows say it. Amounts in base units, time in milliseconds. */
export interface ChainedBatch {
  readonly sequence: bigint;
  readonly at: number;
  readonly previousHash: Buffer;
  readonly opened: readonly { readonly id: bigint; readonly key: string }[];
  readonly transfers: readonly {
    readonly kind: string;
    readonly reference: string | null;
    readonly actor: string;
    readonly requestId: string | null;
    readonly entries: readonly {
      readonly accountId: bigint;
      readonly amount: bigint;
      readonly balanceAfter: bigint;
    }[];
  }[];
  /** The very text of the feed column, or null. */
  readonly feed: string | null;
}

/** The canonical text of a batch: one line an account, a transfer, an entry; texts as JSON strings. */
export function canonicalBatch(batch: ChainedBatch): string {
  let text = `l-exchange-batch-v1\n${batch.sequence}\n${batch.at}\n${batch.previousHash.toString('hex')}\n`;
  for (const { id, key } of batch.opened) text += `account ${id} ${key}\n`;
  for (const transfer of batch.transfers) {
    text += `transfer ${JSON.stringify([transfer.kind, transfer.reference, transfer.actor, transfer.requestId])}\n`;
    for (const { accountId, amount, balanceAfter } of transfer.entries) {
      text += `entry ${accountId} ${amount} ${balanceAfter}\n`;
    }
  }
  if (batch.feed !== null) text += `feed ${batch.feed}\n`;
  return text;
}

/** SHA-256 of the canonical text (which holds the previous hash), 32 bytes. */
export function hashBatch(batch: ChainedBatch): Buffer {
  return createHash('sha256').update(canonicalBatch(batch)).digest();
}
