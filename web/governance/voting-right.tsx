// Who may propose and vote, and what the user lacks for it.
import { Decimal } from 'decimal.js';
import { Link } from 'wouter';
import { Amount } from '../ui/amount';

interface VotingRightProps {
  readonly level: string;
  readonly staked: string;
  readonly needed: { readonly level: string; readonly minimumStake: string };
}

export function VotingRight({ level, staked, needed }: VotingRightProps) {
  const missing = Decimal.max(0, new Decimal(needed.minimumStake).minus(staked)).toFixed();
  return (
    <p>
      Only Whales propose and vote: <Amount value={needed.minimumStake} unit="LCO" /> must be
      staked. You are {level} with <Amount value={staked} unit="LCO" /> staked;{' '}
      <Amount value={missing} unit="LCO" /> are missing. <Link href="/staking">Stake</Link>
    </p>
  );
}
