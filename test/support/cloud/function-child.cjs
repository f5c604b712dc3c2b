/**
 * An instance of a 云函数 as the platform runs it: the caller is in the environment, and calls are
 * sequential. The function's folder is the first argument.
 */
const { main } = require(process.argv[2])

let names = []

/** The platform lists the variables in WX_CONTEXT_KEYS; without a caller it sets none. */
function setCaller({ SOURCE, ...fields }) {
  for (const name of names) delete process.env[name]
  names = Object.keys(fields).map((name) => `WX_${name}`)
  Object.assign(process.env, Object.fromEntries(names.map((name) => [name, fields[name.slice(3)]])))
  process.env.WX_CONTEXT_KEYS = names.join(',')
  process.env.TCB_SOURCE = SOURCE ?? ''
}

process.on('message', ({ event, context }) => {
  setCaller(context)
  main(event, {}).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: String(error?.message ?? error) }),
  )
})
process.send('ready')
