// Amounts as the API writes them: decimal text, which is grouped and never made a number.

const groups = /\B(?=(\d{3})+(?!\d))/g;

/** `1,234.5`; @param amount a decimal string */
export function groupDigits(amount: string): string {
  const [whole = '', fraction] = amount.split('.');
  const grouped = whole.replace(groups, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** What a unit is called beside a figure. */
export function unitName(unit: string): string {
  return unit === 'CREDIT' ? 'Credits' : unit;
}

export function Amount({ value, unit }: { readonly value: string; readonly unit: string }) {
  return (
    <span className="amount">
      {groupDigits(value)} <span className="unit">{unitName(unit)}</span>
    </span>
  );
}
