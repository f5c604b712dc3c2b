/** Fills an HTML file of this folder. Every value is escaped. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

/** `{{name}}` is a value; `<!-- each name: markup -->` repeats its markup for each `{{item}}`. */
export function fillTemplate(
  file: string,
  values: Readonly<Record<string, string>>,
  lists: Readonly<Record<string, readonly string[]>> = {},
): string {
  return readFileSync(join(__dirname, file), 'utf8')
    .replace(/<!-- each (\w+): (.*?) -->/gs, (_, name: string, markup: string) =>
      (lists[name] ?? [])
        .map((item) => markup.replaceAll('{{item}}', () => escapeHtml(item)))
        .join('\n'),
    )
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => escapeHtml(values[name] ?? ''))
}
