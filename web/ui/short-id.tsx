// The beginning of a long name, all of it where one points at it, and a button that copies it.
import { useState } from 'react';
import { Button } from 'react-aria-components';

const shownLength = 8;

interface ShortIdProps {
  readonly id: string;
  /** Instead of its beginning. */
  readonly shown?: string;
}

export function ShortId({ id, shown = id.slice(0, shownLength) }: ShortIdProps) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = () => {
    // So that it is told each time.
    setIsCopied(false);
    void navigator.clipboard.writeText(id).then(() => setIsCopied(true));
  };
  return (
    <span className="short-id">
      <code title={id}>{shown}</code>
      {/* Browsers have no clipboard on pages without TLS, other than those of this machine. */}
      {navigator.clipboard && (
        <Button className="plain" aria-label={`Copy ${id}`} onPress={copy}>
          copy
        </Button>
      )}
      <small role="status">{isCopied && 'copied'}</small>
    </span>
  );
}
