// Names and what stands behind them, one below the other.
import type { ReactNode } from 'react';

export type Fact = readonly [name: string, value: ReactNode];

/** @param facts what is `null`, `undefined` or `false` is left out */
export function Facts({ facts }: { readonly facts: readonly (Fact | null | undefined | false)[] }) {
  const shown = facts.filter((fact): fact is Fact => Boolean(fact));
  return (
    <dl>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
