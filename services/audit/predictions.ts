// The books of prediction markets (DESIGN 2.8 and 8).
import { sqlCheck, type AuditCheck } from './check';
import { predictionLifeChecks } from './prediction-life';
import { predictionPostingChecks } from './prediction-postings';
import { predictionReplayCheck } from './prediction-replay';

const manifestsCheck = sqlCheck(
  'predictions: what is handed out as the manifest of a settlement has the hash that was published',
  /* sql */ `
  with kept as (
    select market_id, sha256(convert_to(string_agg(text, '' order by part), 'UTF8')) as hash
    from prediction_manifests group by market_id
  )
  select format('market %s hands out a manifest with the hash %s, it published %s', coalesce(s.id, k.market_id),
    coalesce(encode(k.hash, 'hex'), 'of none'), coalesce(encode(s.manifest_hash, 'hex'), 'none')) as finding
  from kept k full join (
    select id, manifest_hash from prediction_settlements
  ) s on s.id = k.market_id
  -- It is written before the settlement is completed.
  where (s.manifest_hash is not null and k.hash is distinct from s.manifest_hash) or s.id is null`,
);

export const predictionChecks: readonly AuditCheck[] = [
  ...predictionPostingChecks,
  ...predictionLifeChecks,
  predictionReplayCheck,
  manifestsCheck,
];
