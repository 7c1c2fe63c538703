// The audio on the page and what both models make of it.

import { Detector } from "./detector.js";

export const MODELS = ["published", "finetuned"];
// A task of the browser, such as a click or a frame, can run after so many windows.
const WINDOWS_PER_TURN = 64;

export const recording = empty("");
export const setup = {};
const detectors = {};
// Counts recordings, so that work on the one before stops.
let current = 0;

function empty(name) {
  const probabilities = Object.fromEntries(MODELS.map((model) => [model, []]));
  return { name, isMicrophone: false, sampleCount: 0, blocks: [], peaks: [], probabilities };
}

// Fetch the setup and both models.
export async function load() {
  Object.assign(setup, await (await fetch("setup.json")).json());
  for (const model of MODELS) {
    detectors[model] = await Detector.load(`models/${model}.onnx`, setup);
  }
}

// Forget the audio; returns the number of the new recording.
export function begin(name, isMicrophone) {
  Object.assign(recording, empty(name), { isMicrophone });
  for (const model of MODELS) detectors[model].reset();
  current += 1;
  return current;
}

export const isCurrent = (number) => number === current;

// Run both models on the next samples, one window at most. False where another recording began.
export async function feed(number, block) {
  const window = new Float32Array(setup.windowSamples);
  window.set(block);
  for (const model of MODELS) {
    if (!isCurrent(number)) return false;
    const probability = await detectors[model].run(window);
    if (!isCurrent(number)) return false;
    recording.probabilities[model].push(probability);
  }
  recording.blocks.push(block);
  recording.sampleCount += block.length;
  recording.peaks.push(block.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0));
  return true;
}

// Run both models on all of `samples`; `show` is called now and then. False where it was stopped.
export async function feedAll(number, samples, show) {
  for (let start = 0, turn = 0; start < samples.length; start += setup.windowSamples, turn += 1) {
    if (!(await feed(number, samples.slice(start, start + setup.windowSamples)))) return false;
    if (turn % WINDOWS_PER_TURN === 0) {
      show();
      await new Promise((resume) => setTimeout(resume));
    }
  }
  return isCurrent(number);
}

// All samples so far, Float32Array.
export function samples() {
  const joined = new Float32Array(recording.sampleCount);
  let start = 0;
  for (const block of recording.blocks) {
    joined.set(block, start);
    start += block.length;
  }
  return joined;
}
