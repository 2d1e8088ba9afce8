// What is being done and how long it took: a line that is rewritten on a terminal, one plain line a step elsewhere.
// Plain JavaScript: the first steps run before any package is there. It writes to stderr where stdout is for data.

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Gives `step(name, work)`: runs `work`, shows it; what `work` gives as a string is shown as the outcome. */
export function progress(out = process.stdout) {
  const underWay = new Set();
  const redraw = (line) => {
    if (!out.isTTY) {
      if (line) out.write(`${line}\n`);
      return;
    }
    const now = underWay.size > 0 ? `… ${[...underWay].join(', ')}`.slice(0, (out.columns || 80) - 1) : '';
    out.write(`\r\x1b[K${line ? `${line}\n` : ''}${now}`);
  };
  return async function step(name, work) {
    const startedAt = Date.now();
    underWay.add(name);
    redraw();
    try {
      const result = await work();
      underWay.delete(name);
      const outcome = typeof result === 'string' ? `: ${result}` : '';
      redraw(`${out.isTTY ? '\x1b[32m✓\x1b[0m' : '-'} ${name}${outcome} (${seconds(Date.now() - startedAt)})`);
      return result;
    } catch (error) {
      underWay.delete(name);
      redraw();
      throw error;
    }
  };
}
