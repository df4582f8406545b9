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
  const { model } = json;
  if (typeof model !== 'string' || model === modelId) return text;
  // Within a string its quotes would be escaped; what is found twice may also be a member further in.
  const member = `"model":${JSON.stringify(model)}`;
  const at = text.indexOf(member);
  if (at < 0 || text.includes(member, at + member.length)) {
    return JSON.stringify({ ...json, model: modelId });
  }
  return `${text.slice(0, at)}"model":${JSON.stringify(modelId)}${text.slice(at + member.length)}`;
}
