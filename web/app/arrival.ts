// Coming to another page: its name is the window's, and the focus is in it where it would be nowhere.
import { useEffect, useRef, type RefObject } from 'react';
import { matchRoute, useLocation, useRouter } from 'wouter';
import type { Me } from '../session/session';
import { pageGroupsFor } from './pages';

/** @param page what holds all pages */
export function useArrival(page: RefObject<HTMLElement | null>, role: Me['user']['role']): void {
  const [location] = useLocation();
  const { parser } = useRouter();
  const name = pageGroupsFor(role)
    .flatMap(({ pages }) => pages)
    .find(({ path }) => matchRoute(parser, path, location)[0])?.name;
  useEffect(() => {
    document.title = `${name ?? 'Not found'} – L-Exchange`;
    return () => {
      document.title = 'L-Exchange';
    };
  }, [name]);
  const before = useRef(location);
  useEffect(() => {
    if (before.current === location) return;
    before.current = location;
    // The link that led here went with the page before, or with the menu.
    const isShown = document.activeElement?.getClientRects().length !== 0;
    if (!isShown || document.activeElement === document.body) page.current?.focus();
  }, [location, page]);
}
