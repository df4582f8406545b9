// The level, and how far the next one is.
import { Decimal } from 'decimal.js';
import { Link } from 'wouter';
import { useStaking, type Staking } from '../account/use-staking';
import { Amount, groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Gauge } from '../ui/gauge';
import { Loaded } from '../ui/loaded';
import { Rights } from './rights';

export function LevelCard() {
  const staking = useStaking();
  return (
    <Card title="Level" aside={<Link href="/staking">Stake</Link>}>
      <Loaded query={staking}>{(data) => <Level {...data} />}</Loaded>
      <Rights />
    </Card>
  );
}

function Level({ tier, next }: Pick<Staking, 'tier' | 'next'>) {
  return (
    <>
      <p className="figure">{tier.level}</p>
      {next ? (
        <Gauge
          label={`to ${next.level}`}
          share={shareOf(tier.staked, next.missing)}
          text={`${groupDigits(next.missing)} LCO more`}
        />
      ) : (
        <p>
          <Amount value={tier.staked} unit="LCO" /> staked; there is no level above.
        </p>
      )}
    </>
  );
}

/** For the length of a bar. */
function shareOf(done: string, missing: string): number {
  const whole = new Decimal(done).plus(missing);
  return whole.isZero() ? 0 : new Decimal(done).div(whole).toNumber();
}
