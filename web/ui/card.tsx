// A part of a page, named by its heading.
import { useId, type ReactNode } from 'react';

interface CardProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Beside the heading. */
  readonly aside?: ReactNode;
  readonly className?: string;
}

export function Card({ title, children, aside, className }: CardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={className}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
