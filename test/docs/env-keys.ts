/** The names of the environment variables that server/config/index.ts reads, from its source. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ts from 'typescript'
import { ROOT } from './pages'

export function parseEnvKeys(): string[] {
  const file = join(ROOT, 'server/config/index.ts')
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true)
  const keys: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && /^[A-Z][A-Z_]+$/.test(node.name.getText())) {
      keys.push(node.name.getText())
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  if (keys.length === 0) throw new Error('server/config/index.ts names no variable')
  return keys
}
