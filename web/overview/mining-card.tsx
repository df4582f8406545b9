// What a Credit mines now, and how far the halving is.
import { useQuery } from '@tanstack/react-query';
import { Decimal } from 'decimal.js';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';
import { Amount, groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Gauge } from '../ui/gauge';
import { Loaded } from '../ui/loaded';

const everyMs = 5_000;

export function MiningCard() {
  const mining = useQuery({
    queryKey: ['mining'],
    queryFn: () => answerOf(api.GET('/api/v1/mining')),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Mining">
      <Loaded query={mining}>
        {(data) => (
          <>
            <p className="figure">
              <Amount value={data.ratePerCredit} unit="LCO a Credit" />
            </p>
            <Epoch {...data} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Epoch({ epoch, remainingInEpoch, epochSize, maxSupply }: AnswerOf<'/api/v1/mining'>) {
  if (remainingInEpoch === '0') {
    return (
      <p>
        All <Amount value={maxSupply} unit="LCO" /> are mined.
      </p>
    );
  }
  const left = new Decimal(remainingInEpoch).div(epochSize);
  return (
    <Gauge
      label={`Epoch ${epoch}`}
      share={1 - left.toNumber()}
      text={`${groupDigits(new Decimal(remainingInEpoch).toFixed(0, Decimal.ROUND_UP))} LCO to the halving`}
    />
  );
}
