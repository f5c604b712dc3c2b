/** The options for a generated project. */
export const FRAMEWORKS = ['native', 'uni-app', 'taro'] as const
export const BACKENDS = ['ours', 'own'] as const

export type Framework = (typeof FRAMEWORKS)[number]
export type Backend = (typeof BACKENDS)[number]

/** Placeholders in the templates that are replaced by the user's values. */
export const PLACEHOLDERS = { name: '__NAME__', appid: '__APPID__', backend: '__BACKEND_URL__' }

/** The folders of templates/ that make up a project. No file is in two of them. */
export function layersOf(framework: Framework, backend: Backend): string[] {
  const kind = framework === 'native' ? 'native' : 'frameworks'
  const layers = ['common', backend, kind, framework, `${framework}-${backend}`]
  return [...new Set(layers)]
}
