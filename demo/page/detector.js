// A streaming ONNX file, fed as a product feeds it: new samples after the end of the last window,
// the state of each call into the next.

import * as ort from "./runtime/ort.wasm.min.mjs";

const STATE_SIZE = 128;
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;

export class Detector {
  // The model at `address`; `setup` has sampleRate, windowSamples and contextSamples.
  static async load(address, setup) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: status ${response.status}`);
    const session = await ort.InferenceSession.create(await response.arrayBuffer());
    return new Detector(session, setup);
  }

  constructor(session, setup) {
    this.session = session;
    this.contextSamples = setup.contextSamples;
    this.input = new Float32Array(setup.contextSamples + setup.windowSamples);
    this.sr = new ort.Tensor("int64", BigInt64Array.of(BigInt(setup.sampleRate)), []);
    this.reset();
  }

  // Before every recording: silence as context, zeros as state.
  reset() {
    this.input.fill(0);
    const zeros = new Float32Array(2 * STATE_SIZE);
    this.state = new ort.Tensor("float32", zeros, [2, 1, STATE_SIZE]);
  }

  // The probability of speech in `window`, Float32Array [windowSamples].
  async run(window) {
    this.input.copyWithin(0, this.input.length - this.contextSamples);
    this.input.set(window, this.contextSamples);
    const input = new ort.Tensor("float32", this.input, [1, this.input.length]);
    const { output, stateN } = await this.session.run({ input, state: this.state, sr: this.sr });
    this.state = stateN;
    return output.data[0];
  }
}
