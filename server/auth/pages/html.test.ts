import { expect } from 'chai';
import { loginForm, signUpForm } from './forms.ts';
import { html, trusted } from './html.ts';
import { layout } from './layout.ts';

describe('html', () => {
  it('escapes values, in content and in attributes', () => {
    const evil = `"><img src=x onerror='alert(1)'>&amp;`;
    expect(html`<p title="${evil}">${evil}</p>`.text).to.equal(
      '<p title="&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;amp;">' +
        '&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;amp;</p>',
    );
  });

  it('takes markup as it is only where it is known to be markup', () => {
    expect(html`${html`<b>${'<'}</b>`}${trusted('<i>')}${'<u>'}`.text).to.equal('<b>&lt;</b><i>&lt;u&gt;');
  });

  it('renders lists and numbers, and nothing for what is not there', () => {
    expect(html`${['<', html`<b>`]}${0}${false}${null}${undefined}`.text).to.equal('&lt;<b>0');
  });
});

describe('the pages', () => {
  const pages = {
    'sign in': loginForm({ action: '/auth/interaction/x', username: 'ada', refusal: 'No.' }),
    'sign up': signUpForm({ action: '/auth/interaction/x', errors: { username: 'Taken.', password: 'Short.' } }),
  };

  for (const [name, content] of Object.entries(pages)) {
    const page = layout({ title: name, content, base: '/auth' });

    it(`${name}: every field has a label, and what describes it is there`, () => {
      const ids = [...page.matchAll(/<input id="([^"]+)"/g)].map((match) => match[1]);
      expect(ids.length).to.be.at.least(2);
      for (const id of ids) expect(page).to.contain(`<label for="${id}">`);
      for (const [, list = ''] of page.matchAll(/aria-describedby="([^"]+)"/g)) {
        for (const id of list.split(' ')) expect(page).to.contain(`id="${id}"`);
      }
      expect(page.match(/ autofocus/g)).to.have.length(1);
    });

    it(`${name}: holds no script, no inline style and nothing of another host`, () => {
      expect(page).not.to.match(/<script| style=| on\w+=|https?:/i);
    });
  }
});
