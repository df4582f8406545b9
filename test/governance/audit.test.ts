// Rows of governance changed by hand, one at a time: the audit finds each (DESIGN 8).
import { governanceChecks } from '../../services/audit/governance';
import { audit, createBooks, type Books } from '../ledger/books';
import { aChange, aText, createWorld, dayMs } from './world';

let books: Books;

/** Proposals that are executed, defeated, expired, vetoed, active and extended. */
async function fillBooks() {
  const world = await createWorld();
  const whales = [];
  for (const stake of ['150000', '100000', '110000']) whales.push(await world.addWhale(stake));
  const [ann = '', bob = '', cid = ''] = whales;
  const executed = await world.propose(ann, aChange(20));
  const stale = await world.propose(bob, aChange(30));
  const defeated = await world.propose(bob, aText);
  const vetoed = await world.propose(cid, aText);
  world.pass(dayMs);
  for (const { id } of [executed, stale]) {
    await world.vote(ann, id, 'for');
    await world.vote(bob, id, 'for');
  }
  await world.vote(ann, defeated.id, 'against');
  await world.vote(bob, defeated.id, 'for');
  await world.vote(ann, vetoed.id, 'for');
  await world.governance.veto(world.vetoOf(vetoed.id));
  await world.unstake(ann, '30000');
  world.pass(2 * dayMs);
  await world.vote(cid, executed.id, 'against');
  await world.vote(cid, stale.id, 'for');
  world.pass(2 * dayMs);
  const active = await world.propose(ann, aText);
  for (const { id } of [executed, stale, defeated]) await world.advance(id);
  world.pass(2 * dayMs);
  await world.advance(executed.id);
  await world.advance(stale.id);
  await world.vote(bob, active.id, 'abstain');
  await world.committer.close();
  await world.db.destroy();
  return world.database;
}

beforeAll(async () => {
  books = await createBooks(fillBooks);
});
afterAll(() => books.drop());

it('finds nothing where nobody touched anything', async () => {
  expect(await books.withChanged([], (url) => audit(url))).toEqual([]);
});

const executed = `status = 'executed'`;
const vetoed = `status = 'vetoed'`;
const ofExecuted = `(select id from proposals where ${executed})`;

it.each([
  [
    'whom a vote is for',
    `update proposal_votes set choice = 'abstain' where choice = 'against' and proposal_id in ${ofExecuted}`,
    /counted .* its votes come to/,
  ],
  [
    'a vote that is missing',
    `delete from proposal_votes where proposal_id in ${ofExecuted} and number = 1`,
    /says 3 votes, there are 2/,
  ],
  [
    'when a vote was cast',
    `update proposal_votes set cast_at = cast_at + interval '1 ms' where number = 1`,
    /^vote .* was cast at/,
  ],
  [
    'a vote after the close',
    `update proposals set active_ms = 0, closes_at = opens_at where status = 'defeated'`,
    /^vote .* was cast at/,
  ],
  ['whose vote it is', `update proposal_votes set user_id = gen_random_uuid()`, /is that of user/],
  [
    'the number of a vote',
    `update proposal_votes set number = 9 where number = 2`,
    /numbered up to 9/,
  ],
  [
    'a voter who had no stake then',
    `delete from proposal_voters where stake = 10000000000000 and proposal_id in ${ofExecuted}`,
    /the journal 10000000000000/,
  ],
  [
    'a stake of the snapshot',
    `update proposal_voters set stake = stake + 1`,
    /the snapshot of proposal/,
  ],
  [
    'the weight of the snapshot',
    `update proposals set snapshot_weight = snapshot_weight - 1 where ${executed}`,
    /its snapshot has/,
  ],
  [
    'the LCO in circulation',
    `update proposals set circulating = circulating - 1 where ${executed}`,
    /base units in circulation/,
  ],
  [
    'the batch of its creation',
    `update proposals set created_in = created_in + 1`,
    /was created at/,
  ],
  [
    'the tally',
    `update proposals set for_weight = for_weight + 1 where ${executed}`,
    /its votes come to/,
  ],
  ['the voters', `update proposals set voters = 2 where ${executed}`, /its votes come to/],
  [
    'a quorum of its own',
    `update proposals set quorum_bps = 100 where status = 'defeated'`,
    /is decided by .*, the journal told/,
  ],
  [
    'fewer voters',
    `update proposals set min_voters = 2 where status = 'defeated'`,
    /its votes say/,
  ],
  [
    'two thirds',
    `update proposals set two_thirds = true where ${executed}`,
    /is decided by .*, the journal told/,
  ],
  [
    'a defeat that passed',
    `update proposals set status = 'succeeded', ended_because = null where status = 'defeated'`,
    /its votes say no_quorum/,
  ],
  [
    'why it was defeated',
    `update proposals set ended_because = 'outvoted' where status = 'defeated'`,
    /its votes say no_quorum/,
  ],
  [
    'an extension that was none',
    `update proposals set extended_at = null, closes_at = closes_at - extension_ms * interval '1 ms' where ${executed}`,
    /reached the quorum late and extended nothing/,
  ],
  [
    'an extension by nobody',
    `update proposals set extended_at = opens_at, closes_at = closes_at + extension_ms * interval '1 ms' where status = 'active'`,
    /was extended by no vote/,
  ],
  [
    'the value',
    `update proposals set value = '21' where ${executed}`,
    /was set to 20 as version 2/,
  ],
  ['the value before', `update proposals set value_before = '11' where ${executed}`, /was set to/],
  [
    'a change that no proposal made',
    `update parameter_history set source = 'proposal/none'`,
    /by proposal\/none, whose row says nothing/,
  ],
  [
    'a change that is missing',
    `delete from parameter_history`,
    /by nothing, whose row says exchange.takerFeeBps/,
  ],
  [
    'an execution before its time',
    `update proposals set queued_ms = queued_ms + 1, queued_until = queued_until + interval '1 ms',
      executable_until = executable_until + interval '1 ms' where ${executed}`,
    /was executed at/,
  ],
  [
    'an expiry for another reason',
    `update proposals set ended_because = 'too_late' where status = 'expired'`,
    /expired at/,
  ],
  ['a parameter that nobody had changed', `delete from parameter_history`, /expired as stale/],
  [
    'the reason of a veto',
    `update proposals set veto_reason = 'none' where ${vetoed}`,
    /was vetoed at/,
  ],
  [
    'a veto that nobody logged',
    `delete from audit_log where action = 'proposal.veto'`,
    /the audit log says nothing/,
  ],
  [
    'a veto by a voter',
    `update proposals p set vetoed_by = v.user_id from proposal_votes v where v.proposal_id = p.id and ${vetoed}`,
    /vetoed by who voted on it/,
  ],
  ['how many are open', `update proposers set open_proposals = open_proposals + 1`, /are noted/],
])('finds %s', async (_, statement, finding) => {
  const findings = await books.withChanged([statement], (url) => audit(url, governanceChecks));
  expect(findings).toContainEqual(expect.stringMatching(finding));
});
