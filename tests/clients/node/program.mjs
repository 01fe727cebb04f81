// What a command-line app brings to any client library: its registration, a listener on loopback, words to the test.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

export const { ISSUER, CLIENT_ID, CLIENT_SECRET, SERVICE_ID, SERVICE_SECRET, API, SCOPE } = process.env;

// One line of JSON.
export const tell = (words) => process.stdout.write(JSON.stringify(words) + "\n");

export const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

// RFC 8252 §7.3: any port of the loopback address.
export async function listen() {
  let arrived;
  const callback = new Promise((resolve) => (arrived = resolve));
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Connection", "close");
    response.end("<!doctype html><title>Signed in</title><link rel=icon href=data:,><p>Back in the app.");
    if (request.url.startsWith("/callback?")) arrived(request.url);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const wait = async () => {
    const url = new URL(await callback, origin);
    server.close();
    return url;
  };
  return { redirectUri: `${origin}/callback`, wait };
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

// A web app at the port that its registration names: `arrived("/path")` waits for a request there, with its body.
export async function site(port) {
  const waiting = new Map();
  const promised = (path) => {
    if (!waiting.has(path)) waiting.set(path, deferred());
    return waiting.get(path);
  };
  const origin = `http://127.0.0.1:${port}`;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const url = new URL(request.url, origin);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Connection", "close");
    response.end("<!doctype html><title>An app</title><link rel=icon href=data:,><p>Back in the app.");
    const { method, headers } = request;
    promised(url.pathname).resolve(new Request(url, { method, headers, body: method === "POST" ? body : undefined }));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { origin, arrived: (path) => promised(path).promise };
}
