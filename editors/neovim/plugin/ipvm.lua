-- Starts the language server for files of ipvm, and performs the commands of its code lenses.
if vim.g.loaded_ipvm then
  return
end
vim.g.loaded_ipvm = true

local ipvm = require('ipvm')
local group = vim.api.nvim_create_augroup('ipvm', {})

if vim.lsp.enable then
  vim.lsp.enable('ipvm')
  vim.api.nvim_create_autocmd('LspAttach', { group = group, callback = ipvm.show_lenses })
else
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = 'ipvm',
    callback = function(event)
      ipvm.start(event.buf)
    end,
  })
end

vim.api.nvim_create_autocmd({ 'BufEnter', 'CursorHold', 'InsertLeave', 'BufWritePost' }, {
  group = group,
  pattern = '*.ipvm',
  callback = ipvm.show_lenses,
})

vim.lsp.commands['ipvm.run'] = function(command)
  ipvm.run('run', command.arguments[1], '-j', command.arguments[2])
end
vim.lsp.commands['ipvm.test'] = function(command)
  local name = command.arguments[2]
  if name then
    ipvm.run('test', command.arguments[1], '--name=' .. name)
  else
    ipvm.run('test', command.arguments[1])
  end
end
vim.lsp.commands['ipvm.copyCid'] = function(command)
  local params = { textDocument = { uri = command.arguments[1] }, job = command.arguments[2] }
  local answer = ipvm.ask('ipvm/cid', params, 0)
  if not answer.cid then
    error('there is no CID: ' .. answer.why)
  end
  vim.fn.setreg('+', answer.cid)
  vim.fn.setreg('"', answer.cid)
end

-- What a component says of itself, and the files of the language itself.
vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  -- The name of a buffer is a path, in which the uri comes last.
  pattern = { 'ipvm-wit:*', '*/ipvm-wit:*', 'ipvm:*', '*/ipvm:*' },
  callback = function(event)
    ipvm.read(event.buf, event.match:match('ipvm%-wit:.*$') or event.match:match('ipvm:.*$'))
  end,
})
