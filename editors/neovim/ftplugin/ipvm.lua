-- How files of ipvm are written: comments, names with `-`, indentation.
vim.bo.commentstring = '// %s'
-- What goes on behind Enter; `///` and `//!` before `//`, with which they begin.
vim.bo.comments = ':///,://!,://'
vim.opt_local.formatoptions:remove('t')
vim.opt_local.formatoptions:append('croql')
vim.opt_local.iskeyword:append('-')
vim.bo.suffixesadd = '.ipvm'
vim.bo.expandtab = true
vim.bo.shiftwidth = 2
vim.bo.softtabstop = 2

vim.b.undo_ftplugin =
  'setlocal commentstring< comments< formatoptions< iskeyword< suffixesadd< expandtab< shiftwidth< softtabstop<'
