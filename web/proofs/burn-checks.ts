// One burn against the log's signed head (docs/formats/burn-log.md).
import type { AnswerOf, ItemOf } from '../api/types';
import { hashOf, toHex } from './bytes';
import { canonicalJson, isSameJson } from './canonical-json';
import { check, type Check, type Verification } from './check';
import { climb } from './climb';
import { guarded } from './guarded';
import { leafHash, nodeHash } from './merkle';
import { rootCheck, shownClimb } from './shown-climb';
import { openHead, parseVerifierKey } from './signed-note';
import { unitsOf } from './units';

export type Burn = ItemOf<'/api/v1/burns'>;

export interface BurnEvidence {
  readonly record: Burn;
  /** As it stands in the list, if it is shown there. */
  readonly listed?: Burn | undefined;
  readonly proof: AnswerOf<'/api/v1/burns/{seq}/proof'>;
  readonly checkpoint: string;
  readonly key: string;
}

/** @param seq of the burn that was asked for */
export function verifyBurn(seq: number, evidence: BurnEvidence): Promise<Verification> {
  return guarded(async (note) => {
    const { record, listed, proof } = evidence;
    const key = await parseVerifierKey(evidence.key);
    const head = await openHead(evidence.checkpoint, key);
    note(head.check);
    if (listed) {
      note(
        check(
          isSameJson(record, listed),
          'The record is the one that the list shows.',
          'The record says something else than the list.',
        ),
      );
    }
    note(supplyCheck(record));

    const { hash, ...hashed } = record;
    const leaf = await leafHash(canonicalJson(hashed));
    note(
      check(
        toHex(leaf) === hash,
        'The record has the hash that it carries.',
        'The record does not have the hash that it carries: it was changed.',
      ),
    );
    const isMeant =
      record.seq === seq &&
      proof.index === seq &&
      proof.size === head.size &&
      proof.leafHash === toHex(leaf) &&
      proof.root === toHex(head.root);
    note(
      check(
        isMeant,
        `The proof is of this burn, in the log of ${head.size} that was signed.`,
        'The proof is of another burn, or of another log than was signed.',
      ),
    );
    const place = { index: seq, size: head.size, path: proof.path.map(hashOf) };
    const way = await climb(leaf, place, nodeHash);
    note(rootCheck(way, head.root));
    return shownClimb(way, head.root);
  });
}

function supplyCheck({ amount, supplyBefore, supplyAfter }: Burn): Check {
  const burned = unitsOf(amount);
  return check(
    burned > 0n && unitsOf(supplyBefore) - burned === unitsOf(supplyAfter),
    'The supply fell by what was burned.',
    'The supply did not fall by what was burned.',
  );
}
