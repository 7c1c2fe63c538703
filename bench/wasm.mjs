// Times pairs of ONNX files in onnxruntime-web on one thread; bench/wasm.py writes its input.
//
// node wasm.mjs rows.json, in a folder where npm has installed onnxruntime-web, such as demo.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ort = createRequire(join(process.cwd(), "rows.cjs"))("onnxruntime-web");
ort.env.wasm.numThreads = 1;

const STATE_SIZE = 128;

function floats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function zeros(...sizes) {
  const count = sizes.reduce((product, size) => product * size, 1);
  return new ort.Tensor("float32", new Float32Array(count), sizes);
}

// One window of each stream per run, the state carried on.
function streaming(session, row) {
  const samples = floats(row.samples);
  const size = row.batch * row.windowSamples;
  const sr = new ort.Tensor("int64", BigInt64Array.of(BigInt(row.rate)), []);
  return async () => {
    let state = zeros(2, row.batch, STATE_SIZE);
    for (let start = 0; start < samples.length; start += size) {
      const window = samples.subarray(start, start + size);
      const input = new ort.Tensor("float32", window, [row.batch, row.windowSamples]);
      state = (await session.run({ input, state, sr })).stateN;
    }
  };
}

// All windows in one run.
function sequence(session, row) {
  const samples = floats(row.samples);
  const sizes = [samples.length / row.windowSamples, row.windowSamples];
  const input = new ort.Tensor("float32", samples, sizes);
  const state = zeros(1, 1, STATE_SIZE);
  return () => session.run({ input, h: state, c: state });
}

async function calls(row) {
  const kind = row.batch ? streaming : sequence;
  const sessions = [row.reference, row.own].map((path) =>
    ort.InferenceSession.create(readFileSync(path)),
  );
  return (await Promise.all(sessions)).map((session) => kind(session, row));
}

async function cpuMicroseconds(call) {
  const start = process.cpuUsage();
  await call();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

// Microseconds per window by round, [reference, own]; both take turns.
async function measured(row, rounds) {
  const sides = await calls(row);
  for (const call of sides) await call();
  const times = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 ? [0, 1] : [1, 0]) {
      times[side].push((await cpuMicroseconds(sides[side])) / row.windows);
    }
  }
  return times;
}

const { rounds, rows } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const results = [];
for (const row of rows) results.push(await measured(row, rounds));
const { version } = JSON.parse(
  readFileSync(join(process.cwd(), "node_modules", "onnxruntime-web", "package.json"), "utf-8"),
);
console.log(JSON.stringify({ node: process.version, runtime: version, results }));
