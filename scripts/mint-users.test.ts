import { expect } from 'chai';
import { readOptions } from './mint-users.ts';

describe("mint-users's arguments", () => {
  it('have defaults for all but the count', () => {
    expect(readOptions(['--count', '5'])).to.deep.equal({
      count: 5,
      prefix: 'load',
      role: undefined,
      ttlSeconds: 3600,
      out: undefined,
    });
  });

  for (const [given, named] of [
    [[], '--count'],
    [['--count', '0'], '--count'],
    [['--count', '1.5'], '--count'],
    [['--count', 'many'], '--count'],
    [['--count', '1', '--ttl', '-1'], '--ttl'],
    [['--count', '1', '--prefix', 'Not This'], '--prefix'],
    [['--count', '1', '--colour', 'red'], '--colour'],
  ] as const) {
    it(`refuse "${given.join(' ')}" in a sentence that names ${named}`, () => {
      expect(() => readOptions([...given]))
        .to.throw()
        .with.property('name', 'OperatorError');
      expect(() => readOptions([...given])).to.throw(named);
    });
  }
});
