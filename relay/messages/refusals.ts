// Why fields and kinds of Anthropic's that are not relayed are refused (DESIGN 2.2 "Reserve").

const atUpstream = 'it names state at the upstream, which is not kept for callers of this relay';
const runsAtUpstream =
  'it runs at the upstream, so that its cost cannot be bounded before the call';
const uncounted = 'how many tokens it adds to the input is not published';
const otherPrice = 'it has another price than the model';

const reasons: ReadonlyMap<string, string> = new Map([
  ['container', atUpstream],
  ['diagnostics', atUpstream],
  ['mcp_servers', runsAtUpstream],
  ['context_management', runsAtUpstream],
  ['fallbacks', runsAtUpstream],
  ['inference_geo', otherPrice],
  ['speed', otherPrice],
  ['service_tier', "only 'auto' and 'standard_only' are relayed, both at the standard tier"],

  // kinds of tools
  ['web_search', runsAtUpstream],
  ['web_fetch', runsAtUpstream],
  ['code_execution', runsAtUpstream],
  ['tool_search_tool_bm25', runsAtUpstream],
  ['tool_search_tool_regex', runsAtUpstream],
  ['advisor', runsAtUpstream],
  ['mcp_toolset', runsAtUpstream],
  ['computer', uncounted],
  ['computer_toolset', uncounted],
  ['browser_toolset', uncounted],
  ['memory', uncounted],
  ['bash', 'only bash_20250124 is relayed'],
  ['text_editor', 'only those of 2025 are relayed'],

  // kinds of content
  ['document', 'documents are not relayed; put their text into the message'],
  ['search_result', 'search results are not relayed; put their text into the message'],
  ['file', 'files are not relayed; put the content into the message'],
  ['container_upload', atUpstream],
  ['server_tool_use', runsAtUpstream],
  ['web_search_tool_result', runsAtUpstream],
  ['web_fetch_tool_result', runsAtUpstream],
  ['code_execution_tool_result', runsAtUpstream],
  ['bash_code_execution_tool_result', runsAtUpstream],
  ['text_editor_code_execution_tool_result', runsAtUpstream],
  ['tool_search_tool_result', runsAtUpstream],
  ['mcp_tool_use', runsAtUpstream],
  ['mcp_tool_result', runsAtUpstream],
  ['tool_reference', runsAtUpstream],
  ['compaction', runsAtUpstream],
]);

/** Kinds of tools carry the date of their version: `web_search_20250305`. */
export const messagesRefusals = {
  get: (name: string) => reasons.get(name) ?? reasons.get(name.replace(/_\d{8}$/, '')),
};
