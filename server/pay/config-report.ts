/** Told what is wrong with a variable: its name and a sentence without its value. */
export type Report = (name: string, message: string) => void
