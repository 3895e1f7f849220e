-- Starts the language server for files of ipvm, and performs the commands of its code lenses.
if vim.g.loaded_ipvm then
  return
end
vim.g.loaded_ipvm = true

local ipvm = require('ipvm')
local group = vim.api.nvim_create_augroup('ipvm', {})

if vim.lsp.enable then
  vim.lsp.enable('ipvm')
else
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = 'ipvm',
    callback = function(event)
      ipvm.start(event.buf)
    end,
  })
end

vim.lsp.commands['ipvm.run'] = function(command)
  ipvm.run('run', command.arguments[1], '-j', command.arguments[2])
end
vim.lsp.commands['ipvm.test'] = function(command)
  local name = command.arguments[2]
  if name then
    ipvm.run('test', command.arguments[1], '--filter=' .. name)
  else
    ipvm.run('test', command.arguments[1])
  end
end
vim.lsp.commands['ipvm.copyCid'] = function(command)
  vim.fn.setreg('+', command.arguments[1])
  vim.fn.setreg('"', command.arguments[1])
end

-- What a component says of itself, and the files of the language itself.
vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  pattern = { 'ipvm-wit://*', 'ipvm://*' },
  callback = function(event)
    ipvm.read(event.buf, event.match)
  end,
})
