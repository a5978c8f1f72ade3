import * as z from 'zod'

// Control characters, and characters that change the direction of the text after them: in a log, a mail or a
// list they would make a name look like another
// (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
const UNSEEN = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu

/** A name that a person types: one line, trimmed, with invisible characters replaced by spaces. */
export const nameInput = (missing: string, mostCharacters: number) =>
  z
    .string({ error: missing })
    .overwrite((text) => text.replaceAll(UNSEEN, ' '))
    .trim()
    .max(mostCharacters, `use at most ${mostCharacters} characters`)
