// HTML with every value escaped: the only way in which pages are made here. What is markup already is an Html.

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type Value = Html | string | number | false | null | undefined | readonly Value[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function rendered(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
  if (typeof value === 'number') return String(value);
  if (!value) return '';
  return value.map(rendered).join('');
}

/** Values are for content and for attributes in double quotes, never for names, scripts or URLs of strangers. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(rendered)));
}

/** Markup made by somebody we trust with it (oidc-provider's log-out form). */
export const trusted = (markup: string): Html => new Html(markup);
