-- The language server, as `vim.lsp.config` of Neovim 0.11 reads it from the runtime path.
return {
  cmd = vim.list_extend(vim.list_extend({}, vim.g.ipvm_command or { 'ipvm' }), { 'lsp' }),
  filetypes = { 'ipvm' },
  root_markers = { 'ipvm.lock', 'ipvm.config.ts', 'package.json', '.git' },
  -- What `plugin/ipvm.lua` performs.
  capabilities = { experimental = { ipvm = { commands = { 'ipvm.run', 'ipvm.test', 'ipvm.copyCid' } } } },
}
