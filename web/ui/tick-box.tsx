// A box that is ticked or not.
import { Checkbox, type CheckboxProps } from 'react-aria-components';
import type { ReactNode } from 'react';

interface TickBoxProps extends Omit<CheckboxProps, 'children' | 'className'> {
  readonly children: ReactNode;
}

export function TickBox({ children, ...props }: TickBoxProps) {
  return (
    <Checkbox {...props} className="check">
      <span className="box" aria-hidden="true" /> <span>{children}</span>
    </Checkbox>
  );
}
