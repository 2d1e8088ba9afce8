import { expect } from 'chai';
import { type PageHead, PageHeadReader, shownText } from './page-head.ts';

const base = new URL('https://example.org/a/b');

function headOf(html: string | Buffer, { charset, step = 7 }: { charset?: string; step?: number } = {}): PageHead {
  const reader = new PageHeadReader(charset);
  const bytes = Buffer.from(html as string);
  for (let at = 0; at < bytes.length && !reader.done; at += step) reader.write(bytes.subarray(at, at + step));
  return reader.end(base);
}

describe('the head of a page', () => {
  it('is Open Graph first, whatever comes in between', () => {
    const html = `<!doctype html><html><head><meta charset=utf-8><title>Plain</title><script>var a = "<meta property='og:title' content='no'>"</script>
      <!-- <meta property="og:title" content="no"> --><meta name="description" content="plainly">
      <META PROPERTY="og:title" CONTENT="Caf&eacute; &amp; 茶"><meta property='og:description' content='told'>
      <meta property=og:site_name content=Example><meta property="og:image" content="../p.png">
      <meta property="og:title" content="second"></head><body><meta property="og:title" content="late">`;
    expect(headOf(html)).to.deep.equal({
      title: 'Café & 茶',
      description: 'told',
      siteName: 'Example',
      imageUrl: 'https://example.org/p.png',
    });
  });

  it('is its title and description where there is no other', () => {
    expect(headOf('<title>\n A \t title </title><meta name=Description content="what it is">')).to.deep.equal({
      title: 'A title',
      description: 'what it is',
    });
    expect(headOf('<title>first</title><title>second</title>').title).to.equal('first');
    expect(headOf('')).to.deep.equal({});
    expect(headOf('<title></title>')).to.deep.equal({});
  });

  it('ends with </head>, and with <body> where nobody says so', () => {
    for (const end of ['</head>', '<body>']) {
      const reader = new PageHeadReader();
      reader.write(Buffer.from(`<head><title>a</title>${end}<meta property="og:title" content="b">`));
      expect(reader.done, end).to.equal(true);
      expect(reader.end(base)).to.deep.equal({ title: 'a' });
    }
  });

  it('is read in its own script, as the header or the page itself says', () => {
    const latin = Buffer.from('<title>na\xefve</title>', 'latin1');
    expect(headOf(latin, { charset: 'iso-8859-1' }).title).to.equal('naïve');
    const declared = Buffer.from('<meta charset="windows-1252"><title>na\xefve</title>', 'latin1');
    expect(headOf(declared, { step: 64 }).title).to.equal('naïve');
    expect(headOf('<title>naïve</title>', { charset: 'klingon' }).title).to.equal('naïve');
  });

  it('has pictures of the web only', () => {
    for (const url of [
      'javascript:alert(1)',
      'data:image/png;base64,AA',
      'https://u:p@x.org/',
      'http://',
      'file:///etc/a',
    ])
      expect(headOf(`<meta property="og:image" content="${url}">`), url).to.deep.equal({});
    expect(headOf(`<meta property="og:image" content="https://x.org/${'a'.repeat(3000)}">`)).to.deep.equal({});
  });

  it('is cut, and shows nothing that is not seen', () => {
    expect(shownText('a\u0000b\u001b[31mc\r\n\u0085d', 50)).to.equal('a b [31mc d');
    expect(shownText('abc\u202egnp.exe\u2066\u200b', 50)).to.equal('abcgnp.exe');
    expect(shownText('x'.repeat(60), 50)).to.equal(`${'x'.repeat(49)}…`);
    expect(shownText(`${'x'.repeat(48)}😀😀`, 50)).to.equal(`${'x'.repeat(48)}…`);
    expect(shownText('\ud800', 50)).to.equal(undefined);
    expect(headOf(`<title>${'x'.repeat(100_000)}</title>`, { step: 4096 }).title).to.have.length(200);
    expect(
      headOf(`<meta property="og:description" content="${'x'.repeat(100_000)}">`, { step: 4096 }).description,
    ).to.have.length(500);
  });
});
