import { expect } from 'chai';
import type { Request, Response } from 'express';
import { ParleyError } from '../errors.ts';
import { addressOf, fromOurPages } from './admission.ts';

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

  for (const [ip, key] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, ''],
  ] as const) {
    it(`counts ${ip} as ${key || 'nobody'}`, () => {
      expect(addressOf({ ip })).to.equal(key);
    });
  }
});
