export const componentRows = {}
