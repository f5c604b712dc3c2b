/** The bundler imports style files. */
declare module '*.css'
