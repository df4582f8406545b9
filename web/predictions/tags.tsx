// A market's tags; each leads to all markets that have it.
import { Link } from 'wouter';

export function Tags({ tags }: { readonly tags: readonly string[] }) {
  return tags.map((tag) => (
    <Link key={tag} className="prediction-tag" href={`/predictions?tag=${encodeURIComponent(tag)}`}>
      #{tag}
    </Link>
  ));
}
