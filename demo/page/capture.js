// Collects the microphone's samples, which come in blocks of 128, into whole windows.

class Capture extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.size = processorOptions.windowSamples;
    this.restart();
  }

  restart() {
    this.window = new Float32Array(this.size);
    this.count = 0;
  }

  // `inputs` has the channels of the first input, none before the microphone starts.
  process([channels]) {
    for (let i = 0; channels.length && i < channels[0].length; i += 1) {
      const sum = channels.reduce((total, channel) => total + channel[i], 0);
      this.window[this.count] = sum / channels.length;
      this.count += 1;
      if (this.count === this.size) {
        this.port.postMessage(this.window, [this.window.buffer]);
        this.restart();
      }
    }
    return true;
  }
}

registerProcessor("capture", Capture);
