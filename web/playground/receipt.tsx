// What a call cost and mined, by its receipt.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Amount } from '../ui/amount';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import type { Turn } from './use-conversation';

/** A call that was left is settled a moment later. */
const triesForReceipt = 20;
const retryMs = 500;

export function Receipt({ turn, requestId }: { readonly turn: Turn; readonly requestId: string }) {
  const { firstMs, tookMs } = turn;
  const receipt = useQuery({
    queryKey: ['usage', requestId],
    queryFn: () =>
      answerOf(api.GET('/api/v1/usage/{requestId}', { params: { path: { requestId } } })),
    retry: triesForReceipt,
    retryDelay: retryMs,
    staleTime: Infinity,
  });
  return (
    <Loaded query={receipt}>
      {({ charge, mined, tokens }) => (
        <Facts
          facts={[
            ['Cost', <Amount key="cost" value={charge} unit="CREDIT" />],
            ['Mined', <Amount key="mined" value={mined} unit="LCO" />],
            ['Tokens', `${tokens.input} in, ${tokens.output} out`],
            firstMs !== undefined && ['First word', `${firstMs} ms`],
            tookMs !== undefined && ['Whole answer', `${tookMs} ms`],
          ]}
        />
      )}
    </Loaded>
  );
}
