-- What the plugin does, for Neovim 0.7 and newer.
local M = {}

-- The program and its first arguments; `vim.g.ipvm_command` is a list.
local function program()
  return vim.list_extend({}, vim.g.ipvm_command or { 'ipvm' })
end

-- The configuration that newer versions find by themselves.
local function config()
  return dofile(vim.api.nvim_get_runtime_file('lsp/ipvm.lua', false)[1])
end

-- The nearest folder above a file that has one of some names, else the folder of the file.
local function root_of(file, markers)
  local folder = vim.fn.fnamemodify(file, ':p:h')
  local found = folder
  while true do
    for _, marker in ipairs(markers) do
      if vim.loop.fs_stat(folder .. '/' .. marker) then
        return folder
      end
    end
    local above = vim.fn.fnamemodify(folder, ':h')
    if above == folder then
      return found
    end
    folder = above
  end
end

-- Clients by the folder that they serve, where Neovim does not keep them itself.
local clients = {}

-- The servers that are running.
local function running()
  return vim.tbl_filter(function(one)
    return one.name == 'ipvm'
  end, vim.lsp.get_clients and vim.lsp.get_clients() or vim.lsp.get_active_clients())
end

-- The one of a buffer.
local function server_of(buffer)
  return vim.tbl_filter(function(one)
    return vim.lsp.buf_is_attached(buffer, one.id)
  end, running())[1]
end

-- Asks for the code lenses of the current buffer, which Neovim does not do by itself.
function M.show_lenses()
  if server_of(vim.api.nvim_get_current_buf()) then
    vim.lsp.codelens.refresh({ bufnr = 0 })
  end
end

-- Starts the server for a buffer, in versions without `vim.lsp.enable`.
function M.start(buffer)
  local settings = config()
  local root = root_of(vim.api.nvim_buf_get_name(buffer), settings.root_markers)
  local capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), settings.capabilities)
  local options = { name = 'ipvm', cmd = settings.cmd, root_dir = root, capabilities = capabilities }
  options.on_attach = M.show_lenses
  if vim.lsp.start then
    vim.lsp.start(options, { bufnr = buffer })
    return
  end
  local id = clients[root]
  if not id or vim.lsp.client_is_stopped(id) then
    id = vim.lsp.start_client(options)
    clients[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

-- `ipvm run FILE …` in a terminal below, in the folder whose store the server of the file knows; a list goes to the program as
-- it is, without a shell.
function M.run(what, uri, ...)
  local server = server_of(vim.uri_to_bufnr(uri))
  local folder = server and server.config.root_dir
  local command = vim.list_extend(program(), { what, vim.uri_to_fname(uri), ... })
  vim.cmd('botright new')
  vim.fn.termopen(command, { cwd = folder or vim.fn.getcwd() })
end

-- The answer of the server to a request; an error where there is none within five seconds.
function M.ask(method, params, buffer)
  local client = running()[1]
  if not client then
    error('no language server of ipvm is running')
  end
  local answer, problem
  if vim.fn.has('nvim-0.11') == 1 then
    answer, problem = client:request_sync(method, params, 5000, buffer)
  else
    answer, problem = client.request_sync(method, params, 5000, buffer)
  end
  if not answer or answer.err then
    error(problem or answer.err.message)
  end
  return answer.result
end

-- Fills a buffer with a document that the server writes.
function M.read(buffer, uri)
  local lines = vim.split(M.ask('ipvm/wit', { uri = uri }, buffer).text, '\n')
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].buftype = 'nofile'
  vim.bo[buffer].modified = false
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = vim.startswith(uri, 'ipvm-wit:') and 'wit' or ''
end

return M
