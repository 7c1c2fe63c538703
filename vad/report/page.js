// The recordings: segments at any threshold (segments.js), a table that sorts and filters, and a
// viewer whose cursor follows its player. All times of the data are in samples.
const data = JSON.parse(document.getElementById("data").textContent);
const MODELS = { published: "published", finetuned: "fine-tuned" };
const { options, geometry, levels } = data;
const rate = geometry.sampleRate;

const intersect = (some, others) => {
  const parts = [];
  for (let i = 0, j = 0; i < some.length && j < others.length; ) {
    const start = Math.max(some[i][0], others[j][0]);
    const end = Math.min(some[i][1], others[j][1]);
    if (start < end) parts.push([start, end]);
    if (some[i][1] < others[j][1]) i++;
    else j++;
  }
  return parts;
};

const without = (some, others) => {
  const edges = others.flat();
  const gaps = [-Infinity, ...edges, Infinity];
  const pairs = [];
  for (let i = 0; i < gaps.length; i += 2) pairs.push([gaps[i], gaps[i + 1]]);
  return intersect(some, pairs);
};

const inSeconds = (samples) => samples / rate;
const text = (samples, digits) => `${inSeconds(samples).toFixed(digits)} s`;
const total = (parts) => parts.reduce((sum, [start, end]) => sum + end - start, 0);
const meets = (part, others) => others.some(([start, end]) => start < part[1] && part[0] < end);

const decoded = (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) =>
    (bytes[2 * i] + 256 * bytes[2 * i + 1]) / levels);
};

// The exit threshold stays as far below as it usually is. It is rounded, since a sum of hundredths is
// not always the number nearest to one.
const optionsAt = (threshold) => {
  const below = threshold - (options.threshold - options.neg_threshold);
  return { ...options, threshold, neg_threshold: Math.max(Math.round(1e6 * below) / 1e6, 0.01) };
};

const measured = (recording, threshold) => {
  const { speech, annotated, samples } = recording;
  const scored = intersect(speech, annotated);
  const result = { name: recording.name, condition: recording.condition, samples };
  for (const model in MODELS) {
    const found = speechSegments(recording.decoded[model], samples, geometry, optionsAt(threshold));
    const missed = without(scored, found);
    const alarms = without(intersect(found, annotated), speech);
    result[model] = total(missed) + total(alarms);
    result[`${model}Tracks`] = { found, missed, alarms };
    if (model === "finetuned") {
      result.missed = speech.filter((part) => !meets(part, found)).length;
      result.falseRuns = found.filter(
        (part) => !meets(part, speech) && total(intersect([part], annotated)) >= data.false_run,
      ).length;
    }
  }
  result.change = result.finetuned - result.published;
  result.worse = Math.max(0, result.change);
  return result;
};

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const drawing = (path, className) => {
  const holder = make("div");
  holder.innerHTML = '<svg viewBox="0 0 1000 100" preserveAspectRatio="none"><path/></svg>';
  holder.querySelector("path").setAttribute("d", path);
  if (className) holder.querySelector("path").setAttribute("class", className);
  return holder.firstChild;
};

const slider = document.getElementById("threshold");
const condition = document.getElementById("condition");
const kind = document.getElementById("kind");
const viewer = document.getElementById("viewer");
const body = document.querySelector(".recordings tbody");
const order = { key: "finetuned", sign: -1 };
let shown = null;

for (const recording of data.recordings) {
  recording.decoded = {};
  for (const model in MODELS) recording.decoded[model] = decoded(recording.probabilities[model]);
}
for (const name of new Set(data.recordings.map((one) => one.condition)))
  condition.append(new Option(name, name));
slider.value = options.threshold;
const AS_RECORDED = "as recorded";
if (data.recordings.some((one) => one.condition === AS_RECORDED)) condition.value = AS_RECORDED;

const bars = (track, parts, className, [from, to]) => {
  for (const [start, end] of intersect(parts, [[from, to]])) {
    const bar = make("i", className);
    bar.style.left = `${(100 * (start - from)) / (to - from)}%`;
    bar.style.width = `${(100 * (end - start)) / (to - from)}%`;
    bar.title = `${inSeconds(start).toFixed(3)} to ${text(end, 3)}`;
    track.append(bar);
  }
};

const label = (track, text, className) => {
  track.setAttribute("role", "img");
  track.setAttribute("aria-label", text);
  track.append(make("span", className, text));
  return track;
};

const modelTrack = (recording, result, model, threshold) => {
  const [from, to] = recording.excerpt;
  const track = label(make("div", `track model ${model}`), MODELS[model], model);
  const { found, missed, alarms } = result[`${model}Tracks`];
  bars(track, found, `bar ${model}`, recording.excerpt);
  const scale = make("div", "scale");
  const line = make("div", "threshold");
  line.style.top = `${100 * (1 - threshold)}%`;
  scale.append(line);
  const points = [];
  recording.decoded[model].forEach((value, window) => {
    const time = (window + 0.5) * geometry.windowSamples;
    if (time >= from && time < to)
      points.push(`${((1000 * (time - from)) / (to - from)).toFixed(1)} ${(100 * (1 - value)).toFixed(1)}`);
  });
  track.append(scale, drawing(`M${points.join("L")}`, `line ${model}`));
  bars(track, missed, "wrong missed", recording.excerpt);
  bars(track, alarms, "wrong false-alarm", recording.excerpt);
  return track;
};

const ticks = (excerpt) => {
  const [from, to] = excerpt.map(inSeconds);
  const row = make("div", "ticks");
  const step = [0.1, 0.2, 0.5, 1, 2, 5].find((size) => (to - from) / size < 8) ?? 5;
  for (let tick = Math.ceil(from / step); tick * step <= to; tick++) {
    const place = (100 * (tick * step - from)) / (to - from);
    const mark = make("span", place < 3 ? "first" : place > 97 ? "last" : "", `${+(tick * step).toFixed(1)} s`);
    mark.style.left = `${place}%`;
    row.append(mark);
  }
  return row;
};

// Redrawn when the threshold moves; the player and the pictures of the sound stay.
const draw = (recording, result, threshold) => {
  const tracks = viewer.querySelector(".tracks");
  tracks.querySelectorAll(".model").forEach((track) => track.remove());
  for (const model in MODELS)
    tracks.querySelector(".cursor").before(modelTrack(recording, result, model, threshold));
  viewer.querySelector(".errors").textContent =
    `${text(result.published, 2)} in error published, ${text(result.finetuned, 2)} fine-tuned, ` +
    `of ${text(recording.samples, 1)}.`;
};

const errorStarts = (recording, result) =>
  Object.keys(MODELS)
    .flatMap((model) => [...result[`${model}Tracks`].missed, ...result[`${model}Tracks`].alarms])
    .filter(([start]) => start >= recording.excerpt[0] && start < recording.excerpt[1])
    .map(([start]) => inSeconds(start - recording.excerpt[0]))
    .sort((a, b) => a - b);

const open = (recording) => {
  shown = recording;
  const [from, to] = recording.excerpt;
  const length = inSeconds(to - from);
  const figure = make("figure", "recording");
  const caption = make("figcaption");
  caption.append(make("b", "", recording.name), `${recording.corpus}, ${recording.condition}: `, make("span", "errors"));
  if (recording.samples - (to - from) >= rate / 10)
    caption.append(` Shown is ${inSeconds(from).toFixed(1)} to ${text(to, 1)}.`);
  const tracks = make("div", "tracks");
  if (recording.waveform) {
    const wave = label(make("div", "track wave"), "waveform");
    wave.append(drawing(recording.waveform));
    const spectrum = label(make("div", "track spectrum-track"), `spectrum, 0 to ${data.highest_khz} kHz`);
    const image = make("img", "spectrum");
    image.src = recording.spectrum;
    image.alt = "spectrogram";
    spectrum.append(image);
    tracks.append(wave, spectrum);
  }
  const reference = label(make("div", "track speech"), "reference");
  bars(reference, recording.speech, "bar", recording.excerpt);
  const cursor = make("div", "cursor");
  tracks.append(reference, cursor);
  bars(tracks, without([[0, recording.samples]], recording.annotated), "unlabelled", recording.excerpt);
  figure.append(caption, tracks, ticks(recording.excerpt));
  const source = recording.sound || recording.file;
  const audio = make("audio");
  if (source) {
    audio.controls = true;
    audio.preload = "auto";
    audio.src = source;
    const previous = make("button", "", "previous error");
    const next = make("button", "", "next error");
    const jump = (sign) => {
      const starts = errorStarts(recording, measured(recording, Number(slider.value)));
      const ahead = starts.filter((start) => sign * (start - audio.currentTime) > 0.05);
      if (ahead.length) audio.currentTime = sign > 0 ? ahead[0] : ahead.at(-1);
    };
    previous.onclick = () => jump(-1);
    next.onclick = () => jump(1);
    const buttons = make("p", "jumps");
    buttons.append(previous, next);
    figure.append(audio, buttons);
  } else figure.append(make("p", "quiet", "Its sound is not in this page."));
  const follow = () => {
    cursor.style.left = `${Math.min(100, (100 * audio.currentTime) / length)}%`;
    if (!audio.paused) requestAnimationFrame(follow);
  };
  audio.addEventListener("play", follow);
  audio.addEventListener("timeupdate", follow);
  tracks.addEventListener("click", (event) => {
    const box = tracks.getBoundingClientRect();
    audio.currentTime = (length * (event.clientX - box.left)) / box.width;
    follow();
  });
  viewer.querySelector("audio")?.pause();
  viewer.replaceChildren(figure);
  refresh();
};

const cells = (row, result, recording) => {
  const name = make("td");
  name.dataset.condition = recording.condition;
  const hasSound = recording.sound || recording.file;
  const button = make("button", "open", hasSound ? `${recording.name} ♪` : recording.name);
  button.type = "button";
  button.onclick = () => open(recording);
  name.append(button);
  row.append(name, make("td", "", recording.condition), make("td", "", text(recording.samples, 1)));
  for (const model in MODELS) row.append(make("td", "", inSeconds(result[model]).toFixed(2)));
  const change = inSeconds(result.change);
  const style = change < -0.005 ? "better" : change > 0.005 ? "worse" : "unclear";
  const sign = { better: "▲ ", worse: "▼ +", unclear: "" }[style];
  row.append(make("td", style, sign + change.toFixed(2)));
  row.append(make("td", "", result.missed), make("td", "", result.falseRuns));
};

const refresh = () => {
  const threshold = Number(slider.value);
  document.getElementById("threshold-value").textContent = threshold.toFixed(2);
  const rows = data.recordings
    .filter((one) => !condition.value || one.condition === condition.value)
    .map((recording) => ({ recording, result: measured(recording, threshold) }))
    .filter(({ result }) => !kind.value || result[kind.value] > 0);
  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  rows.sort((a, b) => order.sign * compare(a.result[order.key], b.result[order.key]));
  body.replaceChildren(
    ...rows.map(({ recording, result }) => {
      const row = make("tr", recording === shown ? "open" : "");
      cells(row, result, recording);
      return row;
    }),
  );
  for (const button of document.querySelectorAll(".recordings thead button")) {
    const isKey = button.dataset.key === order.key;
    button.parentElement.ariaSort = isKey ? (order.sign > 0 ? "ascending" : "descending") : "none";
  }
  const sums = (key) => rows.reduce((sum, { result }) => sum + result[key], 0);
  document.getElementById("totals").textContent =
    `${rows.length} recordings at ${threshold.toFixed(2)}: ${text(sums("published"), 1)} in error ` +
    `published, ${text(sums("finetuned"), 1)} fine-tuned. Fine-tuned: missed utterances ` +
    `${sums("missed")}, false runs ${sums("falseRuns")}.`;
  if (shown) draw(shown, measured(shown, threshold), threshold);
};

for (const control of [slider, condition, kind]) control.addEventListener("input", refresh);
for (const button of document.querySelectorAll(".recordings thead button"))
  button.onclick = () => {
    const isText = ["name", "condition"].includes(button.dataset.key);
    order.sign = order.key === button.dataset.key ? -order.sign : isText ? 1 : -1;
    order.key = button.dataset.key;
    refresh();
  };
document.getElementById("copy").onclick = () => {
  const range = document.createRange();
  range.selectNodeContents(document.getElementById("call"));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  document.execCommand("copy");
  document.getElementById("copy").textContent = "copied";
};
refresh();
const first = data.recordings.find((one) => one.sound);
if (first) open(first);
