// A worker that does nothing but beat: its timer goes on while the page is hidden.
const EVERY_MS = 8_000;

setInterval(() => postMessage('beat'), EVERY_MS);
