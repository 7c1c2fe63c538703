// What the page writes: label tracks, thresholds and audio.

const FULL_SCALE = 32767;
const WAV_HEADER_BYTES = 44;

// The lines of a label track of Audacity, as vad/label_files writes them.
export function audacityTrack(segments, sampleRate) {
  const line = (bounds) => bounds.map((sample) => (sample / sampleRate).toFixed(6)).join("\t");
  return segments.map((bounds) => `${line(bounds)}\tspeech\n`).join("");
}

// The text of thresholds.yaml; `options` has the arguments of each model.
export function thresholdsYaml(options) {
  const section = ([model, values]) =>
    [`  ${model}:`, ...Object.entries(values).map(([key, value]) => `    ${key}: ${value}`)];
  return ["thresholds:", ...Object.entries(options).flatMap(section)].join("\n") + "\n";
}

// A mono WAV file of 16 bits, ArrayBuffer.
export function wav(samples, sampleRate) {
  const view = new DataView(new ArrayBuffer(WAV_HEADER_BYTES + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((l, i) => view.setUint8(at + i, l.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]]) view.setUint16(at, value, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    const value = Math.round(Math.max(-1, Math.min(1, sample)) * FULL_SCALE);
    view.setInt16(WAV_HEADER_BYTES + 2 * i, value, true);
  });
  return view.buffer;
}

// Hand `content` to the browser as a download.
export function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
