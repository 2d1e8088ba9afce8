// mocha's usual report, and the counts into the file that PARLEY_TEST_COUNTS names.
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      appendFileSync(process.env.PARLEY_TEST_COUNTS, `${JSON.stringify({ passes, failures, pending })}\n`);
    });
  }
};
