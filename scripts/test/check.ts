// The quick half of the tests: what needs no services.
import { generateClient } from '../services/prisma.ts';
import type { Step } from '../setup/step.ts';
import { statics, unitTests } from './commands.ts';
import { noTotals, runStatic, runTests } from './run.ts';

export async function check(step: Step): Promise<void> {
  await step('database client', generateClient);
  const [tests, rest] = [noTotals(), noTotals()];
  await Promise.all([
    step('unit tests', async () => {
      const output = await runTests(unitTests(), tests, {}, false);
      if (tests.failed > 0) tests.failures.push(output);
      return `${tests.passed} passed, ${tests.failed} failed`;
    }),
    ...statics.map((command) => step(command.name, async () => ((await runStatic(command, rest)) ? 'fine' : 'FAILED'))),
  ]);
  for (const failure of [...rest.failures, ...tests.failures]) console.error(`\n${failure}`);
  if (tests.failed + rest.failed > 0) process.exitCode = 1;
}
