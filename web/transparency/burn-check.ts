// The verification of one burn, asked for by a button: what came of it stays until it is asked for again.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { askVerifiedHead } from './log-head';
import { verifyBurn, type Burn } from '../proofs/burn-checks';

/** @param listed as the list shows it, if it does */
async function checkBurn(seq: number, listed: Burn | undefined) {
  const path = { seq };
  const record = await answerOf(api.GET('/api/v1/burns/{seq}', { params: { path } }));
  // After the record, which it then covers.
  const { size, checkpoint, key, verification } = await askVerifiedHead();
  const params = { path, query: { size } };
  const proof = await answerOf(api.GET('/api/v1/burns/{seq}/proof', { params }));
  const { checks, climb } = await verifyBurn(seq, { record, listed, proof, checkpoint, key });
  // In a head of another log a burn proves nothing.
  const ofHead = verification.checks.filter(({ verdict }) => verdict === 'fails');
  return { record, checks: [...checks, ...ofHead], climb };
}

export function useBurnCheck(seq: number, listed?: Burn) {
  return useQuery({
    queryKey: ['burns', 'check', seq],
    queryFn: () => checkBurn(seq, listed),
    enabled: false,
    staleTime: Infinity,
  });
}
