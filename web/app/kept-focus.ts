// What has the focus may go from the page, as a question does that was answered, or the row of an order that was cancelled.
// Browsers then begin at the top; here the focus stays where it was: with what has come instead, or with what held it.
import { useEffect, type RefObject } from 'react';

interface Focused {
  readonly element: HTMLElement;
  /** From the nearest outwards: what held it, and as which of its children. */
  readonly places: readonly { readonly place: HTMLElement; readonly index: number }[];
}

const focusable =
  'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex="0"]';

function focusedIn(page: HTMLElement, element: HTMLElement): Focused {
  const places = [];
  let child = element;
  while (child !== page && child.parentElement) {
    const place = child.parentElement;
    places.push({ place, index: [...place.children].indexOf(child) });
    child = place;
  }
  return { element, places };
}

/** What is disabled while it works has the focus again afterwards. */
const canHaveFocus = (element: HTMLElement) => element.isConnected && !element.matches(':disabled');

const isNowhere = () => !document.activeElement || document.activeElement === document.body;

function giveBack({ element, places }: Focused, page: HTMLElement): void {
  if (element.isConnected) return element.focus({ preventScroll: true });
  const left = places.find(({ place }) => place.isConnected);
  if (!left || left.place === page) return page.focus({ preventScroll: true });
  const instead = left.place.children[left.index];
  const next = instead?.matches(focusable) ? instead : instead?.querySelector(focusable);
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  else focusPlace(left.place);
}

function focusPlace(place: HTMLElement): void {
  if (!place.hasAttribute('tabindex')) {
    place.tabIndex = -1;
    place.addEventListener('blur', () => place.removeAttribute('tabindex'), { once: true });
  }
  place.focus({ preventScroll: true });
}

/** @param within what holds all pages */
export function useKeptFocus(within: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const page = within.current;
    if (!page) return;
    let last: Focused | null = null;
    let frame = 0;
    const onFocus = ({ target }: FocusEvent) => {
      const isHere = target instanceof HTMLElement && page.contains(target);
      last = isHere ? focusedIn(page, target) : null;
    };
    // Who presses where nothing is wants it nowhere; of what goes browsers tell this before it has gone.
    const onBlur = ({ target }: FocusEvent) =>
      setTimeout(() => {
        if (last?.element === target && canHaveFocus(last.element)) last = null;
      });
    const observer = new MutationObserver(() => {
      // What stands before it may have come or gone.
      if (last?.element.isConnected) last = focusedIn(page, last.element);
      if (!last || !isNowhere()) return;
      cancelAnimationFrame(frame);
      // Whoever gives it back by themselves does so within a frame.
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => {
          if (last && isNowhere()) giveBack(last, page);
        });
      });
    });
    observer.observe(page, { childList: true, subtree: true, attributeFilter: ['disabled'] });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', onBlur);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', onBlur);
    };
  }, [within]);
}
