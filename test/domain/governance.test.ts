// Quorum, majority and extension of the Whales' votes by example and by property (DESIGN 2.11).
import fc from 'fast-check';
import {
  countBallots,
  extendsVoting,
  isCarried,
  isOpen,
  isQuorumReached,
  outcomeOf,
  proposalStatuses,
  quorumTerms,
  quorumWeight,
  requireProposalText,
  requireRoomToPropose,
  voteChoices,
  weightOf,
  type Ballot,
  type Tally,
  type Terms,
} from '../../domain/governance';
import { refusal } from '../support/refusals';

const lco = (amount: number) => BigInt(amount) * 10n ** 8n;

/** A million LCO staked by Whales, two million in circulation: 20% is 200,000, 5% is 100,000. */
const terms: Terms = {
  ...quorumTerms,
  twoThirds: false,
  snapshotWeight: lco(1_000_000),
  circulating: lco(2_000_000),
};
const tally = (over: Partial<Tally>): Tally => ({
  for: 0n,
  against: 0n,
  abstain: 0n,
  voters: 3,
  ...over,
});

describe('the quorum', () => {
  it.each<[string, Partial<Tally>, Partial<Terms>, boolean]>([
    ['exactly 20%', { for: lco(200_000) }, {}, true],
    ['a unit less', { for: lco(200_000) - 1n }, {}, false],
    ['For and Abstain together', { for: lco(1), abstain: lco(199_999) }, {}, true],
    ['Abstain alone', { abstain: lco(200_000) }, {}, true],
    ['Against counts nothing', { for: lco(199_999), against: lco(800_000) }, {}, false],
    ['exactly 5% of what circulates', { for: lco(250_000) }, { circulating: lco(5_000_000) }, true],
    ['a unit less', { for: lco(250_000) - 1n }, { circulating: lco(5_000_000) }, false],
    ['three voters', { for: lco(900_000), voters: 3 }, {}, true],
    ['two voters', { for: lco(900_000), voters: 2 }, {}, false],
    ['no votes', { voters: 0 }, {}, false],
    ['20% that is no whole unit', { for: 201n }, { snapshotWeight: 1_001n, circulating: 0n }, true],
    ['a unit less', { for: 200n }, { snapshotWeight: 1_001n, circulating: 0n }, false],
  ])('%s: %#', (_, votes, over, reached) => {
    expect(isQuorumReached(tally(votes), { ...terms, ...over })).toBe(reached);
  });

  it('is told as a weight that is exact', () => {
    expect(quorumWeight(terms)).toBe(lco(200_000));
    expect(quorumWeight({ ...terms, circulating: lco(5_000_000) })).toBe(lco(250_000));
    expect(quorumWeight({ ...terms, snapshotWeight: 1_001n, circulating: 0n })).toBe(201n);
  });
});

describe('the majority', () => {
  it.each<[string, Partial<Tally>, boolean, boolean]>([
    ['more For', { for: 2n, against: 1n }, false, true],
    ['as many', { for: 5n, against: 5n }, false, false],
    ['a unit more', { for: 6n, against: 5n }, false, true],
    ['nothing', {}, false, false],
    ['Abstain alone', { abstain: 9n }, false, false],
    ['exactly two thirds', { for: 2n, against: 1n }, true, true],
    ['exactly two thirds of much', { for: lco(400_000), against: lco(200_000) }, true, true],
    ['a unit less', { for: lco(400_000) - 1n, against: lco(200_000) }, true, false],
    ['a unit more against', { for: lco(400_000), against: lco(200_000) + 1n }, true, false],
    ['For alone', { for: 1n }, true, true],
    ['Abstain does not count', { for: 2n, against: 1n, abstain: 100n }, true, true],
    ['nothing of two thirds', { abstain: 9n }, true, false],
  ])('%s: %#', (_, votes, twoThirds, carried) => {
    expect(isCarried(tally(votes), { twoThirds })).toBe(carried);
  });
});

it('names the quorum first where both are missing', () => {
  expect(outcomeOf(tally({ voters: 0 }), terms)).toBe('no_quorum');
  expect(outcomeOf(tally({ for: lco(300_000), against: lco(300_000) }), terms)).toBe('outvoted');
  expect(outcomeOf(tally({ for: lco(300_000), against: lco(200_000) }), terms)).toBe('passed');
});

it('weighs a vote by the smaller stake, and counts nobody who has nothing', () => {
  const ballots: Ballot[] = [
    { choice: 'for', snapshotStake: 10n, staked: 99n },
    { choice: 'for', snapshotStake: 10n, staked: 4n },
    { choice: 'against', snapshotStake: 10n, staked: 0n },
    { choice: 'abstain', snapshotStake: 7n, staked: 7n },
  ];
  expect(countBallots(ballots)).toEqual({ for: 14n, against: 0n, abstain: 7n, voters: 3 });
});

describe('the extension', () => {
  const voting = { closesAt: 1_000, extensionMs: 100, isExtended: false };
  const whale = { choice: 'for', snapshotStake: lco(100_000), staked: lco(100_000) } as const;
  it.each([
    ['a millisecond before the last stretch', 899, voting, 2, false],
    ['at its beginning', 900, voting, 2, true],
    ['at its end', 999, voting, 2, true],
    ['a second time', 950, { ...voting, isExtended: true }, 2, false],
    ['by a vote before the quorum', 950, voting, 1, false],
    ['by a vote after it', 950, voting, 3, false],
    ['where it is longer than the voting', 0, { ...voting, extensionMs: 5_000 }, 2, true],
  ] as const)('%s', (_, at, terms_, earlier, extended) => {
    const before = Array<Ballot>(earlier).fill(whale);
    expect(extendsVoting(at, terms_, before, whale, terms)).toBe(extended);
  });
});

describe('what may be proposed', () => {
  it('takes texts of several lines, and nothing that a screen obeys', () => {
    expect(() => requireProposalText('A title', 'one\n\ntwo')).not.toThrow();
    for (const text of ['', ' a', 'a\n', 'a\rb', 'a\u0000b', 'a\u2028b', '\u202ea', 'a\ud800']) {
      expect(() => requireProposalText('A title', text)).toThrow(refusal('INVALID_REQUEST'));
    }
  });
  it('leaves room for three', () => {
    expect(() => requireRoomToPropose(2)).not.toThrow();
    expect(() => requireRoomToPropose(3)).toThrow(refusal('OPEN_PROPOSAL_LIMIT', { open: 3 }));
  });
  it('tells what is over', () => {
    expect(proposalStatuses.filter(isOpen)).toEqual(['pending', 'active', 'queued']);
  });
});

const units = fc.bigInt(0n, 10n ** 15n);
const ballot: fc.Arbitrary<Ballot> = fc.record({
  choice: fc.constantFrom(...voteChoices),
  snapshotStake: fc.bigInt(1n, 10n ** 13n),
  staked: fc.bigInt(0n, 10n ** 13n),
});
const anyTerms: fc.Arbitrary<Terms> = fc.record({
  quorumBps: fc.integer({ min: 0, max: 10_000 }),
  circulatingBps: fc.integer({ min: 0, max: 10_000 }),
  minVoters: fc.integer({ min: 1, max: 5 }),
  twoThirds: fc.boolean(),
  snapshotWeight: units,
  circulating: units,
});

describe('whatever is voted', () => {
  it('no vote weighs more than its snapshot, and a tally is the sum of its votes', () => {
    fc.assert(
      fc.property(fc.array(ballot, { maxLength: 100 }), (ballots) => {
        const { voters, ...weights } = countBallots(ballots);
        const sum = Object.values(weights).reduce((total, weight) => total + weight, 0n);
        const cap = ballots.reduce((total, { snapshotStake }) => total + snapshotStake, 0n);
        expect(sum).toBe(ballots.reduce((total, one) => total + weightOf(one), 0n));
        expect(sum <= cap).toBe(true);
        expect(voters).toBe(ballots.filter((one) => weightOf(one) > 0n).length);
        expect(countBallots([...ballots].reverse())).toEqual(countBallots(ballots));
      }),
    );
  });

  it('the weight that is told is the quorum, to the unit', () => {
    fc.assert(
      fc.property(anyTerms, (of) => {
        const needed = quorumWeight(of);
        const with_ = (weight: bigint) => isQuorumReached(tally({ for: weight, voters: 5 }), of);
        expect(with_(needed)).toBe(true);
        if (needed > 0n) expect(with_(needed - 1n)).toBe(false);
      }),
    );
  });

  it('a vote more For never turns what passes into what does not, and never one Against the other way', () => {
    fc.assert(
      fc.property(fc.array(ballot, { maxLength: 20 }), ballot, anyTerms, (ballots, one, of) => {
        const outcome = (choice: Ballot['choice']) =>
          outcomeOf(countBallots([...ballots, { ...one, choice }]), of);
        const before = outcomeOf(countBallots(ballots), of);
        if (before === 'passed') expect(outcome('for')).toBe('passed');
        if (before === 'outvoted') expect(outcome('against')).not.toBe('passed');
      }),
    );
  });

  it('two thirds carry only what a majority carries', () => {
    fc.assert(
      fc.property(units, units, (yes, no) => {
        const votes = tally({ for: yes, against: no });
        if (isCarried(votes, { twoThirds: true })) {
          expect(isCarried(votes, { twoThirds: false })).toBe(true);
        }
      }),
    );
  });
});
