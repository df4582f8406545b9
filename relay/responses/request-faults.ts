// Errors that OpenAI tells within an answer which it had accepted, and that are the request's: it is checked by then only.

/** Those of `ResponseError` and of OpenAI's statuses 400 that name the request, or what it shows the model. */
const codes: ReadonlySet<unknown> = new Set([
  'invalid_prompt',
  'bio_policy',
  'cyber_policy',
  'content_policy_violation',
  'content_filter',
  'context_length_exceeded',
  'string_above_max_length',
  'unsupported_image_media_type',
  'empty_image_file',
  'invalid_base64_image',
  'failed_to_download_image',
]);
const ofImages = /^(?:invalid_)?image(?:_|$)/;

/** @param error `{code, message}`, with a `type` where it comes as with chats. */
export function isOfRequest(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, type } = error as Readonly<Record<string, unknown>>;
  // Some types are wider than their codes: a key that is not taken is an invalid request, too.
  if (typeof code !== 'string') return type === 'invalid_request_error';
  return codes.has(code) || ofImages.test(code);
}
