// Which of Anthropic's betas a caller may ask for. A beta is a switch at the upstream, under our key: one that is not
// known to leave prices and state alone is not sent. It is dropped and not refused, for coding agents name a dozen with
// every call and go on without.

/** Thinks between the calls of tools, too; what one call thinks is within its max_tokens. */
const interleavedThinking = 'interleaved-thinking-2025-05-14';

const allowed: ReadonlySet<string> = new Set([
  interleavedThinking,
  // Streams the arguments of tools as they come.
  'fine-grained-tool-streaming-2025-05-14',
  // Writes the calls of tools in fewer tokens.
  'token-efficient-tools-2025-02-19',
  // Allows a larger max_tokens, which the price version bounds.
  'output-128k-2025-02-19',
  // `strict` tools and `output_config.format` for models that had them before they were general.
  'structured-outputs-2025-11-13',
  // `output_config.effort`, likewise.
  'effort-2025-11-24',
  // Tells by the stop reason that the context was full.
  'model-context-window-exceeded-2025-08-26',
]);
// Among those that are dropped: context-1m, extended-cache-ttl and fast-mode (other prices), files-api, skills,
// message-threads and agent-memory (state at the upstream), code-execution, mcp-client, context-management and compact
// (work at the upstream).

/** The headers to send upstream for the `anthropic-beta` of a caller: a list divided by commas. */
export function betaHeadersOf(beta: string | undefined): Readonly<Record<string, string>> {
  const known = namesIn(beta).filter((name) => allowed.has(name));
  return known.length > 0 ? { 'anthropic-beta': [...new Set(known)].join(',') } : {};
}

/** The budget of thinking is then one of all the calls between two words of the user: it may exceed max_tokens. */
export function isThinkingInterleaved(beta: string | undefined): boolean {
  return namesIn(beta).includes(interleavedThinking);
}

function namesIn(beta: string | undefined): string[] {
  return (beta ?? '').split(',').map((name) => name.trim());
}
