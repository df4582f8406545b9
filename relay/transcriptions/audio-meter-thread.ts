// The thread of `audio-meter.ts`: the duration of one recording after the other.

/** Seconds to the end of its last packet of audio; null for what is no recording, or cannot be read to its end. */
export default async function measure(bytes: ArrayBuffer): Promise<number | null> {
  const { ALL_FORMATS, BufferSource, Input } = await import('mediabunny');
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  try {
    const tracks = await input.getAudioTracks();
    const ends = await Promise.all(tracks.map((track) => track.computeDuration()));
    const seconds = Math.max(0, ...ends);
    return Number.isFinite(seconds) ? seconds : null;
  } catch {
    return null;
  } finally {
    input.dispose();
  }
}
