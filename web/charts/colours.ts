// The console's colours for what is drawn on a canvas, which knows no CSS variables.

const names = [
  'ground',
  'card',
  'ink',
  'faint',
  'line',
  'up',
  'down',
  'accent',
  'warning',
] as const;
export type Colours = Readonly<Record<(typeof names)[number], string>>;

/** As they are just now, light or dark: `rgb(…)`. */
export function readColours(near: HTMLElement): Colours {
  // A variable's own value is what was written, `light-dark(…)`; what it comes to is told of a property that uses it.
  const probe = document.createElement('span');
  near.append(probe);
  const colours = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colours) as Record<(typeof names)[number], string>;
}

/** @param share from 0, which is unseen, to 1 */
export function fade(colour: string, share: number): string {
  const [red = '0', green = '0', blue = '0'] = colour.match(/[\d.]+/g) ?? [];
  return `rgba(${red}, ${green}, ${blue}, ${share})`;
}

/** @returns what ends it */
export function onColourChange(tell: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', tell);
  return () => dark.removeEventListener('change', tell);
}
