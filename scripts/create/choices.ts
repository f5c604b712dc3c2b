/** What a generated project can be made of. */
export const FRAMEWORKS = ['native', 'uni-app', 'taro'] as const
export const BACKENDS = ['ours', 'own'] as const

export type Framework = (typeof FRAMEWORKS)[number]
export type Backend = (typeof BACKENDS)[number]

/** Text in the templates that becomes the user's. */
export const PLACEHOLDERS = { name: '__NAME__', appid: '__APPID__', backend: '__BACKEND_URL__' }

/** The folders of templates/ that make a project. No file is in two of them. */
export function layersOf(framework: Framework, backend: Backend): string[] {
  const kind = framework === 'native' ? 'native' : 'frameworks'
  const layers = ['common', backend, kind, framework, `${framework}-${backend}`]
  return [...new Set(layers)]
}
