/** SVG as text: elements with attributes, all escaped; numbers with as many digits as a screen shows. */
import { escapeHtml } from '../../text/escape.ts';

type Attributes = Readonly<Record<string, string | number>>;

function digits(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** An element; `children` is markup that was made here already. */
export function element(name: string, attributes: Attributes, children = ''): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    text += ` ${key}="${typeof value === 'number' ? digits(value) : escapeHtml(value)}"`;
  }
  return children === '' ? `${text}/>` : `${text}>${children}</${name}>`;
}

/** A text at a place. @param content raw text */
export function label(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeHtml(content));
}

/** The whole picture, with a name for those who do not see it. */
export function svg(
  width: number,
  height: number,
  name: string,
  className: string,
  children: string,
): string {
  return element(
    'svg',
    {
      viewBox: `0 0 ${digits(width)} ${digits(height)}`,
      width,
      height,
      role: 'img',
      'aria-label': name,
      class: className,
    },
    children,
  );
}
