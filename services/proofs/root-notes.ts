// The daily roots as signed notes (DESIGN 2.12): without a signature nobody would be bound by them. A text follows from
// its row and the signature from the text, so a root has one note for ever. The first line tells what is signed, so
// that no note passes for another, nor for a head of the burn log, which the same key signs.
import { formatAmount } from '../../domain/money';
import type { LiabilityRoot } from './liability-root';
import { createLogSigner } from './log-signer';
import type { PublicUsageRoot } from './usage-roots-proofs';

type SignedUsageRoot = Omit<PublicUsageRoot, 'sequence' | 'publishedAt'>;
type SignedLiabilityRoot = Omit<LiabilityRoot, 'subtreeSize' | 'takenAt'>;

function linesOf(
  title: string,
  fields: Readonly<Record<string, string | number | bigint>>,
): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name} ${value}\n`);
  return `${title}\n${lines.join('')}`;
}

/** @param log name of the key that signs */
export function usageRootText(log: string, root: SignedUsageRoot): string {
  return linesOf('l-exchange usage root v1', {
    log,
    day: root.day,
    first: root.firstSettlement,
    size: root.size,
    charged: formatAmount(root.charged),
    mined: formatAmount(root.mined),
    root: root.root.toString('hex'),
  });
}

/** @param log name of the key that signs */
export function liabilityRootText(log: string, root: SignedLiabilityRoot): string {
  return linesOf('l-exchange liabilities root v1', {
    log,
    day: root.day,
    sequence: root.sequence,
    users: root.users,
    credit: formatAmount(root.credit),
    lco: formatAmount(root.lco),
    root: root.root.toString('hex'),
  });
}

export interface RootNotes {
  /** null without a key. */
  ofUsage(root: SignedUsageRoot): string | null;
  /** null without a key. */
  ofLiabilities(root: SignedLiabilityRoot): string | null;
}

/** @param seed of the key that signs, 32 bytes */
export function createRootNotes(seed: Buffer | undefined): RootNotes {
  const signer = createLogSigner(seed);
  return {
    ofUsage: (root) => signer?.sign(usageRootText(signer.key.name, root)) ?? null,
    ofLiabilities: (root) => signer?.sign(liabilityRootText(signer.key.name, root)) ?? null,
  };
}
