// The books of Compute Wars (DESIGN 2.9): scores are the charges of their rounds' settlements; a round's figures follow
// from its scores and from what was fixed at its close; prizes and the champion's set-aside moved what the rows say.
import { Decimal } from 'decimal.js';
import { averageMark } from '../../domain/exchange/mark-sums';
import { prizesOf } from '../wars/finalise-round';
import { warRoundColumns, type WarRoundRow } from '../wars/war-rows';
import { columnList } from '../column-list';
import { sqlCheck, type AuditCheck } from './check';
import { select } from './journal-rows';

const scoresCheck = sqlCheck(
  'Compute Wars: each score is what calls were charged that were settled in its round, and was reached with the last of them',
  /* sql */ `
  with calls as (
    select r.id as round_id, c.user_id, sum(c.charge) as score, max(c.settlement_number) as reached_in,
      (array_agg(c.ended_at order by c.settlement_number desc))[1] as reached_at
    from relay_calls c
    left join war_rounds r on r.starts_at <= c.ended_at and c.ended_at < r.ends_at
    where c.status = 'settled' and c.charge > 0 and c.settlement_number > (select scored_from from war_state)
    group by r.id, c.user_id
  )
  select format('user %s has a score of %s in round %s, reached at %s with settlement %s; the calls come to %s, at %s with %s',
    coalesce(s.user_id, c.user_id), coalesce(s.score::text, 'nothing'), coalesce(s.round_id, c.round_id, 'that is missing'),
    s.reached_at, s.reached_in, coalesce(c.score::text, 'nothing'), c.reached_at, c.reached_in) as finding
  from war_scores s full join calls c on c.round_id = s.round_id and c.user_id = s.user_id
  where (s.score, s.reached_in, s.reached_at) is distinct from (c.score, c.reached_in, c.reached_at)
  union all
  select format('score %s is that of user %s in round %s', id, user_id, round_id)
  from war_scores where id <> round_id || '/' || user_id
  union all
  select format('player %s was disqualified at %s by %s, the audit log says %s by %s', coalesce(s.id, a.id),
    coalesce(s.disqualified_at::text, 'no time'), s.disqualified_by, coalesce(a.at::text, 'nothing'), a.operator_id)
  from (select * from war_scores where disqualified_at is not null) s
  full join (
    select subject_id || '/' || (details ->> 'userId') as id, at, operator_id, reason
    from audit_log where action = 'war_round.disqualify'
  ) a using (id)
  where (s.disqualified_at, s.disqualified_by, s.disqualified_reason) is distinct from (a.at, a.operator_id, a.reason)`,
);

const postingsCheck = sqlCheck(
  'Compute Wars: each prize, and each set-aside for free calls, moved what its row says, when it says, once',
  /* sql */ `
  with due as (
    select p.id as reference, d.kind, d.account, d.amount, p.paid_at as at
    from war_prizes p cross join lateral (values
      ('war_prize', 'platform/l-exchange/prize_pool/LCO', -p.amount),
      ('war_prize', 'user/' || p.user_id || '/available/LCO', p.amount)) as d (kind, account, amount)
    union all
    select r.id, d.kind, d.account, d.amount, d.at
    from war_rounds r cross join lateral (values
      ('war_perk', 'platform/l-exchange/free_calls/CREDIT', -r.perk_budget, r.perk_chosen_at),
      ('war_perk', 'wars/' || r.id || '/free_calls/CREDIT', r.perk_budget, r.perk_chosen_at),
      ('war_perk_end', 'wars/' || r.id || '/free_calls/CREDIT', -r.perk_returned, r.perk_ended_at),
      ('war_perk_end', 'platform/l-exchange/free_calls/CREDIT', r.perk_returned, r.perk_ended_at)
    ) as d (kind, account, amount, at)
    where d.amount <> 0
  ), posted as (
    select t.reference, t.kind, a.key as account, sum(e.amount) as amount, count(*) as times,
      min(b.journal_time) as at, min(e.balance_after) as balance_after
    from journal_transfers t
    join journal_batches b using (sequence)
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    where t.kind in ('war_prize', 'war_perk', 'war_perk_end')
    group by t.reference, t.kind, a.key
  )
  select format('%s of %s should have moved %s base units of %s%s, the journal says %s%s', kind,
    coalesce(reference, 'nothing'), coalesce(d.amount, 0), account, coalesce(' at ' || d.at, ''),
    coalesce(p.amount, 0), case when p.times > 0 then format(' at %s, %s times', p.at, p.times) end) as finding
  from due d full join posted p using (reference, kind, account)
  where d.amount is distinct from p.amount or p.times <> 1 or d.at is distinct from p.at
  union all
  -- a quarter of the winning score, or all that there was
  select format('the free calls of round %s got %s base units, its champion reached %s', r.id, r.perk_budget, r.champion_score)
  from war_rounds r
  left join posted p on p.reference = r.id and p.kind = 'war_perk' and p.account = 'platform/l-exchange/free_calls/CREDIT'
  where r.perk_budget is not null
    and (r.perk_budget > r.champion_score / 4 or (r.perk_budget < r.champion_score / 4 and p.balance_after > 0))
  union all
  select format('round %s has %s and holds %s base units for free calls, its calls leave %s and hold %s', r.id,
    r.free, r.held, r.should_be_free, r.should_be_held)
  from (
    select w.id, coalesce(f.balance, 0) as free, coalesce(h.balance, 0) as held,
      coalesce(w.perk_budget, 0) - coalesce(w.perk_returned, 0) - coalesce(c.taken, 0) - coalesce(c.held, 0) as should_be_free,
      coalesce(c.held, 0) as should_be_held
    from war_rounds w
    left join accounts f on f.key = 'wars/' || w.id || '/free_calls/CREDIT'
    left join accounts h on h.key = 'wars/' || w.id || '/relay/CREDIT'
    left join lateral (
      select sum(free_charge) as taken, sum(reserved) filter (where status = 'live') as held
      from relay_calls where war_round_id = w.id
    ) c on w.perk_budget is not null
  ) r
  where (r.free, r.held) is distinct from (r.should_be_free, r.should_be_held)
  union all
  select format('call %s of user %s was free by round %s at %s, whose champion %s had %s from %s to %s', c.id, c.user_id,
    c.war_round_id, c.opened_at, coalesce(r.champion_id::text, 'nobody'), coalesce(r.perk_choice, 'no perk'),
    r.perk_chosen_at, r.perk_ends_at)
  from relay_calls c left join war_rounds r on r.id = c.war_round_id
  where c.war_round_id is not null
    and (r.champion_id = c.user_id and r.perk_choice = 'free_calls' and c.opened_at >= r.perk_chosen_at
      and c.opened_at < r.perk_ends_at) is not true`,
);

const roundRowsCheck = sqlCheck(
  'Compute Wars: what was paid, what is still claimed of the prize pool, and until when champions have perks',
  /* sql */ `
  select format('closed rounds may still pay %s base units of the prize pool, their state says %s', r.claimed, s.claimed) as finding
  from (select coalesce(sum(pool), 0) as claimed from war_rounds where status in ('provisional', 'final')) r
  left join war_state s on s.id = 1
  where s.claimed is distinct from r.claimed
  union all
  select format('round %s (%s) says it paid %s base units, its prizes come to %s', r.id, r.status, r.paid_amount, p.amount)
  from war_rounds r
  cross join lateral (select coalesce(sum(amount), 0) as amount from war_prizes where round_id = r.id) p
  where r.paid_amount <> p.amount
  union all
  select format('round %s was closed, made final, or left its perk before its time', id)
  from war_rounds
  where closed_at < ends_at
    or finalised_at < closed_at + provisional_ms * interval '1 ms'
    or perk_ends_at <> perk_chosen_at + perk_ms * interval '1 ms'
    or (perk_by_default and perk_chosen_at < finalised_at + perk_choice_ms * interval '1 ms')
    or (not perk_by_default and perk_chosen_at >= finalised_at + perk_choice_ms * interval '1 ms')
  union all
  select format('user %s has perks until %s, the rounds say %s', u.id, u.war_perk_until, r.until)
  from users u
  full join (
    select champion_id, max(perk_ends_at) as until from war_rounds where perk_ends_at is not null group by champion_id
  ) r on r.champion_id = u.id
  where u.war_perk_until is distinct from r.until`,
);

interface CheckedRound extends WarRoundRow {
  /** All with a score, best first: every player with a score that has one of the first ten places. */
  readonly groups: readonly { readonly score: string; readonly players: number }[] | null;
  readonly first: string | null;
  readonly paid:
    readonly { readonly score: string; readonly place: number; readonly amount: string }[] | null;
}

const columns = columnList(warRoundColumns);

const roundsSql = /* sql */ `
  select ${columns}, g.groups, f.user_id::text as first, p.paid
  from war_rounds r
  left join lateral (
    select json_agg(json_build_object('score', c.score::text, 'players', c.players) order by c.score desc) as groups
    from (
      select score, count(*) as players
      from war_scores where round_id = r.id and disqualified_at is null group by score
      order by score desc limit 10
    ) c
  ) g on true
  left join lateral (
    select user_id from war_scores where round_id = r.id and disqualified_at is null
    order by score desc, reached_in limit 1
  ) f on true
  left join lateral (
    select json_agg(json_build_object('score', s.score::text, 'place', w.place, 'amount', w.amount::text)) as paid
    from war_prizes w left join war_scores s on s.id = w.id where w.round_id = r.id
  ) p on true
  order by r.starts_at`;

/** A round's figures, made again from its scores and from the sums of the mark that its row keeps. */
const roundsCheck: AuditCheck = {
  title: 'Compute Wars: averages, champions and prizes follow from what was fixed at the close',
  async *run({ db }) {
    for (const round of await select<CheckedRound>(db, roundsSql, [])) {
      yield* checkMark(round);
      if (round.finalisedAt !== null) yield* checkPrizes(round);
    }
  },
};

function* checkMark({ id, markFrom, markTo, twap, closedAt }: CheckedRound): Iterable<string> {
  if (closedAt === null) return;
  const average = markFrom && markTo && averageMark(markFrom, markTo);
  const isSame = average && twap !== null ? average.equals(new Decimal(twap)) : average === twap;
  if (!isSame) {
    yield `round ${id} says its average mark was ${twap ?? 'none'}, the sums make ${average?.toFixed() ?? 'none'}`;
  }
}

function* checkPrizes(round: CheckedRound): Iterable<string> {
  const { id, championId, championScore, first, prizes, status } = round;
  const groups = (round.groups ?? []).map(({ score, players }) => ({
    score: BigInt(score),
    players,
  }));
  if (championId !== first || championScore !== (groups[0]?.score ?? null)) {
    yield `round ${id} has the champion ${championId ?? 'nobody'} with ${championScore ?? 'nothing'}, its scores say ${first ?? 'nobody'} with ${groups[0]?.score ?? 'nothing'}`;
  }
  const due = prizesOf(round, groups);
  if (JSON.stringify(prizes) !== JSON.stringify(due)) {
    yield `round ${id} has the prizes ${JSON.stringify(prizes)}, its scores make ${JSON.stringify(due)}`;
  }
  const paid = round.paid ?? [];
  for (const { place, players, score, prize } of due) {
    const same = paid.filter((one) => one.place === place);
    const isRight = same.every((one) => one.amount === prize && one.score === score);
    const isWhole = status !== 'paid' || same.length === (prize === '0' ? 0 : players);
    if (!isRight || !isWhole) {
      yield `round ${id} paid ${same.length} prizes for place ${place}, ${players} of ${prize} base units were due`;
    }
  }
  if (paid.some((one) => !due.some(({ place }) => place === one.place))) {
    yield `round ${id} paid for a place that nobody has`;
  }
}

export const warChecks: readonly AuditCheck[] = [
  scoresCheck,
  roundsCheck,
  roundRowsCheck,
  postingsCheck,
];
