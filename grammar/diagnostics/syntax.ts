/** IPVM1xxx: the text does not follow the grammar. */
export const syntaxRows = {}
