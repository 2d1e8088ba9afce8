import { expect } from 'chai';
import type { Request, Response } from 'express';
import { ParleyError } from '../errors.ts';
import { fromOurPages } from './admission.ts';

describe('admission', () => {
  const passes = (headers: Record<string, string>, issuer = 'https://chat.example/auth') => {
    const req = { get: (name: string) => headers[name] } as unknown as Request;
    let passed = false;
    try {
      void fromOurPages(issuer)(req, {} as Response, () => (passed = true));
    } catch (error) {
      expect(error).to.be.instanceOf(ParleyError).with.property('code', 'not-allowed');
    }
    return passed;
  };

  for (const [headers, expected] of [
    [{ origin: 'https://chat.example' }, true],
    [{ origin: 'https://chat.example', 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{}, true],
    [{ origin: 'http://chat.example' }, false],
    [{ origin: 'https://chat.example:8443' }, false],
    [{ origin: 'https://chat.example.evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
  ] as const) {
    it(`${expected ? 'takes' : 'refuses'} a form with ${JSON.stringify(headers)}`, () => {
      expect(passes(headers)).to.equal(expected);
    });
  }
});
