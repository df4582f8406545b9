// How long an Opus packet plays, by its first bytes (RFC 6716, section 3.1).

/** Milliseconds of a frame by the last two bits of its configuration, of which hybrid ones use one. */
const silkMs = [10, 20, 40, 60];
const hybridMs = [10, 20];
const celtMs = [2.5, 5, 10, 20];

function frameMs(configuration: number): number {
  const [sizes, index] =
    configuration < 12
      ? [silkMs, configuration & 3]
      : configuration < 16
        ? [hybridMs, configuration & 1]
        : [celtMs, configuration & 3];
  return sizes[index] ?? 0;
}

/** 0 for a packet without a byte. */
export function opusPacketSeconds(packet: Uint8Array): number {
  const [first, second = 0] = packet;
  if (first === undefined) return 0;
  const code = first & 3;
  const frames = code === 0 ? 1 : code === 3 ? second & 63 : 2;
  return (frames * frameMs(first >> 3)) / 1_000;
}
