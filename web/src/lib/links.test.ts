import { expect } from 'chai';
import { textParts } from './links.ts';

describe('links in a text', () => {
  it('leaves a text without an address whole', () => {
    expect(textParts('no <b>link</b> here, javascript:alert(1)')).to.deep.equal([
      { text: 'no <b>link</b> here, javascript:alert(1)' },
    ]);
  });

  it('takes the address and leaves the sentence its punctuation', () => {
    expect(textParts('See (https://example.org/a?b=1), now.')).to.deep.equal([
      { text: 'See (' },
      { text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
      { text: '), now.' },
    ]);
  });

  it('finds several, and loses no character', () => {
    const text = 'http://a.example and\nhttps://b.example/ü end';
    const parts = textParts(text);
    expect(parts.filter((part) => part.href)).to.have.length(2);
    expect(parts.map((part) => part.text).join('')).to.equal(text);
  });

  it('passes over what only looks like an address', () => {
    expect(textParts('http://')).to.deep.equal([{ text: 'http://' }]);
    expect(textParts('https://[bad')).to.deep.equal([{ text: 'https://[bad' }]);
  });

  it('sets names apart, the longer of two', () => {
    expect(textParts('@Ann, @Ann Lee: https://a.example/@Ann', ['@Ann', '@Ann Lee'])).to.deep.equal([
      { text: '@Ann', name: true },
      { text: ', ' },
      { text: '@Ann Lee', name: true },
      { text: ': ' },
      { text: 'https://a.example/@Ann', href: 'https://a.example/@Ann' },
    ]);
  });
});
