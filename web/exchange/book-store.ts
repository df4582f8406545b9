// The followed book for those who show it: told often, shown a few times a second.
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { liveStream } from '../live/live-stream';
import { followBook, unknownBook, type FollowedBook } from './book-follower';

/** An eye follows no more. */
const shownEveryMs = 150;

export class BookStore {
  private followed = unknownBook;
  private shown = unknownBook;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly watchers = new Set<() => void>();

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly state = (): FollowedBook => this.shown;

  /** @returns what ends it */
  follow(): () => void {
    const leave = liveStream.follow('book', (message) => {
      if (message.type !== 'book.snapshot' && message.type !== 'book.diff') return;
      const before = this.followed;
      this.followed = followBook(before, message);
      if (this.followed.hasGap && !before.hasGap) liveStream.resyncBook();
      this.showSoon();
    });
    return () => {
      leave();
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  private showSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.shown === this.followed) return;
      this.shown = this.followed;
      for (const watcher of this.watchers) watcher();
    }, shownEveryMs);
  }
}

/** One book for a page, however many look at it. */
export function useNewBookStore(): BookStore {
  const [store] = useState(() => new BookStore());
  useEffect(() => store.follow(), [store]);
  return store;
}

export const Books = createContext(new BookStore());

export function useBook(): FollowedBook {
  const store = useContext(Books);
  return useSyncExternalStore(store.watch, store.state);
}
