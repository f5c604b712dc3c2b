/**
 * The build's result in the page, and the registration of its components with glass-easel. The
 * mini-program's scripts run here, in dependency order.
 */
import { MiniProgramEnv, type CodeSpace, type glassEasel } from 'glass-easel-miniprogram-adapter'
import type { AssociatedBackend } from 'glass-easel-miniprogram-adapter'
import { reportError, reportNotice } from '../reports'
import { addKnownTags } from './backend'
import { addDefinitions, runAsUnit } from './definitions'
import { callListener } from './event-object'
import { prepareInstances } from './instance'
import { followWxs } from './wxs-events'

type JsonObject = Record<string, unknown>
type EventListenerWrapper = Parameters<
  Parameters<
    ReturnType<glassEasel.template.ComponentTemplate['content']>
  >[0]['setEventListenerWrapper']
>[0]

/** A page or component as the build describes it. */
interface ProgramUnit {
  path: string
  kind: 'page' | 'component'
  config: JsonObject & { usingComponents?: Record<string, string> }
  prefix: string
}

/** The whole mini-program: configuration, compiled templates, and scripts that have not run yet. */
export interface Program {
  config: JsonObject & { window?: JsonObject; tabBar?: JsonObject }
  /** theme.json: values by name for `light` and `dark`. */
  theme: JsonObject
  pages: string[]
  units: ProgramUnit[]
  templates: Record<string, unknown>
  run: Record<string, () => unknown>
}

/** A program with registered components. */
export interface LoadedProgram {
  program: Program
  space: CodeSpace
  backend: AssociatedBackend
  unitOf(path: string): ProgramUnit | null
}

/** An internal method of the adapter, the only access to these two options. */
interface OptionsSource {
  prepareComponentOptions(...parameters: unknown[]): [object, string]
}

function prepareOptions(space: CodeSpace): void {
  const source = space as unknown as OptionsSource
  const original = source.prepareComponentOptions.bind(space)
  source.prepareComponentOptions = (...parameters) => {
    const [options, isolation] = original(...parameters)
    return [
      {
        ...options,
        // Without these options the `id` of a WXML element would be missing or renamed in the page.
        writeIdToDOM: true,
        idPrefixGenerator: null,
        // Allows properties named `dataset` or `id`.
        writeFieldsToNode: false,
        // Frameworks assign handlers to the instance.
        useMethodCallerListeners: true,
      },
      isolation,
    ]
  }
}

function attempt(place: string, run: () => unknown): void {
  try {
    run()
  } catch (error) {
    reportError(place, error)
    reportNotice(`${place} 启动时抛出了异常，见控制台`)
  }
}

type Template = glassEasel.template.ComponentTemplate

/**
 * Handlers get plain events. A template with WXS sets the same wrapper itself, see build/wxs.ts.
 */
function withPlainEvents(content: Template['content']): Template['content'] {
  return (name) => {
    const generate = content(name)
    return (wrapper, ...rest) => {
      wrapper.setEventListenerWrapper(callListener as EventListenerWrapper)
      followWxs(wrapper)
      return generate(wrapper, ...rest)
    }
  }
}

function register(space: CodeSpace, program: Program, unit: ProgramUnit): void {
  const { path, config, prefix } = unit
  space.addComponentStaticConfig(path, config)
  const content = program.templates[path]
  if (content !== undefined) {
    // `bindtap` without a colon is an event too.
    const template = {
      groupList: program.templates,
      content: withPlainEvents(content as Template['content']),
      fallbackListenerOnNativeNode: true,
    }
    space.addCompiledTemplate(path, template as Template)
  }
  space.addStyleSheet(path, undefined, prefix)
  // A component that throws is missing from its pages; the others still work.
  attempt(path, () => runAsUnit(space, path, () => program.run[path]?.()))
}

/** Registers every component and page; `App()` must be installed before. */
export function loadProgram(
  program: Program,
  backendContext: glassEasel.GeneralBackendContext,
): LoadedProgram {
  const environment = new MiniProgramEnv()
  const space = environment.createCodeSpace('', true)
  prepareOptions(space)
  prepareInstances(space)
  addDefinitions()
  Object.assign(globalThis, { __previewListen: callListener })
  const backend = environment.associateBackend(backendContext)
  for (const unit of program.units) addKnownTags(Object.keys(unit.config.usingComponents ?? {}))
  attempt('app', () => runAsUnit(space, 'app', () => program.run['app']?.()))
  for (const unit of program.units) register(space, program, unit)
  const byPath = new Map(program.units.map((unit) => [unit.path, unit]))
  return { program, space, backend, unitOf: (path) => byPath.get(path) ?? null }
}
