// Audio at the rate of the models, mono: from a file or from the microphone.

// The samples of a file, its channels averaged, Float32Array. The browser decodes and resamples.
export async function decoded(file, sampleRate) {
  const context = new OfflineAudioContext(1, 1, sampleRate);
  const buffer = await context.decodeAudioData(await file.arrayBuffer());
  const mono = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const values = buffer.getChannelData(channel);
    for (let i = 0; i < mono.length; i += 1) mono[i] += values[i] / buffer.numberOfChannels;
  }
  return mono;
}

// The microphone as it is, for as long as `stop` of the result is not called. `take` gets
// Float32Array [windowSamples] each time.
export async function microphone({ sampleRate, windowSamples }, take) {
  const asItIs = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: asItIs });
  const context = new AudioContext({ sampleRate });
  await context.audioWorklet.addModule(new URL("./capture.js", import.meta.url));
  const processorOptions = { windowSamples };
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, processorOptions });
  node.port.onmessage = ({ data }) => take(data);
  context.createMediaStreamSource(stream).connect(node);
  await context.resume();
  return {
    async stop() {
      node.port.onmessage = null;
      for (const track of stream.getTracks()) track.stop();
      await context.close();
    },
  };
}
