// The sliders of both models, and the values that they stand at.

import { MODELS } from "./recording.js";

// By argument: highest value, step, and the digits after the point.
const RANGES = {
  threshold: [1, 0.01, 2],
  neg_threshold: [1, 0.01, 2],
  min_speech_duration_ms: [1000, 10, 0],
  min_silence_duration_ms: [2000, 10, 0],
  speech_pad_ms: [500, 10, 0],
};

export const options = {};
const sliders = {};

// Make the sliders and call `changed` whenever one moves.
export function makeSliders(changed) {
  for (const model of MODELS) {
    sliders[model] = {};
    for (const name of Object.keys(RANGES)) {
      const row = option(model, name);
      document.getElementById(`options-${model}`).append(row.label);
      sliders[model][name] = row;
      row.input.oninput = () => {
        move(model, name, Number(row.input.value));
        changed();
      };
    }
  }
}

function option(model, name) {
  const label = document.createElement("label");
  const [highest, step] = RANGES[name];
  const input = document.createElement("input");
  Object.assign(input, { type: "range", id: `${model}-${name}`, min: 0, max: highest, step });
  const output = document.createElement("output");
  output.htmlFor = input.id;
  label.className = "option";
  label.append(name, output, input);
  return { label, input, output };
}

// Take the values of thresholds.yaml, which need not be on a step of a slider.
export function setOptions(values) {
  for (const model of MODELS) {
    options[model] = { ...values[model] };
    show(model);
  }
}

// Speech cannot end above the threshold at which it starts: the other one moves along.
function move(model, name, value) {
  const values = options[model];
  values[name] = value;
  if (values.neg_threshold > values.threshold) {
    values.threshold = values.neg_threshold = value;
  }
  show(model);
}

function show(model) {
  for (const [name, { input, output }] of Object.entries(sliders[model])) {
    const value = options[model][name];
    input.value = value;
    const isOnStep = Math.abs(value - Number(value.toFixed(RANGES[name][2]))) < 1e-9;
    output.textContent = isOnStep ? value.toFixed(RANGES[name][2]) : String(value);
  }
}
