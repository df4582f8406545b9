import { lendingChecks } from '../../services/audit/lending';
import { marginChecks } from '../../services/audit/margin';
import { fillMargin, type Filled } from './audit-world';
jest.setTimeout(300_000);
let filled: Filled;
beforeAll(async () => {
  filled = await fillMargin();
});
afterAll(() => filled.world.end());
it('x', async () => {
  const { world } = filled;
  const { rows } = await world.db.raw(`select p.id, p.side, p.status, string_agg(c.kind, ' ' order by number) k from margin_positions p join margin_changes c on c.position_id = p.id group by p.id order by opened_at`);
  console.log((await world.db.raw('select * from lending_losses')).rows, (await world.db.raw('select * from lending_pools')).rows);
  for (const r of rows) console.log(r.side, r.status, r.k, Object.entries(filled).find(([,v]) => (v as any)?.id === r.id)?.[0]);
});
it.each([...lendingChecks, ...marginChecks])('$title', async (check) => {
  const tx = await filled.world.db.transaction();
  const found: string[] = [];
  try {
    for await (const f of check.run({ db: tx, onProgress: () => undefined })) found.push(f);
  } finally { await tx.rollback(); }
  expect(found).toEqual([]);
});
