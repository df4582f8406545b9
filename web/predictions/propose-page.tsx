// A new market: what is asked, by which rules it is answered, and the seed that its proposer stakes on both sides.
import { Button } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { useState } from 'react';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { TextAreaField } from '../ui/text-area-field';

/** Where the form is, instead of a market's id. */
export const newMarketId = 'new';

type Proposal = BodyOf<'/api/v1/predictions'>;

const fields = ['question', 'rules', 'source', 'closesAt', 'seed', 'tags'] as const;
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();

/** @param local of the reader's zone, as the browser's field gives it; '' for what is no time */
function utcOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

function proposalOf(form: FormData): Proposal {
  const tags = textOf(form, 'tags').split(/[\s,]+/);
  return {
    question: textOf(form, 'question'),
    rules: textOf(form, 'rules'),
    source: textOf(form, 'source'),
    closesAt: utcOf(textOf(form, 'closesAt')),
    seed: textOf(form, 'seed').trim(),
    tags: tags.filter((tag) => tag !== ''),
  };
}

export function ProposePage() {
  return (
    <>
      <p>
        <Link href="/predictions">All predictions</Link>
      </p>
      <h1>Propose a market</h1>
      <div className="prediction-proposal">
        <ProposalForm />
        <WhatHappens />
      </div>
    </>
  );
}

function ProposalForm() {
  const [, navigate] = useLocation();
  const [closing, setClosing] = useState('');
  const available = useAvailable('LCO');
  const order = useWish((body: Proposal, key) => {
    const params = { header: { 'Idempotency-Key': key } };
    return answerOf(api.POST('/api/v1/predictions', { params, body }));
  });
  const closesAt = utcOf(closing);
  return (
    <ApiForm
      title="Your market"
      error={order.error}
      fields={fields}
      onSend={(form) =>
        order.mutate(proposalOf(form), {
          onSuccess: ({ prediction }) => navigate(`/predictions/${prediction.id}`),
        })
      }
      button={
        <Button type="submit" isDisabled={order.isPending}>
          Propose
        </Button>
      }
    >
      <Field
        label="Question, answered by YES or NO (up to 200 characters)"
        name="question"
        autoComplete="off"
        isRequired
      />
      <TextAreaField
        label="Rules: when it is YES, and when it is NO (up to 4,000 characters)"
        name="rules"
        rows={6}
        isRequired
      />
      <Field
        label="Source: where the answer will be read (up to 500 characters)"
        name="source"
        autoComplete="off"
        isRequired
      />
      <Field
        label={`Betting closes at (${timeZone})`}
        name="closesAt"
        type="datetime-local"
        isRequired
        value={closing}
        onChange={setClosing}
      />
      {closesAt !== '' && <p className="unit">In UTC: {closesAt}</p>}
      <Field
        label="Seed in LCO (at least 100)"
        name="seed"
        inputMode="decimal"
        autoComplete="off"
        isRequired
      />
      {available !== undefined && (
        <p className="unit">
          Available: <Amount value={available} unit="LCO" />
        </p>
      )}
      <Field
        label="Tags (up to 5, small letters, digits and hyphens)"
        name="tags"
        autoComplete="off"
      />
    </ApiForm>
  );
}

function WhatHappens() {
  return (
    <Card title="What it costs, and what happens next">
      <ol>
        <li>
          Your seed is the first liquidity: it is staked on both sides alike, and leaves your
          balance when you propose.
        </li>
        <li>
          An operator approves or rejects the market. The seed returns in full if it is rejected, or
          if nobody answers before it expires.
        </li>
        <li>
          Once it is approved, everybody can bet until betting closes. You cannot take the seed back
          before the end.
        </li>
        <li>
          An operator proposes the outcome. Who holds a bet may dispute it for a while, then it is
          final.
        </li>
        <li>
          The seed is then paid like a bet on the side that won. Of it you can lose at most 29.3%;
          you gain where the market was wrong. If the market is void, it returns in full.
        </li>
      </ol>
    </Card>
  );
}
