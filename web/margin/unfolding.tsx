// A part that is unfolded when it is wanted, one at a time in its group, and is not there before.
import { useState, type ReactNode } from 'react';
import { lateRefusals } from '../api/late-refusals';

interface UnfoldingProps {
  /** Of the group. */
  readonly id: string;
  readonly title: string;
  readonly children: ReactNode;
}

export function Unfolding({ id, title, children }: UnfoldingProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      className="unfolding"
      name={id}
      onToggle={({ currentTarget: { open } }) => lateRefusals.putAway(() => setIsOpen(open))}
    >
      <summary>{title}</summary>
      {isOpen && children}
    </details>
  );
}
