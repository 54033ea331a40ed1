/** The forms of a report, read back as a reader sees them: no markup, one blank for many. */
export const READ = {
  text: (text: string) => text,
  report: (text: string) => text,
  markdown: (text: string) =>
    text
      .replaceAll('<!-- -->', '')
      .replace(/\[((?:[^\]\\]|\\.)*)\]\(#walk-\d+\)/g, '$1')
      .replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '')
      .replace(/\\([!-/:-@[-`{-~])/g, '$1')
      .replace(/\*\*|`+/g, ''),
  html: (text: string) =>
    text
      .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, '')
      .replace(/<\/?(?:span|code|a|strong|tspan)\b[^>]*>/g, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(
        /&(amp|lt|gt|quot|#39|#96);/g,
        (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' })[name] ?? '',
      ),
};

/** One blank for many, and none of the signs that a form may have taken for markup. */
export function squeezed(text: string): string {
  return text.replace(/[\s*`]+/g, ' ');
}
