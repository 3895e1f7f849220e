export const nameRows = {}
