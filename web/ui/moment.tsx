// A time in the reader's zone, and in UTC where one points at it.

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** @param at ISO 8601 */
export function Moment({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {local.format(new Date(at))}
    </time>
  );
}
