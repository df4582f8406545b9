// That a call's receipt is in the signed root of its day (docs/formats/usage-roots.md).
import type { AnswerOf, ItemOf } from '../api/types';
import { hashOf, ProofError, toHex } from './bytes';
import { isSameJson } from './canonical-json';
import { check, type Verification } from './check';
import { climb } from './climb';
import { guarded } from './guarded';
import { leafHash, nodeHash } from './merkle';
import { rootCheck, shownClimb } from './shown-climb';
import { openNote, parseVerifierKey, rootText } from './signed-note';
import { ownerHash } from './sum-tree';

export type Receipt = ItemOf<'/api/v1/usage'>;
export type UsageRoot = ItemOf<'/api/v1/usage-roots'>;
export type UsageProof = AnswerOf<'/api/v1/usage/{requestId}/proof'>;

export interface UsageEvidence {
  readonly receipt: Receipt;
  readonly proof: UsageProof;
  readonly root: UsageRoot;
  readonly key: string;
}

type Facts = Readonly<Record<string, unknown>>;

/** @param userId whose call it has to be */
export function verifyUsage(userId: string, evidence: UsageEvidence): Promise<Verification> {
  return guarded(async (note) => {
    const { receipt, proof, root } = evidence;
    const key = await parseVerifierKey(evidence.key);
    const signed = await openNote(root.note ?? '', key, 'the day’s root');
    note(signed.check);
    note(
      check(
        signed.text === usageRootText(key.name, root),
        `What was signed is the root of ${root.day}.`,
        `What was signed is another root than that of ${root.day}.`,
      ),
    );
    const facts = parseLeaf(proof.leaf);
    note(
      check(
        isSameJson(told(facts), told(leafFacts(receipt))),
        'The leaf says what the receipt says.',
        'The leaf says something else than the receipt.',
      ),
    );
    note(
      check(
        facts['userHash'] === toHex(await ownerHash(proof.salt, userId)),
        'The leaf is of your account.',
        'The leaf is of another account.',
      ),
    );
    note(
      check(
        facts['settlementNumber'] === String(BigInt(root.firstSettlement) + BigInt(proof.index)),
        'It stands at the place of its number.',
        'It does not stand at the place of its number.',
      ),
    );
    const place = { index: proof.index, size: root.size, path: proof.path.map(hashOf) };
    const way = await climb(await leafHash(proof.leaf), place, nodeHash);
    note(rootCheck(way, hashOf(root.root)));
    return shownClimb(way, hashOf(root.root));
  });
}

function usageRootText(log: string, root: UsageRoot): string {
  return rootText('l-exchange usage root v1', [
    ['log', log],
    ['day', root.day],
    ['first', root.firstSettlement],
    ['size', root.size],
    ['charged', root.charged],
    ['mined', root.mined],
    ['root', root.root],
  ]);
}

function parseLeaf(text: string): Facts {
  const facts: unknown = JSON.parse(text);
  if (typeof facts === 'object' && facts !== null) return facts as Facts;
  throw new ProofError('the leaf is no record');
}

/** What a receipt says, in the leaf's form: units, where the model is priced by them, stand as its output. */
function leafFacts({ units, tokens, ...receipt }: Receipt): Facts {
  return { ...receipt, tokens: units === null ? tokens : { ...tokens, output: units } };
}

const shared = [
  ...['requestId', 'at', 'endpoint', 'model', 'tokens', 'priceVersion', 'tier', 'charge'],
  ...['mined', 'epoch', 'ending', 'latencyMs', 'ttftMs'],
];

function told(facts: Facts): Facts {
  return Object.fromEntries(shared.map((name) => [name, facts[name] ?? null]));
}
