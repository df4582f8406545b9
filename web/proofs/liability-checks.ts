// That what a user is owed is in the total that the platform signed (docs/formats/liabilities.md).
import type { AnswerOf } from '../api/types';
import { areEqual, hashOf, toHex } from './bytes';
import { check, type Verification } from './check';
import { climb } from './climb';
import { guarded } from './guarded';
import { wayOf } from './shown-climb';
import { openNote, parseVerifierKey, rootText } from './signed-note';
import { ownerHash, sumLeaf, sumParent, type SumNode } from './sum-tree';
import { unitsOf } from './units';

export type LiabilityRoot = AnswerOf<'/api/v1/liabilities/root'>;
export type LiabilityProof = AnswerOf<'/api/v1/liabilities/proof'>;

function nodeOf({ hash, credit, lco }: LiabilityProof['root']): SumNode {
  return { hash: hashOf(hash), credit: unitsOf(credit), lco: unitsOf(lco) };
}

/** @param userId whose leaf it has to be */
export function verifyLiability(
  userId: string,
  root: LiabilityRoot,
  proof: LiabilityProof,
  keyText: string,
): Promise<Verification> {
  return guarded(async (note) => {
    const key = await parseVerifierKey(keyText);
    const signed = await openNote(root.note ?? '', key, 'the total');
    note(signed.check);
    const text = rootText('l-exchange liabilities root v1', [
      ['log', key.name],
      ['day', root.day],
      ['sequence', root.sequence],
      ['users', root.users],
      ['credit', root.credit],
      ['lco', root.lco],
      ['root', root.root],
    ]);
    note(
      check(
        signed.text === text,
        'What was signed is the total that is shown.',
        'What was signed is another total than the one that is shown.',
      ),
    );
    const { salt, credit, lco } = proof.leaf;
    const owner = await ownerHash(salt, userId);
    const leaf = await sumLeaf(owner, unitsOf(credit), unitsOf(lco));
    note(
      check(
        toHex(leaf.hash) === proof.leafHash,
        'The leaf is that of your account with these two amounts.',
        'The leaf is not that of your account with these two amounts.',
      ),
    );
    const place = { index: proof.index, size: root.users, path: proof.path.map(nodeOf) };
    const way = await climb(leaf, place, sumParent);
    const total = nodeOf({ hash: root.root, credit: root.credit, lco: root.lco });
    const { top } = way;
    note(
      check(
        areEqual(top.hash, total.hash) && top.credit === total.credit && top.lco === total.lco,
        `${wayOf(way)} the signed root, and the amounts add up to the total.`,
        'The way up from your leaf does not come to the signed root and total.',
      ),
    );
    return {
      leaf: toHex(leaf.hash),
      steps: way.steps.map(({ side, sibling, node }) => ({
        side,
        sibling: toHex(sibling.hash),
        node: toHex(node.hash),
      })),
      signedRoot: root.root,
    };
  });
}
