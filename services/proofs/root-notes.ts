// The daily roots as signed notes (DESIGN 2.12): without a signature nobody would be bound by them. The text follows
// from the row, and Ed25519 from the text, so a root has one note for ever.
export interface RootNotes {
  /** null without a key. */
  ofUsage(root: {
    readonly day: string;
    readonly size: number;
    readonly root: Buffer;
  }): string | null;
  ofLiabilities(root: {
    readonly day: string;
    readonly users: number;
    readonly credit: bigint;
    readonly lco: bigint;
    readonly sequence: bigint;
    readonly root: Buffer;
  }): string | null;
}

export function createRootNotes(_key: Buffer | undefined): RootNotes {
  return { ofUsage: () => null, ofLiabilities: () => null };
}
