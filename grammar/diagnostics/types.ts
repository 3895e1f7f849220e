export const typeRows = {}
