// A button for what cannot be undone: it asks once more, in its place.
import { useState } from 'react';
import { Button } from 'react-aria-components';

interface SureButtonProps {
  readonly label: string;
  /** What is asked before it is done. */
  readonly question: string;
  readonly onSure: () => void;
  readonly isDisabled: boolean;
}

export function SureButton({ label, question, onSure, isDisabled }: SureButtonProps) {
  const [isAsking, setIsAsking] = useState(false);
  if (!isAsking) {
    return (
      <Button onPress={() => setIsAsking(true)} isDisabled={isDisabled}>
        {label}
      </Button>
    );
  }
  return (
    <span role="group" aria-label={question}>
      {question}{' '}
      <Button
        onPress={() => {
          setIsAsking(false);
          onSure();
        }}
      >
        Yes
      </Button>{' '}
      <Button autoFocus onPress={() => setIsAsking(false)}>
        No
      </Button>
    </span>
  );
}
