// The picture: waveform, both probability lines with their thresholds, segments of both, time.

import { MODELS, recording, setup } from "./recording.js";

export const VIEW_S = 30;
const TICKS = 6;
const STEPS_S = [0.5, 1, 2, 5, 10];
const DASHES = { published: [6, 3], finetuned: [] };
// Heights in CSS pixels; the lines take what is left.
const WAVE = 48;
const BAR = 14;
const GAP = 8;
const TIME = 18;

// The seconds that are seen from `from` on.
export function viewFrom(from) {
  const seconds = recording.sampleCount / setup.sampleRate;
  const length = Math.min(VIEW_S, Math.max(seconds, 1));
  const start = Math.max(0, Math.min(from, seconds - length));
  return [start, start + length];
}

// Draw all of it. `segments` are in samples by model, `cursor` in seconds or null.
export function draw(canvas, view, segments, options, cursor) {
  const pen = fitted(canvas);
  const { width, height } = canvas.getBoundingClientRect();
  const x = (time) => (width * (time - view[0])) / (view[1] - view[0]);
  const top = WAVE + GAP;
  const bottom = height - TIME - MODELS.length * (BAR + GAP);
  const y = (probability) => bottom - (bottom - top) * probability;
  pen.clearRect(0, 0, width, height);
  drawWave(pen, view, x);
  drawGrid(pen, view, x, y, width, height);
  MODELS.forEach((model, number) => {
    drawThreshold(pen, model, y(options[model].threshold), width);
    drawProbabilities(pen, model, view, x, y);
    drawSegments(pen, model, segments[model], x, bottom + GAP + number * (BAR + GAP), width);
  });
  if (cursor !== null) drawCursor(pen, x(cursor), height - TIME);
}

// The canvas at the resolution of the screen, scaled to CSS pixels.
function fitted(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = "12px system-ui, sans-serif";
  return pen;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

// The windows of the view, one more on each side.
function windowsOf([from, to], count) {
  const perWindow = setup.windowSamples / setup.sampleRate;
  const last = Math.min(count, Math.ceil(to / perWindow) + 1);
  return [Math.max(0, Math.floor(from / perWindow) - 1), last, perWindow];
}

function drawWave(pen, view, x) {
  const [first, last, perWindow] = windowsOf(view, recording.peaks.length);
  pen.fillStyle = colour("quiet");
  const loudest = Math.max(0.05, ...recording.peaks.slice(first, last));
  for (let window = first; window < last; window += 1) {
    const size = Math.max(1, (WAVE * recording.peaks[window]) / loudest);
    const left = x(window * perWindow);
    pen.fillRect(left, (WAVE - size) / 2, Math.max(0.5, x((window + 1) * perWindow) - left), size);
  }
}

function drawGrid(pen, [from, to], x, y, width, height) {
  pen.strokeStyle = colour("rule");
  pen.fillStyle = colour("quiet");
  pen.lineWidth = 1;
  for (const probability of [0, 0.5, 1]) {
    stroke(pen, [[0, y(probability)], [width, y(probability)]]);
    pen.fillText(String(probability), 2, y(probability) + (probability === 1 ? 12 : -3));
  }
  const step = STEPS_S.find((size) => (to - from) / size <= TICKS) ?? STEPS_S.at(-1);
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) {
    const text = `${Number(tick.toFixed(1))} s`;
    const left = x(tick) - pen.measureText(text).width / 2;
    pen.fillText(text, Math.max(0, Math.min(left, width - pen.measureText(text).width)), height - 4);
  }
}

function drawThreshold(pen, model, height, width) {
  pen.strokeStyle = colour(model);
  pen.lineWidth = 1;
  pen.setLineDash([1, 3]);
  stroke(pen, [[0, height], [width, height]]);
  pen.setLineDash([]);
}

function drawProbabilities(pen, model, view, x, y) {
  const values = recording.probabilities[model];
  const [first, last, perWindow] = windowsOf(view, values.length);
  const points = values.slice(first, last);
  pen.strokeStyle = colour(model);
  pen.lineWidth = 1.75;
  pen.lineJoin = "round";
  pen.setLineDash(DASHES[model]);
  stroke(pen, points.map((value, i) => [x((first + i + 0.5) * perWindow), y(value)]));
  pen.setLineDash([]);
}

function drawSegments(pen, model, segments, x, top, width) {
  pen.fillStyle = colour("panel");
  pen.fillRect(0, top, width, BAR);
  pen.fillStyle = colour(model);
  for (const [start, end] of segments) {
    const left = x(start / setup.sampleRate);
    pen.fillRect(left, top, x(end / setup.sampleRate) - left, BAR);
  }
}

function drawCursor(pen, left, bottom) {
  pen.strokeStyle = colour("ink");
  pen.lineWidth = 1;
  stroke(pen, [[left, 0], [left, bottom]]);
}

function stroke(pen, points) {
  pen.beginPath();
  for (const point of points) pen.lineTo(...point);
  pen.stroke();
}
