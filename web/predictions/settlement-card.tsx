// What a market paid and burned, and its manifest, which the reader's own browser checks.
import { useMutation } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { ProblemNotice } from '../ui/problem-notice';
import { BurnLink } from './burn-link';
import { checkManifest, type Finding } from './manifest-check';
import type { Market } from './market-words';

type Settlement = NonNullable<Market['settlement']>;

export function SettlementCard({ market }: { readonly market: Market }) {
  const { settlement } = market;
  if (settlement === null) return null;
  return (
    <Card title="Settlement">
      <Progress settlement={settlement} />
      <Paid settlement={settlement} />
      {settlement.manifestHash !== null && (
        <Manifest market={market} settlement={settlement} hash={settlement.manifestHash} />
      )}
    </Card>
  );
}

function Progress({ settlement }: { readonly settlement: Settlement }) {
  const { keptLots, voidedLots, settledLots, completedAt } = settlement;
  if (completedAt !== null) return null;
  const all = keptLots + voidedLots;
  return <Gauge label="Lots paid" text={`${settledLots} of ${all}`} share={settledLots / all} />;
}

function Paid({ settlement }: { readonly settlement: Settlement }) {
  const { keptLots, voidedLots, paid, refunded, fees, dust, burned, burnSeq } = settlement;
  return (
    <Facts
      facts={[
        ['Bets that count', keptLots],
        ['Returned at cost', voidedLots],
        ['Paid', <Amount key="paid" value={paid} unit="LCO" />],
        ['Returned', <Amount key="refunded" value={refunded} unit="LCO" />],
        ['Fees', <Amount key="fees" value={fees} unit="LCO" />],
        dust !== null && ['Left by rounding', <Amount key="dust" value={dust} unit="LCO" />],
        burned !== null && [
          'Burned',
          <span key="burned">
            <Amount value={burned} unit="LCO" />
            {burnSeq !== null && (
              <>
                , <BurnLink seq={burnSeq} />
              </>
            )}
          </span>,
        ],
      ]}
    />
  );
}

interface ManifestProps {
  readonly market: Market;
  readonly settlement: Settlement;
  readonly hash: string;
}

function Manifest({ market, settlement, hash }: ManifestProps) {
  const check = useMutation({
    networkMode: 'always',
    mutationFn: () => checkManifest(market, settlement),
  });
  return (
    <>
      <h3>Manifest</h3>
      <p>
        The <a href={`/api/v1/predictions/${market.id}/manifest`}>manifest</a> lists every lot and
        what it was paid. Its SHA-256 is <code className="user-text">{hash}</code>.
      </p>
      <Button onPress={() => check.mutate()} isDisabled={check.isPending}>
        {check.isPending ? 'Checking …' : 'Check it in this browser'}
      </Button>
      <ProblemNotice error={check.error} />
      {check.data && <Findings findings={check.data} />}
    </>
  );
}

const marks = { right: '✓', wrong: '✗', unchecked: '–' } as const;
const verdicts = { right: 'right', wrong: 'WRONG', unchecked: 'not checked' } as const;

function summaryOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']) =>
    findings.filter((each) => each.verdict === verdict).length;
  const wrong = count('wrong');
  if (wrong > 0) return `The manifest is false: ${wrong} of ${findings.length} checks failed.`;
  return count('unchecked') === 0
    ? 'Nothing is wrong with the manifest.'
    : 'What could be checked is right.';
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <div role="status">
      <p>
        <strong>{summaryOf(findings)}</strong>
      </p>
      <ul className="manifest-findings">
        {findings.map(({ what, verdict, detail }) => (
          <li key={what} data-verdict={verdict}>
            <span aria-hidden="true">{marks[verdict]}</span>
            <span>
              {what}: <strong>{verdicts[verdict]}</strong>
              {detail && <small className="user-text">{detail}</small>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
