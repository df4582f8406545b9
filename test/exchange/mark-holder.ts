// A process of its own that contends for the mark's lock and says when it has it, to be killed.
import { contendForMarkLock } from '../../services/exchange/mark/mark-lock';

export interface HolderMessage {
  readonly isHeld: boolean;
}

if (require.main === module) {
  const databaseUrl = process.argv[2] ?? '';
  contendForMarkLock({
    databaseUrl,
    applicationName: 'lx-mark-holder',
    onChange: (isHeld) => process.send?.({ isHeld } satisfies HolderMessage),
  });
}
