// What was asked for by a button that may stand far above: it is brought into view once it is there.
import { useEffect, useRef, type ReactNode } from 'react';

export function Revealed({ children }: { readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), []);
  return <div ref={place}>{children}</div>;
}
