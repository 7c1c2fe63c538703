// The page: sources, picture, sliders, and what is saved.

import { decoded, microphone } from "./audio.js";
import { draw, VIEW_S, viewFrom } from "./chart.js";
import { makeSliders, options, setOptions } from "./options.js";
import * as audio from "./recording.js";
import { audacityTrack, save, thresholdsYaml, wav } from "./saving.js";
import { speechSegments } from "./segments.js";

const { MODELS, recording, setup } = audio;
const element = (id) => document.getElementById(id);
const canvas = element("chart");
const player = element("player");
const position = element("position");
let source = null;
// The work on the microphone's windows, one after the other.
let queue = Promise.resolve();
let isDrawing = false;

function report(text, isFault = false) {
  element("status").textContent = text;
  element("status").classList.toggle("fault", isFault);
}

const segmentsOf = (model) => {
  const probabilities = recording.probabilities[model];
  return speechSegments(probabilities, recording.sampleCount, setup, options[model]);
};

// Draw with the next frame, however often it is called before.
function refresh() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    show();
  });
}

function show() {
  const seconds = recording.sampleCount / setup.sampleRate;
  const segments = Object.fromEntries(MODELS.map((model) => [model, segmentsOf(model)]));
  showPosition(seconds);
  const cursor = player.hidden ? null : player.currentTime;
  draw(canvas, viewFrom(Number(position.value)), segments, options, cursor);
  for (const model of MODELS) {
    const speech = segments[model].reduce((sum, [start, end]) => sum + end - start, 0);
    const share = `${(speech / setup.sampleRate).toFixed(1)} of ${seconds.toFixed(1)} s`;
    const count = `${segments[model].length} segment${segments[model].length === 1 ? "" : "s"}`;
    element(`summary-${model}`).textContent = seconds ? `${count}, ${share}` : "no audio yet";
    element(`save-${model}`).disabled = !seconds;
  }
  const summaries = MODELS.map((model) => `${model}: ${element(`summary-${model}`).textContent}`);
  canvas.setAttribute("aria-label", `probability of speech; ${summaries.join("; ")}`);
  element("save-audio").disabled = !(seconds && recording.isMicrophone);
  element("yaml").textContent = thresholdsYaml(options);
}

// Live audio is seen to its end, a file from where its slider or its player is.
function showPosition(seconds) {
  position.max = Math.max(0, seconds - VIEW_S);
  position.hidden = Number(position.max) < Number(position.step);
  if (source) position.value = position.max;
  const isAway = player.currentTime < Number(position.value)
    || player.currentTime > Number(position.value) + VIEW_S;
  if (!player.paused && isAway) position.value = player.currentTime;
}

function showPlayer(blob) {
  URL.revokeObjectURL(player.src);
  player.hidden = !blob;
  if (blob) player.src = URL.createObjectURL(blob);
  else player.removeAttribute("src");
}

async function openFile(file) {
  await stopMicrophone();
  const number = audio.begin(file.name, false);
  position.value = 0;
  report(`${file.name}: decoding …`);
  let samples;
  try {
    samples = await decoded(file, setup.sampleRate);
  } catch {
    report(`${file.name}: this browser cannot decode it, expected an audio file`, true);
    showPlayer(null);
    return refresh();
  }
  if (!audio.isCurrent(number)) return;
  showPlayer(file);
  report(`${file.name}: running both models …`);
  const isDone = await audio.feedAll(number, samples, refresh);
  if (isDone) report(`${file.name}: ${(samples.length / setup.sampleRate).toFixed(1)} s`);
  refresh();
}

async function startMicrophone() {
  showPlayer(null);
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const number = audio.begin(`microphone_${time}.wav`, true);
  const take = (window) => {
    queue = queue.then(() => audio.feed(number, window)).then(refresh);
  };
  element("microphone").disabled = true;
  report("Waiting for the microphone …");
  try {
    source = await microphone(setup, take);
    report("Listening …");
    showMicrophone();
  } catch (error) {
    report(`The microphone cannot be used: ${error.message}`, true);
  }
  element("microphone").disabled = false;
  if (!audio.isCurrent(number)) await stopMicrophone();
}

function showMicrophone() {
  element("microphone").textContent = `${source ? "Stop" : "Start"} the microphone`;
  element("microphone").ariaPressed = String(Boolean(source));
}

async function stopMicrophone() {
  if (!source) return;
  const stopped = source;
  source = null;
  showMicrophone();
  await stopped.stop();
  await queue;
  if (!recording.isMicrophone) return;
  showPlayer(new Blob([wav(audio.samples(), setup.sampleRate)], { type: "audio/wav" }));
  report(`${recording.name}: ${(recording.sampleCount / setup.sampleRate).toFixed(1)} s`);
  refresh();
}

function wireSources() {
  element("microphone").onclick = () => (source ? stopMicrophone() : startMicrophone());
  element("file").onchange = ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) openFile(file);
  };
  const mark = (isOver) => document.body.classList.toggle("dropping", isOver);
  document.ondragover = (event) => {
    event.preventDefault();
    mark(true);
  };
  document.ondragleave = () => mark(false);
  document.ondrop = (event) => {
    event.preventDefault();
    mark(false);
    const [file] = event.dataTransfer.files;
    if (file) openFile(file);
  };
}

function wirePlayer() {
  const follow = () => {
    refresh();
    if (!player.paused) requestAnimationFrame(follow);
  };
  player.onplay = follow;
  player.ontimeupdate = refresh;
  position.oninput = refresh;
  canvas.onclick = (event) => {
    const [from, to] = viewFrom(Number(position.value));
    const { left, width } = canvas.getBoundingClientRect();
    if (!player.hidden) player.currentTime = from + ((to - from) * (event.clientX - left)) / width;
  };
}

function wireSaving() {
  const stem = () => recording.name.replace(/\.[^.]*$/, "");
  const labels = (model) => audacityTrack(segmentsOf(model), setup.sampleRate);
  // The first stands beside the recording as a label file of a corpus.
  const names = { finetuned: () => `${stem()}.txt`, published: () => `${stem()}.published.txt` };
  for (const model of MODELS) {
    element(`save-${model}`).onclick = () => save(names[model](), labels(model), "text/plain");
  }
  element("save-audio").onclick = () =>
    save(recording.name, wav(audio.samples(), setup.sampleRate), "audio/wav");
  element("copy").onclick = async () => {
    await navigator.clipboard.writeText(element("yaml").textContent);
    element("copy").textContent = "Copied";
  };
  element("reset").onclick = () => {
    setOptions(setup.options);
    refresh();
  };
}

async function start() {
  await audio.load();
  makeSliders(refresh);
  setOptions(setup.options);
  wireSources();
  wirePlayer();
  wireSaving();
  new ResizeObserver(refresh).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  element("microphone").disabled = element("file").disabled = false;
  report("Ready.");
}

start().catch((error) => report(`The page cannot start: ${error.message}`, true));
