// The daily roots as the journal announced them: what was said of a day stays said, also when its leaves are gone, and a
// root that nobody announced is none.
import { isDeepStrictEqual } from 'node:util';
import type { FeedEvent } from '../../ledger/command';
import {
  liabilityRootColumns,
  liabilityRootEvent,
  type LiabilityRoot,
} from '../proofs/liability-root';
import { usageRootEvent, type UsageRoot } from '../proofs/usage-roots';
import { sqlCheck, type AuditCheck, type AuditContext } from './check';
import { select } from './journal-rows';

interface Announcement {
  readonly sequence: bigint;
  readonly event: FeedEvent;
}

/** Of a type of event, oldest first. */
function announcementsOf(db: AuditContext['db'], type: string): Promise<Announcement[]> {
  return select<Announcement>(
    db,
    `select b.sequence, e.value as event
     from journal_batches b cross join lateral json_array_elements(b.feed) e
     where b.feed::text like '%"type":"${type}"%' and e.value ->> 'type' = '${type}'
     order by b.sequence`,
  );
}

/** A root is announced right after it was taken, or when its activity is tried again. */
const onItsWayMs = 10 * 60 * 1000;

async function* checkLiabilities({ db }: AuditContext): AsyncGenerator<string> {
  const announced = new Map(
    (await announcementsOf(db, 'liability_root')).map((each) => [each.event['day'], each]),
  );
  const roots = (await db('liability_roots')
    .select(liabilityRootColumns)
    .orderBy('day')) as LiabilityRoot[];
  const [head] = await select<{ at: number }>(
    db,
    'select journal_time as at from journal_head where id = 1',
  );
  for (const root of roots) {
    const announcement = announced.get(root.day);
    announced.delete(root.day);
    const name = `the root of the liabilities of ${root.day}`;
    if (!announcement) {
      const isOnItsWay = root === roots.at(-1) && (head?.at ?? 0) - root.takenAt <= onItsWayMs;
      if (!isOnItsWay) yield `${name} was never announced by the journal`;
    } else if (!isDeepStrictEqual(announcement.event, liabilityRootEvent(root))) {
      yield `${name} is not what batch ${announcement.sequence} of the journal announced`;
    }
  }
  for (const { sequence, event } of announced.values()) {
    yield `the root of the liabilities of ${String(event['day'])} was announced by batch ${sequence} of the journal, and is gone`;
  }
}

const liabilitiesCheck: AuditCheck = {
  title:
    'proof of liabilities: every root is what the journal announced, and each of those is there',
  run: checkLiabilities,
};

async function* checkUsage({ db }: AuditContext): AsyncGenerator<string> {
  const stored = new Map(
    (await select<UsageRoot>(db, 'select day, size, root, sequence from usage_roots')).map(
      (root) => [root.day, root],
    ),
  );
  for (const { sequence, event } of await announcementsOf(db, 'usage_root')) {
    const root = stored.get(String(event['day']));
    if (root?.sequence === sequence && isDeepStrictEqual(event, usageRootEvent(root))) continue;
    yield `the usage root of ${String(event['day'])} that batch ${sequence} of the journal announced is gone`;
  }
}

const usageCheck: AuditCheck = {
  title: 'proof of compute: every root that the journal announced is there',
  run: checkUsage,
};

const onceCheck = sqlCheck(
  'proof of liabilities: it is noted which batch announced a root',
  /* sql */ `
  select format('the root of the liabilities of %s was announced by batch %s, which is no batch', a.day, a.sequence) as finding
  from liability_announcements a left join journal_batches b using (sequence)
  where b.sequence is null`,
);

export const announcedRootsChecks: readonly AuditCheck[] = [
  usageCheck,
  liabilitiesCheck,
  onceCheck,
];
