/** Styles are taken in by the bundler. */
declare module '*.css'

/** Tables are taken in as text. */
declare module '*.txt' {
  const text: string
  export default text
}
