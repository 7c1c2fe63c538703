// Speech segments from window probabilities, by the rules of silero_vad.get_speech_timestamps.
//
// The same as vad/evaluation/segments.py, for one pair of thresholds; a test compares them. The
// report and the page of make demo both draw by it.

// Segments [start, end] in samples. `geometry` has sampleRate and windowSamples, `options` the
// arguments of get_speech_timestamps.
export function speechSegments(probabilities, sampleCount, geometry, options) {
  const perMs = geometry.sampleRate / 1000;
  const shortest = options.min_speech_duration_ms * perMs;
  const segments = unpadded(probabilities, sampleCount, geometry, options);
  const long = segments.filter(([start, end]) => end - start > shortest);
  return padded(long, sampleCount, options.speech_pad_ms * perMs);
}

function unpadded(probabilities, sampleCount, { sampleRate, windowSamples }, options) {
  const silence = (options.min_silence_duration_ms * sampleRate) / 1000;
  const segments = [];
  let start = null;
  let end = null;
  for (let window = 0; window < probabilities.length; window += 1) {
    const time = window * windowSamples;
    if (probabilities[window] >= options.threshold) {
      start ??= time;
      end = null;
    } else if (probabilities[window] < options.neg_threshold && start !== null) {
      end ??= time;
      if (time - end < silence) continue;
      segments.push([start, end]);
      start = end = null;
    }
  }
  if (start !== null) segments.push([start, sampleCount]);
  return segments;
}

// Near segments meet half way.
function padded(segments, sampleCount, pad) {
  const grown = segments.map(([start, end]) => [
    Math.max(0, Math.floor(start - pad)),
    Math.min(sampleCount, Math.floor(end + pad)),
  ]);
  for (let i = 1; i < segments.length; i += 1) {
    const silence = segments[i][0] - segments[i - 1][1];
    if (silence >= 2 * pad) continue;
    grown[i - 1][1] = segments[i - 1][1] + Math.floor(silence / 2);
    grown[i][0] = segments[i][0] - Math.floor(silence / 2);
  }
  return grown;
}
