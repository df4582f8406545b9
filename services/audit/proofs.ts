// The daily roots (DESIGN 2.12), computed again: of every day from its usage records, and of liabilities from their
// stored leaves, those of the newest day from the journal. What was published is also what the journal's feed said.
import { isDeepStrictEqual } from 'node:util';
import { sumRoot, type SumNode } from '../../domain/merkle/sum-tree';
import { addDays, dayEnd, dayOf } from '../../domain/utc-day';
import { foldLeaves, readSubtrees } from '../proofs/liabilities-tree';
import { liabilityRootColumns, type LiabilityRoot } from '../proofs/liability-root';
import { streamCalls, type SettledCall } from '../proofs/usage-roots-leaf';
import { usageRootEvent, type UsageRoot } from '../proofs/usage-roots';
import { UsageTreeBuilder } from '../proofs/usage-roots-tree';
import { announcedRootsChecks } from './announced-roots';
import { sqlCheck, type AuditCheck, type AuditContext } from './check';
import { select } from './journal-rows';

const usageRootsSql = /* sql */ `
  select r.day, r.first_settlement as "firstSettlement", r.size, r.root, r.subtree_size as "subtreeSize", r.subtrees,
    r.charged, r.mined, r.sequence, r.published_at as "publishedAt", b.journal_time as "journalTime", b.feed
  from usage_roots r left join journal_batches b using (sequence) order by r.day`;

type StoredRoot = UsageRoot & {
  readonly journalTime: number | null;
  readonly feed: readonly { readonly type: string }[] | null;
};

/** What a stored root says, against the tree of its records. */
function* compareTree(stored: StoredRoot, first: bigint, tree: UsageTreeBuilder): Iterable<string> {
  const built = tree.finish();
  const name = `the usage root of ${stored.day}`;
  if (stored.firstSettlement !== first) {
    yield `${name} begins with settlement ${stored.firstSettlement}, its records with ${first}`;
  }
  for (const figure of ['size', 'charged', 'mined'] as const) {
    if (stored[figure] !== built[figure]) {
      yield `${name} says ${figure} ${stored[figure]}, its records come to ${built[figure]}`;
    }
  }
  if (!stored.root.equals(built.root)) {
    yield `${name} is ${stored.root.toString('hex')}, its records give ${built.root.toString('hex')}`;
  }
  if (!stored.subtrees.equals(built.subtrees))
    yield `${name} has subtrees that its records do not give`;
}

function* comparePublication(stored: StoredRoot): Iterable<string> {
  const name = `the usage root of ${stored.day}`;
  if (!(stored.feed ?? []).some((event) => isDeepStrictEqual(event, usageRootEvent(stored)))) {
    yield `${name} is not what batch ${stored.sequence} of the journal announced`;
  }
  if (stored.journalTime !== stored.publishedAt || stored.publishedAt < dayEnd(stored.day)) {
    yield `${name} was not published by a batch after that day`;
  }
}

/** Takes calls off a stream of pages one by one, as long as they lie before a time. */
class CallQueue {
  private page: readonly SettledCall[] = [];
  private at = 0;

  constructor(private readonly pages: AsyncIterator<readonly SettledCall[], undefined>) {}

  async peek(): Promise<SettledCall | undefined> {
    if (this.at === this.page.length) {
      this.page = (await this.pages.next()).value ?? [];
      this.at = 0;
    }
    return this.page[this.at];
  }

  /** The rest of the page that are before a time; none when the next one is not. */
  async takeBefore(endsAt: number): Promise<readonly SettledCall[]> {
    await this.peek();
    const from = this.at;
    while ((this.page[this.at]?.endedAt ?? Infinity) < endsAt) this.at++;
    return this.page.slice(from, this.at);
  }
}

async function* checkUsageRoots({ db, onProgress }: AuditContext): AsyncGenerator<string> {
  const roots = await select<StoredRoot>(db, usageRootsSql);
  const calls = new CallQueue(streamCalls(db, 1n));
  let next = 1n;
  let day: string | undefined;
  for (const stored of roots) {
    day ??= dayOf((await calls.peek())?.endedAt ?? dayEnd(stored.day) - 1);
    if (stored.day !== day)
      yield `the usage root of ${day} is missing, the next one is of ${stored.day}`;
    const tree = new UsageTreeBuilder(stored.subtreeSize);
    const first = next;
    for (;;) {
      const taken = await calls.takeBefore(dayEnd(stored.day));
      if (taken.length === 0) break;
      for (const call of taken) tree.add(call);
      next = (taken.at(-1)?.settlementNumber ?? next) + 1n;
      onProgress(`usage roots recomputed up to settlement ${next - 1n}`);
    }
    yield* compareTree(stored, first, tree);
    yield* comparePublication(stored);
    day = addDays(stored.day, 1);
  }
}

export const usageRootsCheck: AuditCheck = {
  title:
    "proof of compute: every published day's root, subtrees and sums are those of its usage records",
  run: checkUsageRoots,
};

function isSameNode(a: SumNode, b: SumNode | undefined): boolean {
  return b !== undefined && a.hash.equals(b.hash) && a.credit === b.credit && a.lco === b.lco;
}

async function* checkLiabilityRoots({ db, onProgress }: AuditContext): AsyncGenerator<string> {
  const roots = (await db('liability_roots')
    .select(liabilityRootColumns)
    .orderBy('day')) as LiabilityRoot[];
  const kept = await select<{ day: string }>(
    db,
    'select day from liability_leaves union select day from liability_subtrees order by day',
  );
  const unpublished = kept.filter(({ day }) => !roots.some((root) => root.day === day));
  for (const { day } of unpublished) yield `there are leaves of liabilities of ${day}, and no root`;
  const firstKept = kept[0]?.day ?? '';
  for (const root of roots) {
    // Older ones have lost their leaves, and the newest never has.
    if (root.day < firstKept || (firstKept === '' && root !== roots.at(-1))) continue;
    const { size, subtrees } = await foldLeaves(db, root.day, root.subtreeSize, onProgress);
    const built = sumRoot(subtrees);
    const name = `the liabilities of ${root.day}`;
    if (root.users !== size) yield `${name} say ${root.users} users, there are leaves of ${size}`;
    if (!isSameNode({ hash: root.root, credit: root.credit, lco: root.lco }, built)) {
      yield (
        `${name} say root ${root.root.toString('hex')} with ${root.credit} and ${root.lco} base units, the leaves give ` +
        `${built.hash.toString('hex')} with ${built.credit} and ${built.lco}`
      );
    }
    const stored = await readSubtrees(db, root.day);
    if (
      stored.length !== subtrees.length ||
      !subtrees.every((node, i) => isSameNode(node, stored[i]))
    ) {
      yield `${name} have subtrees that the leaves do not give`;
    }
  }
}

export const liabilityRootsCheck: AuditCheck = {
  title: "proof of liabilities: every kept day's root, subtrees and sums are those of its leaves",
  run: checkLiabilityRoots,
};

// The last entry before a moment says the balance of that moment: one probe of an index an account.
export const liabilityLeavesCheck = sqlCheck(
  'proof of liabilities: the newest leaves are what the journal owed every user at that moment',
  /* sql */ `
  with newest as (
    select day, sequence from liability_roots order by day desc limit 1
  ), owed as (
    select a.owner_id,
      coalesce(sum(e.balance_after) filter (where a.asset = 'CREDIT'), 0) as credit,
      coalesce(sum(e.balance_after) filter (where a.asset = 'LCO'), 0) as lco
    from newest n
    join accounts a on a.owner_kind = 'user' and a.opened_in <= n.sequence
    cross join lateral (
      select balance_after from journal_entries
      where account_id = a.id and sequence <= n.sequence
      order by sequence desc, transfer desc, entry desc limit 1
    ) e
    group by a.owner_id
  ), leaves as (
    select l.user_id::text as owner_id, l.credit, l.lco from newest n join liability_leaves l using (day)
  )
  select format('user %s was owed %s and %s base units by the journal, the leaf says %s and %s', owner_id,
    coalesce(o.credit, 0), coalesce(o.lco, 0), coalesce(l.credit::text, 'nothing'), coalesce(l.lco::text, 'nothing')) as finding
  from owed o full join leaves l using (owner_id)
  where o.credit is distinct from l.credit or o.lco is distinct from l.lco`,
);

export const proofChecks: readonly AuditCheck[] = [
  usageRootsCheck,
  liabilityRootsCheck,
  liabilityLeavesCheck,
  ...announcedRootsChecks,
];
