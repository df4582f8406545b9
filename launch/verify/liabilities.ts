// Proof of liabilities (docs/formats/liabilities.md): each day's root, with the sums that it stands for, is signed. What
// is in it, users check for themselves.
import { z } from 'zod';
import { rootFields, verifyRoots, type RootKind } from './roots';
import type { Verification } from './verification';

const liabilityRoot = z.object({
  ...rootFields,
  sequence: z.string(),
  users: z.int().min(0),
  credit: z.string(),
  lco: z.string(),
});

const liabilityRoots: RootKind<z.output<typeof liabilityRoot>> = {
  name: 'liabilities',
  path: '/liabilities/roots',
  shape: liabilityRoot,
  title: 'l-exchange liabilities root v1',
  fieldsOf: ({ sequence, users, credit, lco }) => [
    ['sequence', sequence],
    ['users', users],
    ['credit', credit],
    ['lco', lco],
  ],
};

export const liabilitiesVerification: Verification = {
  title: 'proof of liabilities',
  run: (subject) => verifyRoots(liabilityRoots, subject),
};
