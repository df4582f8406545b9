// The model's name in an answer: callers see the id that they asked for, not what the upstream calls the model.

/**
 * Names the model `modelId` in an answer or a chunk of one. The text is kept as the upstream wrote it where that is
 * safe, which costs two searches of it; else it is written anew.
 * @param text one line of JSON
 * @param json the same, parsed
 */
export function renameModel(
  text: string,
  json: { readonly model?: unknown },
  modelId: string,
): string {
  return rename(text, json.model, modelId, () => ({ ...json, model: modelId }));
}

/** The same where a member of the answer names the model, such as the `response` of an event. */
export function renameModelIn(
  member: string,
  text: string,
  json: Readonly<Record<string, unknown>>,
  modelId: string,
): string {
  const inner = json[member];
  if (typeof inner !== 'object' || inner === null || !('model' in inner)) return text;
  return rename(text, inner.model, modelId, () => ({
    ...json,
    [member]: { ...inner, model: modelId },
  }));
}

function rename(text: string, model: unknown, modelId: string, anew: () => object): string {
  if (typeof model !== 'string' || model === modelId) return text;
  // Within a string its quotes would be escaped; what is found twice may also be a member further in.
  const member = `"model":${JSON.stringify(model)}`;
  const at = text.indexOf(member);
  if (at < 0 || text.includes(member, at + member.length)) return JSON.stringify(anew());
  return `${text.slice(0, at)}"model":${JSON.stringify(modelId)}${text.slice(at + member.length)}`;
}
